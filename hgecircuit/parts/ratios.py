"""Two preferred numbers whose ratio is close to a wanted one."""

from __future__ import annotations

import numpy as np

from hgecircuit.parts.filters.eseries import nearest, series_values


def ratio_pair(ratio: float, about: float, series: str) -> tuple[float, float]:
    """Values (a, b) of an E series with b / a close to ``ratio``.

    The best of all a within half a decade of ``about``. The series are geometric but for rounding,
    so that all a are off by much the same: from 0.01 to 100 E96 is at most 0.84 % off and half of
    the time less than 0.08 %, E192 at most 0.15 % and 0.004 %.

    Args:
        ratio: Wanted b / a, above 0.
        about: Size of a.
        series: Name of the series.
    """
    span = np.sqrt(10.0)
    first = series_values(series, about / span, about * span)
    second = nearest(series_values(series, ratio * about / 10, ratio * about * 10), ratio * first)
    best = int(np.abs(np.log(second / first / ratio)).argmin())
    return float(first[best]), float(second[best])
