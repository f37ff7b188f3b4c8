"""Threshold, bits and margin of labelled outputs."""

import numpy as np
import pytest

from hgecircuit.errors import InputError
from hgecircuit.losses import margin_a, threshold_a, truth_table

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


@pytest.mark.parametrize("read", [margin_a, threshold_a, truth_table])
def test_one_label_has_neither_threshold_nor_margin(read):
    with pytest.raises(InputError, match="two labels"):
        read(np.array([1e-9, 2e-9]), np.array([1.0, 1.0]))
