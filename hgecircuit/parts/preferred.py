"""Preferred numbers above, below or next to a wanted value."""

from __future__ import annotations

from hgecircuit.parts.filters.eseries import nearest, series_values

# E6 steps by 1.5 and its neighbours are at most a decade away.
_REACH = 10.0


def closest(value: float, series: str) -> float:
    """The value of an E series with the smallest ratio to ``value``."""
    return float(nearest(series_values(series, value / _REACH, value * _REACH), value))


def at_least(value: float, series: str) -> float:
    """The smallest value of an E series that is not below ``value``."""
    return float(series_values(series, value, value * _REACH)[0])


def at_most(value: float, series: str) -> float:
    """The largest value of an E series that is not above ``value``."""
    return float(series_values(series, value / _REACH, value)[-1])
