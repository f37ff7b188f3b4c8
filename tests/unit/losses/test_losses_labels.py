"""Thresholds, accuracy, bits and margin of labelled outputs."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hgecircuit.errors import InputError
from hgecircuit.losses import accuracy, best_threshold, margin_a, threshold_a, truth_table

TARGETS = np.array([0.0, 1.0, 1.0, 0.0])


def test_margin_is_the_lowest_one_minus_the_highest_zero():
    outputs_a = np.array([[1e-9, 5e-9, 9e-9, 2e-9], [1e-9, 5e-9, 9e-9, 6e-9]])
    assert margin_a(outputs_a, TARGETS) == pytest.approx([3e-9, -1e-9], abs=1e-18)


def test_threshold_is_halfway_between_the_class_means():
    outputs_a = np.array([1e-9, 5e-9, 9e-9, 2e-9])
    assert threshold_a(outputs_a, TARGETS) == pytest.approx((7e-9 + 1.5e-9) / 2, abs=1e-18)


def test_truth_table_shows_what_the_outputs_say():
    outputs_a = np.array(
        [[1e-9, 5e-9, 9e-9, 2e-9], [1e-9, 1e-9, 9e-9, 2e-9], [5e-9, 1e-9, 0, 6e-9]]
    )
    expected = [[0, 1, 1, 0], [0, 0, 1, 0], [1, 0, 0, 1]]
    assert truth_table(outputs_a, TARGETS).astype(int).tolist() == expected


@st.composite
def coarse_outputs(draw):
    """Outputs with many ties, and labels."""
    targets = draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=9))
    assume(0 < sum(targets) < len(targets))
    outputs = draw(st.lists(st.integers(-4, 4), min_size=len(targets), max_size=len(targets)))
    return np.array(outputs) * 1e-9, np.array(targets)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(case=coarse_outputs())
def test_no_threshold_is_better_than_the_best(case):
    """Against brute force over every threshold that can make a difference."""
    outputs_a, targets = case
    levels = np.arange(-4.5, 5) * 1e-9
    shares = [np.mean((outputs_a > level) == (targets == 1)) for level in levels]
    found = best_threshold(outputs_a, targets)
    assert found.accuracy == max(shares)
    assert accuracy(outputs_a, targets, found.threshold_a) == found.accuracy
    assert found.accuracy >= max(np.mean(targets == label) for label in (0, 1))


def test_best_threshold_lies_halfway_in_the_widest_good_gap():
    outputs_a = np.array([1e-9, 9e-9, 5e-9, 2e-9])
    found = best_threshold(outputs_a, TARGETS)
    assert found.accuracy == 1
    assert found.threshold_a * 1e9 == pytest.approx(3.5)
    # 1 2 | 3 9 | 10 with labels 0 1 0 1 1: two cuts get 4 of 5, the upper gap is wider
    tied = best_threshold(np.array([1, 2, 3, 9, 10]) * 1e-9, np.array([0.0, 1, 0, 1, 1]))
    assert tied.accuracy == 0.8
    assert tied.threshold_a * 1e9 == pytest.approx(6)


def test_best_threshold_of_hopeless_outputs_takes_the_larger_class():
    targets = np.array([0.0, 1.0, 1.0])
    equal_a = np.full(3, 4e-9)
    found = best_threshold(equal_a, targets)
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.threshold_a < 4e-9
    assert best_threshold(equal_a, 1 - targets).threshold_a == 4e-9
    swapped = best_threshold(np.array([3e-9, 2e-9, 1e-9]), targets)
    assert swapped.accuracy == pytest.approx(2 / 3)


def test_best_threshold_fits_between_neighbouring_floats():
    low_a = 5e-9
    for low_a in (5e-9, np.nextafter(5e-9, 1)):
        outputs_a = np.array([low_a, np.nextafter(low_a, 1)])
        found = best_threshold(outputs_a, np.array([0.0, 1.0]))
        assert found.accuracy == accuracy(outputs_a, np.array([0.0, 1.0]), found.threshold_a) == 1


def test_best_threshold_of_leading_axes_is_that_of_each():
    rng = np.random.default_rng(5)
    outputs_a, targets = (
        rng.normal(size=(3, 4, 30)) * 1e-8,
        rng.permutation([0.0] * 12 + [1.0] * 18),
    )
    together = best_threshold(outputs_a, targets)
    shares = accuracy(outputs_a, targets, together.threshold_a)
    assert shares.shape == (3, 4)
    assert (shares == together.accuracy).all()
    for index in np.ndindex(3, 4):
        alone = best_threshold(outputs_a[index], targets)
        assert together.threshold_a[index] == alone.threshold_a
        assert together.accuracy[index] == alone.accuracy


def unlabelled_accuracy(outputs_a, targets):
    return accuracy(outputs_a, targets, 0.0)


@pytest.mark.parametrize(
    "read", [margin_a, threshold_a, truth_table, best_threshold, unlabelled_accuracy]
)
def test_one_label_has_neither_threshold_nor_margin(read):
    with pytest.raises(InputError, match="two labels"):
        read(np.array([1e-9, 2e-9]), np.array([1.0, 1.0]))
