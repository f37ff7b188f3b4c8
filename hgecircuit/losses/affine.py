"""Squared error after the best affine readout of limited gain, as an analog circuit forms it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.losses.base import Loss
from hgecircuit.losses.outputs import check_outputs


@dataclass(frozen=True)
class AffineLoss(Loss):
    """Squared error that is left after the best offset and the best gain within limits.

    E = sum_k e_k^2 / 2 with e_k = a (y_k - mean y) - (z_k - mean z) and
    a = clip(S_yz / S_yy, min_gain, max_gain), where S_yz = sum (y - mean y)(z - mean z).

    That a is the minimiser of E within its limits, so the derivative by a adds nothing: either it
    is 0, or a can't move. Hence dE/dy_k = a e_k exactly, and it is continuous where a limit is met.

    Relation to the correlation loss: where no limit is met, E = S_zz (1 - rho^2) / 2 and
    dE/dy = S_zz rho d(1 - rho)/dy, the direction of the correlation loss without its sigmoid, for
    rho > 0. The upper limit asks for separation in the sigmoid's place: E = 0 needs
    y - mean y = (z - mean z) / a, so targets 0 and 1 end up 1 / max_gain (8 nA) apart or more. The
    lower limit keeps the gain positive where rho <= 0 and bounds the outputs' span.

    Equal targets are welcome: the loss is then min_gain^2 S_yy / 2, which asks for equal outputs.
    The error circuit takes a higher gain then (:class:`hgecircuit.parts.affine_readout`): the same
    direction, another length.
    For equal outputs and different targets the gain is max_gain, the steepest way out.

    Attributes:
        min_gain_per_a: Lower limit of the gain a in 1/A, for targets without a unit.
        max_gain_per_a: Upper limit in 1/A.
    """

    min_gain_per_a: float = 1 / 100e-9
    max_gain_per_a: float = 1 / 8e-9

    def __post_init__(self) -> None:
        if not 0 < self.min_gain_per_a <= self.max_gain_per_a < np.inf:
            raise InputError(
                "no gain limits",
                key="min_gain_per_a, max_gain_per_a",
                value=(self.min_gain_per_a, self.max_gain_per_a),
                expected="two gains above 0, the lower one first",
            )

    def gain_per_a(self, outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The gain a in 1/A, shape (...).

        Args:
            outputs_a: Output currents in A, shape (..., K).
            targets: Target of every pattern, shape (K,).
        """
        centred, target = _centre(outputs_a, targets)
        covariance = centred @ target
        variance = (centred**2).sum(axis=-1)
        # Compared as products: S_yz / S_yy may overflow, or be 0 / 0, for nearly equal outputs.
        gain = np.full(variance.shape, self.min_gain_per_a)
        inside = covariance > self.min_gain_per_a * variance
        gain[inside] = covariance[inside] / variance[inside].clip(min=np.finfo(float).tiny)
        if target.any():
            gain = np.where(covariance >= self.max_gain_per_a * variance, self.max_gain_per_a, gain)
        return gain

    def error(self, outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The error e_k of every pattern, in the unit of the targets, shape (..., K).

        Args:
            outputs_a: Output currents in A, shape (..., K).
            targets: Target of every pattern, shape (K,).
        """
        centred, target = _centre(outputs_a, targets)
        return self.gain_per_a(outputs_a, targets)[..., None] * centred - target

    def value(self, outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The loss E, shape (...); see :class:`Loss`."""
        return (self.error(outputs_a, targets) ** 2).sum(axis=-1) / 2

    def derivative_per_a(self, outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The derivatives dE/dI_k = a e_k in 1/A, shape (..., K); see :class:`Loss`."""
        gain = self.gain_per_a(outputs_a, targets)
        return gain[..., None] * self.error(outputs_a, targets)


def _centre(outputs_a: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    outputs_a, targets = check_outputs(outputs_a, targets)
    return outputs_a - outputs_a.mean(axis=-1, keepdims=True), targets - targets.mean()
