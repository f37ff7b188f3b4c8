"""The main job end to end: a circuit file in, verdicts and a report out."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray

from hgecircuit import Learner, SimulatorError, verify_to_folder
from hgecircuit.circuit.bench import build_bench, halve_step
from hgecircuit.design.budget import gradient_budget, with_measured_step
from hgecircuit.design.size import operating_points_v
from hgecircuit.pipeline import read_gradient
from hgecircuit.run.engines.ngspice import Ngspice
from hgecircuit.run.simulate import simulate_deck
from hgecircuit.starts import StartsPlan, run_starts

pytestmark = pytest.mark.ngspice
ROOT = Path(__file__).parents[2]
XOR, CONTINUOUS = ROOT / "circuits" / "xor.toml", ROOT / "circuits" / "xor_continuous.toml"
FIXED_NAMES = {
    "gradient.vs_model.relative_error",
    "gradient.vs_reference.relative_error",
    "gradient.cosine",
    "learning.loss",
    "learning.margin_A",
    "learning.truth_table",
    "learning.time_s",
}
STATUSES = {"pass", "fail", "not_measured"}


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "hgecircuit.cli", *map(str, arguments)]


@pytest.fixture(scope="module")
def xor_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verify") / "xor"
    answer = subprocess.run(
        _command("verify", XOR, "--out", folder, "--json"), capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert json.loads(answer.stdout) == json.loads((folder / "report.json").read_text())
    return folder


def test_xor_learns_and_every_verdict_passes(xor_folder: Path) -> None:
    report = json.loads((xor_folder / "report.json").read_text())
    verdicts = {verdict["name"]: verdict for verdict in report["verdicts"]}
    assert set(verdicts) >= FIXED_NAMES
    assert {verdict["status"] for verdict in verdicts.values()} == {"pass"}
    for verdict in verdicts.values():
        assert {"name", "value", "limit", "unit", "source", "status"} <= set(verdict)
        assert verdict["source"]
    assert verdicts["learning.truth_table"]["value"] == "0110"


def test_report_belongs_to_the_netlist_that_ran(xor_folder: Path) -> None:
    text = Learner.from_file(XOR).netlist()
    assert (xor_folder / "learner.cir").read_text() == text
    digest = hashlib.sha256(text.encode()).hexdigest()
    report = (xor_folder / "report.json").read_text()
    assert digest in report


def test_folder_holds_what_the_documentation_promises(xor_folder: Path) -> None:
    whole = ("report.json", "report.md", "report.html", "waveforms.nc")
    for name in ("learner.cir", "learner.log", *whole):
        assert (xor_folder / name).stat().st_size > 0
    assert (xor_folder / "report.html").stat().st_size < 5e6
    assert not list(xor_folder.glob("*.raw"))
    with xarray.open_dataset(xor_folder / "waveforms.nc", engine="h5netcdf") as waveforms:
        final_v = np.array([float(waveforms[f"w{m}"][-1]) for m in range(5)])
    report = json.loads((xor_folder / "report.json").read_text())
    np.testing.assert_allclose(report["learning"]["final_V"], final_v, atol=1e-5)


def test_plots_of_the_markdown_report_exist(xor_folder: Path) -> None:
    text = (xor_folder / "report.md").read_text()
    pictures = [part.split(")")[0] for part in text.split("](")[1:]]
    assert len(pictures) >= 5
    for picture in pictures:
        assert (xor_folder / picture).is_file(), picture


def test_a_learner_that_gets_no_time_fails_and_says_so(tmp_path: Path) -> None:
    learner = Learner.from_file(XOR, overrides={"loop.epochs": 3})
    report = verify_to_folder(learner, tmp_path / "short")
    status = {row["name"]: row["status"] for row in report.data["verdicts"]}
    assert not report.passed
    assert status["learning.loss"] == "fail"
    assert status["learning.time_s"] == "not_measured"
    assert status["gradient.vs_model.relative_error"] == "pass"
    assert set(status.values()) <= STATUSES


@pytest.mark.parametrize(
    "change",
    [{"perturbation.amplitude": "300 mV"}, {"multiplier.output_offset": "2 mV"}],
    ids=["curved", "offset"],
)
def test_errors_grow_with_what_the_budget_says(tmp_path: Path, change: dict[str, str]) -> None:
    """Far from the design point the measured error grows, and stays below its own budget."""
    learner = Learner.from_file(XOR, overrides={**change, "loop.epochs": 2})
    report = verify_to_folder(learner, tmp_path / "out")
    rows = {row["name"]: row for row in report.data["verdicts"]}
    error = rows["gradient.vs_model.relative_error"]
    assert error["value"] > 0.05
    assert error["value"] <= error["limit"]


def test_a_budget_too_large_to_judge_is_no_pass(tmp_path: Path) -> None:
    """A bound above the gradient itself can't tell a lock-in from a dead one."""
    change = {"multiplier.output_offset": "20 mV", "loop.epochs": 2}
    report = verify_to_folder(Learner.from_file(XOR, overrides=change), tmp_path / "out")
    rows = {row["name"]: row for row in report.data["verdicts"]}
    for name in ("vs_model.relative_error", "vs_reference.relative_error", "cosine"):
        assert rows[f"gradient.{name}"]["status"] == "not_measured"
        assert "too large" in rows[f"gradient.{name}"]["note"]


