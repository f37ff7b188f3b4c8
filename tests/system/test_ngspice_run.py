"""Good runs of the real ngspice: right results, progress, provenance, and clean ends."""

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from ngspice_tools import wrap

from hgecircuit.errors import SimulatorError
from hgecircuit.netlist import Circuit
from hgecircuit.run.base import Progress
from hgecircuit.run.engines import ENGINES
from hgecircuit.run.engines.ngspice import Ngspice
from hgecircuit.run.engines.rawfile import read_raw, recover_raw
from hgecircuit.run.parallel import DeckJob, run_decks

pytestmark = pytest.mark.ngspice

TAU_S = 1e-3


def make_step_deck(stop_s: float = 3e-3, step_s: float = 1e-5) -> str:
    """An RC low-pass of 1 ms that starts empty and gets 1 V."""
    circuit = Circuit("RC step µ")
    circuit.voltage("in", "a", "0", 1.0)
    circuit.resistor("1", "a", "b", 1e3)
    circuit.capacitor("1", "b", "0", 1e-6, initial_v=0.0)
    circuit.directive(".options method=trap reltol=1e-6")
    circuit.directive(f".tran {step_s} {stop_s} 0 {step_s} uic")
    circuit.directive(".save v(b) i(vin)")
    return circuit.write()


# 2e5 points per simulated second at most and about 1 us each: some seconds of wall time
SLOW_DECK = make_step_deck(stop_s=20.0, step_s=2e-6)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("name", ENGINES)
def test_an_rc_step_is_the_known_exponential(name, tmp_path):
    record = ENGINES[name]().run(
        make_step_deck(), tmp_path, traces={"out": "v(b)", "supply": "i(vin)"}, stop_s=3e-3
    )
    assert set(record.traces) == {"out", "supply"}
    assert record.time_s[-1] == pytest.approx(3e-3, rel=1e-9)
    exact = 1 - np.exp(-record.time_s / TAU_S)
    # The trapezoidal rule changes the rate by (h/tau)^2/12, h = tau/100, so the error peaks at
    # (h/tau)^2/12/e; the limit leaves out the e.
    limit = (1e-5 / TAU_S) ** 2 / 12
    assert np.max(np.abs(record["out"] - exact)) < limit
    assert np.max(np.abs(record["supply"] + np.exp(-record.time_s / TAU_S) / 1e3)) < limit / 1e3


def test_ac_is_complex(tmp_path):
    deck = make_step_deck().replace(".tran 1e-05 0.003 0 1e-05 uic", ".ac dec 10 1 1e5")
    deck = deck.replace("Vin a 0 1", "Vin a 0 dc 0 ac 1")
    record = Ngspice().run(deck, tmp_path, traces=["v(b)"])
    assert len(record.time_s) == 51
    assert record.time_s.dtype == np.float64
    np.testing.assert_allclose(record.time_s, np.logspace(0, 5, 51), rtol=1e-9)
    exact = 1 / (1 + 2j * np.pi * record.time_s * TAU_S)
    np.testing.assert_allclose(record["v(b)"], exact, rtol=1e-9)


def test_dc_sweep_and_operating_point(tmp_path):
    lines = "* divider\nv1 a 0 3\nr1 a b 1e3\nr2 b 0 2e3\n.save v(b) i(v1)\n{}\n.end\n"
    sweep = Ngspice().run(lines.format(".dc v1 0 3 0.5"), tmp_path, traces=["v(b)"])
    np.testing.assert_allclose(sweep.time_s, np.arange(0, 3.1, 0.5), atol=1e-12)
    np.testing.assert_allclose(sweep["v(b)"], np.arange(0, 3.1, 0.5) * 2 / 3, atol=1e-9)
    point = Ngspice().run(lines.format(".op"), tmp_path, traces=["v(b)", "i(v1)"])
    np.testing.assert_allclose(point["v(b)"], [2.0], rtol=1e-9)
    np.testing.assert_allclose(point["i(v1)"], [-1e-3], rtol=1e-9)


def test_everything_the_check_allows_runs(tmp_path):
    sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "run"))
    try:
        from test_deck_check import GOOD
    finally:
        sys.path.pop(0)
    traces = ["v(b)", "v(a)", "i(vin)", "v(x1.m)", "@d1[id]"]
    record = Ngspice().run(GOOD, tmp_path, traces=traces, stop_s=2e-3)
    assert all(len(record[name]) == record.provenance["points"] for name in traces)


