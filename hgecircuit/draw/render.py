"""Paints sheets with schemdraw, on A4 paper in black and white."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from hgecircuit.draw.page import PAPER_MM, Page
from hgecircuit.draw.sheet import Point, Sketch, Symbol, Text
from hgecircuit.draw.text import FONT, UNIT_MM, baseline_drop

with warnings.catch_warnings():
    # schemdraw imports ziamath where that is installed, which warns; nothing here uses it
    warnings.simplefilter("ignore", DeprecationWarning)
    from schemdraw import Drawing
    from schemdraw import elements as elm
    from schemdraw.segments import Segment, SegmentText

_LINE_PT = 0.8
_WIRE_PT = 0.8
_AMPLIFIER_SCALE = 0.8  # schemdraw's inputs are 1.25 units apart, ours 1
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "hgecircuit",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "font.family": FONT,
    "path.snap": False,
    "text.hinting": "none",  # else a picture's text is wider than what was measured
    "axes.unicode_minus": False,
}


def new_drawing() -> Drawing:
    """An empty schemdraw drawing in our units and line widths."""
    drawing = Drawing(show=False)
    drawing.config(unit=2.0, fontsize=6.5, font=FONT, lw=_LINE_PT, color="black")
    return drawing


def add_sketch(drawing: Drawing, sketch: Sketch) -> dict[str, Any]:
    """Add everything on a sketch.

    Returns:
        The schemdraw element of every symbol, by reference designator.
    """
    drawn = {symbol.name: _add_symbol(drawing, symbol) for symbol in sketch.symbols}
    if sketch.wires:
        drawing.add(_Lines(sketch.wires).theta(0).at((0, 0)))
    for dot in sketch.dots:
        drawing.add(elm.Dot(radius=0.07).at(dot))
    for label in sketch.labels:
        if label.text is None:
            drawing.add(elm.Ground().theta(0).at(label.at))
        else:
            if label.port:
                drawing.add(elm.Dot(radius=0.08, open=True).at(label.at))
            add_text(drawing, label.text)
    for note in sketch.notes:
        add_text(drawing, note)
    return drawn


def add_text(drawing: Drawing, text: Text) -> None:
    """Add a text, line by line, so that its lines stand as they are measured."""
    box = text.box
    lines = text.text.split("\n")
    pitch = box.height / len(lines)
    for n, line in enumerate(lines):
        y = box.top - (n + 0.5) * pitch - baseline_drop(text.size_pt)
        drawing.add(_Words(line, text.halign, text.size_pt).theta(0).at((text.at[0], y)))


class _Lines(elm.Element):
    """Many lines as one element, which schemdraw paints in one go."""

    def __init__(self, lines: Sequence[tuple[Point, Point]]) -> None:
        super().__init__()
        path = [point for start, end in lines for point in (start, end, elm.elements.gap)]
        self.segments.append(Segment(path[:-1], lw=_WIRE_PT, zorder=2))


class _Words(elm.Element):
    """One line of text at its point; schemdraw's own labels are moved off it."""

    def __init__(self, line: str, halign: Any, size_pt: float) -> None:
        super().__init__()
        align = (halign, "base")
        self.segments.append(
            SegmentText((0, 0), line, align=align, fontsize=size_pt, font=FONT, zorder=5)
        )


def _add_symbol(drawing: Drawing, symbol: Symbol) -> Any:
    element: Any
    if symbol.shape == "amplifier":
        element = elm.Opamp().theta(0).scale(_AMPLIFIER_SCALE).anchor("in1")
        if symbol.mirrored:
            element = element.flip()
        element = element.at(dict(symbol.pins)["minus"])
        drawing.add(element)
        drawing.add(elm.Line(lw=_WIRE_PT).endpoints(element.absanchors["out"], symbol.end))
    elif symbol.shape in ("npn", "pnp"):
        kind = elm.BjtNpn if symbol.shape == "npn" else elm.BjtPnp
        element = kind().theta(0).anchor("base").at(symbol.start)
        drawing.add(element)
        for name in ("collector", "emitter"):
            ends = (element.absanchors[name], dict(symbol.pins)[name])
            drawing.add(elm.Line(lw=_WIRE_PT).endpoints(*ends))
    elif symbol.shape in ("box", "equation"):
        element = elm.Rect(symbol.start, symbol.end).theta(0).at((0, 0))
        if symbol.shape == "equation":
            element = element.linestyle("--")
        drawing.add(element)
    else:
        element = drawing.add(_two_terminal(symbol))
        if symbol.shape == "switch":
            middle = ((symbol.start[0] + symbol.end[0]) / 2, symbol.start[1])
            gate = dict(symbol.pins)["gate"]
            lever = (middle[0], middle[1] + 0.27)
            drawing.add(elm.Line(lw=_WIRE_PT).endpoints(lever, gate).linestyle(":"))
    for text in symbol.texts:
        add_text(drawing, text)
    return element


def _two_terminal(symbol: Symbol) -> Any:
    kinds: dict[str, Any] = {
        "R": elm.ResistorIEC,
        "C": elm.Capacitor,
        "V": elm.SourceV,
        "I": elm.SourceI,
        "D": elm.Diode,
        "switch": elm.Switch,
    }
    start, end = symbol.start, symbol.end
    if symbol.shape == "V":  # schemdraw's plus sign is at its end, SPICE's plus node comes first
        start, end = end, start
    if symbol.shape == "switch" and start[0] > end[0]:
        start, end = end, start
    return kinds[symbol.shape]().endpoints(start, end)


def paint(drawing: Drawing) -> Figure:
    """A4 paper with the drawing on it; its lower left corner is (0, 0), in units."""
    width, height = PAPER_MM
    figure = Figure(figsize=(width / 25.4, height / 25.4), facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, width / UNIT_MM)
    axes.set_ylim(0, height / UNIT_MM)
    axes.set_axis_off()
    drawing.draw(show=False, canvas=axes)
    axes.set_xlim(0, width / UNIT_MM)
    axes.set_ylim(0, height / UNIT_MM)
    return figure


def draw_page(page: Page) -> Drawing:
    """A page as a schemdraw drawing."""
    drawing = new_drawing()
    drawing.add(_Lines(page.rules).theta(0).at((0, 0)))
    for start, end in page.arrows:
        drawing.add(elm.Line(lw=_LINE_PT, arrow="->").endpoints(start, end))
    add_sketch(drawing, page.sketch)
    for text in page.texts:
        add_text(drawing, text)
    return drawing
