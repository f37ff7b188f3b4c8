"""When a step response has settled: both readings, to rounding, for any exact response."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from hgecircuit.errors import InputError

#: ``first``: the response reaches 1 - error. ``stay``: it is within the error from then on.
READINGS = ("first", "stay")
# Time constants of the slowest pole that are searched beyond the last e-fold that matters.
_MARGIN = 20.0
_POINTS = 8100


def settling_time_s(
    step_on_grid: Callable[[float, int], np.ndarray],
    step_at: Callable[[float], float],
    slowest_per_s: float,
    error: float,
    reading: str,
) -> float:
    """Settling time of a step response that ends at 1, in s.

    A grid finds the interval; the response itself finds the time in it. Between grid points an
    extremum can leave the error band; a parabola through its neighbours finds it.

    Args:
        step_on_grid: Response on n equally spaced times from 0 to a stop time, shape (n,).
        step_at: Response at one time.
        slowest_per_s: Smallest decay rate, min |Re p|, in 1/s.
        error: Allowed deviation as a ratio, above 0 and below 1.
        reading: ``first`` or ``stay``.

    Raises:
        InputError: No such reading, or an error outside (0, 1).
    """
    if reading not in READINGS:
        raise InputError(
            "no such reading of settled", key="--settled", value=reading, expected="first or stay"
        )
    if not 0 < error < 1:
        raise InputError(
            "not a settling error", key="--settle-error", value=error, expected="between 0 and 1"
        )
    stop_s = (math.log(1 / error) + _MARGIN) / slowest_per_s
    time_s = np.linspace(0, stop_s, _POINTS)
    response = np.asarray(step_on_grid(stop_s, _POINTS))
    if reading == "first":
        n = int(np.argmax(response >= 1 - error))
        return _cross(step_at, 1 - error, time_s[n - 1], time_s[n])
    outside = np.flatnonzero(np.abs(response - 1) > error)
    n = int(outside[-1]) if len(outside) else 0
    start_s, stop_s, start = _last_excursion(step_at, time_s, response, error, n)
    return _cross(step_at, 1 + math.copysign(error, start - 1), start_s, stop_s)


def _last_excursion(
    step_at: Callable[[float], float],
    time_s: np.ndarray,
    response: np.ndarray,
    error: float,
    n: int,
) -> tuple[float, float, float]:
    """The last time known to be outside the band, one inside it behind, and the response there."""
    deviation = np.abs(response - 1)
    middle = deviation[1:-1]
    peaks = 1 + np.flatnonzero((middle >= deviation[:-2]) & (middle > deviation[2:]))
    near = [k for k in peaks if k > n and deviation[k] > 0.99 * error]
    for k in reversed(near):
        left, top, right = deviation[k - 1 : k + 2]
        curvature = left - 2 * top + right
        shift = 0.5 * (left - right) / curvature if curvature else 0.0
        peak_s = float(time_s[k] + shift * (time_s[1] - time_s[0]))
        if abs(step_at(peak_s) - 1) > error:
            return peak_s, float(time_s[k + 1]), step_at(peak_s)
    return float(time_s[n]), float(time_s[n + 1]), float(response[n])


def _cross(step_at: Callable[[float], float], level: float, low_s: float, high_s: float) -> float:
    from scipy.optimize import brentq

    root = brentq(lambda t: step_at(t) - level, low_s, high_s, xtol=1e-15 * high_s)
    return float(np.asarray(root))
