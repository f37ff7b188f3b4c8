"""What every loss in the table must do."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hgecircuit.errors import InputError
from hgecircuit.losses import LOSSES, CorrelationLoss, Loss, MeanSquareLoss

TARGETS = np.array([0.0, 1.0, 1.0, 0.0])
CASES: dict[str, Loss] = {name: cls() for name, cls in LOSSES.items()}
CASES["correlation, minimum"] = CorrelationLoss(separation="minimum")
losses = pytest.mark.parametrize("loss", list(CASES.values()), ids=list(CASES))
# without a sign, outputs upside down are as good, and equal outputs have no way out
SIGNED = {name: loss for name, loss in CASES.items() if not isinstance(loss, MeanSquareLoss)}
signed_losses = pytest.mark.parametrize("loss", list(SIGNED.values()), ids=list(SIGNED))
currents_na = st.floats(-60, 60, allow_subnormal=False)
examples = settings(derandomize=True, deadline=None, max_examples=50)


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
    if getattr(loss, "separation", None) == "minimum":
        # the kinks, where the lowest or the highest output changes, have a test of their own
        for of_label in (outputs_a[targets == 1], -outputs_a[targets == 0]):
            assume(len(of_label) < 2 or np.diff(np.sort(of_label))[0] > 1e-13)
    exact = loss.derivative_per_a(outputs_a, targets)
    difference = central_difference(loss, outputs_a, targets)
    # rounding of the two values over the step; the step is 1e-5 of the smallest spread, squared
    rounding = 4 * np.finfo(float).eps * max(loss.value(outputs_a, targets), 1) / 1e-14
    assert difference == pytest.approx(exact, rel=1e-6, abs=50 * rounding + 1e-8 * abs(exact).max())


@losses
@examples
@given(case=labelled_outputs(), offset_na=currents_na)
def test_a_common_offset_changes_nothing(loss, case, offset_na):
    outputs_a, targets = case
    moved_a = outputs_a + offset_na * 1e-9
    value = loss.value(outputs_a, targets)
    assert loss.value(moved_a, targets) == pytest.approx(value, rel=1e-9, abs=1e-12)
    slope = loss.derivative_per_a(outputs_a, targets)
    assert slope.sum() == pytest.approx(0, abs=1e-9 * (1 + value) / np.ptp(outputs_a))


@losses
@examples
@given(case=labelled_outputs(), order=st.randoms(use_true_random=False))
def test_the_order_of_the_patterns_changes_nothing(loss, case, order):
    outputs_a, targets = case
    order = np.array(order.sample(range(len(targets)), len(targets)))
    value, slope = loss.value(outputs_a, targets), loss.derivative_per_a(outputs_a, targets)
    moved = outputs_a[order], targets[order]
    assert loss.value(*moved) == pytest.approx(value, rel=1e-9, abs=1e-12)
    assert loss.derivative_per_a(*moved) == pytest.approx(
        slope[order], rel=1e-7, abs=1e-9 * (1 + value) / np.ptp(outputs_a)
    )


@losses
@examples
@given(case=labelled_outputs())
def test_a_loss_is_never_negative(loss, case):
    assert loss.value(*case) >= 0


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
def test_good_outputs_have_almost_no_loss(loss):
    assert loss.value(20e-9 * TARGETS, TARGETS) == pytest.approx(0, abs=1e-12)


@signed_losses
def test_outputs_upside_down_have_a_large_loss(loss):
    assert loss.value(-20e-9 * TARGETS, TARGETS) > 0.5


@signed_losses
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
