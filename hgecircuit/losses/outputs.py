"""What every loss does first: check outputs and targets, take the mean away."""

from __future__ import annotations

from typing import NamedTuple

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


class Shape(NamedTuple):
    """Outputs without their mean and without their size.

    Attributes:
        unit: Centred outputs of length 1, shape (..., K); 0 where all outputs are equal.
        norm_a: Length of the centred outputs in A, shape (..., 1); 1 where all are equal.
        constant: Where all outputs are equal within rounding, shape (..., 1) of bool.
    """

    unit: np.ndarray
    norm_a: np.ndarray
    constant: np.ndarray


def shape_of(outputs_a: np.ndarray) -> Shape:
    """Split outputs of shape (..., K) into a direction and a size."""
    centred = outputs_a - outputs_a.mean(axis=-1, keepdims=True)
    norm_a = np.linalg.norm(centred, axis=-1, keepdims=True)
    rounding = 8 * np.finfo(float).eps * np.linalg.norm(outputs_a, axis=-1, keepdims=True)
    constant = norm_a <= rounding
    norm_a = np.where(constant, 1.0, norm_a)
    return Shape(np.where(constant, 0.0, centred / norm_a), norm_a, constant)
