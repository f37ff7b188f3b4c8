"""The fit behind a calibration: many sines at once, sent and received."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.alignment import Timing
from hgecircuit.run.rigs.safety import RigError

# Steps per cycle of the highest sine when the delay is searched for: at a quarter of that, the
# coherent sum is still 0.97 of its top.
_STEPS_PER_CYCLE = 8
# A peak that is looked for at 8 points per cycle is at most 1 / cos(pi / 8) times what is found.
_FOUND_PEAK = float(1 / np.cos(np.pi / 8))
# Share of the received power that the sines must explain; a loose wire gives nothing, a wrong
# channel gives noise.
_LEAST_EXPLAINED = 0.9


@dataclass(frozen=True)
class Tones:
    """Sines on one electrode.

    Attributes:
        frequencies_hz: Rising, shape (F,).
        phases_rad: At the window's start, shape (F,).
        amplitude_v: Of each.
    """

    frequencies_hz: np.ndarray
    phases_rad: np.ndarray
    amplitude_v: float

    @classmethod
    def spread(
        cls, lowest_hz: float, highest_hz: float, count: int, time_s: float, largest_v: float
    ) -> Tones:
        """Whole multiples of 1 / time, spread evenly in their logarithm, with a low peak.

        Schroeder phases, -pi k (k - 1) / F (IEEE Trans. Inf. Theory 16, 85, 1970), keep the peak of
        the sum low; the amplitude is what keeps that peak within ``largest_v``.
        """
        wanted = np.geomspace(lowest_hz, highest_hz, count)
        cycles = np.unique(np.maximum(1, np.rint(wanted * time_s)))
        k = np.arange(1, len(cycles) + 1)
        tones = cls(cycles / time_s, -np.pi * k * (k - 1) / len(k), 1.0)
        return cls(tones.frequencies_hz, tones.phases_rad, largest_v / tones.peak_v)

    @cached_property
    def peak_v(self) -> float:
        """Largest value of either sign of their sum, in V."""
        return _FOUND_PEAK * float(abs(self.at(self._dense_s)).max())

    @cached_property
    def slew_v_per_s(self) -> float:
        """Fastest change of their sum, in V/s."""
        angular = 2 * np.pi * self.frequencies_hz
        slopes = np.cos(np.multiply.outer(self._dense_s, angular) + self.phases_rad) @ angular
        return _FOUND_PEAK * self.amplitude_v * float(abs(slopes).max())

    @property
    def _dense_s(self) -> np.ndarray:
        """Times of one common period, 8 per cycle of the highest sine."""
        step_hz = float(np.gcd.reduce(np.rint(self.frequencies_hz * 1e6).astype(np.int64))) / 1e6
        return np.arange(0, 1 / step_hz, 1 / (8 * self.frequencies_hz[-1]))

    def at(self, times_s: np.ndarray) -> np.ndarray:
        """Their sum in V, at times from the window's start; shape as given."""
        angles = np.multiply.outer(times_s, 2 * np.pi * self.frequencies_hz) + self.phases_rad
        return self.amplitude_v * np.sin(angles).sum(axis=-1)


@dataclass(frozen=True)
class ChainFit:
    """What came back for 1 V of every sine.

    Attributes:
        timing: Delay and drift.
        gain: Voltage per voltage at low frequency, with its sign.
        offset_v: Constant part.
        bandwidth_hz: Frequency of the single pole that explains the gain's fall; infinite for none.
        response: Complex response against ``gain`` with the delay taken off, shape (F,).
        latency_error_s: Standard error of the delay.
        drift_error: Standard error of the drift.
        gain_error: Relative standard error of the gain.
        phase_error_rad: Largest standard error of a phase.
        noise_v: Rms of what the sines don't explain.
    """

    timing: Timing
    gain: float
    offset_v: float
    bandwidth_hz: float
    response: np.ndarray
    latency_error_s: float
    drift_error: float
    gain_error: float
    phase_error_rad: float
    noise_v: float


