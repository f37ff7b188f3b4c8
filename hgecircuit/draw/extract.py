"""Reads the circuit back from finished sheets, by where things are and what is written at them.

Nothing here knows how a sheet was laid out: wires that end at one point are joined, a wire that
ends on another's way is joined where a dot stands, crossing wires are not, and equal names are one
node.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from hgecircuit.draw.block import (
    CONTROLLED,
    Block,
    control_nodes,
    full_name,
    is_amplifier,
    is_switch,
    part_name,
)
from hgecircuit.draw.sheet import Point, Sketch, Symbol
from hgecircuit.draw.values import netlist_value, read_value, same_value
from hgecircuit.netlist import GROUND, Element

_BRACKETS = re.compile(r"\[[^\]]*\]")
SEE_TABLE = "see table"


class Read(NamedTuple):
    """An element as it was read from a sheet.

    Attributes:
        name: Reference designator.
        shape: The symbol.
        value: What is written as its value.
        pins: The net at every pin; a net is a number, equal on all sheets of a block when named.
    """

    name: str
    shape: str
    value: str
    pins: Mapping[str, int]


class Extracted(NamedTuple):
    """What the sheets of one block say.

    Attributes:
        elements: All elements.
        names: Names of the nets that have one.
        problems: Connections that a reader could take in two ways.
    """

    elements: tuple[Read, ...]
    names: Mapping[int, str]
    problems: tuple[str, ...]


class _Nets:
    """Points and names that are joined, by union and find."""

    def __init__(self) -> None:
        self._parents: dict[object, object] = {}

    def find(self, key: object) -> object:
        self._parents.setdefault(key, key)
        while self._parents[key] != key:
            key = self._parents[key]
        return key

    def join(self, one: object, other: object) -> None:
        self._parents[self.find(one)] = self.find(other)


def extract(sheets: Sequence[Sketch]) -> Extracted:
    """Read the sheets of one block."""
    nets = _Nets()
    problems: list[str] = []
    named: dict[str, object] = {}
    for page, sheet in enumerate(sheets):
        problems += _join_wires(sheet, page, nets)
        for label in sheet.labels:
            written = GROUND if label.text is None else label.text.text
            nets.join((page, label.at), named.setdefault(written, ("name", written)))
    numbers: dict[object, int] = {}

    def number(key: object) -> int:
        return numbers.setdefault(nets.find(key), len(numbers))

    elements = []
    for page, sheet in enumerate(sheets):
        known = _known_points(sheet)
        for symbol in sheet.symbols:
            pins = {name: number((page, at)) for name, at in symbol.pins}
            loose = [name for name, at in symbol.pins if at not in known]
            problems += [f"{symbol.name}: nothing at pin {name}" for name in loose]
            elements.append(Read(_written_name(symbol), symbol.shape, _written(symbol), pins))
    names: dict[int, str] = {}
    for name, key in named.items():
        net = number(key)
        if net in names:
            problems.append(f"one net has two names: {names[net]} and {name}")
        names[net] = name
    return Extracted(tuple(elements), names, tuple(problems))


def _known_points(sheet: Sketch) -> set[Point]:
    """Points where a wire, a label or another pin is."""
    points = {end for wire in sheet.wires for end in wire}
    points.update(label.at for label in sheet.labels)
    points.update(sheet.dots)
    seen: set[Point] = set()
    for symbol in sheet.symbols:
        for _, at in symbol.pins:
            (points if at in seen else seen).add(at)
    return points


def _written_name(symbol: Symbol) -> str:
    """The first line at a symbol."""
    return symbol.texts[0].text.split("\n")[0]


def _written(symbol: Symbol) -> str:
    """What is written at a symbol below its name; pins' names stand in texts of their own."""
    first, *others = symbol.texts
    lines = first.text.split("\n")[1:]
    if not lines and others and symbol.shape not in ("box", "equation"):
        lines = others[0].text.split("\n")
    return _BRACKETS.sub("", "\n".join(lines)).strip()


