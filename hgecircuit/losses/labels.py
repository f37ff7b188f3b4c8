"""Two-valued targets as labels, and what is read off labelled outputs: threshold, bits, margin.

With one label there is nothing to tell apart, and everything here refuses it. What the digital
reference makes of the constant gates 0000 and 1111 is a property of the task
(:attr:`hgecircuit.run.reference.task.Task.constant`), not of a loss; how an analog learner's are
judged is said in :func:`hgecircuit.losses.marks.mark_gate`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.losses.outputs import check_outputs


def high_labels(targets: np.ndarray) -> np.ndarray:
    """Which patterns are labelled high, shape (K,) of bool.

    Args:
        targets: Two-valued targets, shape (K,); the larger value is the high label.

    Raises:
        InputError: Not exactly two different values. With one label there is no threshold, no
            margin and no correlation; a constant gate needs none of them.
    """
    targets = np.asarray(targets, float)
    values = np.unique(targets)
    if len(values) != 2:
        raise InputError(
            "targets are not two labels", value=targets.tolist(), expected="both 0 and 1"
        )
    return targets == values[1]


def threshold_a(outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Threshold halfway between the two class means in A, shape (...) (Boon 2025, Fig. 4a).

    Args:
        outputs_a: Outputs in A, shape (..., K).
        targets: Two-valued targets, shape (K,).
    """
    outputs_a, targets = check_outputs(outputs_a, targets)
    high = high_labels(targets)
    return (outputs_a[..., high].mean(axis=-1) + outputs_a[..., ~high].mean(axis=-1)) / 2


def truth_table(outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Bits that the outputs stand for, shape (..., K) of bool: above :func:`threshold_a` or not.

    Args:
        outputs_a: Outputs in A, shape (..., K).
        targets: Two-valued targets, shape (K,); they only place the threshold.
    """
    return np.asarray(outputs_a) > threshold_a(outputs_a, targets)[..., None]


def accuracy(outputs_a: np.ndarray, targets: np.ndarray, threshold_a: np.ndarray) -> np.ndarray:
    """Share of patterns that are on their label's side of a threshold, shape (...).

    Args:
        outputs_a: Outputs in A, shape (..., K).
        targets: Two-valued targets, shape (K,).
        threshold_a: Thresholds in A, shape (...); an output above it reads as the high label.
    """
    outputs_a, targets = check_outputs(outputs_a, targets)
    above = outputs_a > np.asarray(threshold_a, float)[..., None]
    return (above == high_labels(targets)).mean(axis=-1)


class BestThreshold(NamedTuple):
    """The threshold with the highest accuracy.

    Attributes:
        threshold_a: In A, shape (...).
        accuracy: Share of patterns on their label's side, shape (...).
    """

    threshold_a: np.ndarray
    accuracy: np.ndarray


def best_threshold(outputs_a: np.ndarray, targets: np.ndarray) -> BestThreshold:
    """The threshold that classifies most patterns correctly (Boon 2025, Fig. 4c).

    Exact: every threshold that can make a difference is tried, including those with all outputs on
    one side. Among equally good ones that in the widest gap between two outputs is taken, halfway.
    The accuracy is thus at least the larger class's share, even for outputs that say nothing, and
    it is chosen on the very outputs that it is stated for, as in the paper; :func:`accuracy` with a
    threshold from other data has no such advantage.

    Args:
        outputs_a: Outputs in A, shape (..., K).
        targets: Two-valued targets, shape (K,); the high label belongs above the threshold.
    """
    outputs_a, targets = check_outputs(outputs_a, targets)
    high = high_labels(targets)
    order = np.argsort(outputs_a, axis=-1, kind="stable")
    sorted_a, sorted_high = np.take_along_axis(outputs_a, order, axis=-1), high[order]
    # cut c puts the c lowest outputs below the threshold
    before = np.zeros((*outputs_a.shape[:-1], 1), int)
    lows = np.concatenate([before, np.cumsum(~sorted_high, axis=-1)], axis=-1)
    highs = np.concatenate([before, np.cumsum(sorted_high, axis=-1)], axis=-1)
    correct = lows + highs[..., -1:] - highs
    # no threshold fits between two equal outputs; the outer cuts always exist
    gap_a = np.diff(sorted_a, axis=-1)
    correct[..., 1:-1][gap_a == 0] = -1
    best = correct.max(axis=-1, keepdims=True)
    outer = np.zeros_like(sorted_a[..., :1])
    room_a = np.concatenate([outer, gap_a, outer], axis=-1)
    cut = np.where(correct == best, room_a, -1.0).argmax(axis=-1)[..., None]
    threshold_a = np.take_along_axis(_cut_thresholds(sorted_a), cut, axis=-1)[..., 0]
    return BestThreshold(threshold_a, best[..., 0] / len(targets))


def _cut_thresholds(sorted_a: np.ndarray) -> np.ndarray:
    """Threshold of every cut, shape (..., K + 1): halfway, or just outside the outputs."""
    low, high = sorted_a[..., :-1], sorted_a[..., 1:]
    halfway = low + (high - low) / 2
    # for neighbouring floats halfway rounds, maybe to the upper one, which must stay above
    inner = np.where(halfway < high, halfway, low)
    below = np.nextafter(sorted_a[..., :1], -np.inf)
    return np.concatenate([below, inner, sorted_a[..., -1:]], axis=-1)


def margin_a(outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Lowest output labelled high minus highest labelled low, in A, shape (...).

    Args:
        outputs_a: Outputs in A, shape (..., K).
        targets: Two-valued targets, shape (K,).

    Returns:
        Above 0 when one threshold separates the labels.
    """
    outputs_a, targets = check_outputs(outputs_a, targets)
    high = high_labels(targets)
    return outputs_a[..., high].min(axis=-1) - outputs_a[..., ~high].max(axis=-1)
