"""The symbols: where their pins are, where their name and value stand, and what they cover.

A two-terminal symbol is as long as its leads; its body is one unit. ``start`` is the first node of
SPICE's order for all but voltage sources, whose ``+`` end schemdraw has at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hgecircuit.draw.sheet import PIN_PITCH, Point, Sketch, Symbol, Text, snap, stack_lines
from hgecircuit.draw.text import Box, text_height, text_width, wrap_text

LENGTH = 2.0
AMPLIFIER_LENGTH = 2.0
_TITLE_GAP = 0.12


class Shape(NamedTuple):
    """A two-terminal symbol.

    Attributes:
        half_length: Half of its body, along its leads.
        above: How far the body reaches to its left side, looking from start to end.
        below: How far it reaches to the other side.
        reversed: Whether SPICE's first node is at the symbol's end.
    """

    half_length: float
    above: float
    below: float
    reversed: bool = False


SHAPES = {
    "R": Shape(0.5, 0.27, 0.27),
    "C": Shape(0.12, 0.27, 0.27),
    "V": Shape(0.5, 0.5, 0.5, reversed=True),
    "I": Shape(0.5, 0.5, 0.5),
    "D": Shape(0.2, 0.27, 0.27),
    "switch": Shape(0.5, 0.45, 0.15),
}


def two_terminal(
    kind: str,
    name: str,
    value: str,
    start: Point,
    end: Point,
    *,
    gate: str = "gate",
) -> Symbol:
    """A two-terminal element between two points, ``start`` for SPICE's first node.

    Args:
        kind: A key of :data:`SHAPES`.
        name: Reference designator.
        value: Value, of one or several lines.
        start: Where the first node is.
        end: Where the second is.
        gate: Name of a switch's control pin, which is above its middle.
    """
    shape = SHAPES[kind]
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    pins = [("1", start), ("2", end)]
    level = start[1] == end[1]
    if level:
        high = shape.above if kind != "switch" else 0.5
        body = Box(
            middle[0] - shape.half_length,
            middle[1] - (shape.below if kind == "switch" else high),
            middle[0] + shape.half_length,
            middle[1] + high,
        )
        if kind == "switch":
            lines = stack_lines([name, value])
            texts = (Text(lines, (middle[0], body.bottom - 0.08), "center", "top"),)
            pins.append((gate, snap((middle[0], middle[1] + 0.75))))
        else:
            texts = (
                Text(name, (middle[0], body.top + 0.05), "center", "bottom"),
                Text(value, (middle[0], body.bottom - 0.05), "center", "top"),
            )
    else:
        side = max(shape.above, shape.below)
        body = Box(
            middle[0] - side,
            middle[1] - shape.half_length,
            middle[0] + side,
            middle[1] + shape.half_length,
        )
        texts = (Text(stack_lines([name, value]), (body.right + 0.1, middle[1]), "left"),)
    return Symbol(kind, name, value, start, end, tuple(pins), texts, body)


def level_length(name: str, value: str) -> float:
    """How long a level element must be to keep its text off its neighbours."""
    widest = max(text_width(name), text_width(value))
    return max(LENGTH, round(widest + 0.5, 1))


def upright_room(kind: str, name: str, value: str) -> float:
    """How much an upright element's text takes to the right of its leads."""
    side = max(SHAPES[kind].above, SHAPES[kind].below)
    return side + 0.1 + text_width(stack_lines([name, value]))


def amplifier(name: str, part: str, at: Point, *, plus_above: bool = False) -> Symbol:
    """An op-amp or comparator: inputs half a unit above and below ``at``, output two units right.

    Pins are ``plus``, ``minus`` and ``out``.
    """
    x, y = at
    up, down = (x, y + 0.5), (x, y - 0.5)
    out = (x + AMPLIFIER_LENGTH, y)
    plus, minus = (up, down) if plus_above else (down, up)
    text = Text(stack_lines([name, part]), (x + 1.05, y - 0.66), "left", "top")
    return Symbol(
        "amplifier",
        name,
        part,
        at,
        out,
        (("plus", plus), ("minus", minus), ("out", out)),
        (text,),
        Box(x, y - 1, x + 1, y + 1),
        mirrored=plus_above,
    )


