"""Elements that are drawn as boxes: blocks with a sheet of their own, chips, controlled sources."""

from __future__ import annotations

from hgecircuit.draw.block import (
    Block,
    control_nodes,
    driven_ports,
    full_name,
)
from hgecircuit.draw.sheet import Point, Sketch
from hgecircuit.draw.stage import Stage
from hgecircuit.draw.symbols import Port, box, transistor
from hgecircuit.netlist import GROUND, Element


def draw_box(element: Element, block: Block) -> Stage:
    """Draw an element with more than two terminals that is no amplifier and no switch."""
    ports = frozenset(block.ports)
    value = block.written(element)
    if element.kind == "Q":
        return _transistor(element, block)
    if element.part is not None:
        outputs = driven_ports(element.part)
        pins = list(zip(element.part.ports, element.nodes, strict=True))
        left = [Port(name, node, name) for name, node in pins if name not in outputs]
        right = [Port(name, node, name) for name, node in pins if name in outputs]
        return _stage(box(full_name(element), value, left, right, ports=ports))
    if element.kind == "S":
        names = ("+", "-", "c+", "c-")
        pins = [Port(*pair, pair[0]) for pair in zip(names, element.nodes, strict=True)]
        return _stage(
            box(full_name(element), value, pins[2:], pins[:2], ports=ports, kind="equation")
        )
    left = [Port(node, node) for node in control_nodes(element)]
    right = [Port("+", element.nodes[0], "+"), Port("-", element.nodes[1], "-")]
    right.sort(key=lambda pin: pin.node == GROUND)
    return _stage(box(full_name(element), value, left, right, ports=ports, kind="equation"))


def _stage(sketch: Sketch) -> Stage:
    """A box as a stage: its main pins are the first on both sides that are not ground."""
    symbol = sketch.symbols[0]
    left, right = symbol.start[0], symbol.end[0]
    ends: dict[bool, tuple[str, Point]] = {}
    for label in sketch.labels:
        if label.text is not None:
            ends.setdefault(label.at[0] > right - 0.1, (label.node, label.at))
    assert left < right
    return Stage(sketch, ends.get(False), ends.get(True))


def _transistor(element: Element, block: Block) -> Stage:
    collector, base, emitter = element.nodes[:3]
    kind = "pnp" if "pnp" in element.value else "npn"
    sketch = Sketch()
    symbol = transistor(kind, full_name(element), element.value, (0.0, 0.0))
    sketch.symbols.append(symbol)
    pins = dict(symbol.pins)
    for name, node in (("collector", collector), ("emitter", emitter)):
        at = pins[name]
        if node == "0" and at[1] < 0:
            sketch.ground(at)
        elif at[1] > 0:
            sketch.name_above(node, at, port=node in block.ports)
        else:
            sketch.name_right(node, at, port=node in block.ports)
    sketch.wire((0.0, 0.0), (-0.3, 0.0))
    if base == "0":
        sketch.ground((-0.3, 0.0))
        return Stage(sketch)
    sketch.name_left(base, (-0.3, 0.0), port=base in block.ports)
    return Stage(sketch, (base, (-0.3, 0.0)))
