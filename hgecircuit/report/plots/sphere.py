"""How the sphere was learned: accuracy over time, outputs in the exam, one batch in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.compare.sphere import Accuracy, accuracy_of
from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.design.design import StreamDesign
from hgecircuit.report.plots.style import (
    CIRCUIT,
    GREY,
    INK,
    PALE,
    REFERENCE,
    TARGET_COLOURS,
    counted,
    legend_below,
    legend_right,
    line_style,
    new_figure,
    scale_for,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BINS = 40
_TARGET_WORDS = {0: "shell, wanted 0", 1: "ball, wanted 1"}


def draw_accuracy(verification: Verification, _: Study | None) -> Figure | None:
    """Accuracy of circuit and reference side by side, each over its own time."""
    sphere, design = verification.sphere, verification.learner.design
    if sphere is None or not isinstance(design, StreamDesign):
        return None
    learning, reference = verification.learning, verification.reference
    figure = new_figure(3.6)
    left, right = figure.subplots(1, 2, sharey=True)
    time = scale_for(learning.epoch_end_s, "s")
    _draw_course(left, learning.epoch_end_s * time.factor, sphere.epochs, "circuit", CIRCUIT)
    left.set_xlabel(f"simulated time ({time.unit})")
    timing = design.timing
    if timing.hold_epochs:
        left.axvspan(
            0,
            timing.hold_epochs * timing.epoch_s * time.factor,
            color=PALE,
            zorder=0,
            label="weights held",
        )
    counting = counted(timing.delay_s, timing.epoch_s * time.factor)
    left.secondary_xaxis("top", functions=counting).set_xlabel("epoch")
    left.set_title("circuit")
    count = int(reference.iterations[0])
    found = accuracy_of(design, reference.voltages_v[0, :count])
    _draw_course(right, np.arange(1, count + 1), found, "reference", REFERENCE)
    right.set_xlabel("iteration")
    right.set_title("digital reference")
    limit = verification.learner.spec.limits.accuracy
    for axes in (left, right):
        axes.axhline(100 * limit, color=INK, linestyle=":", linewidth=1.0, label="limit")
        axes.set_xlim(left=0)
    left.set_ylabel("accuracy (%)")
    legend_below(figure, left, right, columns=3)
    return figure


def draw_exam(verification: Verification, _: Study | None) -> Figure | None:
    """Outputs in the exam by label, training and test points, with the threshold."""
    sphere = verification.sphere
    if sphere is None:
        return None
    both_a = np.concatenate(sphere.exam_a)
    current = scale_for(both_a, "A")
    edges = np.linspace(both_a.min(), both_a.max(), _BINS + 1) * current.factor
    figure = new_figure(3.4)
    panels = figure.subplots(1, 2, sharex=True)
    shares = (float(sphere.exam.training), float(sphere.exam.test))
    for axes, name, outputs_a, targets, share in zip(
        panels, ("training", "test"), sphere.exam_a, sphere.targets, shares, strict=True
    ):
        for target in (0, 1):
            axes.hist(
                outputs_a[targets == target] * current.factor,
                edges,
                histtype="stepfilled" if target else "step",
                color=TARGET_COLOURS[target],
                alpha=0.6 if target else 1.0,
                label=_TARGET_WORDS[target],
            )
        threshold = float(sphere.exam.threshold_a) * current.factor
        axes.axvline(threshold, color=INK, linestyle=":", label="threshold, best for training")
        axes.set_title(f"{len(targets)} {name} points: {100 * share:.1f} %")
        axes.set_xlabel(f"output current ({current.unit})")
    panels[0].set_ylabel("points")
    legend_below(figure, panels[0], columns=3)
    return figure


def draw_batch(verification: Verification, _: Study | None) -> Figure | None:
    """The first batch whose step may move the weights, slot by slot."""
    design, record = verification.learner.design, verification.record
    if not isinstance(design, StreamDesign):
        return None
    timing = design.timing
    first = min(timing.hold_epochs, design.epochs - 1) * timing.patterns // timing.batch
    start_s = first * timing.batch_s
    stop_s = start_s + timing.batch_s + timing.transfer_s
    rows = np.flatnonzero((record.time_s >= start_s) & (record.time_s <= stop_s))
    time = scale_for([timing.batch_s], "s")
    shown = (record.time_s[rows] - start_s) * time.factor
    figure = new_figure(6.4)
    panels = figure.subplots(4, 1, sharex=True)
    current = scale_for(record["yh"][rows] / design.iv.gain_ohm, "A")
    for name, words, colour in (("yh", "held output", INK), ("mean", "running mean", GREY)):
        trace_a = record[name][rows] / design.iv.gain_ohm
        panels[0].plot(shown, trace_a * current.factor, color=colour, label=words)
    panels[0].set_ylabel(f"output ({current.unit})")
    panels[1].plot(shown, record["e"][rows], color=CIRCUIT, label="error")
    panels[1].set_ylabel("error (V)")
    for axes, name, words in ((panels[2], "acc", "accumulator"), (panels[3], "w", "control")):
        traces_v = {m: record[f"{name}{m}"][rows] for m in design.channels}
        if name == "w":
            traces_v = {m: trace - trace[0] for m, trace in traces_v.items()}
            words = "control voltage,\nchange"
        scale = scale_for(np.concatenate(list(traces_v.values())), "V")
        for m, trace_v in traces_v.items():
            label = f"electrode {design.task.controls[m]}"
            axes.plot(shown, trace_v * scale.factor, label=label, **line_style(m))
        axes.set_ylabel(f"{words} ({scale.unit})")
    for axes in panels:
        for n in range(timing.batch):
            gate = timing.gate_window
            start = (n * timing.slot_s + gate.start_s) * time.factor
            stop = (n * timing.slot_s + gate.stop_s) * time.factor
            axes.axvspan(start, stop, color=PALE, zorder=0, label="gate open")
        axes.set_xlim(0, (timing.batch_s + timing.transfer_s) * time.factor)
    panels[3].set_xlabel(f"time from the start of batch {first + 1} ({time.unit})")
    figure.align_ylabels(panels)
    legend_right(figure, *panels)
    return figure


def _draw_course(axes: Axes, place: np.ndarray, found: Accuracy, name: str, colour: str) -> None:
    """Test points solid, training points dashed and thin."""
    label = f"{name}, test points"
    axes.plot(place, 100 * found.test, color=colour, label=label)
    style = {"color": colour, "linestyle": "--", "linewidth": 1.0}
    axes.plot(place, 100 * found.training, label=f"{name}, training points", **style)
