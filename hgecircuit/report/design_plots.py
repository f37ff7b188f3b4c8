"""Plots of the error model: the paper's design figures; and pictures as files."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.design.error_model.figures import CLAIMED_HZ, MEDIAN, MEETS, Figure2d, Figure3b
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
    if path.is_dir():
        raise InputError(
            "a folder", key="--plot", value=str(path), expected="the name of a picture"
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
            kind, part = path.suffix[1:], path.with_name(f"{path.name}.{os.getpid()}.part")
            try:
                figure.savefig(part, format=kind, metadata=_METADATA[kind])
                part.replace(path)
            except OSError as error:
                raise InputError(
                    f"the picture can't be written: {error.strerror or error}",
                    value=str(path),
                    expected="a file in a folder that exists",
                ) from error
            finally:
                with suppress(OSError):  # it is gone when all went well
                    part.unlink()


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
    # At T from rest and settled the curves all but meet: wide and pale below, thin and dark above.
    for reading, colour in colours.items():
        axes.plot(
            data.times_s,
            data.settled[reading] * _SQUARE_NANO,
            color=colour,
            alpha=0.35,
            linewidth=5,
            solid_capstyle="butt",
            label=f"Eq. 8, {words[reading]}: slope {data.slopes[reading]:.3f}",
        )
        axes.plot(
            data.times_s,
            data.at_time[reading] * _SQUARE_NANO,
            color=colour,
            linestyle="--",
            label=f"variance read at T from rest, {words[reading]}",
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("measurement time T (s)")
    axes.set_ylabel("expected squared error, (nA/V)²")
    legend_below(figure, axes, columns=2)
    return figure
