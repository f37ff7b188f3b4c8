"""Simultaneous perturbation stochastic approximation (SPSA), and its gain sequences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.reference.estimators.base import (
    Converter,
    GradientEstimator,
    Measurement,
    NoiseSource,
    check_points,
)
from hgecircuit.run.reference.estimators.differences import SteppedDevice
from hgecircuit.run.reference.estimators.sampling import block_rows
from hgecircuit.run.reference.step_reading import StepReading

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel


@dataclass(frozen=True)
class GainSequence:
    """scale / (offset + k)^exponent with k = iteration + 1 (Spall 1998).

    Spall, "Implementation of the simultaneous perturbation algorithm for stochastic optimization",
    IEEE Trans. Aerosp. Electron. Syst. 34, 817: a_k = a / (A + k)^alpha for the learning rate and
    c_k = c / k^gamma for the amplitude, k from 1; alpha 0.602 and gamma 0.101 are the smallest that
    its theory allows and work well in practice, A is a tenth of the iterations or less.

    >>> iterations = 300
    >>> learning_rate = GainSequence(0.5, 0.602, offset=iterations / 10)
    >>> amplitude_v = GainSequence(0.05, 0.101)

    Attributes:
        scale: a or c, in the unit of the learning rate or amplitude (V^2, V).
        exponent: alpha or gamma; 0 keeps the value.
        offset: A, in iterations.
    """

    scale: float
    exponent: float
    offset: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.scale) and self.scale > 0):
            raise InputError("no gain", key="scale", value=self.scale, expected="above 0")
        for key in ("exponent", "offset"):
            value = getattr(self, key)
            if not (np.isfinite(value) and value >= 0):
                raise InputError("no gain sequence", key=key, value=value, expected="0 or above")

    def __call__(self, iteration: int) -> float:
        """The gain at an iteration, counted from 0."""
        return self.scale / (self.offset + iteration + 1) ** self.exponent


@dataclass(frozen=True)
class Spsa(GradientEstimator):
    """Gradients from random simultaneous steps of all electrodes (Spall 1992, Boon 2025 Suppl. 4).

    For each draw, signs s_m = +1 or -1 with equal chance:
    g_m = (I(V + c s) - I(V - c s)) / (2 c) s_m, averaged over the draws. Unbiased up to the
    device's third derivatives; one draw's variance is the sum of the other electrodes' squared
    derivatives, and n draws have 1/n of it. Time and readings per draw are those of one central
    difference, whatever the number of electrodes. The output that goes with a gradient is the mean
    of all samples.

    A training's gradient is sum_k dE/dI_k g_k over its patterns. With the patterns' own directions
    (``points_per_draw`` 1) their random parts average out; with a common direction per start
    (``points_per_draw`` = number of patterns) it is Spall's estimate from two measurements of the
    loss, to first order in c.

    Attributes:
        reading: How the two outputs of a draw are read; its time T is that of both.
        amplitude_v: c in V, or a sequence: from the iteration, counted from 0, to V.
        draws: Number n of directions per operating point.
        points_per_draw: Number of consecutive operating points that share their directions.
        seed: Seed of the directions; each iteration has directions of its own.
        iteration: Iteration of a training, counted from 0; set by :meth:`at_iteration`.
        noise: Noise of the output: one row of T f_s samples per point and draw.
        converter: What the input converter makes of the samples.
        dac: What the output converters make of the electrode voltages.
    """

    reading: StepReading
    amplitude_v: float | Callable[[int], float]
    draws: int = 1
    points_per_draw: int = 1
    seed: int = 1
    iteration: int = 0
    noise: NoiseSource | None = None
    converter: Converter | None = None
    dac: Converter | None = None

    def __post_init__(self) -> None:
        for key, least in (("draws", 1), ("points_per_draw", 1), ("seed", 0), ("iteration", 0)):
            if getattr(self, key) < least:
                raise InputError(
                    "not usable", key=key, value=getattr(self, key), expected=f"{least} or above"
                )
        if not (np.isfinite(self.step_v) and self.step_v > 0):
            raise InputError(
                "no amplitude", key="amplitude_v", value=self.step_v, expected="above 0"
            )

    @property
    def step_v(self) -> float:
        """The step c at the present iteration, in V."""
        return self.amplitude_v(self.iteration) if callable(self.amplitude_v) else self.amplitude_v

    def at_iteration(self, iteration: int) -> Spsa:
        """The same with the step and the random directions of that iteration."""
        return replace(self, iteration=iteration)

    def measure(
        self, device: DeviceModel, voltages_v: np.ndarray, electrodes: Sequence[int]
    ) -> Measurement:
        """See :class:`GradientEstimator`.

        Memory beside inputs and result: one byte per sign (P n M / points_per_draw), and in values
        of 8 bytes at most 6 max(2 n E, T f_s, 262,144), with E electrodes of the device, and what
        the device model needs for 262,144 voltages.

        Raises:
            InputError: Also if ``points_per_draw`` doesn't divide the number of points.
        """
        voltages_v = check_points(device, voltages_v, electrodes)
        signs = self._signs(len(voltages_v), len(electrodes))
        stepped = SteppedDevice(device, self.reading, self.noise, self.converter, self.dac)
        step_v = self.step_v
        output_a = np.empty(len(voltages_v))
        gradient = np.empty((len(voltages_v), len(electrodes)))
        points = block_rows(2 * self.draws * device.electrodes)
        for first in range(0, len(voltages_v), points):
            block = slice(first, first + points)
            middle_v = np.repeat(voltages_v[block], self.draws, axis=0)
            chosen = signs[np.arange(len(voltages_v))[block] // self.points_per_draw]
            steps_v = np.zeros_like(middle_v)
            steps_v[:, list(electrodes)] = step_v * chosen.reshape(len(middle_v), -1)
            found = stepped.differences(middle_v, steps_v)
            output_a[block] = found.mean_a.reshape(-1, self.draws).mean(axis=1)
            slope = found.difference_a.reshape(-1, 1, self.draws) / (2 * step_v * self.draws)
            gradient[block] = (slope @ chosen)[:, 0]
        return Measurement(output_a, gradient)

    def time_per_point_s(self, electrodes: int) -> float:
        """The measurement time T once per draw, in s."""
        return self.reading.measured_s * self.draws

    def evaluations_per_point(self, electrodes: int) -> int:
        """2 per draw, each T/2 long."""
        return 2 * self.draws

    def _signs(self, points: int, electrodes: int) -> np.ndarray:
        """+1 and -1, shape (points / points_per_draw, draws, M)."""
        if points % self.points_per_draw:
            raise InputError(
                "points that don't make whole groups",
                key="points_per_draw",
                value=self.points_per_draw,
                expected=f"a divisor of the number of operating points, {points}",
            )
        generator = np.random.Generator(np.random.PCG64([self.seed, self.iteration]))
        shape = (points // self.points_per_draw, self.draws, electrodes)
        return 2 * generator.integers(0, 2, shape, dtype=np.int8) - 1
