"""The whole run as one still picture: for paper, and for browsers without scripts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hgecircuit.report.plots.style import Scale, scale_for
from hgecircuit.report.run_page.pictures import escape
from hgecircuit.report.run_page.pyramid import Spans, halve
from hgecircuit.report.run_page.traces import PANELS, Trace, Waves

_COLUMNS = 512
_WIDTH, _LEFT, _RIGHT = 900, 64, 128
_TOP, _PANEL, _GAP, _BOTTOM = 24, 150, 34, 40
# Colours of lines; report.css has them.
_SERIES = 6
# Words at the ends of lines need this much height each.
_LINE = 13.0


def overview_svg(waves: Waves) -> str:
    """The traces with which a page opens, over the whole run, least and greatest per column."""
    shown = [trace for trace in waves.traces if trace.shown]
    panels = sorted({trace.panel for trace in shown})
    height = _TOP + len(panels) * (_PANEL + _GAP) - _GAP + _BOTTOM
    time = scale_for([waves.start_s, waves.stop_s], "s")
    parts = []
    for row, panel in enumerate(panels):
        top = _TOP + row * (_PANEL + _GAP)
        members = [trace for trace in shown if trace.panel == panel]
        parts += _panel(PANELS[panel].title, PANELS[panel].unit, members, waves, time, top)
    right, bottom = _WIDTH - _RIGHT, height - _BOTTOM
    # A simulator's first time point is not quite 0.
    reach_s = (waves.stop_s - waves.start_s) / 1000
    for tick in _ticks((waves.start_s - reach_s) * time.factor, waves.stop_s * time.factor):
        x = _place(tick / time.factor, waves.start_s, waves.stop_s, _LEFT, right)
        parts.append(f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{tick:g}</text>')
    middle = (_LEFT + right) / 2
    parts.append(
        f'<text x="{middle:g}" y="{bottom + 33}" text-anchor="middle">'
        f"simulated time ({time.unit})</text>"
    )
    titles = " and ".join(PANELS[panel].title.lower() for panel in panels)
    label = escape(f"The whole run: {titles} over simulated time; a table below has the numbers.")
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{label}">'
        f"{''.join(parts)}</svg>"
    )


def _panel(
    title: str, unit: str, traces: Sequence[Trace], waves: Waves, time: Scale, top: int
) -> list[str]:
    columns = [_coarse(trace.spans) for trace in traces]
    low = min(float(column.lows.min()) for column in columns)
    high = max(float(column.highs.max()) for column in columns)
    room = 0.06 * (high - low) or 1.0
    low, high = low - room, high + room
    scale = scale_for([low, high], unit)
    bottom, right = top + _PANEL, _WIDTH - _RIGHT
    parts = [f'<text class="title" x="{_LEFT}" y="{top - 7}">{title} ({scale.unit})</text>']
    for tick in _ticks(low * scale.factor, high * scale.factor):
        y = _place(tick / scale.factor, low, high, bottom, top)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:g}" text-anchor="end">{tick:g}</text>')
    for words, time_s in waves.marks:
        x = _place(time_s, waves.start_s, waves.stop_s, _LEFT, right)
        parts.append(f'<line class="event" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>')
        parts.append(f'<text x="{x + 3:g}" y="{bottom - 5}">{escape(words)}</text>')
    parts.append(f'<path class="axis" d="M{_LEFT} {top}V{bottom}H{right}"/>')
    ends = []
    for trace, column in zip(traces, columns, strict=True):
        band, end = _band(column, low, high, top)
        parts.append(f'<path class="band series-{trace.colour % _SERIES}" d="{band}"/>')
        ends.append(end)
    for trace, y, end in zip(traces, _spread(ends, top, bottom), ends, strict=True):
        lead = f"M{right} {end:.1f}L{right + 12} {y:.1f}"
        parts.append(
            f'<path class="lead series-{trace.colour % _SERIES}" d="{lead}"/>'
            f'<text x="{right + 16}" y="{y + 4:.1f}">{escape(trace.short)}</text>'
        )
    return parts


def _band(column: Spans, low: float, high: float, top: int) -> tuple[str, float]:
    """An outline around a trace, and the height at which it ends."""
    count = len(column.lows)
    x = np.linspace(_LEFT, _WIDTH - _RIGHT, count)
    upper, lower = (
        top + _PANEL * (high - values) / (high - low) for values in (column.highs, column.lows)
    )
    there = [f"{a:.1f} {b:.1f}" for a, b in zip(x, upper, strict=True)]
    back = [f"{a:.1f} {b:.1f}" for a, b in zip(x[::-1], lower[::-1], strict=True)]
    return f"M{'L'.join(there + back)}Z", float(upper[-1] + lower[-1]) / 2


def _coarse(spans: Spans) -> Spans:
    while len(spans.lows) > _COLUMNS:
        spans = halve(spans)
    return spans


def _spread(places: Sequence[float], top: float, bottom: float) -> list[float]:
    """Heights for words near ``places`` that don't cover each other."""
    order = sorted(range(len(places)), key=lambda n: places[n])
    found = list(places)
    lowest = top
    for n in order:
        found[n] = max(found[n], lowest)
        lowest = found[n] + _LINE
    highest = bottom
    for n in reversed(order):
        found[n] = min(found[n], highest)
        highest = found[n] - _LINE
    return found


def _ticks(low: float, high: float) -> list[float]:
    from matplotlib.ticker import MaxNLocator

    found = MaxNLocator(5).tick_values(low, high)
    return [float(tick) for tick in found if low <= tick <= high]


def _place(value: float, low: float, high: float, start: float, stop: float) -> float:
    return round(start + (stop - start) * (value - low) / (high - low), 1)
