"""Picture of Supplement 5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.report.plots.style import (
    COLOURS,
    GREY,
    INK,
    TARGET_COLOURS,
    legend_below,
    new_figure,
)
from hgecircuit.reproduce.layers import KIND_WORDS, LAYERS
from hgecircuit.reproduce.stack import TABLE, in_layer
from hgecircuit.reproduce.trainings import TIME_S, share_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hgecircuit.reproduce.layers import Layered

_NANO = 1e9
_LAYER_STYLES: tuple[dict[str, Any], ...] = (
    {"color": COLOURS[5], "linestyle": "--"},
    {"color": COLOURS[0], "linestyle": "-"},
)
_SHORT = {
    "hge": "HGE,\nboth",
    "exact": "exact,\nboth",
    "first": "exact,\nfirst",
    "last": "exact,\nlast",
}
# Below this a derivative in nA/V is drawn on a linear scale.
_LINEAR_NA = 0.1
_TICKS_NA = (-100, -1, 0, 1, 100)


def draw(found: Layered) -> Figure:
    """Derivatives, their errors, and a gate trained through both layers."""
    figure = new_figure(5.9)
    panels = figure.subplots(2, 3)
    for axes, layer in zip(panels[0], LAYERS, strict=False):
        _scatter(axes, found, layer)
    _errors(panels[0, 2], found)
    _outputs(panels[1, 0], found)
    _losses(panels[1, 1], found)
    _shares(panels[1, 2], found)
    legend_below(figure, *panels.ravel()[[0, 2, 3, 4]], columns=3)
    return figure


def _scatter(axes: Axes, found: Layered, layer: str) -> None:
    mine = in_layer(LAYERS.index(layer))
    exact, clean, measured = (
        found.gradients[name][:, mine].ravel() * _NANO for name in ("exact", "clean", "measured")
    )
    reach = 1.5 * float(np.abs(exact).max())
    shared: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 0, "rasterized": True}
    axes.plot(
        exact, measured, marker=".", markersize=2, color=GREY, label="HGE on the rig", **shared
    )
    axes.plot(
        exact, clean, marker=".", markersize=2.5, color=COLOURS[0], label="HGE, no noise", **shared
    )
    axes.plot([-reach, reach], [-reach, reach], color=INK, linewidth=0.8, label="y = x")
    axes.set_xscale("symlog", linthresh=_LINEAR_NA)
    axes.set_yscale("symlog", linthresh=_LINEAR_NA)
    ticks = [tick for tick in _TICKS_NA if abs(tick) < reach]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach))
    axes.set(xlabel="exact (nA/V)", ylabel="HGE (nA/V)")
    axes.set_title(f"derivatives, {layer} layer")
    axes.tick_params(labelsize=7.5)


def _errors(axes: Axes, found: Layered) -> None:
    """Share of points whose relative error is larger."""
    for layer, style in zip(LAYERS, _LAYER_STYLES, strict=True):
        for name, words, width in (("clean", "no noise", 2.0), ("measured", "on the rig", 0.9)):
            errors = np.sort(found.errors(name, layer))
            share = 1 - np.arange(len(errors)) / len(errors)
            label = f"{layer} layer, {words}"
            axes.plot(errors, share, linewidth=width, label=label, **style)
    axes.set(xscale="log", xlabel="relative error (1)", ylim=(0, 1.02))
    axes.set_ylabel("share of points above (1)")
    axes.set_title("errors of gradients")


def _outputs(axes: Axes, found: Layered) -> None:
    one = found.recording
    output_na = one.output_a[0] * _NANO
    samples = int(one.held[one.pattern == 0].sum())
    for k, bit in enumerate(TABLE):
        axes.plot(
            (k + np.arange(samples) / samples) * TIME_S,
            output_na[one.held & (one.pattern == k)],
            color=TARGET_COLOURS[int(bit)],
            linewidth=0.8 if bit == "0" else 2.2,
            label=f"output, target {bit}",
            rasterized=True,
        )
    axes.axhline(one.threshold_a[0] * _NANO, color=INK, linestyle="--", linewidth=1.0)
    axes.set_xticks([(k + 0.5) * TIME_S for k in range(4)], ["00", "01", "10", "11"])
    axes.grid(False, axis="x")
    axes.set(xlabel=f"inputs AB, {TIME_S:g} s each", ylabel="output (nA)")
    axes.set_title("XOR" if found.tried else "XOR, not found")


def _losses(axes: Axes, found: Layered) -> None:
    losses = found.trainings["hge"]["losses"]
    axes.plot(losses.T, color=GREY, linewidth=0.6, label="HGE loss, other starts", rasterized=True)
    shown = losses[max(found.tried - 1, 0)]
    axes.plot(shown, color=COLOURS[0], linewidth=2.0, label="HGE loss, shown start")
    axes.axhline(0.008, color=INK, linestyle="-.", linewidth=0.9, label="stop: E = 0.008")
    axes.set(xlabel="iteration", ylabel="loss E (1)", yscale="log", xlim=(0, losses.shape[1]))
    axes.set_title("training")


def _shares(axes: Axes, found: Layered) -> None:
    for number, kind in enumerate(KIND_WORDS):
        good = found.trainings[kind]["found"]
        value, low, high = share_interval(int(good.sum()), len(good))
        axes.errorbar(
            [number],
            [value],
            [[value - low], [high - value]],
            capsize=3,
            marker="o",
            color=COLOURS[0] if kind == "hge" else INK,
            markerfacecolor=COLOURS[0] if kind == "hge" else "white",
        )
    axes.set_xticks(range(len(KIND_WORDS)), [_SHORT[kind] for kind in KIND_WORDS], fontsize=7.5)
    axes.grid(False, axis="x")
    starts = len(found.trainings["hge"]["found"])
    axes.set(ylim=(-0.03, 1.03), xlim=(-0.5, 3.5), ylabel=f"share of {starts} starts (1)")
    axes.set_title("good starts (95 %)")
