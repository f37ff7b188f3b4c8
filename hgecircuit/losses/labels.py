"""Two-valued targets as labels, and what is read off labelled outputs: threshold, bits, margin."""

from __future__ import annotations

import numpy as np

from hgecircuit.errors import InputError


def check_outputs(outputs_a: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both arrays as floats, after checking that they belong together.

    Args:
        outputs_a: Output currents in A, shape (..., K), one per pattern.
        targets: Target of every pattern, shape (K,).

    Raises:
        InputError: Shapes that don't fit, fewer than two patterns, or values that are not finite.
    """
    outputs_a = np.asarray(outputs_a, float)
    targets = np.asarray(targets, float)
    if targets.ndim != 1 or len(targets) < 2:
        raise InputError("no list of targets", value=targets, expected="two targets or more")
    if outputs_a.shape[-1:] != targets.shape:
        raise InputError(
            "outputs and targets don't fit",
            value=outputs_a.shape,
            expected=f"outputs of shape (..., {len(targets)})",
        )
    for name, values in (("targets", targets), ("outputs", outputs_a)):
        if not np.isfinite(values).all():
            raise InputError(f"{name} that are not finite", expected="finite numbers")
    return outputs_a, targets


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


def separation_weights(targets: np.ndarray) -> np.ndarray:
    """Weights u, shape (K,), with sum(u y) = mean of high-labelled minus mean of low-labelled y."""
    high = high_labels(targets)
    return np.where(high, 1 / high.sum(), -1 / (~high).sum())


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
