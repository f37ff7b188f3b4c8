"""Whether everything on a sheet can be told apart: no label on a wire, no symbol on another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hgecircuit.draw.sheet import Point, Sketch, Symbol, Text, wire_box
from hgecircuit.draw.text import Box

# Wires may end on a symbol's edge: boxes are tested this much smaller.
_TOUCH = 0.02


def overlaps(sketch: Sketch) -> list[str]:
    """What stands on something else: labels, symbols and wires that a reader could not tell apart.

    Wires may cross; text inside its own symbol is no overlap.

    Returns:
        One line for each pair.
    """
    found: list[str] = []
    texts = [(f"text {text.text!r}", text.box.grown(-_TOUCH)) for text in sketch.texts]
    bodies = [(f"symbol {one.name}", one.body.grown(-_TOUCH)) for one in sketch.symbols]
    grounds = [
        (f"ground at {one.at}", one.box.grown(-_TOUCH)) for one in sketch.labels if one.text is None
    ]
    wires = [(f"wire {wire}", wire_box(wire)) for wire in sketch.wires]
    inside = {id(text) for one in sketch.symbols for text in one.texts if _within(text, one)}
    free = [pair for pair, text in zip(texts, sketch.texts, strict=True) if id(text) not in inside]
    found += _pairs(texts, texts)
    found += _pairs(free, bodies)
    found += _pairs(texts, grounds)
    found += _pairs(texts, wires)
    found += _pairs(bodies, bodies)
    found += _pairs(bodies, grounds)
    found += _pairs(bodies, wires)
    found += _pairs(grounds, grounds)
    found += _pairs(grounds, wires)
    found += _crossing_runs(sketch.wires)
    return found


def _within(text: Text, symbol: Symbol) -> bool:
    box, body = text.box, symbol.body.grown(_TOUCH)
    return (
        body.left <= box.left
        and box.right <= body.right
        and body.bottom <= box.bottom
        and box.top <= body.top
    )


def _pairs(ones: Iterable[tuple[str, Box]], others: Sequence[tuple[str, Box]]) -> list[str]:
    same = ones is others
    found = []
    for n, (name, box) in enumerate(ones):
        for other_name, other in others[n + 1 :] if same else others:
            if box.overlaps(other):
                found.append(f"{name} on {other_name}")
    return found


def _crossing_runs(wires: Sequence[tuple[Point, Point]]) -> list[str]:
    """Wires that run on one another."""
    found = []
    for n, one in enumerate(wires):
        for other in wires[n + 1 :]:
            first, second = wire_box(one), wire_box(other)
            along = min(first.right, second.right) - max(first.left, second.left)
            up = min(first.top, second.top) - max(first.bottom, second.bottom)
            # two wires that only touch or cross share a square of their thickness
            if min(along, up) > 0 and max(along, up) > 0.03:
                found.append(f"wires {one} and {other} run on one another")
    return found
