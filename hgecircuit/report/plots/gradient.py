"""How well the gradient is extracted: derivatives and error budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.compare.gradient import GradientResult
from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.design.budget import GradientBudget
from hgecircuit.report.data import relative_to_exact, sorted_terms
from hgecircuit.report.plain import format_share
from hgecircuit.report.plots.style import (
    CIRCUIT,
    GREY,
    INK,
    REFERENCE,
    Scale,
    legend_below,
    legend_right,
    new_figure,
    point_style,
    scale_for,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Terms below this share of the gradient have no bar, only their number.
_LOWEST_SHARE = 1e-6
_TOTALS = ("sum of the terms", "measured")
_BAR = 0.38
# The longest bar ends this factor before the end of the axis.
_ROOM_FOR_NUMBERS = 8


def draw_derivatives(verification: Verification, _: Study | None) -> Figure:
    """Simulated derivatives against exact ones and the reference's, and what is left."""
    result, controls = verification.gradient, verification.learner.design.task.controls
    scale, rest = scale_for(result.exact, "A/V"), scale_for(_rest(result), "A/V")
    figure = new_figure(5.6)
    panels = figure.subplots(2, 2, sharex="col", height_ratios=(2.2, 1))
    pairs = (("device model, exact", result.exact), ("digital reference", result.reference))
    for (upper, lower), (name, other) in zip(panels.T, pairs, strict=True):
        _draw_scatter(upper, result, other, controls, scale)
        _draw_rest(lower, result, other, scale, rest)
        upper.set_title(f"against the {name}")
        lower.set_xlabel(f"{name} ({scale.unit})")
    panels[0, 0].set_ylabel(f"simulated lock-in ({scale.unit})")
    panels[1, 0].set_ylabel(f"difference ({rest.unit})")
    figure.align_ylabels(panels[:, 0])
    legend_right(figure, panels[0, 0], panels[1, 0])
    return figure


def _draw_scatter(
    axes: Axes,
    result: GradientResult,
    other: np.ndarray,
    controls: tuple[int, ...],
    scale: Scale,
) -> None:
    for m, electrode in enumerate(controls):
        axes.plot(
            other[:, m] * scale.factor,
            result.measured[:, m] * scale.factor,
            label=f"electrode {electrode}",
            **point_style(m),
        )
    both = np.concatenate([other, result.measured]) * scale.factor
    ends = (both.min(), both.max())
    axes.plot(ends, ends, color=INK, linewidth=0.8, label="equal", zorder=1)


def _draw_rest(
    axes: Axes, result: GradientResult, other: np.ndarray, scale: Scale, rest: Scale
) -> None:
    """Differences, with the error bound of every derivative when the exact one is known."""
    axes.axhline(0.0, color=GREY, linewidth=1.0, zorder=1)
    if other is result.exact:
        bound = (result.budget.bound_a_per_v * rest.factor).ravel()
        place = (other * scale.factor).ravel()
        axes.vlines(place, -bound, bound, color=GREY, linewidth=0.7, label="error bound", zorder=1)
    for m in range(other.shape[1]):
        axes.plot(
            other[:, m] * scale.factor,
            (result.measured - other)[:, m] * rest.factor,
            markersize=3.5,
            **point_style(m),
        )


def _rest(result: GradientResult) -> np.ndarray:
    """All that the lower panels show."""
    differences = [result.measured - result.exact, result.measured - result.reference]
    return np.concatenate([*differences, result.budget.bound_a_per_v])


def draw_budget(verification: Verification, _: Study | None) -> Figure:
    """Terms of both error budgets as bars, with their sums and the measured errors."""
    result = verification.gradient
    sides = (
        ("circuit", _shares(result, result.budget, result.measured), CIRCUIT, ""),
        (
            "digital reference",
            _shares(result, result.reference_budget, result.reference),
            REFERENCE,
            "////",
        ),
    )
    terms = [name for name in {**sides[0][1], **sides[1][1]} if name not in _TOTALS]
    names = [*terms, *_TOTALS]
    figure = new_figure(1.2 + 0.42 * len(names))
    axes = figure.subplots()
    for side, (label, shares, colour, hatch) in enumerate(sides):
        rows = np.array([row for row, name in enumerate(names) if name in shares])
        values = [shares[names[row]] for row in rows]
        bars = axes.barh(
            rows + (side - 0.5) * _BAR,
            np.maximum(values, _LOWEST_SHARE),
            _BAR,
            color=colour,
            edgecolor=INK,
            linewidth=0.6,
            hatch=hatch,
            label=label,
        )
        axes.bar_label(bars, [format_share(value) for value in values], padding=3, fontsize=7.5)
    axes.axhline(len(terms) - 0.5, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xscale("log")
    highest = max(share for _, shares, *_ in sides for share in shares.values())
    axes.set_xlim(_LOWEST_SHARE, highest * _ROOM_FOR_NUMBERS)
    axes.set_xlabel("relative error of the gradient, over all operating points (1)")
    legend_below(figure, axes, columns=2)
    return figure


def _shares(result: GradientResult, budget: GradientBudget, found: np.ndarray) -> dict[str, float]:
    """Terms, largest first, then their sum and what was measured."""
    totals = (budget.relative(), relative_to_exact(result, found))
    return dict(sorted_terms(budget)) | dict(zip(_TOTALS, totals, strict=True))