def fit_chain(
    volts: np.ndarray,
    input_rate_hz: float,
    window_start_s: float,
    window_s: float,
    tones: Tones,
    longest_latency_s: float,
) -> ChainFit:
    """Fit delay, drift and response to samples in which all sines are steady.

    1. The phase of every sine in the second half of the window against the first gives the drift.
    2. With the drift taken off, a least-squares fit over the whole window gives every sine's
       complex amplitude.
    3. The delay is where all of them line up, and then the slope of phase over frequency.
    4. 1 / |R|^2 = (1 + (f / f_p)^2) / G^2 gives gain and bandwidth.

    Args:
        volts: All samples of the run, shape (L,).
        input_rate_hz: Their nominal rate.
        window_start_s: Start of the window on the outputs' clock, in s.
        window_s: Its length; the sines go on for ``longest_latency_s`` behind it.
        tones: What was sent.
        longest_latency_s: Largest delay that is looked for.

    Raises:
        InputError: Too few samples.
        RigError: What came back is not what was sent.
    """
    first = int(np.ceil((window_start_s + longest_latency_s) * input_rate_hz))
    count = int(window_s * input_rate_hz) // 2 * 2
    part = np.asarray(volts, float)[first : first + count]
    if len(part) < max(count, 4 * len(tones.frequencies_hz) + 4):
        raise InputError("too few samples for a calibration", value=len(part), expected=f"{count}")
    sampled_s = np.arange(first, first + count) / input_rate_hz
    drift, drift_error = 0.0, 0.0
    for _ in range(2):  # the first pass's rest still holds the drift itself, and its error with it
        rest, drift_error = _drift(part, sampled_s / (1 + drift) - window_start_s, tones)
        drift += rest
    received, offset_v, noise_v = _amplitudes(part, sampled_s / (1 + drift) - window_start_s, tones)
    explained = 1 - noise_v**2 / max(float(part.var()), 1e-300)
    if not explained >= _LEAST_EXPLAINED:
        raise RigError(
            f"the input shows {100 * max(explained, 0):.0f} % of what was sent, the rest is noise",
            advice="check that the resistor or the loop-back is connected, and to which channels",
            outputs="the outputs are at 0 V",
        )
    latency_s, sign = _coarse_latency(received, tones, longest_latency_s)
    turned = sign * received * np.exp(2j * np.pi * tones.frequencies_hz * latency_s)
    sigma = noise_v * np.sqrt(2 / count) / tones.amplitude_v
    # phase = -2 pi f (tau - tau0); weights are the sines' power
    weight = abs(received) ** 2 * (2 * np.pi * tones.frequencies_hz) ** 2
    slope = 2 * np.pi * tones.frequencies_hz * np.angle(turned) * abs(received) ** 2
    latency_s -= float(slope.sum() / weight.sum())
    gain, bandwidth_hz = _gain(abs(received), tones.frequencies_hz)
    aligned = received * np.exp(2j * np.pi * tones.frequencies_hz * latency_s)
    return ChainFit(
        Timing(latency_s, drift),
        sign * gain,
        offset_v,
        bandwidth_hz,
        aligned / (sign * gain),
        float(sigma / np.sqrt(weight.sum())),
        drift_error,
        float(sigma / (gain * np.sqrt(len(received)))),
        float((sigma / abs(received)).max()),
        noise_v,
    )


def _amplitudes(
    volts: np.ndarray, times_s: np.ndarray, tones: Tones
) -> tuple[np.ndarray, float, float]:
    """Complex amplitudes per volt sent, constant part, and rms of the rest."""
    angles = np.multiply.outer(times_s, 2 * np.pi * tones.frequencies_hz) + tones.phases_rad
    columns = np.hstack([np.sin(angles), np.cos(angles), np.ones((len(times_s), 1))])
    # many times faster than a decomposition of the columns, and they are nearly orthogonal
    found = np.linalg.solve(columns.T @ columns, columns.T @ volts)
    rest = volts - columns @ found
    free = max(1, len(volts) - columns.shape[1])
    sines, cosines = np.split(found[:-1], 2)
    amplitudes = (sines + 1j * cosines) / tones.amplitude_v
    return amplitudes, float(found[-1]), float(np.sqrt(rest @ rest / free))


def _drift(volts: np.ndarray, times_s: np.ndarray, tones: Tones) -> tuple[float, float]:
    """Relative error of the input's clock and its standard error, from the window's two halves."""
    half = len(volts) // 2
    both = [
        _amplitudes(volts[part], times_s[part], tones)
        for part in (slice(0, half), slice(half, 2 * half))
    ]
    apart_s = half * (times_s[1] - times_s[0])
    turn = np.angle(both[1][0] * both[0][0].conj())
    # an input clock that is faster by d sees f / (1 + d): the phase falls by 2 pi f d per second
    angular = 2 * np.pi * tones.frequencies_hz * apart_s
    power = abs(both[0][0]) ** 2
    weight = (power * angular**2).sum()
    drift = -float((power * angular * turn).sum() / weight)
    sigma = both[0][2] * np.sqrt(2 / half) / tones.amplitude_v * np.sqrt(2)
    return drift, float(sigma / np.sqrt(weight))


def _coarse_latency(received: np.ndarray, tones: Tones, longest_s: float) -> tuple[float, float]:
    """Delay at which all sines line up, and the sign of the gain.

    On which of several equal tops the search ends is decided by the sines' common period, which is
    the measurement time; delays are shorter.
    """
    highest_hz = tones.frequencies_hz[-1]
    delays_s = np.arange(0, longest_s, 1 / (_STEPS_PER_CYCLE * highest_hz))
    unit = received / abs(received)
    sums = np.exp(2j * np.pi * np.multiply.outer(delays_s, tones.frequencies_hz)) @ unit
    best = int(np.argmax(abs(sums.real)))
    return float(delays_s[best]), float(np.sign(sums.real[best]))


def _gain(magnitudes: np.ndarray, frequencies_hz: np.ndarray) -> tuple[float, float]:
    """Gain at low frequency and bandwidth of a single pole, by least squares."""
    columns = np.column_stack([np.ones(len(magnitudes)), frequencies_hz**2])
    (at_zero, rise), *_ = np.linalg.lstsq(columns, magnitudes**-2.0, rcond=None)
    if not at_zero > 0:
        return float(magnitudes[0]), float("inf")
    bandwidth_hz = float(np.sqrt(at_zero / rise)) if rise > 0 else float("inf")
    return float(at_zero**-0.5), bandwidth_hz
