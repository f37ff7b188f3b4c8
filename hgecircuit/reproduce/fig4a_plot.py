"""Picture of Fig. 4a."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.report.plots.style import (
    COLOURS,
    GREY,
    INK,
    TARGET_COLOURS,
    legend_below,
    new_figure,
)
from hgecircuit.reproduce.trainings import TIME_S, Recording, share_interval
from hgecircuit.run.reference.tasks import GATE_NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hgecircuit.reproduce.gates import Gates

_NANO = 1e9
_ROWS, _COLUMNS = 4, 4
# Room above and below the samples of a panel, in parts of their reach.
_ROOM = 0.25
# Distance of a constant gate's threshold from its samples, in parts of their reach.
_ASIDE = 0.4
_BESIDE = 0.18


def draw(found: Gates) -> Figure:
    """Recorded outputs of all gates, and how many starts were good."""
    figure = new_figure(8.6)
    grid = figure.add_gridspec(_ROWS + 1, _COLUMNS, height_ratios=(1, 1, 1, 1, 1.25))
    panels = [figure.add_subplot(grid[divmod(k, _COLUMNS)]) for k in range(16)]
    for k, axes in enumerate(panels):
        _gate(axes, found.recordings[k], found.tables[k], int(found.tried[k]))
        if k % _COLUMNS == 0:
            axes.set_ylabel("output (nA)")
        if k >= 16 - _COLUMNS:
            axes.set_xlabel(f"inputs AB, {TIME_S:g} s each", fontsize=8.5)
    shares = figure.add_subplot(grid[_ROWS, :])
    _shares(shares, found)
    legend_below(figure, panels[6], shares, columns=3)
    return figure


def _gate(axes: Axes, recording: Recording, table: str, tried: int) -> None:
    output_na = recording.output_a[0] * _NANO
    held, pattern = recording.held, recording.pattern
    samples = int(held[pattern == 0].sum())
    reach = float(np.ptp(output_na[held]))
    for k, bit in enumerate(table):
        time_s = (k + np.arange(samples) / samples) * TIME_S
        axes.plot(
            time_s,
            output_na[held & (pattern == k)],
            color=TARGET_COLOURS[int(bit)],
            linestyle="-",
            linewidth=0.8 if bit == "0" else 2.2,
            label=f"target {bit}",
            # thousands of samples as paths would make the SVG some MB
            rasterized=True,
        )
        axes.axvline(k * TIME_S, color=GREY, linewidth=0.4)
    threshold_na = float(recording.threshold_a[0]) * _NANO
    if np.isnan(threshold_na):
        up = table == "0000"
        end = output_na[held].max() if up else output_na[held].min()
        threshold_na = end + (_ASIDE if up else -_ASIDE) * reach
    axes.axhline(threshold_na, color=INK, linestyle="--", linewidth=1.0, label="threshold")
    ends = [output_na[held].min(), output_na[held].max(), threshold_na]
    axes.set_ylim(min(ends) - _ROOM * reach, max(ends) + _ROOM * reach)
    axes.set_xlim(0, 4 * TIME_S)
    axes.set_xticks([(k + 0.5) * TIME_S for k in range(4)], ["00", "01", "10", "11"])
    axes.tick_params(axis="x", length=0)
    axes.grid(False, axis="x")
    axes.set_title(GATE_NAMES[table] + ("" if tried else ", not found"), fontsize=8.5)


def _shares(axes: Axes, found: Gates) -> None:
    """Share of good starts per gate, by HGE with its interval and by exact gradients."""
    shown = np.flatnonzero(found.labelled)
    starts = found.losses.shape[1]
    place = np.arange(len(shown))
    counts = found.per_start["found"][shown].sum(axis=1)
    intervals = np.array([share_interval(int(count), starts) for count in counts])
    value, low, high = intervals.T
    axes.errorbar(
        place - _BESIDE,
        value,
        [value - low, high - value],
        linestyle="none",
        marker="o",
        color=COLOURS[0],
        capsize=2,
        label=f"HGE, share of {starts} starts, 95 % interval",
    )
    axes.plot(
        place + _BESIDE,
        found.per_start["exact"][shown].mean(axis=1),
        linestyle="none",
        marker="s",
        markerfacecolor="white",
        color=INK,
        label="exact gradients, same starts",
    )
    names = [
        GATE_NAMES[found.tables[k]].replace(" AND ", "\nAND ").replace(" OR ", "\nOR ")
        for k in shown
    ]
    axes.set_xticks(place, names, fontsize=7)
    axes.grid(False, axis="x")
    axes.set_ylim(-0.04, 1.04)
    axes.set_ylabel("share of good starts (1)")
