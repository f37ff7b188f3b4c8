"""What outputs are worth as a gate, with two labels and with one: loss, margin, threshold, bits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hgecircuit.losses.correlation import CorrelationLoss
from hgecircuit.losses.labels import margin_a, threshold_a
from hgecircuit.losses.outputs import check_outputs


class Marks(NamedTuple):
    """The worth of the outputs of a gate.

    Attributes:
        loss: Dimensionless, shape (...).
        margin_a: Above 0 when every output is on its label's side, shape (...), in A.
        threshold_a: Above it an output reads as 1, shape (...), in A.
        bits: What the outputs read as, shape (..., K) of bool.
    """

    loss: np.ndarray
    margin_a: np.ndarray
    threshold_a: np.ndarray
    bits: np.ndarray


def mark_gate(
    outputs_a: np.ndarray, targets: np.ndarray, loss_scale_a: float, separation_a: float
) -> Marks:
    """Mark outputs by the gate that they should be.

    With two labels the loss is the paper's, the threshold lies halfway between the class means
    (Boon 2025, Fig. 4a), and the margin is the lowest 1 minus the highest 0.

    The constant gates 0000 and 1111 have neither of these, and the paper does not say how it
    counts them. With a threshold chosen at will any outputs would do; here they have to be alike,
    by the measure that tells the labels of the other gates apart. A gate's labels must lie
    ``separation_a`` apart, so a constant gate's threshold lies half of that from the mean output:
    above it for 0000, below it for 1111, where the other label would put it. The margin is twice
    the distance of the nearest output to it, separation_a - 2 max_k s (y_k - mean y) with s = 1 for
    0000 and -1 for 1111. The loss is 2 mean_k ((y_k - mean y) / separation_a)^2, which is
    (1 - rho^2) / 2 of a gate with as many 0s as 1s, ``separation_a`` apart, and the same errors
    that are small.

    Args:
        outputs_a: Outputs in A, shape (..., K).
        targets: 0 or 1 for every pattern, shape (K,).
        loss_scale_a: Scale of the paper's sigmoid in A.
        separation_a: Least distance of the labels in A, for a constant gate.
    """
    outputs_a, targets = check_outputs(outputs_a, targets)
    if len(np.unique(targets)) > 1:
        loss = CorrelationLoss(loss_scale_a).value(outputs_a, targets)
        margins_a = margin_a(outputs_a, targets)
        threshold = threshold_a(outputs_a, targets)
    else:
        mean_a = outputs_a.mean(axis=-1)
        sign = -1.0 if targets[0] > 0 else 1.0
        centred_a = outputs_a - mean_a[..., None]
        threshold = mean_a + sign * separation_a / 2
        margins_a = separation_a - 2 * (sign * centred_a).max(axis=-1)
        loss = 2 * ((centred_a / separation_a) ** 2).mean(axis=-1)
    return Marks(loss, margins_a, threshold, outputs_a > np.asarray(threshold)[..., None])
