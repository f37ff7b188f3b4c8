"""The block diagram of the whole learner.

Which blocks there are and what is connected to what comes from the netlist's top level; the plan of
the loop only says where they stand. Every connection is on the sheet: as an arrow, or written in
the block that receives it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from hgecircuit.design.design import ContinuousDesign, Design, StreamDesign
from hgecircuit.draw.block import driven_nodes, full_name
from hgecircuit.draw.figures import block_figures
from hgecircuit.draw.page import AREA, Page
from hgecircuit.draw.plan import COHERENT, CONTINUOUS, STREAM, WORDS, Plan, Route
from hgecircuit.draw.sheet import Point, Text
from hgecircuit.draw.text import Box, wrap_text
from hgecircuit.netlist import GROUND, Circuit, Element

_WIDTH, _HEIGHT = 3.6, 2.9
_COLUMN, _ROW = 5.0, 4.85
_TOP = 2.75
_STACK = 0.12


@dataclass(frozen=True, eq=False)
class Group:
    """Blocks of one family at the top level.

    Attributes:
        name: Their name without the number.
        elements: The instances.
    """

    name: str
    elements: tuple[Element, ...]

    @cached_property
    def driven(self) -> set[str]:
        """The nodes that they drive."""
        return {node for one in self.elements for node in driven_nodes(one)}

    @property
    def touched(self) -> set[str]:
        """All their nodes but ground."""
        return {node for one in self.elements for node in one.nodes} - {GROUND}


def find_groups(circuit: Circuit) -> dict[str, Group]:
    """The families of the top level, in the netlist's order."""
    found: dict[str, list[Element]] = {}
    for element in circuit.elements:
        found.setdefault(re.sub(r"\d+$", "", element.name), []).append(element)
    return {name: Group(name, tuple(elements)) for name, elements in found.items()}


def find_connections(groups: dict[str, Group]) -> dict[tuple[str, str], list[str]]:
    """The nodes that lead from one family to another, in natural order."""
    connections: dict[tuple[str, str], list[str]] = {}
    for source in groups.values():
        for sink in groups.values():
            nodes = source.driven & (sink.touched - sink.driven)
            if nodes and source is not sink:
                connections[source.name, sink.name] = sorted(nodes, key=_natural)
    return connections


def _natural(name: str) -> list[tuple[str, int]]:
    return [(word, int(number or 0)) for word, number in re.findall(r"(\D+)(\d*)", name)]


def shorten_names(names: list[str]) -> str:
    """Names with runs of numbers shortened: ``v0, v2 .. v4``."""
    parts: list[str] = []
    run: list[str] = []

    def flush() -> None:
        if len(run) > 2:
            parts.append(f"{run[0]} .. {run[-1]}")
        else:
            parts.extend(run)
        run.clear()

    for name in names:
        if run and not _follows(run[-1], name):
            flush()
        run.append(name)
    flush()
    return ", ".join(parts)


def _follows(one: str, other: str) -> bool:
    first, second = re.fullmatch(r"(.*?)(\d+)", one), re.fullmatch(r"(.*?)(\d+)", other)
    if first is None or second is None or first[1] != second[1]:
        return False
    return int(second[2]) == int(first[2]) + 1


def choose_plan(design: Design) -> Plan:
    """The plan of a design's loop."""
    if isinstance(design, ContinuousDesign):
        return CONTINUOUS
    return STREAM if isinstance(design, StreamDesign) else COHERENT


def draw_diagram(circuit: Circuit, design: Design) -> Page:
    """Draw the block diagram."""
    plan = choose_plan(design)
    groups = find_groups(circuit)
    connections = find_connections(groups)
    page = Page(
        "block-diagram",
        "Block diagram",
        "Signals flow from left to right; the feedback to the weights runs below. "
        "xN stands for N blocks side by side; names at the arrows are nodes of the netlist.",
    )
    figures = block_figures(design)
    places = dict(plan.places)
    spare = iter((column, row) for row in (3, 2) for column in (0, 2, 3, 4))
    taken = {places[name] for name in groups if name in places}
    for name in groups:
        if name not in places:
            places[name] = next(place for place in spare if place not in taken)
    for group in groups.values():
        written = {
            source: nodes
            for (source, sink), nodes in connections.items()
            if sink == group.name and (source, sink) not in plan.routes
        }
        outside = {
            node
            for (source, sink), nodes in connections.items()
            if source == group.name and (source, sink) not in plan.routes
            for node in nodes
        }
        lines = figures.get(group.name, [])
        lines += _listed("from", {node for one in written.values() for node in one})
        lines += _listed("to others:", outside)
        _draw_group(page, group, _box(places[group.name]), lines)
    for (source, sink), nodes in connections.items():
        route = plan.routes.get((source, sink))
        if route is not None:
            start = _side(_box(places[source]), route.start, groups[source])
            end = _side(_box(places[sink]), route.end, groups[sink])
            _draw_route(page, route, start, end, nodes)
    return page


