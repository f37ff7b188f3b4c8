"""What stands on a sheet: symbols with pins, wires, node labels and text, at coordinates in units.

Pure data; :mod:`hgecircuit.draw.render` paints it with schemdraw, and
:mod:`hgecircuit.draw.extract` reads the circuit back from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from hgecircuit.draw.text import NORMAL_PT, Box, text_height, text_width

Point = tuple[float, float]
PIN_PITCH = 0.5


def snap(point: Point) -> Point:
    """The nearest point of the grid; only points that are equal are joined."""
    return round(point[0], 2), round(point[1], 2)


def _moved(point: Point, dx: float, dy: float) -> Point:
    return snap((point[0] + dx, point[1] + dy))


@dataclass(frozen=True)
class Text:
    """Text at a point.

    Attributes:
        text: One or several lines.
        at: Where it is tied.
        halign: Which side of it is there: ``left``, ``center`` or ``right``.
        valign: ``top``, ``center`` or ``bottom``.
        size_pt: Size of the font.
    """

    text: str
    at: Point
    halign: str = "left"
    valign: str = "center"
    size_pt: float = NORMAL_PT

    @property
    def box(self) -> Box:
        """What it covers."""
        width = text_width(self.text, self.size_pt)
        height = text_height(self.text, self.size_pt)
        left = self.at[0] - {"left": 0.0, "center": 0.5, "right": 1.0}[self.halign] * width
        bottom = self.at[1] - {"bottom": 0.0, "center": 0.5, "top": 1.0}[self.valign] * height
        return Box(left, bottom, left + width, bottom + height)

    def moved(self, dx: float, dy: float) -> Text:
        """The same elsewhere."""
        return replace(self, at=_moved(self.at, dx, dy))


@dataclass(frozen=True)
class Symbol:
    """One element of the netlist.

    Attributes:
        shape: Which symbol, a key of :data:`hgecircuit.draw.symbols.SHAPES`.
        name: The reference designator, as it is drawn.
        value: The value, as it is drawn.
        start: First end of a two-terminal symbol; the lower left corner of a box; the middle of an
            amplifier's input side; a transistor's base.
        end: Second end; the upper right corner of a box; an amplifier's output.
        pins: Where wires may end, by name.
        texts: What is written at it, its name and value among them.
        body: Where nothing else may be.
        mirrored: An amplifier with its ``+`` input above.
    """

    shape: str
    name: str
    value: str
    start: Point
    end: Point
    pins: tuple[tuple[str, Point], ...]
    texts: tuple[Text, ...]
    body: Box
    mirrored: bool = False

    def moved(self, dx: float, dy: float) -> Symbol:
        """The same elsewhere."""
        return replace(
            self,
            start=_moved(self.start, dx, dy),
            end=_moved(self.end, dx, dy),
            pins=tuple((name, _moved(at, dx, dy)) for name, at in self.pins),
            texts=tuple(text.moved(dx, dy) for text in self.texts),
            body=self.body.moved(dx, dy),
        )


@dataclass(frozen=True)
class Label:
    """A node's name at a point; equal names on one sheet are one node.

    Attributes:
        node: The node; ``0`` is drawn as a ground symbol.
        at: The point of a wire or pin that it names.
        text: How the name is written; None for ground.
        port: Whether it is a port of the block.
    """

    node: str
    at: Point
    text: Text | None = None
    port: bool = False

    @property
    def box(self) -> Box:
        """What it covers: the text, or the ground symbol without its tip."""
        if self.text is None:
            return Box(self.at[0] - 0.25, self.at[1] - 0.66, self.at[0] + 0.25, self.at[1] - 0.35)
        return self.text.box

    def moved(self, dx: float, dy: float) -> Label:
        """The same elsewhere."""
        text = None if self.text is None else self.text.moved(dx, dy)
        return replace(self, at=_moved(self.at, dx, dy), text=text)


@dataclass
class Sketch:
    """A part of a sheet that can be moved and put together with others.

    Attributes:
        symbols: The elements.
        wires: Straight and upright or level pieces of wire.
        labels: Node names.
        dots: Where wires are joined, for a reader.
        notes: Text that belongs to no element.
    """

    symbols: list[Symbol] = field(default_factory=list)
    wires: list[tuple[Point, Point]] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    dots: list[Point] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)

    def wire(self, *points: Point) -> None:
        """Draw a wire through points; pieces without length are left out."""
        rounded = [_moved(point, 0, 0) for point in points]
        for one, other in pairwise(rounded):
            if one != other:
                self.wires.append((one, other))

    def name_left(self, node: str, at: Point, *, port: bool = False) -> None:
        """Name the node at a wire's left end."""
        self.labels.append(
            Label(node, at, Text(node, (at[0] - (0.22 if port else 0.12), at[1]), "right"), port)
        )

    def name_right(self, node: str, at: Point, *, port: bool = False) -> None:
        """Name the node at a wire's right end."""
        self.labels.append(
            Label(node, at, Text(node, (at[0] + (0.22 if port else 0.12), at[1]), "left"), port)
        )

    def name_above(self, node: str, at: Point, *, port: bool = False) -> None:
        """Name the node above a point."""
        text = Text(node, (at[0], at[1] + (0.14 if port else 0.08)), "center", "bottom")
        self.labels.append(Label(node, at, text, port))

    def ground(self, at: Point) -> None:
        """Tie a point to ground; the symbol hangs below it."""
        self.labels.append(Label("0", at))

    def add(self, other: Sketch, dx: float = 0.0, dy: float = 0.0) -> None:
        """Put another sketch onto this one, moved."""
        self.symbols += [symbol.moved(dx, dy) for symbol in other.symbols]
        self.wires += [(_moved(a, dx, dy), _moved(b, dx, dy)) for a, b in other.wires]
        self.labels += [label.moved(dx, dy) for label in other.labels]
        self.dots += [_moved(dot, dx, dy) for dot in other.dots]
        self.notes += [note.moved(dx, dy) for note in other.notes]

    @property
    def texts(self) -> list[Text]:
        """Every text."""
        texts = [text for symbol in self.symbols for text in symbol.texts]
        texts += [label.text for label in self.labels if label.text is not None]
        return texts + self.notes

    @property
    def bounds(self) -> Box:
        """What it covers, grounds included."""
        boxes = [symbol.body for symbol in self.symbols]
        boxes += [text.box for text in self.texts]
        boxes += [label.box for label in self.labels]
        boxes += [wire_box(wire) for wire in self.wires]
        return Box.around(boxes)

    def join(self) -> None:
        """Merge wires that run on one another, and set the dots.

        A dot stands where three ends or more meet, and where one ends on another's way.
        """
        self.wires = _merged(self.wires)
        ends: dict[Point, int] = {}
        pins = [at for symbol in self.symbols for _, at in symbol.pins]
        for point in [*(end for wire in self.wires for end in wire), *pins]:
            ends[point] = ends.get(point, 0) + 1
        dots = {point for point, count in ends.items() if count > 2}
        for point in ends:
            if any(_passes(wire, point) for wire in self.wires):
                dots.add(point)
        self.dots = sorted(dots)


