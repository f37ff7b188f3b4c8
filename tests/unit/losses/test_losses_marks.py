"""Marks of gates: two labels as in the paper, one label by how alike the outputs are."""

import numpy as np
import pytest

from hgecircuit.losses import CorrelationLoss, margin_a, mark_gate, threshold_a

XOR = np.array([0.0, 1.0, 1.0, 0.0])
FALSE, TRUE = np.zeros(4), np.ones(4)
SCALE_A, SEPARATION_A = 5e-9, 6e-9
# mean 10 nA; the farthest above it is 2 nA away, below it 1 nA
OUTPUTS_A = np.array([12e-9, 9e-9, 9.5e-9, 9.5e-9])


def test_two_labels_are_marked_as_in_the_paper():
    outputs_a = np.array([[0.0, 8.0, 7.0, 1.0], [5.0, 1.0, 3.0, 2.0]]) * 1e-9
    marks = mark_gate(outputs_a, XOR, SCALE_A, SEPARATION_A)
    assert marks.loss == pytest.approx(CorrelationLoss(SCALE_A).value(outputs_a, XOR))
    assert marks.margin_a == pytest.approx(margin_a(outputs_a, XOR))
    assert marks.threshold_a == pytest.approx(threshold_a(outputs_a, XOR))
    assert marks.bits.astype(int).tolist() == [[0, 1, 1, 0], [1, 0, 1, 0]]


def test_the_threshold_of_a_constant_gate_is_on_the_other_labels_side():
    low, high = (mark_gate(OUTPUTS_A, one, SCALE_A, SEPARATION_A) for one in (FALSE, TRUE))
    assert (low.threshold_a, high.threshold_a) == pytest.approx((13e-9, 7e-9))
    assert not low.bits.any()
    assert high.bits.all()
    # twice the distance of the nearest output: 13 - 12 nA, 9 - 7 nA
    assert (low.margin_a, high.margin_a) == pytest.approx((2e-9, 4e-9), abs=1e-18)


def test_an_output_that_stands_out_is_no_constant():
    outputs_a = OUTPUTS_A + np.array([4e-9, 0, 0, 0])
    low = mark_gate(outputs_a, FALSE, SCALE_A, SEPARATION_A)
    assert low.bits.astype(int).tolist() == [1, 0, 0, 0]
    assert low.margin_a < 0
    both = mark_gate(np.stack([OUTPUTS_A, outputs_a]), FALSE, SCALE_A, SEPARATION_A)
    assert both.margin_a[0] > 0 > both.margin_a[1]


@pytest.mark.parametrize("targets", [FALSE, TRUE])
def test_loss_of_a_constant_is_that_of_a_balanced_gate_with_the_same_small_errors(targets):
    """(1 - rho^2) / 2 with the other label ``SEPARATION_A`` away and the same errors in both."""
    errors_a = 1e-12 * np.array([1.0, -2.0, 1.5, -0.5])
    loss = mark_gate(errors_a, targets, SCALE_A, SEPARATION_A).loss
    labels = np.repeat([0.0, 1.0], 4)
    rho = np.corrcoef(np.tile(errors_a, 2) + SEPARATION_A * labels, labels)[0, 1]
    assert loss == pytest.approx((1 - rho**2) / 2, rel=1e-6)
    assert mark_gate(np.full(4, 3e-9), targets, SCALE_A, SEPARATION_A).loss == 0
