"""One look for every plot: fonts, colours that survive a black-and-white print, units on axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_IN = 7.4
DOTS_PER_INCH = 150
INK = "#222222"
GREY = "#767676"
PALE = "#e3e3e3"
# Okabe and Ito's colours without the yellow, ordered so that neighbours differ in brightness too.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", INK)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (2, 2)))
CIRCUIT, REFERENCE = COLOURS[0], COLOURS[1]
# Colour and line of a target: vermilion and solid for 1, blue and dashed for 0.
TARGET_COLOURS = {0: COLOURS[0], 1: COLOURS[5]}

_PARAMETERS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titlelocation": "left",
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": PALE,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "hatch.linewidth": 0.6,
    "svg.fonttype": "path",
    # The ids in an SVG are random without it.
    "svg.hashsalt": "hgecircuit",
}
_LEGEND_ROWS = 20
_PREFIXES = ((1e-15, "f"), (1e-12, "p"), (1e-9, "n"), (1e-6, "µ"), (1e-3, "m"), (1.0, ""))


@contextmanager
def styled() -> Iterator[None]:
    """Matplotlib's own defaults plus this style, whatever the user has set; restored at the end."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        for name, value in _PARAMETERS.items():
            matplotlib.rcParams[name] = value
        yield


def new_figure(height_in: float) -> Figure:
    """An empty figure of the common width, without the global state of pyplot."""
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH_IN, height_in), dpi=DOTS_PER_INCH, layout="constrained")


class Scale(NamedTuple):
    """A prefixed unit for an axis.

    Attributes:
        factor: Multiply SI values by it.
        unit: The unit with its prefix.
    """

    factor: float
    unit: str


def scale_for(values: np.ndarray | Sequence[float], unit: str) -> Scale:
    """The prefix with which the largest magnitude reads as 1 to 1000."""
    finite = np.abs(np.asarray(values, float))
    finite = finite[np.isfinite(finite)]
    largest = float(finite.max()) if finite.size else 0.0
    size, prefix = next(
        (pair for pair in reversed(_PREFIXES) if largest >= pair[0]),
        (1.0, "") if largest == 0 else _PREFIXES[0],
    )
    return Scale(1 / size, prefix + unit)


def legend_right(figure: Figure, *axes: Axes, title: str | None = None) -> None:
    """One legend to the right of everything, so that it never covers data; no label twice."""
    entries = _entries(axes)
    figure.legend(
        list(entries.values()),
        list(entries),
        title=title,
        alignment="left",
        loc="outside right upper",
        ncols=math.ceil(len(entries) / _LEGEND_ROWS),
    )


def legend_below(figure: Figure, *axes: Axes, columns: int) -> None:
    """One legend below everything."""
    entries = _entries(axes)
    figure.legend(list(entries.values()), list(entries), loc="outside lower center", ncols=columns)


def counted(start: float, length: float) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Conversions for a second axis that counts periods: to the count, and back from it."""
    return (lambda place: (place - start) / length, lambda count: start + count * length)


def line_style(m: int) -> dict[str, Any]:
    """Colour and dashes of control ``m``; no two of the first 49 are alike."""
    dashes = LINES[(m + m // len(COLOURS)) % len(LINES)]
    return {"color": COLOURS[m % len(COLOURS)], "linestyle": dashes}


def point_style(m: int) -> dict[str, Any]:
    """Colour and open marker of control ``m``; no two of the first 49 are alike."""
    marker = MARKERS[(m + m // len(COLOURS)) % len(MARKERS)]
    colour = COLOURS[m % len(COLOURS)]
    return {"color": colour, "marker": marker, "markerfacecolor": "none", "linestyle": "none"}


def _entries(axes: Sequence[Axes]) -> dict[str, Artist]:
    entries: dict[str, Artist] = {}
    for one in axes:
        handles, labels = one.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    return entries
