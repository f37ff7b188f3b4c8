"""The 16 gates in ngspice: some in every run, all of them when there is time."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hgecircuit import Learner
from hgecircuit.compare.learning import epoch_ends_s
from hgecircuit.design.budget import gradient_budget
from hgecircuit.design.design import CoherentDesign
from hgecircuit.design.size import operating_points_v
from hgecircuit.run.twin import run_twin

pytestmark = pytest.mark.ngspice
GATES = Path(__file__).parents[2] / "circuits" / "gates"
# The limit: ten minutes on two cores.
MOST_CPU_S = 2 * 600


def _verify(*circuits: Path, out: Path) -> list[dict]:
    """Reports of all circuits, which must pass, and their table."""
    command = [sys.executable, "-m", "hgecircuit.cli", "verify", *map(str, circuits)]
    answer = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    reports = [json.loads(file.read_text()) for file in sorted(out.glob("*/report.json"))]
    assert f"{len(reports)} of {len(reports)} circuits passed" in answer.stdout
    for report in reports:
        rows = [line.split() for line in answer.stdout.splitlines() if report["name"] in line]
        tried = len(report["learning"]["starts_tried"])
        assert [report["name"], report["learning"]["targets"]] == rows[0][:2]
        assert f"{tried} of 60" in " ".join(rows[0])
    return reports


def _judge(reports: list[dict]) -> None:
    for report in reports:
        learning = report["learning"]
        assert learning["truth_table"] == learning["targets"] == report["name"]
        assert learning["margin_A"] > 1e-9
        assert {verdict["status"] for verdict in report["verdicts"]} == {"pass"}


def test_a_constant_gate_and_two_others_learn(tmp_path: Path) -> None:
    """Twenty epochs each, so that the time of a hundred is saved."""
    circuits = tmp_path / "circuits"
    circuits.mkdir()
    for table in ("0000", "0111", "1111"):
        text = (GATES / f"{table}.toml").read_text(encoding="utf-8")
        assert "\nepochs = 100\n" in text
        text = text.replace("\nepochs = 100\n", "\nepochs = 20\n")
        (circuits / f"{table}.toml").write_text(text, encoding="utf-8")
    reports = _verify(circuits, out=tmp_path / "out")
    assert len(reports) == 3
    _judge(reports)


@pytest.mark.slow
def test_all_sixteen_gates_learn_in_ten_minutes_on_two_cores(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    reports = _verify(GATES, out=tmp_path)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert len(reports) == 16
    _judge(reports)
    spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent_s < MOST_CPU_S


@pytest.mark.parametrize("table", ["0110", "0000"])
def test_the_twin_does_what_the_circuit_does(table: str, tmp_path: Path) -> None:
    """Five epochs; a step errs by no more than the gradient does by its budget.

    Later the two part: a small difference decides which way a limited step goes.
    """
    overrides = {"task.targets": table, "loop.epochs": 5}
    learner = Learner.from_file(GATES / "0110.toml", overrides=overrides)
    design = learner.design
    assert isinstance(design, CoherentDesign)
    record = learner.simulate(tmp_path)
    run = run_twin(design, design.start_v[None])
    times_s = epoch_ends_s(design)
    weights_v = np.stack([record.at(f"w{m}", times_s) for m in design.channels], axis=-1)
    budget = gradient_budget(design, operating_points_v(design, learner.spec.verification))
    error_v = np.abs(weights_v - run.weights_v[:, 0]).max(axis=1)
    steps = np.arange(6)
    assert np.abs(np.diff(weights_v, axis=0)).max() > 0.02
    np.testing.assert_array_less(error_v, 1e-4 + steps * 0.05 * budget.relative())
    latched = record.at("open", times_s[1:] - design.timing.edge_s) < 0.5
    np.testing.assert_array_equal(latched, ~run.learning[:, 0])