def transistor(kind: str, name: str, model: str, base: Point) -> Symbol:
    """A bipolar transistor, base left: pins ``collector``, ``base``, ``emitter``."""
    x, y = base
    up, down = (x + 0.6, y + 1.0), (x + 0.6, y - 1.0)
    collector, emitter = (up, down) if kind == "npn" else (down, up)
    text = Text(stack_lines([name, model]), (x + 0.8, y), "left")
    pins = (("collector", collector), ("base", base), ("emitter", emitter))
    return Symbol(kind, name, model, base, up, pins, (text,), Box(x, y - 0.6, x + 0.7, y + 0.6))


class Port(NamedTuple):
    """One pin of a box.

    Attributes:
        name: The pin's own name.
        node: What it is tied to.
        shown: What stands beside it inside; its name unless given.
    """

    name: str
    node: str
    shown: str = ""


def box(
    name: str,
    value: str,
    left: Sequence[Port],
    right: Sequence[Port],
    *,
    ports: frozenset[str],
    kind: str = "box",
    text_width_limit: float = 5.0,
) -> Sketch:
    """A box with its name and value inside and every pin's node beside it.

    Args:
        name: Reference designator.
        value: What stands below it: a block's name, a part number or an equation.
        left: Pins on the left, from above.
        right: Pins on the right.
        ports: Nodes that are ports of the block that is drawn.
        kind: Its shape, ``box`` or ``equation``.
        text_width_limit: Where the value is broken.

    Returns:
        A sketch with its upper left corner at (0, 0).
    """
    value = wrap_text(value, text_width_limit, indent="   " if kind == "equation" else "")
    title = stack_lines([name, value])
    title_height = text_height(title) + 2 * _TITLE_GAP
    names_left = max((text_width(pin.shown) for pin in left), default=0.0)
    names_right = max((text_width(pin.shown) for pin in right), default=0.0)
    gap = 0.5 if names_left and names_right else 0.3
    width = max(text_width(title) + 0.4, names_left + names_right + gap + 0.3, 1.6)
    width = round(width + 0.05, 1)
    bare = names_left == names_right == 0
    pins: list[tuple[str, Point]] = []
    texts = [Text(title, (width / 2, -_TITLE_GAP), "center", "top")]
    sketch = Sketch()
    lowest = [0.0, 0.0]
    for side, (ports_here, x) in enumerate(((left, 0.0), (right, width))):
        y = -(0.3 if bare else title_height + 0.2)
        outward = 1 if side else -1
        for pin in ports_here:
            y = round(y, 2)
            pins.append((pin.name, (x, y)))
            if pin.shown:
                inner = x - outward * 0.12
                texts.append(Text(pin.shown, (inner, y), "right" if side else "left"))
            end = (x + outward * 0.35, y)
            sketch.wire((x, y), end)
            if pin.node == "0":
                sketch.ground(end)
            elif side:
                sketch.name_right(pin.node, end, port=pin.node in ports)
            else:
                sketch.name_left(pin.node, end, port=pin.node in ports)
            lowest[side] = y
            y -= 0.95 if pin.node == "0" else PIN_PITCH
    height = max(-min(lowest) + 0.3, title_height)
    height = round(height, 2)
    sketch.symbols.append(
        Symbol(
            kind,
            name,
            value,
            (0.0, -height),
            (width, 0.0),
            tuple(pins),
            tuple(texts),
            Box(0, -height, width, 0),
        )
    )
    return sketch


def label_width(node: str) -> float:
    """How much a node's name takes at the end of a wire."""
    return text_width(node) + 0.28
