"""Preferred numbers: the E series of IEC 60063."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from hgecircuit.errors import InputError

# Up to E24 the series are older than their rule, so they are listed.
_E24 = (
    10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30,
    33, 36, 39, 43, 47, 51, 56, 62, 68, 75, 82, 91,
)  # fmt: skip
_E192_EXCEPTION = {919: 920}


def _rounded(steps: int) -> tuple[float, ...]:
    """E48, E96 and E192: 100 * 10^(i/steps), rounded; 919 is 920 (IEC 60063:2015, Table 2)."""
    values = (round(100 * 10 ** (i / steps)) for i in range(steps))
    return tuple(_E192_EXCEPTION.get(value, value) / 100 for value in values)


#: Values of one decade, from 1 to below 10.
SERIES: dict[str, tuple[float, ...]] = {
    "E6": tuple(value / 10 for value in _E24[::4]),
    "E12": tuple(value / 10 for value in _E24[::2]),
    "E24": tuple(value / 10 for value in _E24),
    "E48": _rounded(48),
    "E96": _rounded(96),
    "E192": _rounded(192),
}


def series_values(name: str, low: float, high: float) -> np.ndarray:
    """All values of a series from ``low`` to ``high``, both included, rising, shape (n,).

    Raises:
        InputError: No such series.
    """
    if name not in SERIES:
        raise InputError(
            "no such series of preferred numbers", value=name, expected=", ".join(SERIES)
        )
    return np.array(_series_values(name, low, high))


@lru_cache
def _series_values(name: str, low: float, high: float) -> tuple[float, ...]:
    decades = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    # Through text, so that 4.7e-9 is the float that a user types and not 4.7 * 1e-9.
    values = (float(f"{value}e{decade}") for decade in decades for value in SERIES[name])
    return tuple(value for value in values if low * (1 - 1e-9) <= value <= high * (1 + 1e-9))


def nearest(values: np.ndarray, wanted: np.ndarray | float) -> np.ndarray:
    """The value with the smallest ratio to each wanted one, shape of ``wanted``."""
    logs = np.log(values)
    index = np.abs(np.log(np.asarray(wanted, float))[..., None] - logs).argmin(axis=-1)
    return values[index]