def _merged(wires: list[tuple[Point, Point]]) -> list[tuple[Point, Point]]:
    """Wires on one line that share more than a point become one."""
    lines: dict[tuple[bool, float], list[tuple[float, float]]] = {}
    for (x0, y0), (x1, y1) in wires:
        upright = x0 == x1
        spans = lines.setdefault((upright, x0 if upright else y0), [])
        spans.append((min(y0, y1), max(y0, y1)) if upright else (min(x0, x1), max(x0, x1)))
    merged: list[tuple[Point, Point]] = []
    for (upright, at), spans in lines.items():
        joined: list[tuple[float, float]] = []
        for low, high in sorted(spans):
            if joined and low < joined[-1][1]:
                joined[-1] = joined[-1][0], max(joined[-1][1], high)
            else:
                joined.append((low, high))
        for low, high in joined:
            merged.append(((at, low), (at, high)) if upright else ((low, at), (high, at)))
    return merged


def wire_box(wire: tuple[Point, Point]) -> Box:
    """What a piece of wire covers; as thin as the test for overlaps allows."""
    (x0, y0), (x1, y1) = wire
    return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)).grown(0.01)


def _passes(wire: tuple[Point, Point], point: Point) -> bool:
    """Whether a wire goes through a point without ending there."""
    (x0, y0), (x1, y1) = wire
    x, y = point
    if point in wire:
        return False
    if x0 == x1 == x:
        return min(y0, y1) < y < max(y0, y1)
    return y0 == y1 == y and min(x0, x1) < x < max(x0, x1)


def stack_lines(lines: Sequence[str]) -> str:
    """Lines of text without the empty ones."""
    return "\n".join(line for line in lines if line)
