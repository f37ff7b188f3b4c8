"""Mean squared error after the best readout of any offset and any gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.losses.base import Loss
from hgecircuit.losses.outputs import check_outputs, shape_of


@dataclass(frozen=True)
class MeanSquareLoss(Loss):
    """What is left after the best linear readout: E = min over a, b of mean_k (a y_k + b - z_k)^2.

    For targets of any values, such as a waveform's samples. The best readout is a = S_yz / S_yy,
    b = mean z - a mean y, with S_yz = sum (y - mean y)(z - mean z); with e_k = a y_k + b - z_k

        E = mean e_k^2 = var(z) (1 - rho^2),   dE/dy_k = 2 a e_k / K,

    rho being Pearson's correlation: a and b are the minimisers, so their change adds nothing to the
    derivative. 0 <= E <= var(z), in the unit of the targets squared.

    Sign-blind: rho and -rho give the same loss, so a device may learn the waveform upside down and
    the readout turns it. That is on purpose. With a >= 0 asked for, every start with rho <= 0 would
    have a = 0, E = var(z) and no gradient at all, and could never leave. Where the sign matters
    because labels are read against a threshold, take :class:`~hgecircuit.losses.AffineLoss`, whose
    gain stays positive and away from 0, or :class:`~hgecircuit.losses.CorrelationLoss`. Without the
    sign, E is the affine loss without limits: 2 / K times it.

    Where all outputs are equal (within rounding), a = 0, E = var(z) and the derivative is 0: rho^2
    jumps there, so no direction is the steepest. For equal targets E = 0, whatever the outputs.
    """

    def value(self, outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The loss E, shape (...), in the unit of the targets squared; see :class:`Loss`."""
        return (self.error(outputs_a, targets) ** 2).mean(axis=-1)

    def derivative_per_a(self, outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The derivatives dE/dI_k = 2 a e_k / K in 1/A, shape (..., K); see :class:`Loss`."""
        gain = self.gain_per_a(outputs_a, targets)[..., None]
        return 2 / len(targets) * gain * self.error(outputs_a, targets)

    def gain_per_a(self, outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The readout's gain a in 1/A, shape (...); negative for outputs upside down.

        Args:
            outputs_a: Output currents in A, shape (..., K).
            targets: Target of every pattern, shape (K,).
        """
        outputs_a, targets = check_outputs(outputs_a, targets)
        unit, norm_a, _ = shape_of(outputs_a)
        return unit @ (targets - targets.mean()) / norm_a[..., 0]

    def error(self, outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The error e_k = a y_k + b - z_k of every pattern, shape (..., K).

        Args:
            outputs_a: Output currents in A, shape (..., K).
            targets: Target of every pattern, shape (K,).
        """
        outputs_a, targets = check_outputs(outputs_a, targets)
        unit, target = shape_of(outputs_a).unit, targets - targets.mean()
        return (unit @ target)[..., None] * unit - target
