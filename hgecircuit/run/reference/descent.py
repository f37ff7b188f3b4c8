"""The paper's update law, and learning rates that change with the iteration."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.reference.estimators.spsa import GainSequence

#: A learning rate in V^2, or a function from the iteration, counted from 0, to one.
LearningRate = float | Callable[[int], float]


@dataclass(frozen=True)
class CosineRate:
    """first (1 + cos(pi k / iterations)) / 2: half a cosine from ``first`` to 0, where it stays.

    Loshchilov and Hutter, "SGDR", ICLR 2017, Eq. 5, without restarts.

    Attributes:
        first: Rate of the first iteration, in V^2.
        iterations: Number of iterations over which it falls.
    """

    first: float
    iterations: int

    def __post_init__(self) -> None:
        if self.iterations < 1:
            raise InputError(
                "not usable", key="iterations", value=self.iterations, expected="1 or above"
            )

    def __call__(self, iteration: int) -> float:
        """The rate at an iteration, counted from 0."""
        done = min(iteration / self.iterations, 1.0)
        return self.first * (1 + math.cos(math.pi * done)) / 2


def _inverse(first: float, iterations: int) -> GainSequence:
    stability = iterations / 10
    return GainSequence(first * (stability + 1) ** 0.602, 0.602, offset=stability)


#: Learning rates by name, from the first iteration's rate in V^2 and the number of iterations:
#: the paper's; Spall's a / (A + k)^0.602 with A = iterations / 10; half a cosine.
SCHEDULES: dict[str, Callable[[float, int], LearningRate]] = {
    "constant": lambda first, iterations: first,
    "inverse": _inverse,
    "cosine": CosineRate,
}


@dataclass(frozen=True)
class Descent:
    """Gradient descent (Boon 2025, Eqs. 1 and 2): V <- V - eta sum_k dE/dI_k grad I_k, clipped.

    Attributes:
        learning_rate: eta, in V^2 for a loss without unit, or a function of the iteration such as
            those of :data:`SCHEDULES`. The paper: 0.02 for gates, 0.015 for the sphere.
        iterations: Largest number of iterations; each measures, then updates.
        stop_loss: A start stops, without a further update, once its measured loss is below this.
            The paper: 0.008 for gates, 0.2 for the sphere.
        step_limit_v: Largest change of a control voltage per update; a larger step is scaled down
            as a whole, so that its direction stays. None, as in the paper, for no limit.
        ramp_s: Time to reach a pattern's voltages, with waiting (Boon 2025, Fig. 4a: 15 ms).
    """

    learning_rate: LearningRate = 0.02
    iterations: int = 300
    stop_loss: float = 0.008
    step_limit_v: float | None = None
    ramp_s: float = 0.015

    def __post_init__(self) -> None:
        for key, value in (
            ("learning_rate", self.rate(0)),
            ("iterations", self.iterations),
            ("step_limit_v", self.step_limit_v),
        ):
            if value is not None and not (np.isfinite(value) and value > 0):
                raise InputError("not usable", key=key, value=value, expected="a number above 0")
        for key in ("stop_loss", "ramp_s"):
            value = getattr(self, key)
            if not (np.isfinite(value) and value >= 0):
                raise InputError("not usable", key=key, value=value, expected="0 or above")

    def rate(self, iteration: int) -> float:
        """The learning rate of an iteration, counted from 0, in V^2."""
        rate = self.learning_rate
        return rate(iteration) if callable(rate) else rate

    def move_v(
        self,
        controls_v: np.ndarray,
        gradient_per_v: np.ndarray,
        ranges_v: np.ndarray,
        iteration: int = 0,
    ) -> np.ndarray:
        """Control voltages after one update in V, shape (S, M).

        Args:
            controls_v: Control voltages before, shape (S, M), in V.
            gradient_per_v: dE/dV, shape (S, M), in 1/V.
            ranges_v: Safe range of every control, shape (M, 2), in V.
            iteration: Which iteration it is, counted from 0.
        """
        step_v = -self.rate(iteration) * gradient_per_v
        if self.step_limit_v is not None:
            largest_v = abs(step_v).max(axis=1, keepdims=True)
            step_v = step_v * (self.step_limit_v / np.maximum(largest_v, self.step_limit_v))
        return np.clip(controls_v + step_v, ranges_v[:, 0], ranges_v[:, 1])
