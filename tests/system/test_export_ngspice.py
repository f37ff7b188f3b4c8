"""Exports in real tools: LTspice's dialect in ngspice and spicelib; changed lock-ins."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from spicelib import SpiceEditor

from hgecircuit.circuit.bench import build_bench
from hgecircuit.design.size import operating_points_v
from hgecircuit.emit.ltspice import write_ltspice
from hgecircuit.emit.netlist_text import parse_number, read_netlist
from hgecircuit.learner import Learner
from hgecircuit.pipeline import read_gradient
from hgecircuit.run.engines.ngspice import Ngspice
from hgecircuit.run.engines.rawfile import read_raw
from hgecircuit.run.simulate import simulate_decks

pytestmark = pytest.mark.ngspice

CIRCUITS = Path(__file__).parents[2] / "circuits"
GAIN = re.compile(r"(Hgain direct 0 Vsense) \S+")


@pytest.fixture(scope="module")
def short() -> Learner:
    """Two epochs."""
    return Learner.from_file(CIRCUITS / "xor.toml", overrides={"loop.epochs": 2})


def test_the_export_for_ltspice_runs_as_the_netlist_does(short: Learner, tmp_path: Path) -> None:
    record = short.simulate(tmp_path / "ngspice")
    (tmp_path / "lt.net").write_text(write_ltspice(short.deck()), encoding="utf-8")
    # ngspice's mode for LTspice's dialect; -n, as everywhere, keeps start-up files away.
    command = [Ngspice().program, "-n", "-D", "ngbehavior=lt", "-b", "-r", "lt.raw", "lt.net"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=True,
    )
    assert b"Compatibility modes selected: lt" in done.stdout + done.stderr
    plot = read_raw(tmp_path / "lt.raw")
    # One engine, one circuit: the same arithmetic, but for the order of what it parses.
    limit = short.spec.simulation.reltol
    for name, node in short.deck().traces.items():
        trace = np.interp(record.time_s, plot["time"], plot[f"v({node})"])
        reach_v = np.ptp(record[name]) or 1.0
        assert np.abs(trace - record[name]).max() <= limit * reach_v, name


def test_spicelib_reads_every_element_of_the_export_for_ltspice(
    short: Learner, tmp_path: Path
) -> None:
    text = write_ltspice(short.deck())
    file = tmp_path / "lt.net"
    file.write_text(text, encoding="utf-8")
    editor, scopes = SpiceEditor(file), read_netlist(text)
    assert {name.lower() for name in editor.get_components()} == set(scopes[""].elements)
    for name, entry in scopes[""].elements.items():
        if name == "xnoise" or not name.startswith("x"):
            continue
        inner, scope = editor.get_subcircuit(name.upper()), scopes[entry.rest]
        assert {one.lower() for one in inner.get_components()} == set(scope.elements)
        for element in (one for one in scope.elements if one[0] in "rc"):
            told = inner.get_component_value(element.upper()).split()[0]
            assert parse_number(told) == parse_number(scope.elements[element].value)


def test_the_gradient_follows_a_changed_feedback_resistor(short: Learner, tmp_path: Path) -> None:
    changed = GAIN.sub(r"\1 102Meg", short.netlist())
    (tmp_path / "changed.cir").write_text(changed, encoding="utf-8")
    points_v = operating_points_v(short.design, short.spec.verification)[:3]
    both = (short, short.with_netlist(tmp_path / "changed.cir"))
    benches = [build_bench(one.design, points_v) for one in both]
    folders = [tmp_path / "before", tmp_path / "after"]
    before, after = (
        read_gradient(bench, simulate_decks([bench.deck], folder, 120.0)[0])
        for bench, folder in zip(benches, folders, strict=True)
    )
    # 100 Mohm to 102 Mohm in front of a chain that is linear to the multipliers' scale.
    assert np.linalg.norm(after) / np.linalg.norm(before) == pytest.approx(1.02, rel=1e-4)
    assert np.linalg.norm(after - before) / np.linalg.norm(before) == pytest.approx(0.02, rel=1e-2)
