"""Mean squared error after the best readout: against least squares and SciPy's Pearson."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr

from hgecircuit.losses import AffineLoss, MeanSquareLoss

LOSS = MeanSquareLoss()
examples = settings(derandomize=True, deadline=None, max_examples=100)
numbers = st.floats(-50, 50, allow_subnormal=False)


@st.composite
def waveforms(draw):
    count = draw(st.integers(3, 12))
    outputs, targets = (
        np.array(draw(st.lists(numbers, min_size=count, max_size=count))) for _ in range(2)
    )
    assume(np.ptp(outputs) > 1)
    assume(np.ptp(targets) > 1)
    return outputs * 1e-9, targets


@examples
@given(case=waveforms())
def test_is_the_residual_of_a_least_squares_line(case):
    outputs_a, targets = case
    (gain, offset), residual, *_ = np.linalg.lstsq(
        np.column_stack([outputs_a * 1e9, np.ones(len(targets))]), targets, rcond=None
    )
    scale = targets.var()
    # the residual loses digits where the line fits almost all
    assert LOSS.value(outputs_a, targets) == pytest.approx(
        float(residual[0]) / len(targets), rel=1e-9, abs=1e-12 * scale
    )
    assert LOSS.gain_per_a(outputs_a, targets) * 1e-9 == pytest.approx(gain, rel=1e-9, abs=1e-9)
    assert LOSS.error(outputs_a, targets) == pytest.approx(
        gain * outputs_a * 1e9 + offset - targets, abs=1e-9 * np.sqrt(scale)
    )


@examples
@given(case=waveforms())
def test_is_the_variance_that_pearsons_correlation_leaves(case):
    outputs_a, targets = case
    rho = pearsonr(outputs_a, targets).statistic
    variance = targets.var()
    value = LOSS.value(outputs_a, targets)
    assert value == pytest.approx(variance * (1 - rho**2), rel=1e-9, abs=1e-12 * variance)
    assert 0 <= value <= variance * (1 + 1e-12)


@examples
@given(
    case=waveforms(),
    gain=st.sampled_from([-30.0, -1.0, -0.01, 0.02, 1.0, 500.0]),
    offset_na=numbers,
)
def test_offset_and_gain_of_either_sign_change_nothing(case, gain, offset_na):
    outputs_a, targets = case
    value = LOSS.value(outputs_a, targets)
    moved_a = gain * outputs_a + offset_na * 1e-9
    # a small gain beside a large offset leaves fewer digits
    digits = 1e-16 * np.abs(moved_a).max() / np.ptp(moved_a) * targets.var() * 1e3
    assert LOSS.value(moved_a, targets) == pytest.approx(value, rel=1e-9, abs=digits)
    slope = LOSS.derivative_per_a(outputs_a, targets)
    # neither a change of offset nor one of gain moves the loss; a slope times the spread is of
    # the size of the variance, and rounding that of the largest output over the spread
    rounding = 1e-14 * targets.var() * np.abs(outputs_a).max() / np.ptp(outputs_a)
    assert slope.sum() * np.ptp(outputs_a) == pytest.approx(0, abs=rounding)
    assert slope @ (outputs_a - outputs_a.mean()) == pytest.approx(0, abs=rounding)


@examples
@given(case=waveforms())
def test_derivative_is_the_central_difference(case):
    outputs_a, targets = case
    step_a, exact = 1e-13, LOSS.derivative_per_a(outputs_a, targets)
    shifts = step_a * np.eye(len(targets))
    difference = (
        LOSS.value(outputs_a + shifts, targets) - LOSS.value(outputs_a - shifts, targets)
    ) / (2 * step_a)
    # rounding over the step; the second term: the step squared against the spread, 1 nA or more
    tolerance = 1e-15 * targets.var() * len(targets) / step_a + 1e-6 * abs(exact).max()
    assert difference == pytest.approx(exact, rel=1e-6, abs=tolerance)


def test_is_the_affine_loss_without_limits_where_the_correlation_is_positive():
    targets = np.array([0.0, 0.3, 1.0, -0.4, 0.2])
    wide = AffineLoss(min_gain_per_a=1e-3, max_gain_per_a=1e15)
    outputs_a = np.random.default_rng(4).normal(scale=20e-9, size=(40, 5))
    outputs_a = outputs_a[LOSS.gain_per_a(outputs_a, targets) > 0]
    assert len(outputs_a) > 10
    for name in ("value", "derivative_per_a"):
        affine = getattr(wide, name)(outputs_a, targets)
        assert getattr(LOSS, name)(outputs_a, targets) == pytest.approx(2 / 5 * affine, rel=1e-9)


@pytest.mark.parametrize("level_a", [0.0, 12e-9, 0.1])
def test_equal_outputs_leave_the_whole_variance_and_no_direction(level_a):
    targets, outputs_a = np.array([0.0, 2.0, 5.0]), np.full(3, level_a)
    assert LOSS.value(outputs_a, targets) == pytest.approx(targets.var())
    assert (LOSS.derivative_per_a(outputs_a, targets) == 0).all()


def test_equal_targets_are_met_by_any_outputs():
    outputs_a, targets = np.array([1e-9, -7e-9, 3e-9]), np.full(3, 4.0)
    assert LOSS.value(outputs_a, targets) == 0
    assert (LOSS.derivative_per_a(outputs_a, targets) == 0).all()