def _join_wires(sheet: Sketch, page: int, nets: _Nets) -> Iterator[str]:
    dots = set(sheet.dots)
    for start, end in sheet.wires:
        nets.join((page, start), (page, end))
    points = {end for wire in sheet.wires for end in wire}
    points.update(at for symbol in sheet.symbols for _, at in symbol.pins)
    for label in sheet.labels:
        for wire in sheet.wires:  # a name may stand anywhere along its wire
            if _on(wire, label.at):
                nets.join((page, label.at), (page, wire[0]))
    for point in sorted(points | dots):
        through = [wire for wire in sheet.wires if _on(wire, point) and point not in wire]
        for wire in through:
            if point in dots:
                nets.join((page, point), (page, wire[0]))
            else:
                yield f"an end on a wire without a dot at {point}"
    for point in sorted(dots):
        if point not in points:
            yield f"a dot at {point} where nothing ends"
    ends: dict[Point, int] = {}
    pins = [at for symbol in sheet.symbols for _, at in symbol.pins]
    for point in [*(end for wire in sheet.wires for end in wire), *pins]:
        ends[point] = ends.get(point, 0) + 1
    for point, count in sorted(ends.items()):
        if count > 2 and point not in dots:
            yield f"{count} ends without a dot at {point}"


def _on(wire: tuple[Point, Point], point: Point) -> bool:
    (x0, y0), (x1, y1) = wire
    x, y = point
    return min(x0, x1) <= x <= max(x0, x1) and min(y0, y1) <= y <= max(y0, y1)


def compare(
    block: Block,
    read: Extracted,
    table: Mapping[str, str] = MappingProxyType({}),
    families: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """What the sheets say otherwise than the netlist; empty when they say the same.

    Args:
        block: The netlist's elements.
        read: What was read from its sheets.
        table: What the sheets' table says for this block, by reference designator.
        families: The name that stands for a block's on a sheet that several blocks share.
    """
    problems = list(read.problems)
    drawn = {one.name: one for one in read.elements}
    wanted = {full_name(element): element for element in block.elements}
    if len(drawn) != len(read.elements):
        problems.append("an element is drawn twice")
    problems += [f"{name} is not drawn" for name in wanted if name not in drawn]
    problems += [f"{name} is not in the netlist" for name in drawn if name not in wanted]
    node_of: dict[int, str] = dict(read.names)
    net_of: dict[str, int] = {name: net for net, name in read.names.items()}
    for name, element in wanted.items():
        if name not in drawn:
            continue
        one = drawn[name]
        if one.value == SEE_TABLE:
            one = one._replace(value=table.get(name, one.value))
        problems += [f"{name}: {text}" for text in _compare_value(element, one, families)]
        pins = _expected_pins(element)
        problems += [
            f"{name}: pin {pin} is not the netlist's" for pin in one.pins if pin not in dict(pins)
        ]
        for pin, node in pins:
            if pin not in one.pins:
                problems.append(f"{name}: no pin {pin}")
                continue
            net = one.pins[pin]
            if node_of.setdefault(net, node) != node:
                problems.append(f"{name}: pin {pin} is at {node_of[net]}, in the netlist at {node}")
            elif net_of.setdefault(node, net) != net:
                problems.append(f"{name}: pin {pin} is not joined to the rest of {node}")
    problems += [
        f"port {port} is not named" for port in block.ports if port not in read.names.values()
    ]
    return problems


def _expected_pins(element: Element) -> list[tuple[str, str]]:
    """The netlist's node at every pin of the symbol that belongs to the element."""
    nodes = element.nodes
    if is_switch(element):
        return list(zip(("1", "2", "gate"), nodes, strict=True))
    if is_amplifier(element):
        return list(zip(("plus", "minus", "out"), nodes, strict=True))
    if element.part is not None:
        return list(zip(element.part.ports, nodes, strict=True))
    if element.kind == "Q":
        return list(zip(("collector", "base", "emitter"), nodes[:3], strict=True))
    if element.kind == "S":
        return list(zip(("+", "-", "c+", "c-"), nodes, strict=True))
    if element.kind in CONTROLLED:
        # a control is drawn as a pin of its node's name
        return [("+", nodes[0]), ("-", nodes[1]), *((one, one) for one in control_nodes(element))]
    return [("1", nodes[0]), ("2", nodes[1])]


def _compare_value(element: Element, one: Read, families: Mapping[str, str]) -> Iterator[str]:
    if element.part is not None:
        wanted = part_name(element.part)
        if one.value not in (wanted, families.get(wanted)):
            yield f"{one.value!r} is drawn for {wanted!r}"
        return
    found, expected = read_value(element.kind, one.value), netlist_value(element)
    if not same_value(found, expected):
        yield f"{one.value!r} is drawn for {expected.digest or element.value!r}"
