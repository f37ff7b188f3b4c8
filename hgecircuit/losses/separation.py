"""How far apart the labels are: the two readings of the paper's y_sep, each with its derivative."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.losses.labels import high_labels

#: ``"mean"``: mean of the outputs labelled high minus mean of those labelled low.
#: ``"minimum"``: lowest output labelled high minus highest labelled low.
SeparationName = Literal["mean", "minimum"]


class Separation(NamedTuple):
    """A separation y_sep and its derivative.

    Attributes:
        value_a: y_sep in A, shape (...).
        weights: u_k = dy_sep/dy_k, shape (..., K) or (K,).
    """

    value_a: np.ndarray
    weights: np.ndarray


def check_separation(name: str) -> None:
    """Refuse a name that is none of :data:`SeparationName`."""
    if name not in get_args(SeparationName):
        raise InputError(
            "no such separation",
            key="separation",
            value=name,
            expected=" or ".join(f'"{known}"' for known in get_args(SeparationName)),
        )


def separate(outputs_a: np.ndarray, targets: np.ndarray, name: SeparationName) -> Separation:
    """The separation of labelled outputs.

    The minimum has no derivative where several outputs are lowest (or highest) together. There the
    weight is shared equally among them: the mean of the gradients of the branches that meet, which
    is a supergradient, as y_sep is concave: y_sep(y') <= y_sep(y) + u (y' - y) for all y'.

    Args:
        outputs_a: Outputs in A, shape (..., K), checked.
        targets: Two-valued targets, shape (K,), checked.
        name: Which reading of the separation.
    """
    high = high_labels(targets)
    if name == "mean":
        weights = np.where(high, 1 / high.sum(), -1 / (~high).sum())
        return Separation(outputs_a @ weights, weights)
    lowest = np.where(high, outputs_a, np.inf).min(axis=-1, keepdims=True)
    highest = np.where(high, -np.inf, outputs_a).max(axis=-1, keepdims=True)
    lowest_high, highest_low = high & (outputs_a == lowest), ~high & (outputs_a == highest)
    weights = lowest_high / lowest_high.sum(axis=-1, keepdims=True)
    weights = weights - highest_low / highest_low.sum(axis=-1, keepdims=True)
    return Separation((lowest - highest)[..., 0], weights)
