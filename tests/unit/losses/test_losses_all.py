"""What every loss in the table must do."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hgecircuit.errors import InputError
from hgecircuit.losses import LOSSES, Loss

TARGETS = np.array([0.0, 1.0, 1.0, 0.0])
losses = pytest.mark.parametrize("loss", [cls() for cls in LOSSES.values()], ids=list(LOSSES))
currents_na = st.floats(-60, 60, allow_subnormal=False)


@st.composite
def labelled_outputs(draw):
    targets = draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=7))
    assume(0 < sum(targets) < len(targets))
    outputs = draw(st.lists(currents_na, min_size=len(targets), max_size=len(targets)))
    assume(max(outputs) - min(outputs) > 1)
    return np.array(outputs) * 1e-9, np.array(targets)


def central_difference(loss: Loss, outputs_a, targets, step_a=1e-14):
    shifts = step_a * np.eye(len(targets))
    high, low = loss.value(outputs_a + shifts, targets), loss.value(outputs_a - shifts, targets)
    return (high - low) / (2 * step_a)


@losses
@settings(derandomize=True, deadline=None, max_examples=200)
@given(case=labelled_outputs())
def test_derivative_is_the_central_difference(loss, case):
    outputs_a, targets = case
    exact = loss.derivative_per_a(outputs_a, targets)
    difference = central_difference(loss, outputs_a, targets)
    # rounding of the two values over the step; the step is 1e-5 of the smallest spread, squared
    rounding = 4 * np.finfo(float).eps * max(loss.value(outputs_a, targets), 1) / 1e-14
    assert difference == pytest.approx(exact, rel=1e-6, abs=50 * rounding + 1e-8 * abs(exact).max())


@losses
@settings(derandomize=True, deadline=None, max_examples=50)
@given(case=labelled_outputs(), offset_na=currents_na)
def test_a_common_offset_changes_nothing(loss, case, offset_na):
    outputs_a, targets = case
    moved_a = outputs_a + offset_na * 1e-9
    value = loss.value(outputs_a, targets)
    assert loss.value(moved_a, targets) == pytest.approx(value, rel=1e-9, abs=1e-12)
    slope = loss.derivative_per_a(outputs_a, targets)
    assert slope.sum() == pytest.approx(0, abs=1e-9 * (1 + value) / np.ptp(outputs_a))


@losses
def test_leading_axes_are_independent(loss):
    outputs_a = np.random.default_rng(1).normal(scale=20e-9, size=(3, 5, 4))
    value, slope = loss.value(outputs_a, TARGETS), loss.derivative_per_a(outputs_a, TARGETS)
    assert value.shape == (3, 5)
    assert slope.shape == (3, 5, 4)
    for index in np.ndindex(3, 5):
        assert value[index] == pytest.approx(loss.value(outputs_a[index], TARGETS))
        assert slope[index] == pytest.approx(loss.derivative_per_a(outputs_a[index], TARGETS))


@losses
def test_good_outputs_have_almost_no_loss_and_bad_ones_have(loss):
    good_a = 20e-9 * TARGETS
    assert loss.value(good_a, TARGETS) == pytest.approx(0, abs=1e-12)
    assert loss.value(-good_a, TARGETS) > 0.5


@losses
@pytest.mark.parametrize("level_a", [0.0, 3e-9, -17e-9, 0.1])
def test_equal_outputs_are_driven_apart(loss, level_a):
    outputs_a = np.full(4, level_a)
    slope = loss.derivative_per_a(outputs_a, TARGETS)
    assert np.isfinite(loss.value(outputs_a, TARGETS))
    assert (slope[TARGETS == 1] < 0).all()
    assert (slope[TARGETS == 0] > 0).all()


@losses
@pytest.mark.parametrize(
    ("outputs", "targets"),
    [
        ([1e-9, 2e-9], [0.0, 1.0, 1.0]),
        ([1e-9, np.nan], [0.0, 1.0]),
        ([1e-9, np.inf], [0.0, 1.0]),
        ([1e-9, 2e-9], [0.0, np.nan]),
        ([1e-9], [1.0]),
    ],
)
def test_bad_input_is_named(loss, outputs, targets):
    with pytest.raises(InputError):
        loss.value(np.array(outputs), np.array(targets))
    with pytest.raises(InputError):
        loss.derivative_per_a(np.array(outputs), np.array(targets))
