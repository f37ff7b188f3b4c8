"""The paper's update law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.errors import InputError


@dataclass(frozen=True)
class Descent:
    """Gradient descent (Boon 2025, Eqs. 1 and 2): V <- V - eta sum_k dE/dI_k grad I_k, clipped.

    Attributes:
        learning_rate: eta, in V^2 for a loss without unit. The paper: 0.02 for gates, 0.015 for the
            sphere.
        iterations: Largest number of iterations; each measures, then updates.
        stop_loss: A start stops, without a further update, once its measured loss is below this.
        step_limit_v: Largest change of a control voltage per update; a larger step is scaled down
            as a whole, so that its direction stays. None, as in the paper, for no limit.
        ramp_s: Time to reach a pattern's voltages, with waiting (Boon 2025, Fig. 4a: 15 ms).
    """

    learning_rate: float = 0.02
    iterations: int = 300
    stop_loss: float = 0.008
    step_limit_v: float | None = None
    ramp_s: float = 0.015

    def __post_init__(self) -> None:
        for key in ("learning_rate", "iterations", "step_limit_v"):
            value = getattr(self, key)
            if value is not None and not (np.isfinite(value) and value > 0):
                raise InputError("not usable", key=key, value=value, expected="a number above 0")
        for key in ("stop_loss", "ramp_s"):
            value = getattr(self, key)
            if not (np.isfinite(value) and value >= 0):
                raise InputError("not usable", key=key, value=value, expected="0 or above")

    def move_v(
        self, controls_v: np.ndarray, gradient_per_v: np.ndarray, ranges_v: np.ndarray
    ) -> np.ndarray:
        """Control voltages after one update in V, shape (S, M).

        Args:
            controls_v: Control voltages before, shape (S, M), in V.
            gradient_per_v: dE/dV, shape (S, M), in 1/V.
            ranges_v: Safe range of every control, shape (M, 2), in V.
        """
        step_v = -self.learning_rate * gradient_per_v
        if self.step_limit_v is not None:
            largest_v = abs(step_v).max(axis=1, keepdims=True)
            step_v = step_v * (self.step_limit_v / np.maximum(largest_v, self.step_limit_v))
        return np.clip(controls_v + step_v, ranges_v[:, 0], ranges_v[:, 1])
