"""Picture of Supplement 3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.report.plots.style import COLOURS, INK, legend_below, new_figure
from hgecircuit.reproduce.balls import CLAIMED_ACCURACY
from hgecircuit.reproduce.wirings import SPHERE_STOP

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hgecircuit.reproduce.ga import Compared
    from hgecircuit.reproduce.searches import Searches

_HOMODYNE: dict[str, Any] = {"color": COLOURS[0], "linestyle": "-"}
_SEARCHES: tuple[dict[str, Any], ...] = (
    {"color": COLOURS[5], "linestyle": "--", "marker": "s"},
    {"color": COLOURS[2], "linestyle": "-.", "marker": "^"},
    {"color": INK, "linestyle": ":", "marker": "D"},
)
# Half the width over which the runs of a kind are spread.
_SPREAD = 0.25


def draw(found: Compared) -> Figure:
    """Loss over measurements and accuracies on the sphere; shares of good runs on the gate."""
    figure = new_figure(3.9)
    loss, accuracy, gate = figure.subplots(1, 3, width_ratios=(1.5, 1.2, 0.8))
    _losses(loss, found)
    _accuracies(accuracy, found)
    _gates(gate, found)
    legend_below(figure, loss, accuracy, columns=2)
    return figure


def _words(one: Searches) -> str:
    return f"evolution, {one.members} members, {one.budget} measurements"


def _losses(axes: Axes, found: Compared) -> None:
    balls = found.balls
    points = len(balls.points.training.targets)
    place = points * np.arange(1, balls.losses.shape[1] + 1)
    axes.plot(place, balls.losses.T, linewidth=0.7, label="HGE", rasterized=True, **_HOMODYNE)
    for one, style in zip(found.sphere, _SEARCHES, strict=False):
        place = points * one.members * np.arange(1, one.losses.shape[1] + 1)
        lines = {"color": style["color"], "linestyle": style["linestyle"], "linewidth": 0.9}
        axes.plot(place, one.losses.T, **lines)
    axes.axhline(SPHERE_STOP, color=INK, linewidth=0.8)
    axes.annotate("stop", (0.02, 1.03 * SPHERE_STOP), xycoords=("axes fraction", "data"))
    axes.set(xscale="log", xlabel="device measurements", ylabel="loss E (1)", ylim=(0, None))
    axes.set_title("sphere, training")


def _accuracies(axes: Axes, found: Compared) -> None:
    kinds = [("HGE", {**_HOMODYNE, "marker": "o"}, found.balls.accuracy[:, 1])]
    for one, style in zip(found.sphere, _SEARCHES, strict=False):
        kinds.append((_words(one), style, one.accuracy[:, 1]))
    for number, (words, style, values) in enumerate(kinds):
        place = number + np.linspace(-_SPREAD, _SPREAD, len(values))
        axes.plot(
            place, np.sort(values), markerfacecolor="white", linewidth=0.8, label=words, **style
        )
    axes.axhline(CLAIMED_ACCURACY, color=INK, linewidth=0.8, label="paper: 94 %")
    axes.set_xticks([])
    axes.set(ylabel="accuracy on test points (1)", ylim=(None, 1.01))
    axes.set_title("sphere, every run")


def _gates(axes: Axes, found: Compared) -> None:
    from hgecircuit.reproduce.trainings import share_interval

    kinds = [(_HOMODYNE | {"marker": "o"}, found.gates["found"])]
    kinds += [(style, one.good) for one, style in zip(found.gate, _SEARCHES, strict=False)]
    for number, (style, good) in enumerate(kinds):
        value, low, high = share_interval(int(good.sum()), len(good))
        axes.errorbar(
            [number],
            [value],
            [[value - low], [high - value]],
            capsize=3,
            markerfacecolor="white",
            color=style["color"],
            marker=style["marker"],
        )
    members = [f"evol.\n{one.members}" for one in found.gate]
    axes.set_xticks(range(len(kinds)), ["HGE", *members], fontsize=7)
    axes.set(ylim=(-0.02, 1.02), xlim=(-0.5, len(kinds) - 0.5), ylabel="share of good runs (1)")
    axes.set_title("XOR")
