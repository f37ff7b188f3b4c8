"""Data of the paper's design figures, from the error model, with what the paper claims of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hgecircuit.design.error_model.lock_in import LockIn, equal_spacing_hz
from hgecircuit.design.error_model.model import Surroundings, error_budget
from hgecircuit.design.error_model.noise import noise_variance
from hgecircuit.design.error_model.paper import PaperErrors, paper_errors
from hgecircuit.design.error_model.quantities import PAPER_NOISE, Quantities
from hgecircuit.design.error_model.responses import window_for
from hgecircuit.design.error_model.taylor import Taylor
from hgecircuit.design.error_model.windows import FilterWindow
from hgecircuit.parts.filters.settling import READINGS

#: Signal ratios of Fig. 3b: equal, median, and the largest that is realistic.
RATIOS = (1.0, 2.05, 20.0)
MEDIAN = 2.05
CLAIMED_HZ = 40.0
#: Where the parallel error counts as having met the sequential one: at most this many times it.
MEETS, DOMINATES = 1.1, 2.0
# "About 40 Hz" and "decreases with 1/T" are read as within 10 %.
TOLERANCE = 0.1
_SPACINGS_HZ = np.round(np.concatenate([np.arange(5.0, 80.0, 0.5), np.arange(80.0, 161.0, 2.0)]), 6)
_TIMES_S = np.geomspace(0.01, 1.0, 61)
_FIG_2D_HZ = 1e3
_BISECTIONS = 40


@dataclass(frozen=True, eq=False)
class Figure3b:
    """Expected squared error over spacing (Boon 2025, Fig. 3b), in (A/V)^2.

    Attributes:
        spacings_hz: Shape (S,).
        sequential: One channel at a time, settled (Eq. 8), by reading; shape (S,).
        parallel: All at once, settled (Eq. 10), by reading and ratio; shape (S,).
        at_time: All at once, read at T from rest, at the median ratio, by reading; shape (S,).
        meets_hz: Spacing from which the settled parallel error stays within ``MEETS`` times the
            sequential one, by reading and ratio.
        dominates_hz: The same for ``DOMINATES`` times: crosstalk is no longer the larger part.
        quantities: What was computed; the derivative is the weak channel's, the same for every
            ratio.
    """

    spacings_hz: np.ndarray
    sequential: dict[str, np.ndarray]
    parallel: dict[tuple[str, float], np.ndarray]
    at_time: dict[str, np.ndarray]
    meets_hz: dict[tuple[str, float], float]
    dominates_hz: dict[tuple[str, float], float]
    quantities: Quantities

    @property
    def agrees(self) -> bool:
        """Whether parallel meets sequential at about 40 Hz, first reading, median ratio."""
        found_hz = self.meets_hz["first", MEDIAN]
        return abs(found_hz - CLAIMED_HZ) <= TOLERANCE * CLAIMED_HZ


@dataclass(frozen=True, eq=False)
class Figure2d:
    """Expected squared error over measurement time (Boon 2025, Fig. 2d, analytic line), (A/V)^2.

    Attributes:
        times_s: Shape (K,).
        settled: Eq. 8 by reading, shape (K,).
        at_time: Variance (without the constant 2 %) of a reading at T from rest, by reading.
        slopes: d log(settled) / d log T by reading, over all times.
        quantities: What was computed.
    """

    times_s: np.ndarray
    settled: dict[str, np.ndarray]
    at_time: dict[str, np.ndarray]
    slopes: dict[str, float]
    quantities: Quantities

    @property
    def agrees(self) -> bool:
        """Whether the variance decreases with 1/T."""
        return all(abs(slope + 1) <= TOLERANCE for slope in self.slopes.values())


def figure_3b() -> Figure3b:
    """Seven channels, T = 0.1 s, noise 1e-5 nA^2/Hz, ratios 1, 2.05 and 20, both readings.

    The paper doesn't give the derivative; here the weak channel's is 100 nA/V / 2.05 for every
    ratio, and the amplitude is that of Fig. 2d.
    """
    base = Quantities()
    sequential, parallel, at_time, meets, dominates = {}, {}, {}, {}, {}
    for reading in READINGS:
        for ratio in RATIOS:
            found = [_paper_3b(base, reading, ratio, hz) for hz in _SPACINGS_HZ.tolist()]
            parallel[reading, ratio] = np.array([_weak(base, one.together) for one in found])
            sequential[reading] = np.array([_weak(base, one.sequential) for one in found])
            shares = parallel[reading, ratio] / sequential[reading]
            for found_hz, times in ((meets, MEETS), (dominates, DOMINATES)):
                found_hz[reading, ratio] = _crossover_hz(base, reading, ratio, times, shares)
        at_time[reading] = np.array([_at_time_3b(base, reading, hz) for hz in _SPACINGS_HZ])
    return Figure3b(_SPACINGS_HZ, sequential, parallel, at_time, meets, dominates, base)


def figure_2d() -> Figure2d:
    """One channel at 1 kHz and 8 mV, T from 10 ms to 1 s, both readings."""
    base = Quantities(channels=1, top_hz=_FIG_2D_HZ, ratio=1.0)
    settled, at_time, slopes = {}, {}, {}
    for reading in READINGS:
        errors = [_errors_2d(base, reading, time_s) for time_s in _TIMES_S.tolist()]
        settled[reading], at_time[reading] = np.array(errors).T
        slopes[reading] = float(np.polyfit(np.log(_TIMES_S), np.log(settled[reading]), 1)[0])
    return Figure2d(_TIMES_S, settled, at_time, slopes, base)


def settings(quantities: Quantities) -> dict[str, Any]:
    """What a figure was computed with, for its JSON file; in SI, keys with their unit."""
    assert quantities.noise is not None
    return {
        "channels": quantities.channels,
        "top_Hz": quantities.top_hz,
        "time_s": quantities.time_s,
        "order": 3,
        "response": quantities.response,
        "amplitude_V": quantities.amplitude_v,
        "weak_derivative_A_per_V": quantities.derivative_a_per_v / quantities.ratio,
        "noise_A2_per_Hz": quantities.noise.white_a2_per_hz,
    }


def _window(reading: str, time_s: float) -> FilterWindow:
    """The paper's third-order Butterworth low-pass."""
    return window_for("butterworth", time_s, order=3, settled=reading)


