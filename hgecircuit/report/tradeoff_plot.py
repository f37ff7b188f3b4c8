"""Gradient time against error as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.design.error_model.responses import RESPONSES
from hgecircuit.design.error_model.tradeoff import PARTS, OperatingPoint, PaperPoint, Tradeoff
from hgecircuit.report.plots.style import COLOURS, GREY, INK, legend_below, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PART_LABELS = {
    "noise": "noise",
    "carriers": "other carriers, second harmonic",
    "products": "products of the curved device",
    "gain": "shifted slope, settling",
}
_PART_LINES = ("--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
_ERROR_LABEL = "relative error of the gradient (1)"
# Errors above this don't help anyone choose.
_LARGEST_ERROR = 1.0


def draw_tradeoff(result: Tradeoff, paper: PaperPoint | None) -> Figure:
    """Least error over gradient time, by response; and error over amplitude at one point.

    The second panel is left out when only one amplitude was tried.
    """
    many = len(result.space.amplitudes_v) > 1
    figure = new_figure(4.9)
    panels = figure.subplots(1, 2, width_ratios=(1.15, 1)) if many else [figure.subplots()]
    _draw_fronts(panels[0], result, paper)
    if many:
        front = _useful(result.front(), _shown_up_to(result))
        target_s = front[len(front) // 2].time_s if paper is None else paper.point.time_s
        chosen = min(front, key=lambda point: abs(np.log(point.time_s / target_s)))
        _draw_amplitudes(panels[1], result, chosen, paper)
    for axes in panels:
        axes.set_xscale("log")
        axes.set_yscale("log")
    legend_below(figure, *panels, columns=2)
    return figure


def _shown_up_to(result: Tradeoff) -> float:
    """Largest error that is drawn: all of them where none is of any use."""
    return _LARGEST_ERROR if result.front()[-1].error <= _LARGEST_ERROR else np.inf


def _useful(front: tuple[OperatingPoint, ...], most: float) -> list[OperatingPoint]:
    return [point for point in front if point.error <= most]


def _draw_fronts(axes: Axes, result: Tradeoff, paper: PaperPoint | None) -> None:
    most = _shown_up_to(result)
    styles = zip(RESPONSES, COLOURS, ("-", "--", "-.", "-"), strict=False)
    for response, colour, line in styles:
        front = _useful(result.front([response]), most)
        if front:
            place = [one.time_s for one in front], [one.error for one in front]
            axes.plot(*place, color=colour, linestyle=line, label=f"best {response}")
    whole = _useful(result.front(), most)
    axes.plot(
        [one.time_s for one in whole],
        [one.error for one in whole],
        color=INK,
        marker="o",
        markersize=3,
        linestyle="none",
        label="Pareto front",
    )
    if paper is not None:
        _mark_paper(axes, paper.point.time_s, paper.point)
    axes.set_title("least error by time")
    axes.set_xlabel("time of one gradient (s)")
    axes.set_ylabel(_ERROR_LABEL)


def _draw_amplitudes(
    axes: Axes, result: Tradeoff, chosen: OperatingPoint, paper: PaperPoint | None
) -> None:
    amplitudes_mv = result.space.amplitudes_v * 1e3
    parts = result.over_amplitude(chosen)
    total = np.sqrt((parts**2).sum(axis=0))
    best, colour = int(total.argmin()), COLOURS[3]
    for name, part, line in zip(PARTS, parts, _PART_LINES, strict=True):
        if part.max() > 1e-3 * total.min():
            label = f"{chosen.filter.label}: {_PART_LABELS[name]}"
            axes.plot(amplitudes_mv, part, color=colour, linestyle=line, label=label)
    axes.plot(amplitudes_mv, total, color=colour, label=f"{chosen.filter.label}: sum")
    label = f"{chosen.filter.label}: least, {amplitudes_mv[best]:.3g} mV"
    axes.plot(
        amplitudes_mv[[best]], total[[best]], "o", color=colour, markeredgecolor=INK, label=label
    )
    if paper is not None:
        _draw_paper_amplitudes(axes, paper)
    highest = max(10 * _LARGEST_ERROR, 10 * total.min())
    axes.set_ylim(max(total.min() / 30, 1e-6), min(total.max() * 2, highest))
    axes.set_title(f"error by amplitude, T = {chosen.time_s:.3g} s")
    axes.set_xlabel("perturbation amplitude (mV)")
    axes.set_ylabel(_ERROR_LABEL)


def _draw_paper_amplitudes(axes: Axes, paper: PaperPoint) -> None:
    """The paper's lock-in, and the other carriers' part, below which no amplitude takes it."""
    amplitudes_mv = paper.search.space.amplitudes_v * 1e3
    parts = paper.search.over_amplitude(paper.point)
    what = f"{paper.point.filter.label}, {paper.point.spacing_hz:g} Hz"
    others = PARTS.index("carriers")
    axes.plot(
        amplitudes_mv,
        parts[others],
        color=GREY,
        linestyle=_PART_LINES[others],
        label=f"{what}: {_PART_LABELS['carriers']}",
    )
    total = np.sqrt((parts**2).sum(axis=0))
    axes.plot(amplitudes_mv, total, color=GREY, label=f"{what}: sum")
    _mark_paper(axes, paper.point.amplitude_v * 1e3, paper.point)


def _mark_paper(axes: Axes, place: float, point: OperatingPoint) -> None:
    axes.plot(
        [place],
        [point.error],
        marker="*",
        markersize=11,
        linestyle="none",
        color=COLOURS[5],
        markeredgecolor=INK,
        label="the paper's operating point",
        zorder=5,
    )
