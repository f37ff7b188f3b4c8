"""Which traces of a learning run a page shows, in which panel, and their spans."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from hgecircuit.compare.verification import Verification
from hgecircuit.report.blocks import Code, Table
from hgecircuit.report.course import latched_s
from hgecircuit.report.plain import format_value, to_plain
from hgecircuit.report.run_page.pyramid import Packed, Spans, make_spans, pack
from hgecircuit.report.waveforms import describe_trace

#: Base64 characters that all traces of a page may take: half of what a page may have.
MOST_CHARACTERS = 2_500_000
_MOST_SPANS = 2**17
_FEWEST_SPANS = 2**9
# More lines than these in one panel can't be told apart.
_SHOWN_TRACES = 8
_NUMBERED = re.compile(r"([a-z_]+?)(\d+)")
_SHORT = {
    "yh": "shown point",
    "mean": "running mean",
    "e": "error",
    "y": "output",
    "open": "latch",
    "move": "step",
    "theta": "log gain",
}


class Panel(NamedTuple):
    """Traces that share one axis.

    Attributes:
        title: Above the panel.
        unit: ``A`` for outputs, which the converter has made voltages; else ``V``.
        shown: Whether a page opens with it.
        families: Names of its traces; ``#`` stands for a number.
    """

    title: str
    unit: str
    shown: bool
    families: tuple[str, ...]


PANELS = (
    Panel("Held outputs", "A", True, ("y#", "yh", "mean")),
    Panel("Control voltages", "V", True, ("w#",)),
    Panel("Output", "A", False, ("y",)),
    Panel("Readout errors", "V", False, ("e#", "e", "d#")),
    Panel("Accumulators", "V", False, ("acc#",)),
    Panel("Low-passed lock-in outputs", "V", False, ("g#",)),
    Panel("Carriers", "V", False, ("s#",)),
    Panel("Latch and step", "V", False, ("open", "move", "scale", "theta")),
    Panel("Other nodes", "V", False, ()),
)


@dataclass(frozen=True)
class Trace:
    """One trace of a page.

    Attributes:
        name: In ``waveforms.nc``.
        words: What it is.
        short: The same beside its line, where the panel says the rest.
        panel: Index into :data:`PANELS`.
        colour: Number of its colour in the panel.
        shown: Whether a page opens with it.
        factor: Its values are those of the record times this.
        spans: Finest level.
        packed: The same as text.
    """

    name: str
    words: str
    short: str
    panel: int
    colour: int
    shown: bool
    factor: float
    spans: Spans
    packed: Packed


@dataclass(frozen=True)
class Waves:
    """The waveforms of a page.

    Attributes:
        start_s, stop_s: Ends of the run, in s.
        count: Spans per trace.
        points: Time points of the record.
        marks: What happened at which time, in s.
        traces: In the order of the panels.
    """

    start_s: float
    stop_s: float
    count: int
    points: int
    marks: tuple[tuple[str, float], ...]
    traces: tuple[Trace, ...]

    @property
    def span_s(self) -> float:
        """Length of one span, in s: finer than that the page can't show."""
        return (self.stop_s - self.start_s) / self.count

    def to_json(self) -> dict[str, Any]:
        """What the page's script reads."""
        panels = [{"title": panel.title, "unit": panel.unit} for panel in PANELS]
        traces = [
            {
                "name": trace.name,
                "words": trace.words,
                "short": trace.short,
                "panel": trace.panel,
                "colour": trace.colour,
                "shown": trace.shown,
                "offset": trace.packed.offset,
                "step": trace.packed.step,
                "text": trace.packed.text,
            }
            for trace in self.traces
        ]
        return to_plain(
            {
                "start_s": self.start_s,
                "stop_s": self.stop_s,
                "count": self.count,
                "marks": [{"words": words, "time_s": time_s} for words, time_s in self.marks],
                "panels": panels,
                "traces": traces,
            }
        )


def make_waves(verification: Verification) -> Waves:
    """The learning run's traces, with as many spans as fit into :data:`MOST_CHARACTERS`."""
    record = verification.record
    points = len(record.time_s)
    # A power of two, so that levels halve without a rest.
    count = int(np.clip(2 ** int(np.ceil(np.log2(points))), _FEWEST_SPANS, _MOST_SPANS))
    traces = _make_traces(verification, count)
    while count > _FEWEST_SPANS and _characters(traces) > MOST_CHARACTERS:
        count //= 2
        traces = _make_traces(verification, count)
    ends_s = float(record.time_s[0]), float(record.time_s[-1])
    return Waves(*ends_s, count, points, _marks(verification), traces)


def traces_table(verification: Verification, waves: Waves) -> Table:
    """Every trace in numbers: at the start, least, greatest, at the end."""
    rows = []
    for trace in waves.traces:
        values = verification.record[trace.name]
        numbers = [values[0], values.min(), values.max(), values[-1]]
        unit = PANELS[trace.panel].unit
        cells = [format_value(float(number) * trace.factor, unit) for number in numbers]
        rows.append((Code(trace.name), trace.words, *cells))
    headings = ("trace", "what it is", "at the start", "least", "greatest", "at the end")
    return Table("Traces of the learning run", headings, rows, "llrrrr")


def _make_traces(verification: Verification, count: int) -> tuple[Trace, ...]:
    record = verification.record
    names = [(_panel_of(name), name) for name in record.traces]
    ordered = [name for _, name in sorted(names, key=lambda pair: pair[0])]
    made: list[Trace] = []
    counts = [0] * len(PANELS)
    for name in ordered:
        panel = _panel_of(name)
        factor = 1.0
        if PANELS[panel].unit == "A":
            factor = 1 / verification.learner.design.iv.gain_ohm
        values = np.asarray(record[name], np.float64) * factor
        spans = make_spans(record.time_s, values, count)
        made.append(
            Trace(
                name,
                describe_trace(verification, name),
                _short(verification, name),
                panel,
                counts[panel],
                PANELS[panel].shown and counts[panel] < _SHOWN_TRACES,
                factor,
                spans,
                pack(spans),
            )
        )
        counts[panel] += 1
    return tuple(made)


def _characters(traces: Sequence[Trace]) -> int:
    return sum(len(trace.packed.text) for trace in traces)


def _panel_of(name: str) -> int:
    numbered = _NUMBERED.fullmatch(name)
    family = name if numbered is None else f"{numbered[1]}#"
    found = (n for n, panel in enumerate(PANELS) if family in panel.families)
    return next(found, len(PANELS) - 1)


def _short(verification: Verification, name: str) -> str:
    numbered = _NUMBERED.fullmatch(name)
    if numbered is None or name not in verification.record.traces:
        return _SHORT.get(name, name)
    words = describe_trace(verification, name)
    _, between, what = words.rpartition(" of ")
    return what if between else name


def _marks(verification: Verification) -> tuple[tuple[str, float], ...]:
    timing, learning = verification.learner.design.timing, verification.learning
    hold_s = timing.delay_s + timing.hold_epochs * timing.epoch_s
    events = (
        ("weights free", hold_s if timing.hold_epochs else None),
        ("solved", learning.solved_s if verification.sphere is None else None),
        ("latched", latched_s(verification)),
    )
    return tuple((words, float(time_s)) for words, time_s in events if time_s is not None)