def _gradient(base: Quantities, ratio: float) -> np.ndarray:
    """The weak channel stays as it is; its neighbours are ``ratio`` times stronger."""
    weak = base.derivative_a_per_v / base.ratio
    gradient = np.full(base.channels, weak * ratio)
    gradient[base.middle] = weak
    return gradient


def _weak(base: Quantities, errors: np.ndarray) -> float:
    return float(errors[base.middle])


def _paper_3b(base: Quantities, reading: str, ratio: float, spacing_hz: float) -> PaperErrors:
    return paper_errors(
        _window(reading, base.time_s),
        equal_spacing_hz(base.channels, base.top_hz, spacing_hz),
        np.full(base.channels, base.amplitude_v),
        _gradient(base, ratio),
        PAPER_NOISE.white_a2_per_hz,
    )


def _at_time_3b(base: Quantities, reading: str, spacing_hz: float) -> float:
    lock_in = LockIn(
        equal_spacing_hz(base.channels, base.top_hz, spacing_hz),
        np.full(base.channels, base.amplitude_v),
        _window(reading, base.time_s),
    )
    taylor = Taylor(_gradient(base, MEDIAN)[None])
    found = error_budget(lock_in, taylor, Surroundings(noise=PAPER_NOISE))
    return float(found.mean_square_a2_per_v2[0, base.middle])


def _crossover_hz(
    base: Quantities, reading: str, ratio: float, times: float, shares: np.ndarray
) -> float:
    """Spacing from which the parallel error stays within ``times`` the sequential one.

    Args:
        base: The experiment.
        reading: Reading of "98 % settled".
        ratio: Signal ratio.
        times: The criterion.
        shares: Parallel over sequential error at all spacings, shape (S,).
    """
    last = int(np.flatnonzero(shares > times)[-1])
    low_hz, high_hz = _SPACINGS_HZ[last : last + 2].tolist()
    for _ in range(_BISECTIONS):
        middle_hz = (low_hz + high_hz) / 2
        found = _paper_3b(base, reading, ratio, middle_hz)
        if _weak(base, found.together) > times * _weak(base, found.sequential):
            low_hz = middle_hz
        else:
            high_hz = middle_hz
    return high_hz


def _errors_2d(base: Quantities, reading: str, time_s: float) -> tuple[float, float]:
    window = _window(reading, time_s)
    frequency_hz, amplitude_v = np.array([base.top_hz]), np.array([base.amplitude_v])
    gradient = np.array([base.derivative_a_per_v])
    paper = paper_errors(window, frequency_hz, amplitude_v, gradient, PAPER_NOISE.white_a2_per_hz)
    lock_in = LockIn(frequency_hz, amplitude_v, window)
    ripple = error_budget(lock_in, Taylor(gradient[None])).term("second harmonic")
    variance = noise_variance(lock_in, PAPER_NOISE)[0] + ripple.variance_a2_per_v2[0, 0]
    return float(paper.sequential[0]), float(variance)
