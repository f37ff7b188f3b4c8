"""Picture of Fig. 1c."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.report.plots.style import (
    COLOURS,
    INK,
    LINES,
    MARKERS,
    legend_below,
    new_figure,
)
from hgecircuit.reproduce.spread import variance_factors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hgecircuit.reproduce.fig1c import Measured1c

_METHOD_COLOURS = (INK, COLOURS[1], COLOURS[2], COLOURS[0])
# Points of neighbouring methods stand this factor apart, where their bars would overlap.
_APART = 1.4


def draw(found: Measured1c) -> Figure:
    """Variance over noise density, and how far the points are from the lines."""
    figure = new_figure(4.0)
    left, right = figure.subplots(1, 2, width_ratios=(1.4, 1))
    right.axhline(1.0, color=INK, linewidth=0.8)
    for m, (method, variance) in enumerate(found.variances.items()):
        expected = found.expected[method]
        left.plot(found.levels, expected, color=_METHOD_COLOURS[m], linestyle=LINES[m])
        style: dict[str, Any] = {
            "color": _METHOD_COLOURS[m],
            "marker": MARKERS[m],
            "label": "FD" if method == "FD" else f"HGE, {method:g} Hz",
        }
        _points(left, found, found.levels, variance, **style)
        _points(right, found, found.levels * _APART ** (m - 1.5), variance / expected, **style)
    left.set_yscale("log")
    left.set_ylabel("variance of the derivative (1)")
    left.set_title(f"{found.repetitions} repetitions; lines: error model")
    right.set_ylabel("variance over that of the line (1)")
    right.set_title("points over lines, 95 % intervals")
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_xlabel("noise density at 1 Hz (1/Hz)")
    legend_below(figure, left, columns=4)
    return figure


def _points(
    axes: Axes, found: Measured1c, places: np.ndarray, values: np.ndarray, **style: Any
) -> None:
    low, high = variance_factors(found.repetitions)
    bars = [values * (1 - low), values * (high - 1)]
    axes.errorbar(
        places,
        values,
        bars,
        linestyle="none",
        markerfacecolor="white",
        capsize=2,
        elinewidth=1.0,
        **style,
    )
