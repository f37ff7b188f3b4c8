"""Figures of a sine as a laboratory would take them: frequency, amplitude, distortion, start-up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.interpolate import CubicSpline

from hgecircuit.parts.oscillators.base import Tone

# Samples per cycle of the resampled trace; harmonics up to a quarter of that are given.
_SAMPLES = 128
_HARMONICS = _SAMPLES // 4
# Windows per cycle from which the envelope is taken.
_WINDOWS = 4


@dataclass(frozen=True)
class SineFigures:
    """A periodic trace over whole cycles.

    Attributes:
        frequency_hz: From the rising zero crossings.
        offset_v: Mean.
        phasors_v: Amplitude times exp(j phase) of harmonics 1, 2, ... as sines from t = 0, complex,
            shape (n,).
    """

    frequency_hz: float
    offset_v: float
    phasors_v: np.ndarray

    @property
    def amplitude_v(self) -> float:
        """Amplitude of the fundamental."""
        return float(np.abs(self.phasors_v[0]))

    @property
    def phase_rad(self) -> float:
        """Phase of the fundamental at t = 0."""
        return float(np.angle(self.phasors_v[0]))

    @property
    def thd(self) -> float:
        """Root of the harmonics' power over the fundamental's."""
        return float(np.linalg.norm(self.phasors_v[1:])) / self.amplitude_v

    def tones(self, least: float = 0.0) -> tuple[Tone, ...]:
        """Fundamental and every harmonic of at least ``least`` times its amplitude."""
        sizes = np.abs(self.phasors_v)
        return tuple(
            Tone((k + 1) * self.frequency_hz, float(size), float(np.angle(phasor)))
            for k, (size, phasor) in enumerate(zip(sizes, self.phasors_v, strict=True))
            if k == 0 or size >= least * sizes[0]
        )


def measure_sine(
    time_s: np.ndarray, trace_v: np.ndarray, start_s: float, frequency_hz: float | None = None
) -> SineFigures:
    """Take the figures of a trace from ``start_s`` on, over whole cycles.

    The trace is splined onto a uniform grid between its first and its last rising zero crossing, so
    that the FFT's lines lie on the harmonics.

    Args:
        time_s: Rising times, shape (n,), as uneven as a simulator's.
        trace_v: The trace, shape (n,).
        start_s: When it has settled.
        frequency_hz: Its frequency where that is exactly known, in place of the crossings.
    """
    from scipy.interpolate import CubicSpline

    used = np.flatnonzero(np.diff(time_s, prepend=-np.inf) > 0)
    spline = CubicSpline(np.asarray(time_s)[used], np.asarray(trace_v)[used])
    if frequency_hz is None:
        crossings_s = _rising_crossings_s(spline, start_s)
        cycles, first_s = len(crossings_s) - 1, float(crossings_s[0]) if len(crossings_s) else 0.0
        frequency_hz = cycles / float(crossings_s[-1] - first_s) if cycles > 0 else 0.0
    else:
        cycles, first_s = int((time_s[-1] - start_s) * frequency_hz * (1 + 1e-9)), start_s
    if cycles < 2:
        raise ValueError("fewer than two cycles to measure")
    samples = spline(first_s + np.arange(cycles * _SAMPLES) / (_SAMPLES * frequency_hz))
    lines = np.fft.rfft(samples) / len(samples)
    order = np.arange(1, _HARMONICS + 1)
    turn = np.exp(-2j * np.pi * order * frequency_hz * first_s)
    return SineFigures(frequency_hz, float(lines[0].real), 2j * lines[order * cycles] * turn)


def _rising_crossings_s(spline: CubicSpline, start_s: float) -> np.ndarray:
    """When the trace rises through its mean, found on a fine grid and then by the spline."""
    from scipy.optimize import brentq

    grid_s = np.linspace(start_s, spline.x[-1], 4 * len(spline.x))
    values = spline(grid_s)
    middle = (values.max() + values.min()) / 2
    above = values > middle
    rising = np.flatnonzero(above[1:] & ~above[:-1])
    return np.array(
        [brentq(lambda t: float(spline(t)) - middle, grid_s[k], grid_s[k + 1]) for k in rising]
    )


def startup_time_s(
    time_s: np.ndarray, trace_v: np.ndarray, frequency_hz: float, share: float = 0.01
) -> float:
    """Time after which the amplitude, cycle by cycle, stays within ``share`` of its last value.

    Infinite when it still moves by more than that in the trace's last quarter.
    """
    ends_s, envelope_v = envelope(time_s, trace_v, frequency_hz)
    last = envelope_v[-1]
    outside = np.flatnonzero(np.abs(envelope_v / last - 1) > share)
    if len(outside) == 0:
        return float(ends_s[0])
    if outside[-1] >= 0.75 * len(envelope_v):
        return math.inf
    return float(ends_s[outside[-1] + 1])


def envelope(
    time_s: np.ndarray, trace_v: np.ndarray, frequency_hz: float
) -> tuple[np.ndarray, np.ndarray]:
    """Amplitude of the fundamental over windows of one cycle: their ends (n,) and amplitudes (n,).

    The frequency of an oscillator that starts is not yet exact; over one cycle that does not show.
    """
    step = _SAMPLES // _WINDOWS
    cycles = int((time_s[-1] - time_s[0]) * frequency_hz)
    grid_s = time_s[0] + np.arange(cycles * _SAMPLES + 1) / (_SAMPLES * frequency_hz)
    trace = np.interp(grid_s, time_s, trace_v)
    turned = trace * np.exp(-2j * np.pi * np.arange(len(grid_s)) / _SAMPLES)
    sums = np.concatenate([[0.0], np.cumsum(turned)])
    starts = np.arange(0, len(grid_s) - _SAMPLES, step)
    amplitudes = 2 / _SAMPLES * np.abs(sums[starts + _SAMPLES] - sums[starts])
    return grid_s[starts + _SAMPLES], amplitudes


def quadrature_error_rad(sine: SineFigures, cosine: SineFigures) -> float:
    """How far the phase between two outputs of one oscillator is from 90 degrees."""
    apart = (cosine.phase_rad - sine.phase_rad) % (2 * math.pi)
    return min(apart - math.pi / 2, apart - 3 * math.pi / 2, key=abs)
