"""Gradient verdicts pass inside their limits and fail outside: each is made to fail once."""

import dataclasses

import numpy as np
import pytest

from hgecircuit import Learner
from hgecircuit.compare.gradient import GradientResult, gradient_verdicts
from hgecircuit.compare.verdict import Sense, Status, Verdict
from hgecircuit.design.budget import gradient_budget, reference_budget
from hgecircuit.design.size import operating_points_v


@pytest.fixture(scope="module")
def perfect(coherent: Learner) -> GradientResult:
    """A circuit and a reference that measure exactly."""
    points_v = operating_points_v(coherent.design, coherent.spec.verification)
    budget = gradient_budget(coherent.design, points_v)
    reference = reference_budget(coherent.design, points_v, 0.1, "first")
    exact = budget.exact_a_per_v
    return GradientResult(points_v, exact, exact, budget, reference)


def _statuses(result: GradientResult, learner: Learner) -> dict[str, Status]:
    verdicts = gradient_verdicts(result, learner.spec.limits)
    return {verdict.name.removeprefix("gradient."): verdict.status for verdict in verdicts}


def test_an_exact_circuit_passes(perfect: GradientResult, coherent: Learner) -> None:
    assert set(_statuses(perfect, coherent).values()) == {Status.PASS}


def test_a_gain_error_fails_both_relative_errors(
    perfect: GradientResult, coherent: Learner
) -> None:
    wrong = dataclasses.replace(perfect, measured=1.06 * perfect.exact)
    statuses = _statuses(wrong, coherent)
    assert statuses["vs_model.relative_error"] is Status.FAIL
    assert statuses["vs_reference.relative_error"] is Status.FAIL
    assert statuses["cosine"] is Status.PASS
    assert statuses["sign_errors"] is Status.PASS


def test_two_swapped_channels_fail_the_cosine(perfect: GradientResult, coherent: Learner) -> None:
    wrong = dataclasses.replace(perfect, measured=perfect.exact[:, [1, 0, 2, 3, 4]])
    assert _statuses(wrong, coherent)["cosine"] is Status.FAIL


def test_one_wrong_sign_is_counted(perfect: GradientResult, coherent: Learner) -> None:
    measured = perfect.exact.copy()
    largest = np.unravel_index(np.abs(measured).argmax(), measured.shape)
    measured[largest] *= -1
    wrong = dataclasses.replace(perfect, measured=measured)
    assert wrong.sign_errors == 1
    assert _statuses(wrong, coherent)["sign_errors"] is Status.FAIL


def test_the_circuit_file_may_state_the_limits(perfect: GradientResult, coherent: Learner) -> None:
    assert coherent.spec.file is not None
    limits = Learner.from_file(
        coherent.spec.file,
        overrides={"limits.gradient_relative_error": "0.01 %", "limits.gradient_cosine": 1.0},
    ).spec.limits
    wrong = dataclasses.replace(perfect, measured=1.001 * perfect.exact)
    first, _, cosine, _ = gradient_verdicts(wrong, limits)
    assert first.limit == pytest.approx(1e-4)
    assert first.status is Status.FAIL
    assert "circuit file" in first.source
    assert "circuit file" in cosine.source


@pytest.mark.parametrize(
    ("value", "limit", "sense", "status"),
    [
        (1.0, 1.0, Sense.AT_MOST, Status.PASS),
        (1.1, 1.0, Sense.AT_MOST, Status.FAIL),
        (0.9, 1.0, Sense.AT_LEAST, Status.FAIL),
        (float("nan"), 1.0, Sense.AT_MOST, Status.FAIL),
        (float("nan"), 1.0, Sense.AT_LEAST, Status.FAIL),
        (None, 1.0, Sense.AT_MOST, Status.NOT_MEASURED),
        ("0110", "0110", Sense.EQUAL, Status.PASS),
        ("0111", "0110", Sense.EQUAL, Status.FAIL),
    ],
)
def test_status_follows_from_value_limit_and_sense(value, limit, sense, status) -> None:
    verdict = Verdict("x", value, limit, sense, "1", "a test")
    assert verdict.status is status
    assert verdict.to_json()["status"] == str(status)
