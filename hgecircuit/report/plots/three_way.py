"""Reference, circuit and rig in one plot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.compare.study import Study
from hgecircuit.compare.three_way import ThreeWay
from hgecircuit.compare.verification import Verification
from hgecircuit.report.plots.style import (
    GREY,
    INK,
    legend_below,
    new_figure,
    point_style,
    scale_for,
)
from hgecircuit.report.three_way import KEYS, SIDES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hgecircuit.compare.sphere import Accuracy


def draw_three_way(verification: Verification, _: Study | None) -> Figure | None:
    """Derivatives of circuit and rig against the reference's, their differences, the outputs."""
    result = verification.rig
    if result is None:
        return None
    reference = result.gradient.reference
    sides = (("ngspice", result.gradient.measured), ("rig", result.rig.measured))
    scale = scale_for(reference, "A/V")
    rest = scale_for(np.concatenate([side - reference for _, side in sides]), "A/V")
    figure = new_figure(7.2)
    panels = figure.subplots(3, 2, height_ratios=(2.0, 1.3, 1.3))
    for (upper, middle), (name, values) in zip(panels[:2].T, sides, strict=True):
        for m, electrode in enumerate(result.controls):
            style = point_style(m)
            place = reference[:, m] * scale.factor
            upper.plot(place, values[:, m] * scale.factor, label=f"electrode {electrode}", **style)
            difference = (values - reference)[:, m] * rest.factor
            middle.plot(place, difference, markersize=3.5, **style)
        ends = reference.min() * scale.factor, reference.max() * scale.factor
        upper.plot(ends, ends, color=INK, linewidth=0.8, label="equal", zorder=1)
        upper.set_title(f"{name} against the digital reference")
        middle.axhline(0.0, color=GREY, linewidth=1.0, zorder=1)
        middle.set_xlabel(f"digital reference ({scale.unit})")
    panels[0, 0].set_ylabel(f"derivative ({scale.unit})")
    panels[1, 0].set_ylabel(f"difference ({rest.unit})")
    lowest = min(axes.get_ylim()[0] for axes in panels[1])
    highest = max(axes.get_ylim()[1] for axes in panels[1])
    for axes in panels[1]:
        axes.set_ylim(lowest, highest)
    _draw_causes(panels[2, 0], result)
    if result.accuracies is None:
        _draw_outputs(panels[2, 1], result)
    else:
        _draw_accuracies(panels[2, 1], result.accuracies)
    legend_below(figure, panels[0, 0], columns=len(result.controls) + 1)
    return figure


def _draw_causes(axes: Axes, result: ThreeWay) -> None:
    """What sets the rig apart from the reference, as shares of the gradient."""
    rows = result.rows()[-1]
    size = float(rows["reference"])
    names = ("ngspice_less_reference", "analog_budget", "rig_less_reference", *KEYS[4:])
    words = ("ngspice", "analog budget", "rig", "noise", "converters", "latency", "gain", "rest")
    shares = [100 * float(rows[name]) / size for name in names]
    places = np.arange(len(names))
    hatches = ["", "////", "", *["////"] * 2, *[""] * 3]
    bars = axes.barh(places, shares, 0.6, color="#56B4E9", edgecolor=INK, linewidth=0.6)
    for bar, hatch in zip(bars, hatches, strict=True):
        bar.set_hatch(hatch)
    axes.bar_label(bars, [f"{share:.2g}" for share in shares], padding=3, fontsize=7.5)
    axes.set_yticks(places, words)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.25 * max(shares))
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("rms difference (% of the gradient)")
    axes.set_title("causes (hatched: as expected)")


def _draw_accuracies(axes: Axes, accuracies: Mapping[str, Accuracy]) -> None:
    """Shares of training and test points told right, three ways."""
    for number, side in enumerate(SIDES):
        one = accuracies[side]
        shares = [100 * float(one.training), 100 * float(one.test)]
        style = point_style(number)
        axes.plot(np.arange(2) + 0.18 * (number - 1), shares, label=SIDES[side], **style)
        for place, share in enumerate(shares):
            words = (place + 0.18 * (number - 1), share)
            axes.annotate(
                f"{share:.1f}",
                words,
                (0, -12),
                textcoords="offset points",
                ha="center",
                fontsize=7.5,
            )
    axes.set_xticks([0, 1], ["training points", "test points"])
    axes.set_xlim(-0.5, 1.5)
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.35 * (high - low), high + 0.45 * (high - low))
    axes.set_ylabel("told right (%)")
    axes.set_title("accuracy after training")
    axes.legend(loc="upper center", ncols=len(SIDES), fontsize=7.5, columnspacing=1.0)


def _draw_outputs(axes: Axes, result: ThreeWay) -> None:
    """Trained outputs by pattern, three ways."""
    scale = scale_for(np.concatenate(list(result.outputs_a.values())), "A")
    places = np.arange(len(result.patterns))
    for number, (side, outputs_a) in enumerate(result.outputs_a.items()):
        axes.plot(
            places + 0.18 * (number - 1),
            outputs_a * scale.factor,
            label=SIDES[side],
            **point_style(number),
        )
    wanted = [f"{p}\n{int(t)}" for p, t in zip(result.patterns, result.targets, strict=True)]
    axes.set_xticks(places, wanted)
    axes.set_xlabel("pattern, wanted bit (1)")
    axes.set_ylabel(f"trained output ({scale.unit})")
    axes.set_title("truth tables")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.35 * (high - low))  # room for the legend above all points
    axes.legend(loc="upper center", ncols=len(SIDES), fontsize=7.5, columnspacing=1.0)