@pytest.mark.slow
def test_the_continuous_loop_learns_too(tmp_path: Path) -> None:
    report = verify_to_folder(Learner.from_file(CONTINUOUS), tmp_path / "continuous")
    assert report.passed, report.data["verdicts"]
    assert any(row["name"] == "block.lowpass.response_dB" for row in report.data["verdicts"])


def test_device_noise_is_reproducible_and_inside_the_budget(tmp_path: Path) -> None:
    """With the paper's noise, 1e-5 nA^2/Hz at 1 kHz and 1/f^1.5, twice the same bits."""
    noise = {"device.noise": {"flicker": "1e-5 nA^2/Hz", "seed": 5}, "loop.epochs": 2}
    values = []
    for name in ("a", "b"):
        report = verify_to_folder(Learner.from_file(XOR, overrides=noise), tmp_path / name)
        rows = {row["name"]: row for row in report.data["verdicts"]}
        assert rows["gradient.vs_model.relative_error"]["status"] == "pass"
        values.append(rows["gradient.vs_model.relative_error"]["value"])
    assert values[0] == values[1]
    quiet = Learner.from_file(XOR, overrides={"loop.epochs": 2})
    rows = {r["name"]: r for r in verify_to_folder(quiet, tmp_path / "c").data["verdicts"]}
    assert rows["gradient.vs_model.relative_error"]["value"] < values[0]


class _Counting(Ngspice):
    """ngspice that counts its runs."""

    runs = 0

    def run(self, *arguments, **options):
        type(self).runs += 1
        return super().run(*arguments, **options)


def test_starts_are_reproducible_and_go_on_after_a_stop(tmp_path: Path) -> None:
    learner = Learner.from_file(XOR, overrides={"loop.epochs": 4})
    first = run_starts(learner, StartsPlan(5, 2), tmp_path, Ngspice())
    (tmp_path / "0001" / "result.json").write_text('{"key": "torn', encoding="utf-8")
    engine = _Counting()
    again = run_starts(learner, StartsPlan(5, 2), tmp_path, engine)
    assert engine.runs == 2  # learner and exam of the torn result, nothing of the whole one
    for one, other in zip(first.results, again.results, strict=True):
        np.testing.assert_array_equal(one.final_v, other.final_v)
        assert one.loss == other.loss
    other_limits = Learner.from_file(XOR, overrides={"loop.epochs": 4, "limits.margin": "2 nA"})
    run_starts(other_limits, StartsPlan(5, 2), tmp_path, engine)
    assert engine.runs == 6