def _box(place: tuple[float, float]) -> Box:
    left = AREA.left + place[0] * _COLUMN
    middle = _y(place[1])
    return Box(left, middle - _HEIGHT / 2, left + _WIDTH, middle + _HEIGHT / 2)


def _listed(word: str, nodes: set[str]) -> list[str]:
    return [f"{word} {shorten_names(sorted(nodes, key=_natural))}"] if nodes else []


def _x(column: float) -> float:
    return AREA.left + column * _COLUMN


def _y(row: float) -> float:
    return AREA.top - _TOP - row * _ROW


def _draw_group(page: Page, group: Group, box: Box, figures: list[str]) -> None:
    page.rectangle(box)
    count = len(group.elements)
    if count > 1:  # two more edges behind, as of a stack of cards
        for n in (1, 2):
            d = n * _STACK
            corner = (box.right + d, box.top + d)
            page.rules.append(((box.left + d, corner[1]), corner))
            page.rules.append((corner, (corner[0], box.bottom + d)))
    names = shorten_names([full_name(one) for one in group.elements])
    lines = [WORDS.get(group.name, group.name) + (f" x{count}" if count > 1 else ""), names]
    lines += figures
    text = "\n".join(wrap_text(line, _WIDTH - 0.3) for line in lines)
    middle = ((box.left + box.right) / 2, (box.bottom + box.top) / 2)
    page.texts.append(Text(text, middle, "center"))


def _side(box: Box, where: str, group: Group) -> Point:
    """A point at a side of a box, or of the cards behind it."""
    share = float(where[1:])
    behind = 2 * _STACK if len(group.elements) > 1 else 0.0
    x = round(box.left + share * box.width, 3)
    y = round(box.bottom + share * box.height, 3)
    return {
        "L": (box.left, y),
        "R": (box.right + behind, y),
        "T": (x, box.top + behind),
        "B": (x, box.bottom),
    }[where[0]]


def _draw_route(page: Page, route: Route, start: Point, end: Point, nodes: list[str]) -> None:
    points = [start]
    for axis, value in route.by:
        x, y = points[-1]
        points.append((_x(value), y) if axis == "x" else (x, _y(value)))
    x, y = points[-1]
    if route.end[0] in "LR":
        points += [(x, end[1]), end]
    else:
        points += [(end[0], y), end]
    points = [point for n, point in enumerate(points) if n == 0 or point != points[n - 1]]
    pieces = list(pairwise(points))
    page.rules += pieces[:-1]
    page.arrows.append(pieces[-1])
    label = shorten_names(nodes)
    (x0, y0), (x1, y1) = _longest(pieces)
    if y0 == y1:
        width = abs(x1 - x0) - 0.2
        text = wrap_text(label, width)
        # a long line is crossed by others somewhere in its middle
        middle = (x0 + x1) / 2 if width < 2 * _COLUMN else x0 + 0.12 * (x1 - x0)
        page.texts.append(Text(text, (middle, y0 + 0.06), "center", "bottom"))
    else:
        text = wrap_text(label, 1.4)
        middle = (y0 + y1) / 2 if abs(y1 - y0) < _ROW else y0 + 0.15 * (y1 - y0)
        page.texts.append(Text(text, (x0 + 0.1, middle), "left", "center"))


def _longest(pieces: list[tuple[Point, Point]]) -> tuple[Point, Point]:
    """The longest level piece, where there is one."""
    return max(pieces, key=lambda piece: abs(piece[0][0] - piece[1][0]))
