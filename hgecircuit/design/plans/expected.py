"""What to expect from a plan: crosstalk, second harmonic and noise of every channel.

Boon 2025, Eqs. 7 to 10, with the transform W(f) of the lock-in's finite window in the place of
H(f), so that the filter's own settling is part of crosstalk, and as shares of the signal: channels
count as equally strong. What a curved device adds on carriers is the plan's collisions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.design.error_model import FilterWindow, window_for
from hgecircuit.devices.noise import NoiseSpec

#: Frequencies that differ by less, relatively, are one: rounding.
SAME = 1e-12
# Pairs of carriers whose crosstalk is computed at once.
_CHUNK = 500_000


@dataclass(frozen=True)
class Listening:
    """Lock-in and noise.

    Attributes:
        window: How the lock-in weighs the time T.
        signal_a: Amplitude I_m of a carrier in the output, equal for all.
        noise: One-sided density of the output's noise; None without noise.
    """

    window: FilterWindow
    signal_a: float
    noise: NoiseSpec | None = None

    def own(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Mean squared error of a channel by itself, over the squared signal, shape as given.

        |W(2 f)|^2 + 2 B S(f) / I^2 with the window's noise bandwidth B (Boon 2025, Eqs. 7 and 8).
        """
        frequency_hz = np.asarray(frequency_hz, float)
        return self.window.at(2 * frequency_hz) ** 2 + self.noise_power(frequency_hz)

    def noise_power(self, frequency_hz: np.ndarray) -> np.ndarray:
        """2 B S(f) / I^2, shape as given; S counts as flat within the window's bandwidth."""
        if self.noise is None:
            return np.zeros(np.shape(frequency_hz))
        density = self.noise.density_a2_per_hz(frequency_hz)
        return 2 * self.window.noise_bandwidth_hz * density / self.signal_a**2

    def pair(self, frequency_hz: np.ndarray, other_hz: np.ndarray | float) -> np.ndarray:
        """|W(f + g)|^2 + |W(f - g)|^2: what a carrier at g adds (Boon 2025, Eq. 9)."""
        plus, minus = (
            self.window.at(frequency_hz + other_hz),
            self.window.at(frequency_hz - other_hz),
        )
        return plus**2 + minus**2


@dataclass(frozen=True, eq=False)
class ExpectedError:
    """Errors of every channel as shares of its derivative, root mean square, shape (M,) each.

    Attributes:
        noise: Noise of the device.
        second_harmonic: The carrier's own ripple at 2 f.
        crosstalk: All other carriers.
        unsettled: What a constant lacks at t = T, |1 - W(0)|: the same for all channels, and gone
            when readings are divided by the step response.
    """

    noise: np.ndarray
    second_harmonic: np.ndarray
    crosstalk: np.ndarray
    unsettled: float

    @property
    def total(self) -> np.ndarray:
        """Root of the sum of squares, without what is unsettled, shape (M,)."""
        return np.sqrt(self.noise**2 + self.second_harmonic**2 + self.crosstalk**2)

    @property
    def mean_square(self) -> float:
        """Mean of the squared total over all channels."""
        return float(np.mean(self.total**2))


def listening(
    response: str,
    time_s: float,
    *,
    filter_order: int | None = None,
    settled: str | None = None,
    signal_a: float,
    noise: NoiseSpec | None = None,
) -> Listening:
    """A lock-in that listens for T.

    Args:
        response: ``gate``, or the family of a low-pass.
        time_s: T.
        filter_order: Poles of the low-pass; none for a gate.
        settled: Reading of "98 % settled", ``first`` or ``stay``; none for a gate.
        signal_a: Amplitude of a carrier in the output.
        noise: Noise of the output, or None.
    """
    window = window_for(response, time_s, order=filter_order, settled=settled)
    return Listening(window, signal_a, noise)


def expected_error(
    lock_in: Listening, frequencies_hz: np.ndarray, phases_rad: np.ndarray
) -> ExpectedError:
    """Errors of all channels measured at once.

    Args:
        lock_in: Window, signal, noise.
        frequencies_hz: Shape (M,).
        phases_rad: Shape (M,).
    """
    frequencies_hz = np.asarray(frequencies_hz, float)
    power = np.empty(len(frequencies_hz))
    rows = max(1, _CHUNK // len(frequencies_hz))
    for start in range(0, len(frequencies_hz), rows):
        part = slice(start, start + rows)
        plus, minus = _leaks(lock_in.window, frequencies_hz, np.asarray(phases_rad), part)
        power[part] = (plus**2 + minus**2).sum(axis=1)
    return ExpectedError(
        np.sqrt(lock_in.noise_power(frequencies_hz)),
        lock_in.window.at(2 * frequencies_hz),
        np.sqrt(power),
        abs(1 - lock_in.window.settled_share),
    )


def crosstalk(
    frequencies_hz: np.ndarray, phases_rad: np.ndarray, window: FilterWindow
) -> np.ndarray:
    """Largest share of carrier n that channel m reads, shape (M, M), zero on the diagonal.

    |W(f_m + f_n)| + |W(f_m - f_n)|, the bound over the phases of different frequencies. On a shared
    frequency the second part is a constant, |cos(phase difference)| W(0), which is 0 in quadrature.

    Args:
        frequencies_hz: Shape (M,).
        phases_rad: Shape (M,).
        window: How the lock-in weighs its time.
    """
    frequencies_hz = np.asarray(frequencies_hz, float)
    everything = slice(0, len(frequencies_hz))
    plus, minus = _leaks(window, frequencies_hz, np.asarray(phases_rad), everything)
    return plus + minus


def _leaks(
    window: FilterWindow, frequencies_hz: np.ndarray, phases_rad: np.ndarray, rows: slice
) -> tuple[np.ndarray, np.ndarray]:
    """|W| at sums and at differences with all carriers, shapes (K, M); zero for the own carrier."""
    own = frequencies_hz[rows, None]
    plus, minus = window.at(own + frequencies_hz), window.at(own - frequencies_hz)
    shared = np.isclose(own, frequencies_hz, rtol=SAME, atol=0)
    apart_rad = phases_rad[rows, None] - phases_rad
    minus = np.where(shared, np.abs(np.cos(apart_rad)) * abs(window.settled_share), minus)
    m = np.arange(len(own))
    plus[m, m + rows.start] = minus[m, m + rows.start] = 0.0
    return plus, minus


def phase_accuracy(leak: float, top_hz: float) -> tuple[float, float]:
    """What quadrature sharing needs so that at most ``leak`` of the partner's derivative is read.

    Args:
        leak: Share of the partner, from 0 to 1: sin(phase error).
        top_hz: Highest shared carrier.

    Returns:
        Largest phase error in rad, and the delay at the highest carrier that makes it, in s.
    """
    error_rad = math.asin(leak)
    return error_rad, error_rad / (2 * math.pi * top_hz)
