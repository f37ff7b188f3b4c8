"""Losses: value and exact derivative by the outputs.

| name | class | E |
| --- | --- | --- |
| ``correlation`` | :class:`CorrelationLoss` | (1 - rho) / sigmoid(y_sep / scale), the paper's |
| ``affine`` | :class:`AffineLoss` | squared error after the best affine readout of limited gain |
"""

from __future__ import annotations

from hgecircuit.losses.affine import AffineLoss
from hgecircuit.losses.base import Loss
from hgecircuit.losses.correlation import CorrelationLoss
from hgecircuit.losses.labels import margin_a, threshold_a, truth_table

#: Every loss by the name that circuit files use.
LOSSES: dict[str, type[Loss]] = {"correlation": CorrelationLoss, "affine": AffineLoss}

__all__ = [
    "LOSSES",
    "AffineLoss",
    "CorrelationLoss",
    "Loss",
    "margin_a",
    "threshold_a",
    "truth_table",
]