def test_provenance_and_files(tmp_path):
    folder = tmp_path / "a folder with spaces; $(touch pwned) 'and' \"quotes\""
    deck = make_step_deck()
    engine = Ngspice()
    record = engine.run(deck, folder, traces=["v(b)"], name="step-1")
    assert sorted(path.name for path in folder.iterdir()) == [
        "step-1.cir", "step-1.log", "step-1.raw",
    ]  # fmt: skip
    assert (folder / "step-1.cir").read_bytes() == deck.encode()
    assert "No. of Data Rows" in (folder / "step-1.log").read_text()
    provenance = record.provenance
    assert provenance["engine"] == "ngspice"
    assert provenance["version"] == engine.version
    assert provenance["analysis"] == "tran"
    assert provenance["netlist_sha256"] == hashlib.sha256(deck.encode()).hexdigest()
    assert provenance["options"] == {"method": "trap", "reltol": "1e-6"}
    assert provenance["points"] == len(record.time_s) > 300
    assert provenance["exit_code"] == 0
    assert provenance["warnings"] == ()
    assert 0 < provenance["wall_s"] < 60


def test_the_same_deck_gives_the_same_bytes(tmp_path):
    first, second = (
        Ngspice().run(make_step_deck(), tmp_path / name, traces=["v(b)"]) for name in "ab"
    )
    np.testing.assert_array_equal(first.time_s, second.time_s)
    np.testing.assert_array_equal(first["v(b)"], second["v(b)"])


def test_progress_rises_to_one_and_remaining_time_falls(tmp_path):
    seen: list[Progress] = []
    deck = make_step_deck(stop_s=2.0, step_s=2e-6)
    Ngspice().run(deck, tmp_path, traces=["v(b)"], stop_s=2.0, progress=seen.append)
    fractions = [progress.fraction for progress in seen]
    assert fractions[0] == 0.0
    assert fractions[-1] == 1.0
    assert fractions == sorted(fractions)
    assert len(fractions) > 3, "no progress lines were read"
    late = seen[-2]
    assert late.remaining_s is not None
    assert late.remaining_s < late.elapsed_s / late.fraction
    assert "Reference value" not in (tmp_path / "deck.log").read_text()


def test_time_limit_kills_ngspice(tmp_path):
    engine = wrap(tmp_path, '[ $1 = --version ] || echo $$ > pid; exec NGSPICE "$@"')
    start = time.monotonic()
    with pytest.raises(SimulatorError, match="time limit of 1 s") as caught:
        engine.run(SLOW_DECK, tmp_path, traces=["v(b)"], timeout_s=1.0)
    assert time.monotonic() - start < 5
    assert caught.value.exit_code == 3
    assert not is_running(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_exception_in_between_kills_ngspice_and_leaves_rows_to_recover(tmp_path, error):
    engine = wrap(tmp_path, '[ $1 = --version ] || echo $$ > pid; exec NGSPICE "$@"')

    def interrupt(progress: Progress) -> None:
        if progress.fraction > 0.01:
            raise error

    with pytest.raises(error):
        engine.run(SLOW_DECK, tmp_path, traces=["v(b)"], progress=interrupt)
    assert not is_running(int((tmp_path / "pid").read_text()))
    with pytest.raises(SimulatorError, match="rows can be recovered"):
        read_raw(tmp_path / "deck.raw")
    plot = recover_raw(tmp_path / "deck.raw")
    assert plot.scale[-1] > 0.1
    exact = 1 - np.exp(-plot.scale / TAU_S)
    assert np.max(np.abs(plot["v(b)"] - exact)) < 1e-6


def test_ctrl_c_stops_parallel_ngspice_runs(tmp_path):
    program = textwrap.dedent(f"""
        from pathlib import Path
        from hgecircuit.run.engines.ngspice import Ngspice
        from hgecircuit.run.parallel import DeckJob, run_decks
        folder = Path({str(tmp_path)!r})
        deck = (folder / "slow.cir").read_text("utf-8")
        started = lambda progress: (folder / "started").touch()
        jobs = [DeckJob(deck, folder / str(n), ["v(b)"]) for n in range(4)]
        try:
            run_decks(Ngspice(), jobs, workers=2, progress=started)
        except KeyboardInterrupt:
            print("interrupted")
    """)
    (tmp_path / "slow.cir").write_text(SLOW_DECK, "utf-8")
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 30
    while not (tmp_path / "started").exists():
        assert child.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    time.sleep(0.5)
    start = time.monotonic()
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=30)
    assert output == "interrupted\n"
    assert time.monotonic() - start < 10
    sizes = [(tmp_path / name / "deck.raw").stat().st_size for name in ("0", "1")]
    time.sleep(0.5)
    assert sizes == [(tmp_path / name / "deck.raw").stat().st_size for name in ("0", "1")]


def test_parallel_results_equal_those_one_by_one(tmp_path):
    decks = [make_step_deck(stop_s=stop_s) for stop_s in (1e-3, 4e-3, 2e-3)]
    jobs = [DeckJob(deck, tmp_path / str(n), ["v(b)"]) for n, deck in enumerate(decks)]
    together = run_decks(Ngspice(), jobs)
    for deck, record in zip(decks, together, strict=True):
        alone = Ngspice().run(deck, tmp_path / "alone", traces=["v(b)"])
        np.testing.assert_array_equal(record["v(b)"], alone["v(b)"])
