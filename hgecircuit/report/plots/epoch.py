"""One epoch in full: output, lock-in voltages, control voltages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.design.design import ContinuousDesign
from hgecircuit.design.stream_timing import StreamTiming
from hgecircuit.design.timing import CoherentTiming, ContinuousTiming
from hgecircuit.parts.sequencer import Window
from hgecircuit.report.plots.style import (
    INK,
    PALE,
    legend_right,
    line_style,
    new_figure,
    scale_for,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Trace family behind the demodulators, and its words, by topology.
_LOCK_INS = {"acc": "accumulator", "g": "low-passed\nlock-in"}
# More names than these would overlap above the plot.
_NAMED_PATTERNS = 8


class _Zoom(NamedTuple):
    """One epoch cut out of a run: time in the axis's unit from its start, and the rows of it."""

    time: np.ndarray
    rows: np.ndarray


def draw_epoch(verification: Verification, _: Study | None) -> Figure | None:
    """The first epoch in which the weights may move; None without the traces of a topology."""
    design, record = verification.learner.design, verification.record
    timing = design.timing
    if isinstance(timing, StreamTiming):
        return None
    family = next((name for name in _LOCK_INS if f"{name}0" in record.traces), None)
    if family is None or "y" not in record.traces:
        return None
    epoch = min(timing.hold_epochs, design.epochs - 1)
    start_s = timing.delay_s + epoch * timing.epoch_s
    stop_s = start_s + timing.epoch_s
    rows = np.flatnonzero((record.time_s >= start_s) & (record.time_s <= stop_s))
    time = scale_for([timing.epoch_s], "s")
    zoom = _Zoom((record.time_s[rows] - start_s) * time.factor, rows)
    figure = new_figure(5.6)
    panels = figure.subplots(3, 1, sharex=True)
    _draw_output(panels[0], verification, zoom)
    lock_in_v = {m: record[f"{family}{m}"][rows] for m in design.channels}
    _draw_channels(panels[1], verification, zoom, lock_in_v, _LOCK_INS[family])
    moved_v = {m: record[f"w{m}"][rows] - record.at(f"w{m}", start_s) for m in design.channels}
    _draw_channels(panels[2], verification, zoom, moved_v, "control voltage,\nchange")
    for axes in panels:
        _shade(axes, timing, time.factor)
        axes.set_xlim(0, timing.epoch_s * time.factor)
    _name_patterns(panels[0], timing, verification.learner.spec.task.patterns, time.factor)
    panels[2].set_xlabel(f"time from the start of epoch {epoch + 1} ({time.unit})")
    figure.align_ylabels(panels)
    legend_right(figure, panels[1])
    return figure


def _draw_output(axes: Axes, verification: Verification, zoom: _Zoom) -> None:
    learner = verification.learner
    output_a = verification.record["y"][zoom.rows] / learner.design.iv.gain_ohm
    scale = scale_for(output_a, "A")
    axes.plot(zoom.time, output_a * scale.factor, color=INK, linewidth=0.7)
    filtered = isinstance(learner.design, ContinuousDesign)
    axes.set_ylabel(f"low-passed\noutput ({scale.unit})" if filtered else f"output ({scale.unit})")


def _draw_channels(
    axes: Axes,
    verification: Verification,
    zoom: _Zoom,
    traces_v: dict[int, np.ndarray],
    words: str,
) -> None:
    scale = scale_for(np.concatenate(list(traces_v.values())), "V")
    for m, trace_v in traces_v.items():
        axes.plot(
            zoom.time,
            trace_v * scale.factor,
            label=f"electrode {verification.learner.design.task.controls[m]}",
            **line_style(m),
        )
    axes.set_ylabel(f"{words} ({scale.unit})")


def _shade(axes: Axes, timing: CoherentTiming | ContinuousTiming, factor: float) -> None:
    """Mark the windows in which a pattern's gradient counts."""
    label = "gate open" if isinstance(timing, CoherentTiming) else "weights move"
    for k in range(timing.patterns):
        window = _window(timing, k)
        start, stop = window.start_s * factor, window.stop_s * factor
        axes.axvspan(start, stop, color=PALE, zorder=0, label=label)


def _name_patterns(
    axes: Axes,
    timing: CoherentTiming | ContinuousTiming,
    patterns: tuple[str, ...],
    factor: float,
) -> None:
    """Write each pattern above its window."""
    if len(patterns) > _NAMED_PATTERNS:
        return
    windows = [_window(timing, k) for k in range(len(patterns))]
    middles = [(window.start_s + window.stop_s) / 2 * factor for window in windows]
    top = axes.secondary_xaxis("top")
    top.set_xticks(middles, [f"pattern {pattern}" for pattern in patterns])
    top.tick_params(length=0)


def _window(timing: CoherentTiming | ContinuousTiming, pattern: int) -> Window:
    if isinstance(timing, CoherentTiming):
        return timing.gate_window(pattern)
    return timing.update_window(pattern)
