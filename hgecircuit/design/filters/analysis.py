"""What a filter of real values does, from its exact network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hgecircuit.parts.filters.cascade import Cascade
from hgecircuit.parts.filters.network import System
from hgecircuit.parts.filters.opamp import IDEAL, OpAmp
from hgecircuit.parts.filters.settling import settling_time_s

_HALF_POWER = math.sqrt(0.5)
# The cut-off is searched within this factor of the one wanted.
_SEARCH = 8.0


@dataclass(frozen=True)
class FilterAnalysis:
    """A cascade with one kind of op-amp.

    Attributes:
        cascade: The filter.
        opamp: Model of all its op-amps.
        nominal_hz: The cut-off that was wanted; the real one is searched around it.
    """

    cascade: Cascade
    opamp: OpAmp
    nominal_hz: float

    @cached_property
    def system(self) -> System:
        """The exact network."""
        return self.cascade.solve(self.opamp)

    @cached_property
    def gain_v_per_v(self) -> float:
        """Gain at 0 Hz with its sign."""
        return float(self.system.end_voltages[self.system.row()])

    @cached_property
    def cutoff_hz(self) -> float:
        """Frequency at which the power is half that at 0 Hz, in Hz."""
        return float(find_cutoffs_hz(self.system, self.nominal_hz))

    @cached_property
    def sections(self) -> tuple[tuple[float, float | None], ...]:
        """Pole frequency in Hz and Q (None for a real pole) of every section."""
        found = []
        for index, section in enumerate(self.cascade.sections):
            poles = self.cascade.solve_section(index, self.opamp).poles_rad_s
            pole_hz, q = pole_pair(poles, section.kind.order)
            found.append((float(pole_hz), None if q is None else float(q)))
        return tuple(found)

    @cached_property
    def noise_bandwidth_hz(self) -> float:
        """Equivalent noise bandwidth in Hz, one-sided: half the integral of (h / H(0))^2.

        With h(t) = c exp(At) b the integral is c P c^T, where A P + P A^T + b b^T = 0.
        """
        from scipy.linalg import solve_continuous_lyapunov

        modes = self.system.modes()
        slope = modes.a @ modes.start
        gramian = solve_continuous_lyapunov(modes.a, -np.outer(slope, slope))
        return float(modes.c @ gramian @ modes.c) / (2 * self.gain_v_per_v**2)

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """H(f), complex, shape (F,)."""
        return self.system.response(np.asarray(frequency_hz, float))

    def attenuation_db(self, frequency_hz: np.ndarray) -> np.ndarray:
        """-20 log10 |H|, shape (F,)."""
        return -20 * np.log10(np.abs(self.response(frequency_hz)))

    def step(self, time_s: float) -> float:
        """Step response at one time, as a share of its end value."""
        return float(self.system.modes().step(time_s)) / self.gain_v_per_v

    def step_grid(self, stop_s: float, points: int) -> np.ndarray:
        """Step response on equal times from 0 to ``stop_s``, as shares of the end value."""
        return self.system.modes().grid(stop_s, points) / self.gain_v_per_v

    def settling_s(self, error: float, reading: str) -> float:
        """Time at which the step response has settled, in s; see ``Prototype.settling_s``."""
        slowest = float(np.min(-np.real(self.system.poles_rad_s)))
        return settling_time_s(self.step_grid, self.step, slowest, error, reading)


def find_cutoffs_hz(system: System, nominal_hz: float) -> np.ndarray:
    """-3.01 dB frequency of every member of a batch, in Hz, shape (*batch,).

    Regula falsi with the Illinois rule on log |H| over log f: it converges faster than bisection
    and never leaves the bracket.
    """
    level = np.log(np.abs(system.end_voltages[..., system.row()]) * _HALF_POWER)

    def excess(log_hz: np.ndarray) -> np.ndarray:
        return np.log(np.abs(system.response_each(np.exp(log_hz)))) - level

    low = np.full(level.shape, math.log(nominal_hz / _SEARCH))
    high = np.full(level.shape, math.log(nominal_hz * _SEARCH))
    at_low, at_high = excess(low), excess(high)
    middle = low
    for _ in range(60):
        middle = (low * at_high - high * at_low) / (at_high - at_low)
        value = excess(middle)
        if np.all(np.abs(value) < 1e-13):
            break
        right = value > 0
        # Illinois: an end that is kept twice counts half, so that neither end stands still.
        at_high, at_low = np.where(right, at_high / 2, value), np.where(right, value, at_low / 2)
        low, high = np.where(right, middle, low), np.where(right, high, middle)
    return np.exp(middle)


def pole_pair(poles_rad_s: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Pole frequency in Hz and Q from a section's slowest poles, shape (*batch,) each.

    Args:
        poles_rad_s: Poles, slowest first, shape (*batch, r).
        order: 1 for a real pole (Q is None), 2 for a pair.
    """
    if order == 1:
        return np.abs(poles_rad_s[..., 0]) / (2 * math.pi), None
    one, other = poles_rad_s[..., 0], poles_rad_s[..., 1]
    size = np.sqrt(np.real(one * other))
    return size / (2 * math.pi), size / -np.real(one + other)


def opamp_error(cascade: Cascade, opamp: OpAmp, frequency_hz: np.ndarray) -> float:
    """Largest relative deviation of H that the op-amps' finite gain causes, as a ratio."""
    ideal = cascade.solve(IDEAL).response(frequency_hz)
    return float(np.abs(cascade.solve(opamp).response(frequency_hz) / ideal - 1).max())
