"""Picture of Supplement 4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.report.plots.style import COLOURS, INK, legend_below, new_figure
from hgecircuit.reproduce.gradients_in_time import COMPARED, COUNTS, FACTORS, USUAL_COUNT
from hgecircuit.reproduce.race import PAPER_HGE, TABLES
from hgecircuit.reproduce.rig import NOISE
from hgecircuit.run.reference.tasks import GATE_NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hgecircuit.reproduce.race import Compared

# Of the density in A^2/Hz to nA^2/Hz.
_SQUARE_NANO = 1e18
_STYLES: dict[str, dict[str, Any]] = {
    PAPER_HGE: {"color": INK, "linestyle": "-", "linewidth": 1.0},
    "hge": {"color": COLOURS[0], "linestyle": "-", "linewidth": 2.4, "marker": "o"},
    "hge_sequential": {"color": COLOURS[4], "linestyle": "--", "marker": "s"},
    "differences": {"color": COLOURS[5], "linestyle": "-.", "marker": "D"},
    "spsa": {"color": COLOURS[1], "linestyle": "-", "marker": "^"},
    "spsa_own": {"color": COLOURS[2], "linestyle": ":", "marker": "v"},
    "spsa_averaged": {"color": COLOURS[3], "linestyle": (0, (5, 1, 1, 1)), "marker": "P"},
}
_COSTS = {"measurements": "device measurements of a start", "time_s": "time of a start (s)"}


def draw(found: Compared) -> Figure:
    """Share of converged starts over their cost, and errors of gradients found in 0.1 s."""
    figure = new_figure(8.0)
    panels = figure.subplots(3, 2)
    for row, table in zip(panels, TABLES, strict=False):
        for axes, cost in zip(row, _COSTS, strict=True):
            _converged(axes, found, table, cost)
    noise, electrodes = panels[2]
    density = np.array(FACTORS) * NOISE.flicker_a2_per_hz * _SQUARE_NANO
    _errors(noise, density, found, found.over_noise)
    noise.set_xlabel("noise density at 1 kHz (nA²/Hz)")
    noise.set_title(f"gradients of {USUAL_COUNT} electrodes in 0.1 s")
    _errors(electrodes, np.array(COUNTS), found, found.over_electrodes)
    electrodes.set_xticks(COUNTS, [str(count) for count in COUNTS])
    electrodes.set_xlabel("number of electrodes")
    electrodes.set_title("gradients in 0.1 s, the device's noise")
    legend_below(figure, panels[0, 0], noise, columns=3)
    return figure


def _converged(axes: Axes, found: Compared, table: str, cost: str) -> None:
    from matplotlib.ticker import NullFormatter

    for method in found.tunings:
        result = found.results[method, table]
        costs = np.sort(result[cost][result["converged"]])
        share = np.arange(1, len(costs) + 1) / len(result["converged"])
        style = {key: value for key, value in _STYLES[method].items() if key != "marker"}
        # from the cheapest start on, up to the costliest, converged or not
        ends = result[cost].min(), result[cost].max()
        axes.step(
            [ends[0], *costs, ends[1]],
            [0.0, *share, share[-1] if len(share) else 0.0],
            where="post",
            label=found.words(method),
            **style,
        )
    axes.set(xscale="log", ylim=(-0.02, 1.02), xlabel=_COSTS[cost])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("converged starts (1)")
    axes.set_title(f"{GATE_NAMES[table]}")


def _errors(axes: Axes, place: np.ndarray, found: Compared, errors: np.ndarray) -> None:
    """Each method with the best step at every point."""
    from matplotlib.ticker import NullFormatter

    for number, method in enumerate(COMPARED):
        style = {**_STYLES[method], "linewidth": 1.2, "markersize": 4}
        best = errors[:, number].min(axis=1)
        axes.plot(place, best, label=found.words(method), **style)
    axes.set(xscale="log", yscale="log", ylabel="relative rms error (1)")
    axes.xaxis.set_minor_formatter(NullFormatter())
