"""Picture of Figs. 3c and 3d."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.report.plots.style import COLOURS, INK, legend_below, new_figure
from hgecircuit.reproduce.scatter import Scatter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NANO = 1e9
# Half width of the middle panel, in medians of the derivatives' magnitude.
_ZOOM = 6.0
# Room around the points, in parts of their reach.
_ROOM = 0.03


def draw(found: Scatter) -> Figure:
    """Parallel over sequential derivatives, all and the small ones, and how far they are apart."""
    figure = new_figure(3.4)
    panels = figure.subplots(1, 3)
    ends = [found.measured["first", kind] * _NANO for kind in ("parallel", "sequential")]
    room = _ROOM * float(np.ptp(ends))
    _scatter(panels[0], found, (float(np.min(ends)) - room, float(np.max(ends)) + room))
    middle = float(np.median(np.abs(found.exact))) * _NANO * _ZOOM
    _scatter(panels[1], found, (-middle, middle))
    _distances(panels[2], found)
    panels[0].set_title(f"spacing {found.spacing_hz:g} Hz, first reading")
    panels[1].set_title("the same, small derivatives")
    panels[2].set_title("parallel minus sequential")
    for axes in panels:
        axes.set_box_aspect(1)
    legend_below(figure, *panels, columns=3)
    return figure


def _scatter(axes: Axes, found: Scatter, limits: tuple[float, float]) -> None:
    from matplotlib.ticker import MaxNLocator

    parallel, sequential = (
        found.measured["first", kind].ravel() * _NANO for kind in ("parallel", "sequential")
    )
    axes.plot(
        sequential,
        parallel,
        linestyle="none",
        marker=".",
        markersize=2.5,
        markeredgewidth=0,
        alpha=0.5,
        color=COLOURS[0],
        # thousands of points as paths would make the SVG some MB
        rasterized=True,
    )
    axes.plot(limits, limits, color=INK, linewidth=0.9, label="y = x")
    axes.set(xlim=limits, ylim=limits, xlabel="sequential (nA/V)", ylabel="parallel (nA/V)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))


def _distances(axes: Axes, found: Scatter) -> None:
    """Share of derivatives that are farther apart than a distance."""
    for low_pass, kind, colour, line, words in (
        ("first", "parallel", COLOURS[0], "-", "98 % settled, first reading"),
        ("stay", "parallel", COLOURS[5], "--", "98 % settled, second reading"),
        ("gate", "parallel", COLOURS[2], "-.", "mean over T"),
        ("first", "again", INK, ":", "sequential twice, first reading"),
    ):
        apart = found.measured[low_pass, kind] - found.measured[low_pass, "sequential"]
        distance = np.sort(np.abs(apart).ravel()) * _NANO
        share = 1 - np.arange(len(distance)) / len(distance)
        axes.plot(distance, share, color=colour, linestyle=line, label=words)
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(0.1, None),
        ylim=(1e-3, 1.2),
        xlabel="distance (nA/V)",
        ylabel="share farther apart (1)",
    )
