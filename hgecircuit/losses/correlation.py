"""The paper's loss: correlation with the targets, divided by a sigmoid of the separation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.losses.base import Loss
from hgecircuit.losses.outputs import check_outputs, shape_of
from hgecircuit.losses.separation import SeparationName, check_separation, separate

# Keeps value and derivative finite; reached only when the labels are swapped by 600 scales.
_LARGEST_EXPONENT = 600.0


@dataclass(frozen=True)
class CorrelationLoss(Loss):
    """Correlation-sigmoid loss (Boon 2025, Methods, "Loss function").

    E = (1 - rho(y, z)) / sigmoid(y_sep / scale), where rho is Pearson's correlation of outputs y
    and targets z, and y_sep is the separation of the labels. Two readings of it are in use:

    - "mean": mean of the high-labelled minus mean of the low-labelled outputs, the paper's words
      ("the average separation between the high and low labelled data");
    - "minimum": lowest high-labelled minus highest low-labelled output, the loss ``corrsig`` of the
      public code that the paper cites (brains-py; with 1.1 - rho in place of 1 - rho).

    The second is never larger, so it gives the larger loss. It depends on two outputs alone, and
    :func:`~hgecircuit.losses.separation.separate` says what its derivative is where several are
    equal.

    Targets must be two-valued: with one label neither rho nor y_sep exists, and an
    :class:`~hgecircuit.errors.InputError` says so. Where all outputs are equal (within rounding),
    rho has no value and no derivative; it then counts as uncorrelated, rho = 0 with derivative 0,
    so that E = 2 and the derivative is that of the sigmoid alone, which drives the labels apart.

    Attributes:
        scale_a: Current in A that one unit of the sigmoid's argument stands for. The paper leaves
            it open; 5 nA suits the output of a real device (some 20 nA rms).
        separation: Which reading of y_sep.
    """

    scale_a: float = 5e-9
    separation: SeparationName = "mean"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.scale_a) and self.scale_a > 0):
            raise InputError(
                "no scale", key="scale_a", value=self.scale_a, expected="a current above 0"
            )
        check_separation(self.separation)

    def value(self, outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The loss E, shape (...); see :class:`Loss`."""
        outputs_a, targets = check_outputs(outputs_a, targets)
        odds = self._odds(separate(outputs_a, targets, self.separation).value_a)
        return _decorrelation(outputs_a, targets)[0] * (1 + odds)

    def derivative_per_a(self, outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The derivatives dE/dI_k in 1/A, shape (..., K); see :class:`Loss`.

        With q = exp(-y_sep / scale) = 1/sigmoid - 1 and D = 1 - rho:
        dE/dy_k = (1 + q) dD/dy_k - D q u_k / scale, where u_k = dy_sep/dy_k.
        """
        outputs_a, targets = check_outputs(outputs_a, targets)
        value_a, weights = separate(outputs_a, targets, self.separation)
        odds = self._odds(value_a)
        distance, slope = _decorrelation(outputs_a, targets)
        separated = (distance * odds)[..., None] * (weights / self.scale_a)
        return slope * (1 + odds)[..., None] - separated

    def _odds(self, separation_a: np.ndarray) -> np.ndarray:
        """The q of :meth:`derivative_per_a`, exp(-y_sep / scale), shape (...)."""
        return np.exp(np.minimum(-separation_a / self.scale_a, _LARGEST_EXPONENT))


def _decorrelation(outputs_a: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """D = 1 - rho, shape (...), and dD/dy_k in 1/A, shape (..., K).

    With both sides centred and of unit length, D = |y - z|^2 / 2, which loses no digits near
    rho = 1, and dD/dy = (rho y - z) / |y_centred|.
    """
    unit, norm_a, constant = shape_of(outputs_a)
    target = targets - targets.mean()
    target = target / np.linalg.norm(target)
    distance = np.where(constant[..., 0], 1.0, ((unit - target) ** 2).sum(axis=-1) / 2)
    slope = ((1 - distance)[..., None] * unit - target) / norm_a
    return distance, np.where(constant, 0.0, slope)
