"""Picture of Fig. 2d."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.report.plots.style import COLOURS, INK, MARKERS, legend_below, new_figure
from hgecircuit.reproduce.repeats import METHODS, PAPER_REPETITIONS
from hgecircuit.reproduce.rig import READINGS
from hgecircuit.reproduce.spread import variance_factors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hgecircuit.reproduce.fig2d import Measured2d

_SQUARE_NANO = 1e18
_TITLES = {
    "first": "98 % settled: first reaches 0.98",
    "stay": "98 % settled: stays within 2 %",
}
_METHOD_COLOURS = {"HGE": COLOURS[0], "FD": COLOURS[5]}
# Points of few repetitions stand this factor to the right of those of many.
_ASIDE = 1.13


def draw(found: Measured2d) -> Figure:
    """Variance over measurement time, one panel per reading of "98 % settled"."""
    figure = new_figure(4.3)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, reading in zip(panels, READINGS, strict=True):
        axes.plot(
            found.times_s,
            found.paper[reading] * _SQUARE_NANO,
            color=INK,
            label="HGE, Eq. 8",
        )
        axes.plot(
            found.times_s,
            found.exact["FD", reading] * _SQUARE_NANO,
            color=_METHOD_COLOURS["FD"],
            linestyle="--",
            label="FD, error model",
        )
        for method, marker in zip(METHODS, MARKERS, strict=False):
            _points(axes, found, method, reading, marker)
        axes.set(
            title=_TITLES[reading], xscale="log", yscale="log", xlabel="measurement time T (s)"
        )
    panels[0].set_ylabel("variance of the derivative, (nA/V)²")
    legend_below(figure, panels[0], columns=3)
    return figure


def _points(axes: Axes, found: Measured2d, method: str, reading: str, marker: str) -> None:
    many, few = found.variances[method, reading], found.few[method, reading]
    style: dict[str, Any] = {"color": _METHOD_COLOURS[method], "marker": marker}
    _bars(axes, found.times_s, many, found.repetitions, f"{method}, ", **style)
    aside_s = found.times_s * _ASIDE
    _bars(axes, aside_s, few, PAPER_REPETITIONS, f"{method}, ", markerfacecolor="white", **style)


def _bars(
    axes: Axes, times_s: np.ndarray, values: np.ndarray, repetitions: int, label: str, **style: Any
) -> None:
    low, high = variance_factors(repetitions)
    values = values * _SQUARE_NANO
    axes.errorbar(
        times_s,
        values,
        [values * (1 - low), values * (high - 1)],
        linestyle="none",
        capsize=2,
        elinewidth=1.0,
        label=f"{label}{repetitions} repetitions",
        **style,
    )
