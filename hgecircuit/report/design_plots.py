"""Plots of the error model: the paper's design figures, and gradient time against error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.design.error_model.figures import CLAIMED_HZ, MEDIAN, MEETS, Figure2d, Figure3b
from hgecircuit.design.error_model.responses import RESPONSES
from hgecircuit.design.error_model.tradeoff import PARTS, OperatingPoint, PaperPoint, Tradeoff
from hgecircuit.errors import InputError
from hgecircuit.report.plots.style import (
    COLOURS,
    GREY,
    INK,
    PALE,
    legend_below,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Neither file holds a date or a version, so the same data give the same bytes.
_METADATA = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}
_READING_TITLES = {
    "first": "98 % settled: first reaches 0.98",
    "stay": "98 % settled: stays within 2 %",
}
_PART_LABELS = {
    "noise": "noise",
    "carriers": "other carriers, second harmonic",
    "products": "products of the curved device",
    "gain": "shifted slope, settling",
}
_PART_LINES = ("--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
# Errors above this don't help anyone choose.
_LARGEST_ERROR = 1.0
_SQUARE_NANO = 1e18


def check_picture(path: Path) -> None:
    """Refuse a picture's name that can't be written, before the work is done.

    Raises:
        InputError: Another suffix than .png or .svg, or no such folder.
    """
    if path.suffix[1:] not in _METADATA:
        raise InputError(
            "not a picture's name",
            key="--plot",
            value=str(path),
            expected="a file that ends in .png or .svg",
        )
    if not path.parent.is_dir():
        raise InputError(
            "no such folder",
            key="--plot",
            value=str(path.parent),
            expected="a file in a folder that exists",
        )


def write_figure(draw: Callable[[], Figure], paths: list[Path]) -> None:
    """Draw a figure once and write it to files whose suffixes say the format.

    Args:
        draw: Makes the figure.
        paths: Files ending in .png or .svg.

    Raises:
        InputError: A file that can't be written.
    """
    for path in paths:
        check_picture(path)
    with styled():
        figure = draw()
        figure.draw_without_rendering()
        figure.set_layout_engine(None)
        for path in paths:
            kind, part = path.suffix[1:], path.with_name(path.name + ".part")
            try:
                figure.savefig(part, format=kind, metadata=_METADATA[kind])
                part.replace(path)
            except OSError as error:
                raise InputError(
                    f"the picture can't be written: {error.strerror or error}",
                    value=str(path),
                    expected="a file in a folder that exists",
                ) from error


def draw_figure_3b(data: Figure3b) -> Figure:
    """Expected squared error over spacing: parallel against sequential, both readings."""
    figure = new_figure(4.4)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (reading, title) in zip(panels, _READING_TITLES.items(), strict=True):
        _draw_3b(axes, data, reading)
        axes.set_title(title)
        axes.set_xlabel("carrier spacing (Hz)")
    panels[0].set_ylabel("expected squared error, (nA/V)²")
    legend_below(figure, panels[0], columns=2)
    return figure


def _draw_3b(axes: Axes, data: Figure3b, reading: str) -> None:
    hz = data.spacings_hz
    low, middle, high = (
        data.parallel[reading, ratio] * _SQUARE_NANO for ratio in (1.0, MEDIAN, 20.0)
    )
    axes.fill_between(
        hz, low, high, color=PALE, label="parallel, signal ratio 1 to 20", linewidth=0
    )
    axes.plot(hz, middle, color=INK, label=f"parallel, signal ratio {MEDIAN} (Eq. 10)")
    alone = data.sequential[reading] * _SQUARE_NANO
    axes.plot(hz, alone, color=INK, linestyle="--", label="sequential (Eq. 8)")
    axes.plot(
        hz,
        data.at_time[reading] * _SQUARE_NANO,
        color=COLOURS[5],
        linestyle=":",
        label=f"parallel, signal ratio {MEDIAN}, read at T from rest",
    )
    axes.axvline(
        CLAIMED_HZ, color=GREY, linewidth=1.0, label=f"paper: meets from about {CLAIMED_HZ:g} Hz"
    )
    found_hz = data.meets_hz[reading, MEDIAN]
    level = float(np.interp(found_hz, hz, middle))
    axes.plot(
        [found_hz],
        [level],
        marker="o",
        linestyle="none",
        color=COLOURS[0],
        label=f"here: within {100 * (MEETS - 1):.0f} % of sequential from there on",
    )
    axes.annotate(
        f"{found_hz:.1f} Hz",
        (found_hz, level),
        textcoords="offset points",
        xytext=(4, -14),
        color=COLOURS[0],
    )
    axes.set_yscale("log")
    axes.set_xlim(0, 120)
    axes.set_ylim(0.5, 1e6)


def draw_figure_2d(data: Figure2d) -> Figure:
    """Expected squared error of one channel over measurement time: the analytic line."""
    figure = new_figure(3.8)
    axes = figure.subplots()
    colours = {"first": INK, "stay": COLOURS[0]}
    words = {"first": "first reaches 0.98", "stay": "stays within 2 %"}
    for reading, colour in colours.items():
        axes.plot(
            data.times_s,
            data.settled[reading] * _SQUARE_NANO,
            color=colour,
            label=f"Eq. 8, {words[reading]}: slope {data.slopes[reading]:.3f}",
        )
        axes.plot(
            data.times_s,
            data.at_time[reading] * _SQUARE_NANO,
            color=colour,
            linestyle=":",
            label=f"variance read at T from rest, {words[reading]}",
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("measurement time T (s)")
    axes.set_ylabel("expected squared error, (nA/V)²")
    legend_below(figure, axes, columns=2)
    return figure


def draw_tradeoff(result: Tradeoff, paper: PaperPoint | None) -> Figure:
    """Least error over gradient time, by response; and error over amplitude at one point.

    The second panel is left out when only one amplitude was tried.
    """
    many = len(result.space.amplitudes_v) > 1
    figure = new_figure(4.9)
    panels = figure.subplots(1, 2, width_ratios=(1.15, 1)) if many else [figure.subplots()]
    _draw_fronts(panels[0], result, paper)
    if many:
        front = _useful(result.front()) or list(result.front())
        target_s = front[len(front) // 2].time_s if paper is None else paper.point.time_s
        chosen = min(front, key=lambda point: abs(np.log(point.time_s / target_s)))
        _draw_amplitudes(panels[1], result, chosen, paper)
    for axes in panels:
        axes.set_xscale("log")
        axes.set_yscale("log")
    legend_below(figure, *panels, columns=2)
    return figure


def _useful(front: tuple[OperatingPoint, ...]) -> list[OperatingPoint]:
    return [point for point in front if point.error <= _LARGEST_ERROR]


def _draw_fronts(axes: Axes, result: Tradeoff, paper: PaperPoint | None) -> None:
    styles = zip(RESPONSES, COLOURS, ("-", "--", "-.", "-"), strict=False)
    for response, colour, line in styles:
        front = _useful(result.front([response]))
        if front:
            place = [one.time_s for one in front], [one.error for one in front]
            axes.plot(*place, color=colour, linestyle=line, label=f"best {response}")
    whole = _useful(result.front())
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
    axes.set_ylabel("relative error of the gradient (1)")


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
        axes.plot(
            paper.search.space.amplitudes_v * 1e3,
            np.sqrt((paper.search.over_amplitude(paper.point) ** 2).sum(axis=0)),
            color=GREY,
            label=f"{paper.point.filter.label}, {paper.point.spacing_hz:g} Hz: sum",
        )
        _mark_paper(axes, paper.point.amplitude_v * 1e3, paper.point)
    axes.set_ylim(max(total.min() / 30, 1e-6), min(total.max() * 2, 10 * _LARGEST_ERROR))
    axes.set_title(f"error by amplitude, T = {chosen.time_s:.3g} s")
    axes.set_xlabel("perturbation amplitude (mV)")


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
