"""Learning verdicts from made-up runs."""

import numpy as np
import pytest

from hgecircuit import Learner, Record
from hgecircuit.compare.learning import (
    assess_learning,
    epoch_ends_s,
    final_weights_v,
    is_solved,
    learning_verdicts,
)
from hgecircuit.compare.verdict import Status

GOOD_A = np.array([0.0, 8.0, 7.0, 1.0]) * 1e-9


def _record(learner: Learner, weights_v: np.ndarray) -> Record:
    """A run whose weights go through the rows of ``weights_v`` at the ends of the epochs."""
    times_s = epoch_ends_s(learner.design)[: len(weights_v)]
    columns = {f"w{m}": weights_v[:, m] for m in learner.design.channels}
    return Record(times_s, columns, {})


def _run(learner: Learner, exam_a: np.ndarray):
    weights_v = np.repeat(learner.design.start_v[None], learner.design.epochs + 1, axis=0)
    return assess_learning(learner.design, _record(learner, weights_v), exam_a, learner.spec.limits)


def test_a_solved_exam_passes(coherent: Learner) -> None:
    result = _run(coherent, GOOD_A)
    verdicts = {v.name: v for v in learning_verdicts(result, coherent.spec.limits)}
    assert verdicts["learning.truth_table"].status is Status.PASS
    assert verdicts["learning.loss"].status is Status.PASS
    assert verdicts["learning.margin_A"].value == pytest.approx(6e-9, rel=1e-9, abs=0)


@pytest.mark.parametrize("targets", ["0000", "1111"])
def test_a_constant_gate_needs_outputs_that_are_alike(targets: str) -> None:
    """Separation 6 nA: 2 nA above the mean leave 1 nA to the threshold of 0000, 5 nA for 1111."""
    learner = Learner.from_file("circuits/xor.toml", overrides={"task.targets": targets})
    result = _run(learner, np.array([12.0, 9.0, 9.5, 9.5]) * 1e-9)
    assert result.truth_table == targets
    assert result.exam_margin_a == pytest.approx({"0000": 2e-9, "1111": 4e-9}[targets], rel=1e-6)
    # 2 mean (2^2 + 1 + 2 0.5^2) / 6^2
    assert result.exam_loss == pytest.approx(2 * 5.5 / 4 / 36, rel=1e-6)
    assert not result.solved
    verdicts = {v.name: v for v in learning_verdicts(result, learner.spec.limits)}
    assert "separation_min" in verdicts["learning.truth_table"].note
    assert verdicts["learning.loss"].status is Status.FAIL
    assert _run(learner, np.array([10.4, 9.6, 10.0, 10.0]) * 1e-9).solved
    # GOOD_A is a gate with two labels
    assert _run(learner, GOOD_A).truth_table != targets


def test_an_inverted_truth_table_fails(coherent: Learner) -> None:
    result = _run(coherent, -GOOD_A)
    statuses = {v.name: v.status for v in learning_verdicts(result, coherent.spec.limits)}
    assert statuses["learning.loss"] is Status.FAIL
    assert statuses["learning.margin_A"] is Status.FAIL
    assert statuses["learning.time_s"] is Status.NOT_MEASURED


def test_the_loss_is_the_papers(coherent: Learner) -> None:
    """E = (1 - rho) / sigmoid(y_sep / 5 nA) (Boon 2025, Methods), with numpy's correlation."""
    result = _run(coherent, GOOD_A)
    targets = np.array([0.0, 1.0, 1.0, 0.0])
    rho = np.corrcoef(GOOD_A, targets)[0, 1]
    separation_na = (8 + 7) / 2 - (0 + 1) / 2
    expected = (1 - rho) * (1 + np.exp(-separation_na / 5))
    assert result.exam_loss == pytest.approx(expected, rel=1e-9)


def test_time_to_solution_is_the_start_of_the_last_solved_stretch(coherent: Learner) -> None:
    """Solved, lost, solved again: the clock starts at the second time."""
    design, limits = coherent.design, coherent.spec.limits
    solution = _solution(coherent)
    weights_v = np.repeat(design.start_v[None], design.epochs + 1, axis=0)
    weights_v[10:20] = solution
    weights_v[30:] = solution
    outputs_a = design.device.current_a(design.task.electrode_voltages_v(solution))
    result = assess_learning(design, _record(coherent, weights_v), outputs_a, limits)
    assert result.solved
    assert result.solved_s == pytest.approx(result.epoch_end_s[30])
    assert final_weights_v(design, _record(coherent, weights_v)) == pytest.approx(solution)


def _solution(learner: Learner) -> np.ndarray:
    """Control voltages that solve the task, found by the digital reference."""
    trained = learner.train_reference(learner.random_starts_v(1, 4))
    limits = learner.spec.limits
    solved = trained.solved(limits.loss, limits.margin_a)
    return trained.final_voltages_v[int(np.argmax(solved))]


@pytest.mark.parametrize(
    ("loss", "margin_a", "solved"), [(0.04, 2e-9, True), (0.06, 2e-9, False), (0.04, 0.9e-9, False)]
)
def test_solved_needs_both(coherent: Learner, loss: float, margin_a: float, solved: bool) -> None:
    assert is_solved(loss, margin_a, coherent.spec.limits) is solved
