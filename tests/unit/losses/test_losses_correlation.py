"""The paper's loss against its formula and SciPy's Pearson correlation."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import pearsonr

from hgecircuit.errors import InputError
from hgecircuit.losses import CorrelationLoss

SEPARATIONS = {
    "mean": lambda high, low: high.mean() - low.mean(),
    "minimum": lambda high, low: high.min() - low.max(),
}


@pytest.mark.parametrize("scale_a", [3e-9, 5e-9])
@pytest.mark.parametrize("separation", SEPARATIONS)
def test_is_the_papers_formula(scale_a, separation):
    rng = np.random.default_rng(2)
    loss = CorrelationLoss(scale_a, separation)
    for _ in range(50):
        outputs_a = rng.normal(scale=20e-9, size=8)
        targets = rng.permutation([0.0] * 3 + [1.0] * 5)
        apart_a = SEPARATIONS[separation](outputs_a[targets == 1], outputs_a[targets == 0])
        expected = (1 - pearsonr(outputs_a, targets).statistic) / expit(apart_a / scale_a)
        assert loss.value(outputs_a, targets) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("separation", SEPARATIONS)
@settings(derandomize=True, deadline=None, max_examples=100)
@given(
    outputs_na=st.lists(st.floats(-60, 60, allow_subnormal=False), min_size=5, max_size=5),
    gain=st.sampled_from([1e-3, 0.5, 7.0, 1e4]),
)
def test_gain_and_scale_together_change_nothing(separation, outputs_na, gain):
    """1 - rho has no unit; only the sigmoid's scale sets one. And E lies between its bounds."""
    outputs_a, targets = np.array(outputs_na) * 1e-9, np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    assume(np.ptp(outputs_a) > 1e-9)
    loss = CorrelationLoss(5e-9, separation)
    value = loss.value(outputs_a, targets)
    scaled = CorrelationLoss(5e-9 * gain, separation)
    assert scaled.value(gain * outputs_a, targets) == pytest.approx(value, rel=1e-9)
    apart_a = SEPARATIONS[separation](outputs_a[targets == 1], outputs_a[targets == 0])
    decorrelation = value * expit(apart_a / 5e-9)
    assert 0 <= decorrelation <= 2 + 1e-12
    assert 1 - decorrelation == pytest.approx(pearsonr(outputs_a, targets).statistic, abs=1e-9)


def test_labels_may_be_any_two_numbers():
    outputs_a = np.array([1e-9, 7e-9, -4e-9])
    value = CorrelationLoss().value(outputs_a, np.array([0.0, 1.0, 0.0]))
    assert CorrelationLoss().value(outputs_a, np.array([-1.0, 3.0, -1.0])) == pytest.approx(value)


def test_keeps_its_digits_near_full_correlation():
    bend_a = 1e-16  # of 20 nA: 1 - rho is 2.5e-17, below what 1 minus a correlation can show
    outputs_a = np.array([0.0, 20e-9, 20e-9 + bend_a, 0.0])
    decorrelation = (bend_a / 20e-9) ** 2 / 4
    expected = decorrelation / expit(20 / 5)
    value = CorrelationLoss().value(outputs_a, np.array([0.0, 1.0, 1.0, 0.0]))
    assert value == pytest.approx(expected, rel=1e-3, abs=0)


@pytest.mark.parametrize("scale_a", [4e-9, 1.0])
def test_outputs_that_are_equal_within_rounding_count_as_uncorrelated(scale_a):
    rounding = np.finfo(float).eps * np.array([0, 1, 0, -0.5])
    outputs_a, targets = 12e-9 * (1 + rounding), np.array([0.0, 1.0, 1.0, 1.0])
    loss = CorrelationLoss(scale_a)
    assert loss.value(outputs_a, targets) == pytest.approx(2)
    # (1 - rho) d(1 / sigmoid)/dy at y_sep = 0 is -1 / scale per unit of separation
    expected = np.array([1, -1 / 3, -1 / 3, -1 / 3]) / scale_a
    assert loss.derivative_per_a(outputs_a, targets) == pytest.approx(expected)


def test_one_label_is_refused():
    with pytest.raises(InputError, match="two labels"):
        CorrelationLoss().value(np.array([1e-9, 2e-9]), np.array([1.0, 1.0]))


def test_hopelessly_swapped_labels_stay_finite():
    outputs_a, targets = np.array([1e-3, 0.0]), np.array([0.0, 1.0])
    assert np.isfinite(CorrelationLoss().value(outputs_a, targets))
    assert np.isfinite(CorrelationLoss().derivative_per_a(outputs_a, targets)).all()


@pytest.mark.parametrize("scale_a", [0.0, -1e-9, np.nan, np.inf])
def test_scale_must_be_a_current(scale_a):
    with pytest.raises(InputError, match="scale"):
        CorrelationLoss(scale_a)
