"""How it learned: outputs, control voltages and loss over time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.report.course import latched_s, read_course
from hgecircuit.report.plots.style import (
    CIRCUIT,
    GREY,
    INK,
    LINES,
    MARKERS,
    PALE,
    REFERENCE,
    TARGET_COLOURS,
    Scale,
    counted,
    legend_below,
    legend_right,
    new_figure,
    scale_for,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# More patterns than these would make a legend higher than the plot.
_NAMED_PATTERNS = 12
_MARKERS_PER_LINE = 12
_COLUMN_OF_PANELS = 6
# Samples of a slow trace that no screen can tell from all of them.
_SAMPLES = 2000
# A loss of exactly 0 has no place on a logarithmic axis.
_LOWEST_LOSS = 1e-6


def draw_outputs(verification: Verification, _: Study | None) -> Figure | None:
    """Held outputs over time, one line per pattern; nothing when points pass in a stream."""
    if verification.sphere is not None:
        return None
    course, learner = read_course(verification), verification.learner
    current = scale_for(course.outputs_a, "A")
    time = scale_for(verification.learning.epoch_end_s, "s")
    figure = new_figure(3.6)
    axes = figure.subplots()
    counts = {0: 0, 1: 0}
    for k, (pattern, target) in enumerate(
        zip(learner.spec.task.patterns, learner.spec.task.target_bits, strict=True)
    ):
        nth = counts[target]
        counts[target] += 1
        axes.plot(
            course.time_s[:, k] * time.factor,
            course.outputs_a[:, k] * current.factor,
            color=TARGET_COLOURS[target],
            linestyle="-" if target else "--",
            marker=MARKERS[nth % len(MARKERS)],
            markerfacecolor=TARGET_COLOURS[target] if target else "white",
            markevery=_every(len(course.time_s)),
            label=f"pattern {pattern}, wanted {target}" if _named(counts, k) else None,
        )
    axes.plot(
        course.time_s[:, -1] * time.factor,
        course.thresholds_a * current.factor,
        color=INK,
        linestyle=":",
        linewidth=1.0,
        label="threshold",
    )
    axes.set_ylabel(f"output current ({current.unit})")
    _time_axis(axes, verification, time)
    _mark_events(axes, verification, time)
    legend_right(figure, axes)
    return figure


def draw_controls(verification: Verification, _: Study | None) -> Figure:
    """Control voltages over time between their clamps, one panel per control."""
    design, record = verification.learner.design, verification.record
    time = scale_for(verification.learning.epoch_end_s, "s")
    time_s = np.linspace(0.0, record.time_s[-1], _SAMPLES)
    count = len(design.weights)
    columns = math.ceil(count / _COLUMN_OF_PANELS)
    rows = math.ceil(count / columns)
    figure = new_figure(0.9 + 0.95 * rows)
    panels = figure.subplots(rows, columns, sharex=True, squeeze=False)
    for panel in panels.flat[count:]:
        panel.set_axis_off()
    for m, weight in enumerate(design.weights):
        axes = panels.flat[m]
        axes.plot(time_s * time.factor, record.at(f"w{m}", time_s), color=CIRCUIT, label="voltage")
        for end_v in (weight.minimum_v, weight.maximum_v):
            axes.axhline(end_v, color=GREY, linestyle="--", linewidth=1.0, label="clamp")
        margin_v = 0.1 * (weight.maximum_v - weight.minimum_v)
        axes.set_ylim(weight.minimum_v - margin_v, weight.maximum_v + margin_v)
        axes.set_title(f"electrode {design.task.controls[m]}", fontsize=9)
        axes.set_xlim(0, float(record.time_s[-1]) * time.factor)
        _mark_events(axes, verification, time)
    for axes in panels[-1]:
        axes.set_xlabel(f"simulated time ({time.unit})")
    figure.supylabel("control voltage (V)", fontsize=9)
    legend_right(figure, panels.flat[0])
    return figure


def draw_loss(verification: Verification, _: Study | None) -> Figure:
    """Loss of circuit and reference side by side: same losses, each over its own time."""
    learning, limits = verification.learning, verification.learner.spec.limits
    figure = new_figure(3.6)
    circuit, reference = figure.subplots(1, 2, sharey=True)
    time = scale_for(learning.epoch_end_s, "s")
    circuit.plot(
        learning.epoch_end_s * time.factor,
        _shown(learning.losses),
        color=CIRCUIT,
        marker="o",
        markevery=_every(len(learning.losses)),
        label="circuit, perturbation off",
    )
    circuit.plot(
        learning.epoch_end_s[-1] * time.factor,
        _shown(learning.exam_loss),
        linestyle="none",
        marker="D",
        markersize=7,
        markerfacecolor="white",
        markeredgecolor=INK,
        label="circuit, exam in the simulator",
        clip_on=False,
        zorder=5,
    )
    _time_axis(circuit, verification, time)
    _mark_events(circuit, verification, time)
    circuit.set_title("circuit")
    _draw_reference_loss(reference, verification)
    for axes in (circuit, reference):
        if verification.sphere is None:
            axes.axhline(limits.loss, color=INK, linestyle="--", linewidth=1.0, label="limit")
        axes.set_yscale("log")
    circuit.set_ylabel("loss (dimensionless)")
    legend_below(figure, circuit, reference, columns=3)
    return figure


def _draw_reference_loss(axes: Axes, verification: Verification) -> None:
    result = verification.reference
    count = int(result.iterations[0])
    iteration = np.arange(1, count + 1)
    per_iteration_s = None if result.time_s is None else float(result.time_s[0]) / count
    time = scale_for([] if per_iteration_s is None else [per_iteration_s * count], "s")
    factor = 1.0 if per_iteration_s is None else per_iteration_s * time.factor
    axes.plot(
        iteration * factor,
        _shown(result.losses[0, :count]),
        color=REFERENCE,
        linestyle="--",
        marker="s",
        markevery=_every(count),
        label="reference, as measured",
    )
    axes.plot(
        count * factor,
        _shown(result.final_losses[0]),
        linestyle="none",
        marker="X",
        markersize=7,
        markerfacecolor="white",
        markeredgecolor=INK,
        label="reference at the end, perturbation off",
        clip_on=False,
        zorder=5,
    )
    axes.set_title("digital reference")
    axes.set_xlim(left=0)
    if per_iteration_s is None:
        axes.set_xlabel("iteration")
        return
    axes.set_xlabel(f"simulated time ({time.unit})")
    top = axes.secondary_xaxis("top", functions=counted(0.0, factor))
    top.set_xlabel("iteration")


def _named(counts: dict[int, int], k: int) -> bool:
    return k < _NAMED_PATTERNS and sum(counts.values()) <= _NAMED_PATTERNS


def _every(count: int) -> int:
    return max(1, count // _MARKERS_PER_LINE)


def _shown(losses: np.ndarray | float) -> np.ndarray:
    return np.maximum(losses, _LOWEST_LOSS)


def _time_axis(axes: Axes, verification: Verification, time: Scale) -> None:
    """Simulated time below, epochs above."""
    timing = verification.learner.design.timing
    axes.set_xlabel(f"simulated time ({time.unit})")
    axes.set_xlim(0, float(verification.learning.epoch_end_s[-1]) * time.factor)
    counting = counted(timing.delay_s * time.factor, timing.epoch_s * time.factor)
    top = axes.secondary_xaxis("top", functions=counting)
    top.set_xlabel("epoch")


def _mark_events(axes: Axes, verification: Verification, time: Scale) -> None:
    """Hold at the start, time of solution and latch; named in the legend, away from the data."""
    timing, learning = verification.learner.design.timing, verification.learning
    hold_s = timing.delay_s + timing.hold_epochs * timing.epoch_s
    if timing.hold_epochs:
        axes.axvspan(0, hold_s * time.factor, color=PALE, zorder=0, label="weights held")
    events = (
        ("solved", learning.solved_s, LINES[2]),
        ("latched", latched_s(verification), LINES[3]),
    )
    for word, when_s, line in events:
        if when_s is not None:
            axes.axvline(
                when_s * time.factor,
                color=INK,
                linestyle=line,
                linewidth=1.2,
                label=f"{word} from {when_s * time.factor:.3g} {time.unit}",
            )
