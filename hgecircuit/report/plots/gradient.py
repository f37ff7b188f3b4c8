"""How well the gradient is extracted: derivatives and error budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.compare.gradient import GradientResult
from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.report.data import relative_to_exact, sorted_terms
from hgecircuit.report.plain import format_share
from hgecircuit.report.plots.style import (
    CIRCUIT,
    GREY,
    INK,
    REFERENCE,
    channel_style,
    new_figure,
    scale_for,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Terms below this share of the gradient are rounding errors.
_LOWEST_SHARE = 1e-6


def draw_derivatives(verification: Verification, _: Study | None) -> Figure:
    """Simulated derivatives against exact ones and the reference's, and what is left."""
    result, controls = verification.gradient, verification.learner.design.task.controls
    figure = new_figure(5.6)
    panels = figure.subplots(2, 2, sharex="col", height_ratios=(2.2, 1))
    pairs = (("exact", result.exact), ("digital reference", result.reference))
    for column, (name, other) in enumerate(pairs):
        _draw_scatter(panels[0, column], result, other, controls)
        _draw_rest(panels[1, column], result, other)
        scale = scale_for(result.exact, "A/V")
        panels[1, column].set_xlabel(f"{name} ({scale.unit})")
        panels[0, column].set_title(f"against {name}")
    scale = scale_for(result.exact, "A/V")
    panels[0, 0].set_ylabel(f"simulated lock-in ({scale.unit})")
    panels[1, 0].set_ylabel(f"difference ({scale_for(_rest(result), 'A/V').unit})")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    rest_handles, rest_labels = panels[1, 0].get_legend_handles_labels()
    figure.legend(
        handles + rest_handles, labels + rest_labels, loc="outside right upper", title="electrode"
    )
    return figure


def _draw_scatter(
    axes: Axes, result: GradientResult, other: np.ndarray, controls: tuple[int, ...]
) -> None:
    factor = scale_for(result.exact, "A/V").factor
    ends = np.array([min(other.min(), result.measured.min()), max(other.max(), result.measured.max())])
    axes.plot(ends * factor, ends * factor, color=GREY, linewidth=1.0, label="equal", zorder=1)
    for m, electrode in enumerate(controls):
        axes.plot(
            other[:, m] * factor,
            result.measured[:, m] * factor,
            linestyle="none",
            markerfacecolor="none",
            label=str(electrode),
            **channel_style(m),
        )


def _draw_rest(axes: Axes, result: GradientResult, other: np.ndarray) -> None:
    """Differences, with the error bound of every derivative when the exact one is known."""
    factor = scale_for(result.exact, "A/V").factor
    rest = scale_for(_rest(result), "A/V").factor
    axes.axhline(0.0, color=GREY, linewidth=1.0)
    if other is result.exact:
        axes.vlines(
            (other * factor).ravel(),
            (-result.budget.bound_a_per_v * rest).ravel(),
            (result.budget.bound_a_per_v * rest).ravel(),
            color=GREY,
            linewidth=0.7,
            alpha=0.7,
            label="error bound",
        )
    for m in range(other.shape[1]):
        axes.plot(
            other[:, m] * factor,
            (result.measured - other)[:, m] * rest,
            linestyle="none",
            markersize=3.5,
            markerfacecolor="none",
            **channel_style(m),
        )


def _rest(result: GradientResult) -> np.ndarray:
    return np.concatenate(
        [result.measured - result.exact, result.measured - result.reference, result.budget.bound_a_per_v]
    )


def draw_budget(verification: Verification, _: Study | None) -> Figure:
    """Terms of both error budgets as bars, with their sums and the measured errors."""
    result = verification.gradient
    sides = (
        ("circuit", result.budget, result.measured, CIRCUIT, ""),
        ("digital reference", result.reference_budget, result.reference, REFERENCE, "////"),
    )
    names = [name for name, _ in sorted_terms(result.budget)]
    names += [name for name, _ in sorted_terms(result.reference_budget) if name not in names]
    figure = new_figure(1.6 + 0.42 * (len(names) + 2))
    axes = figure.subplots()
    highest = 0.0
    for row, (side, budget, found, colour, hatch) in enumerate(sides):
        shares = dict(sorted_terms(budget))
        shares |= {"sum of the terms": budget.relative(), "measured": relative_to_exact(result, found)}
        highest = max(highest, *shares.values())
        places = [i for i, name in enumerate([*names, "sum of the terms", "measured"]) if name in shares]
        values = [shares[[*names, "sum of the terms", "measured"][i]] for i in places]
        bars = axes.barh(
            np.array(places) + (row - 0.5) * 0.38,
            np.maximum(values, _LOWEST_SHARE),
            0.36,
            color=colour,
            edgecolor=INK,
            linewidth=0.6,
            hatch=hatch,
            label=side,
        )
        axes.bar_label(bars, [format_share(value) for value in values], padding=3, fontsize=7.5)
    axes.axhline(len(names) - 0.5, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(names) + 2), [*names, "sum of the terms", "measured"])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xscale("log")
    axes.set_xlim(_LOWEST_SHARE, highest * 8)
    axes.set_xlabel("share of the gradient's norm, over all operating points (1)")
    figure.legend(loc="outside lower center", ncols=2)
    return figure
