"""The affine loss: the best gain within limits, and its relation to the paper's loss."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from hgecircuit.errors import InputError
from hgecircuit.losses import AffineLoss, CorrelationLoss

TARGETS = np.array([0.0, 1.0, 1.0, 0.0])
WIDE = AffineLoss(min_gain_per_a=1e-3, max_gain_per_a=1e15)


def random_outputs(count=40, scale_a=20e-9):
    return np.random.default_rng(3).normal(scale=scale_a, size=(count, 4))


def residual(gain_per_a, outputs_a):
    centred, target = outputs_a - outputs_a.mean(), TARGETS - TARGETS.mean()
    return ((gain_per_a * centred - target) ** 2).sum() / 2


def test_gain_is_the_best_within_its_limits():
    loss = AffineLoss()
    limits = (loss.min_gain_per_a, loss.max_gain_per_a)
    gains = loss.gain_per_a(random_outputs(), TARGETS)
    assert gains.min() == limits[0]
    assert gains.max() > limits[0]
    for outputs_a, gain, value in zip(
        random_outputs(), gains, loss.value(random_outputs(), TARGETS), strict=True
    ):
        best = minimize_scalar(residual, bounds=limits, method="bounded", args=(outputs_a,))
        assert value == pytest.approx(residual(gain, outputs_a))
        assert value <= best.fun * (1 + 1e-12)


def test_without_limits_it_is_the_correlation_loss_without_its_sigmoid():
    """E = S_zz (1 - rho^2) / 2 and dE/dy = S_zz rho d(1 - rho)/dy."""
    outputs_a = random_outputs()
    rho = np.array([np.corrcoef(row, TARGETS)[0, 1] for row in outputs_a])
    outputs_a, rho = outputs_a[rho > 0.05], rho[rho > 0.05]
    assert len(rho) > 10
    variance = ((TARGETS - TARGETS.mean()) ** 2).sum()
    assert WIDE.value(outputs_a, TARGETS) == pytest.approx(variance * (1 - rho**2) / 2)
    # with a scale far above the outputs, the sigmoid is 1/2 and the derivative that of 2 (1 - rho)
    unsigmoid = CorrelationLoss(scale_a=1.0).derivative_per_a(outputs_a, TARGETS) / 2
    expected = variance * rho[:, None] * unsigmoid
    assert WIDE.derivative_per_a(outputs_a, TARGETS) == pytest.approx(
        expected, rel=1e-5, abs=1e-5 * abs(expected).max()
    )


def test_zero_loss_needs_the_separation_that_the_largest_gain_asks_for():
    loss = AffineLoss()
    assert loss.value(8e-9 * TARGETS, TARGETS) == pytest.approx(0, abs=1e-20)
    assert loss.value(100e-9 * TARGETS, TARGETS) == pytest.approx(0, abs=1e-20)
    # 4 nA apart at gain 1/8 nA: every error is 1/4
    assert loss.value(4e-9 * TARGETS, TARGETS) == pytest.approx(4 * 0.25**2 / 2)
    assert loss.value(200e-9 * TARGETS, TARGETS) == pytest.approx(4 * 0.5**2 / 2)


def test_derivative_is_gain_times_error_and_continuous_at_the_limits():
    loss = AffineLoss()
    for span_a in (8e-9, 100e-9):
        below, above = (
            loss.derivative_per_a(span_a * (1 + change) * TARGETS + [0, 1e-9, 0, 0], TARGETS)
            for change in (-1e-9, 1e-9)
        )
        assert above == pytest.approx(below, rel=1e-6, abs=1e-6 * abs(below).max())
    outputs_a = random_outputs()
    product = loss.gain_per_a(outputs_a, TARGETS)[:, None] * loss.error(outputs_a, TARGETS)
    assert loss.derivative_per_a(outputs_a, TARGETS) == pytest.approx(product)


def test_equal_targets_ask_for_equal_outputs():
    loss, targets = AffineLoss(), np.ones(4)
    outputs_a = np.array([1e-9, -3e-9, 5e-9, 1e-9])
    slope = loss.derivative_per_a(outputs_a, targets)
    assert slope == pytest.approx(loss.min_gain_per_a**2 * (outputs_a - outputs_a.mean()))
    assert loss.value(np.full(4, 2e-9), targets) == pytest.approx(0, abs=1e-20)


@pytest.mark.parametrize("limits", [(0, 1e8), (2e8, 1e8), (1e7, np.inf), (np.nan, 1e8)])
def test_gain_limits_are_checked(limits):
    with pytest.raises(InputError, match="gain"):
        AffineLoss(*limits)
