"""The two readings of the paper's y_sep."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hgecircuit.errors import InputError
from hgecircuit.losses import CorrelationLoss, margin_a
from hgecircuit.losses.separation import separate

# few values, so that ties are the rule
coarse_na = st.integers(-3, 3)


@st.composite
def tied_outputs(draw):
    targets = draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=6))
    assume(0 < sum(targets) < len(targets))
    count = len(targets)
    outputs, others = (
        np.array(draw(st.lists(coarse_na, min_size=count, max_size=count)), float) * 1e-9
        for _ in range(2)
    )
    return outputs, others, np.array(targets)


def test_mean_and_minimum_of_one_example():
    outputs_a, targets = np.array([1e-9, 5e-9, 9e-9, 2e-9]), np.array([0.0, 1.0, 1.0, 0.0])
    mean, minimum = (separate(outputs_a, targets, name) for name in ("mean", "minimum"))
    assert mean.value_a * 1e9 == pytest.approx(7 - 1.5)
    assert mean.weights.tolist() == [-0.5, 0.5, 0.5, -0.5]
    assert minimum.value_a * 1e9 == pytest.approx(5 - 2)
    assert minimum.weights.tolist() == [0, 1, 0, -1]


def test_ties_share_the_weight():
    outputs_a, targets = np.array([2e-9, 5e-9, 5e-9, 2e-9, 9e-9]), np.array([0.0, 1, 1, 0, 1])
    assert separate(outputs_a, targets, "minimum").weights.tolist() == [-0.5, 0.5, 0.5, -0.5, 0]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(case=tied_outputs())
def test_the_weights_of_the_minimum_are_a_supergradient_also_at_ties(case):
    """y_sep(y') <= y_sep(y) + u (y' - y) for all y': what a derivative is to a concave function."""
    outputs_a, others_a, targets = case
    value_a, weights = separate(outputs_a, targets, "minimum")
    bound_a = value_a + weights @ (others_a - outputs_a)
    assert separate(others_a, targets, "minimum").value_a <= bound_a + 1e-22
    assert value_a == margin_a(outputs_a, targets)
    assert value_a <= separate(outputs_a, targets, "mean").value_a + 1e-22


@settings(derandomize=True, deadline=None, max_examples=100)
@given(case=tied_outputs())
def test_the_minimum_never_gives_the_smaller_loss(case):
    outputs_a, _, targets = case
    mean, minimum = (
        CorrelationLoss(separation=name).value(outputs_a, targets) for name in ("mean", "minimum")
    )
    assert minimum >= mean * (1 - 1e-12)


def test_leading_axes_have_their_own_lowest_and_highest():
    outputs_a = np.array([[1e-9, 5e-9, 9e-9], [1e-9, 9e-9, 5e-9]])
    separation = separate(outputs_a, np.array([0.0, 1.0, 1.0]), "minimum")
    assert separation.weights.tolist() == [[-1, 1, 0], [-1, 0, 1]]


def test_other_names_are_refused():
    with pytest.raises(InputError, match="separation"):
        CorrelationLoss(separation="median")
