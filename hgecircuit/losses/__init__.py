"""Losses: value and exact derivative by the outputs.

| name | class | E | targets |
| --- | --- | --- | --- |
| ``correlation`` | :class:`CorrelationLoss` | the paper's (1 - rho) / sigmoid(y_sep) | labels |
| ``affine`` | :class:`AffineLoss` | squared error, best readout of limited gain above 0 | any |
| ``mean_square`` | :class:`MeanSquareLoss` | mean squared error, best readout of any gain | any |
"""

from __future__ import annotations

from hgecircuit.losses.affine import AffineLoss
from hgecircuit.losses.base import Loss
from hgecircuit.losses.correlation import CorrelationLoss
from hgecircuit.losses.labels import (
    BestThreshold,
    accuracy,
    best_threshold,
    margin_a,
    threshold_a,
    truth_table,
)
from hgecircuit.losses.marks import Marks, mark_gate
from hgecircuit.losses.mean_square import MeanSquareLoss

#: Every loss by its name.
LOSSES: dict[str, type[Loss]] = {
    "correlation": CorrelationLoss,
    "affine": AffineLoss,
    "mean_square": MeanSquareLoss,
}

__all__ = [
    "LOSSES",
    "AffineLoss",
    "BestThreshold",
    "CorrelationLoss",
    "Loss",
    "Marks",
    "MeanSquareLoss",
    "accuracy",
    "best_threshold",
    "margin_a",
    "mark_gate",
    "threshold_a",
    "truth_table",
]