def test_ctrl_c_stops_the_simulator_and_the_same_command_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "stopped"
    process = subprocess.Popen(
        _command("verify", XOR, "--out", folder), stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    raw = folder / "learner.raw"
    deadline = time.monotonic() + 60
    while not (raw.exists() and raw.stat().st_size > 100_000):
        assert time.monotonic() < deadline, "the learner never started"
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"stopped" in words
    assert b"Traceback" not in words
    assert not _simulators_in(folder)
    learner = Learner.from_file(XOR, overrides={"loop.epochs": 2})
    verify_to_folder(learner, folder)  # the folder is taken up again


def _simulators_in(folder: Path) -> list[str]:
    """Command lines of processes that still work in ``folder``."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "cwd") == str(folder):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


def test_a_simulator_that_breaks_ends_with_3_and_keeps_its_folder(tmp_path: Path) -> None:
    fake = tmp_path / "ngspice"
    fake.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && exec {Ngspice().program} --version\n'
        "echo 'timestep too small' >&2\nexit 1\n",
        encoding="utf-8",
    )
    fake.chmod(0o755)
    folder = tmp_path / "broken"
    answer = subprocess.run(
        _command("verify", XOR, "--out", folder),
        env={**os.environ, "HGECIRCUIT_NGSPICE": str(fake)},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 3
    assert str(folder) in answer.stderr
    assert "Traceback" not in answer.stderr
    assert (folder / "learner.cir").is_file()
    with pytest.raises(SimulatorError):
        Learner.from_file(XOR).simulate(tmp_path / "again", engine=Ngspice(str(fake)))


def test_the_table_and_the_files_are_shown(tmp_path: Path) -> None:
    """Without --json: the table, the summary and the files; exit code 1 as one verdict fails."""
    circuit = tmp_path / "short.toml"
    circuit.write_text(XOR.read_text(encoding="utf-8").replace("epochs = 100", "epochs = 2"))
    folder = tmp_path / "out"
    answer = subprocess.run(
        _command("verify", circuit, "--out", folder), capture_output=True, text=True
    )
    assert answer.returncode == 1, answer.stderr
    assert "gradient.vs_reference.relative_error" in answer.stdout
    assert "not_measured" in answer.stdout
    assert f"report in {folder}" in answer.stdout.replace("\n", "")
    assert "report.json" in answer.stdout
    assert "s left" in answer.stderr or "100 %" in answer.stderr


def test_an_old_report_does_not_outlive_a_failed_run(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    learner = Learner.from_file(XOR, overrides={"loop.epochs": 2})
    verify_to_folder(learner, folder)
    assert (folder / "report.json").is_file()
    fake = tmp_path / "ngspice"
    fake.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exec {Ngspice().program} "$@"\nexit 1\n')
    fake.chmod(0o755)
    with pytest.raises(SimulatorError):
        verify_to_folder(learner, folder, engine=Ngspice(str(fake)))
    assert not (folder / "report.json").exists()
    assert not (folder / "report.md").exists()
    assert not (folder / "report.html").exists()


def test_a_gain_fault_of_two_percent_is_caught(tmp_path: Path) -> None:
    """A fault that the budget does not know: the netlist's multipliers are 2 % off."""
    learner = Learner.from_file(XOR, overrides={"loop.epochs": 2})
    fault = {"loop.epochs": 2, "blocks.multiplier": "behavioural", "multiplier.scale_error": "2 %"}
    faulty = Learner.from_file(XOR, overrides=fault).design
    points_v = operating_points_v(learner.design, learner.spec.verification)
    measured, halved = [], []
    for step, found in ((1, measured), (2, halved)):
        bench = build_bench(faulty, points_v)
        bench = halve_step(bench) if step == 2 else bench
        record = simulate_deck(bench.deck, tmp_path / str(step), 60.0)
        found.append(read_gradient(bench, record))
    budget = with_measured_step(gradient_budget(learner.design, points_v), measured[0], halved[0])
    error = np.linalg.norm(measured[0] - budget.exact_a_per_v)
    assert error > np.linalg.norm(budget.bound_a_per_v)


def test_random_starts_replay_the_oscillators_too(tmp_path: Path) -> None:
    """Else every start waits for them again, at several times the cost."""
    overrides = {"loop.epochs": 2, "blocks.oscillator": "component"}
    verify_to_folder(Learner.from_file(XOR, overrides=overrides), tmp_path, plan=StartsPlan(1, 1))
    decks = [tmp_path / "learner.cir", tmp_path / "starts" / "0000" / "learner.cir"]
    learner, start = (deck.read_text(encoding="utf-8") for deck in decks)
    assert "stepped_sine" in (tmp_path / "oscillators.cir").read_text(encoding="utf-8")
    assert "stepped_sine" not in learner
    assert "stepped_sine" not in start


@pytest.mark.parametrize("product", ["2.5 kHz", "1 MHz"])
def test_a_second_order_low_pass_keeps_its_budget(tmp_path: Path, product: str) -> None:
    """With a gain-bandwidth product of 26 cut-offs, and with one of 10,000."""
    overrides = {"loop.epochs": 2, "lock_in.order": 2, "lowpass.gain_bandwidth": product}
    learner = Learner.from_file(CONTINUOUS, overrides=overrides)
    points_v = operating_points_v(learner.design, learner.spec.verification)
    bench = build_bench(learner.design, points_v)
    measured = read_gradient(bench, simulate_deck(bench.deck, tmp_path, 60.0))
    budget = gradient_budget(learner.design, points_v)
    error = np.linalg.norm(measured - budget.exact_a_per_v)
    assert error < np.linalg.norm(budget.bound_a_per_v)
