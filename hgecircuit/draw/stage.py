"""Amplifier stages: the amplifier, what feeds its inputs and what goes around it.

A stage with feedback to its inverting input stands with that input above and the feedback over it;
followers and non-inverting amplifiers stand with the other input above, their feedback below.
"""

from __future__ import annotations

from dataclasses import dataclass

from hgecircuit.draw.block import full_name, is_switch, other_end
from hgecircuit.draw.network import Networks, Tree
from hgecircuit.draw.sheet import Point, Sketch
from hgecircuit.draw.symbols import AMPLIFIER_LENGTH, LENGTH, amplifier, label_width
from hgecircuit.draw.text import Box
from hgecircuit.netlist import GROUND, Element


@dataclass
class Stage:
    """A drawn stage.

    Attributes:
        sketch: What is drawn, its output's rail on y = 0.
        left: The node at its main input and the point of its name; None when it has none.
        right: The same at its output.
    """

    sketch: Sketch
    left: tuple[str, Point] | None = None
    right: tuple[str, Point] | None = None


def draw_stage(element: Element, networks: Networks) -> Stage:
    """Draw an op-amp or comparator and the networks at its inputs."""
    plus, minus, out = element.nodes
    if _below(element, networks):
        return _plus_above(element, networks, plus, minus, out)
    return _minus_above(element, networks, plus, minus, out)


def _owns(node: str, element: Element, networks: Networks) -> bool:
    """Whether the network at an input belongs to this stage."""
    if node == GROUND or node == element.nodes[2] or not networks.free(node):
        return False
    own = element.part
    for other in networks.block.by_node[node]:
        if other is element or other.part is None or is_switch(other):
            if is_switch(other) and other.nodes[2] == node:
                return False
            continue
        if own is not None and other.part.ports == own.ports:
            return False
    return True


def _below(element: Element, networks: Networks) -> bool:
    """Whether it is a follower or a non-inverting amplifier."""
    plus, minus, out = element.nodes
    if plus == GROUND:
        return False
    if minus == out:
        return True
    if not _owns(minus, element, networks) or _is_named(minus, element, networks):
        return False
    ways = {other_end(one, minus) for one in networks.free(minus)}
    return out in ways and ways <= {out, GROUND}


def _input(
    tree: Tree | None, sketch: Sketch, networks: Networks, node: str, pin: Point, corner: Point
) -> tuple[str, Point] | None:
    """Lead an input pin to its network at ``corner``, or to its name."""
    if node == GROUND:
        end = (pin[0] - 0.45, pin[1])
        sketch.wire(pin, end)
        sketch.ground(end)
        return None
    if tree is None:
        end = (pin[0] - 0.3, pin[1])
        sketch.wire(pin, end)
        sketch.name_left(node, end, port=node in networks.block.ports)
        return node, end
    sketch.wire(pin, (corner[0], pin[1]), corner)
    sketch.add(tree.sketch, *corner)
    if tree.left is None:
        return None
    return tree.left[0], (tree.left[1][0] + corner[0], tree.left[1][1] + corner[1])


def _is_named(node: str, element: Element, networks: Networks) -> bool:
    """Whether an input's node is seen elsewhere too, so that its name must be written."""
    return node in networks.block.ports or networks.block.touched_by_more(node, [element])


def _tree(node: str, element: Element, networks: Networks, out: str | None) -> Tree | None:
    if not _owns(node, element, networks):
        return None
    named = _is_named(node, element, networks)
    return networks.tree(node, out, named=named)


def _minus_above(element: Element, networks: Networks, plus: str, minus: str, out: str) -> Stage:
    sketch = Sketch()
    symbol = amplifier(full_name(element), networks.block.written(element), (0.0, 0.0))
    sketch.symbols.append(symbol)
    above = _tree(minus, element, networks, out)
    below = _tree(plus, element, networks, None)
    corner = -0.9
    if below is None and plus != GROUND:
        corner = min(corner, -(label_width(plus) + 0.7))
    left = _input(above, sketch, networks, minus, (0.0, 0.5), (round(corner, 2), 0.5))
    y = -0.5
    if below is not None:
        y = min(-0.5, sketch.bounds.bottom - 0.4 - below.sketch.bounds.top)
        if above is not None and not above.sketch.wires and not above.sketch.symbols:
            y = -0.5
    low = _input(below, sketch, networks, plus, (0.0, -0.5), (-0.45, round(y, 2)))
    reach = _arcs_above(sketch, above, corner, networks)
    end = _output(sketch, out, reach, networks)
    return Stage(sketch, low if above is None else left, (out, end))


def _output(sketch: Sketch, out: str, reach: float, networks: Networks) -> Point:
    end = (round(max(reach, AMPLIFIER_LENGTH) + 0.35, 2), 0.0)
    sketch.wire((AMPLIFIER_LENGTH, 0.0), (reach, 0.0), end)
    sketch.name_right(out, end, port=out in networks.block.ports)
    return end


def _path_length(path: tuple[Element, ...], networks: Networks) -> float:
    return sum(networks.length(one) for one in path)


def _arcs_above(sketch: Sketch, tree: Tree | None, corner: float, networks: Networks) -> float:
    """Draw the feedback to an input's network over the amplifier.

    Returns:
        Where the output's riser is.
    """
    arcs = [] if tree is None else tree.arcs
    if tree is None or not arcs:
        return AMPLIFIER_LENGTH
    starts = {node: round(corner + tree.rail[node], 2) for node, _ in arcs}
    reach = AMPLIFIER_LENGTH + 0.5
    for node, path in arcs:
        reach = max(reach, starts[node] + _path_length(path, networks))
    reach = round(reach, 2)
    # inner nodes first, so that no riser crosses another's lane
    order = sorted(arcs, key=lambda arc: -starts[arc[0]])
    for node, path in order:
        x0 = starts[node]
        over = [text.box for text in sketch.texts] + [one.body for one in sketch.symbols]
        over += [Box(0, 0, 1, 1)]
        highest = max((one.top for one in over if one.right > x0 - 0.3), default=1.0)
        lane = _draw_path(path, node, x0, reach, networks)
        y = round(highest + 0.25 - lane.bounds.bottom, 2)
        sketch.add(lane, 0.0, y)
        sketch.wire((x0, 0.5), (x0, y))
        sketch.wire((reach, 0.0), (reach, y))
    return reach


def _draw_path(
    path: tuple[Element, ...], node: str, x0: float, x1: float, networks: Networks
) -> Sketch:
    """Elements in series from ``node`` at x0 to x1, on y = 0."""
    lane = Sketch()
    total = _path_length(path, networks)
    x, near = x0, node
    for n, element in enumerate(path):
        share = (x1 - x0) * networks.length(element) / total
        end = x1 if n == len(path) - 1 else round(x + share, 2)
        lane.add(networks.draw(element, near, (x, 0.0), (end, 0.0)))
        x, near = end, other_end(element, near)
    return lane


def _plus_above(element: Element, networks: Networks, plus: str, minus: str, out: str) -> Stage:
    sketch = Sketch()
    symbol = amplifier(
        full_name(element),
        networks.block.written(element),
        (0.0, 0.0),
        plus_above=True,
    )
    sketch.symbols.append(symbol)
    text = symbol.texts[0].box
    bottom, reach = text.bottom, round(max(AMPLIFIER_LENGTH + 0.5, text.right + 0.2), 2)
    if minus == out:
        corner, y = -0.4, round(bottom - 0.2, 2)
        sketch.wire((0.0, -0.5), (corner, -0.5), (corner, y), (reach, y), (reach, 0.0))
    else:
        reach = _feedback_below(sketch, networks, minus, out, (reach, bottom))
    above = _tree(plus, element, networks, out)
    left = _input(above, sketch, networks, plus, (0.0, 0.5), (-0.7, 0.5))
    over = _arcs_above(sketch, above, -0.7, networks)
    end = _output(sketch, out, max(reach, over), networks)
    return Stage(sketch, left, (out, end))


def _feedback_below(
    sketch: Sketch, networks: Networks, minus: str, out: str, corner: Point
) -> float:
    """Draw a non-inverting amplifier's divider below it; returns where the riser is.

    ``corner`` is the rightmost and lowest point of what is there.
    """
    paths = networks.feedback(minus, out)
    for path in paths:
        networks.take(*path)
    hanging = networks.free(minus)
    networks.take(*hanging)
    x = -0.4
    room = max((networks.room(one) for one in hanging), default=0)
    longest = max((_path_length(path, networks) for path in paths), default=LENGTH)
    reach, y = round(max(corner[0], x + longest), 2), corner[1]
    low = y
    for path in paths:
        lane = _draw_path(path, minus, x, reach, networks)
        y = round(y - 0.2 - lane.bounds.top, 2)
        sketch.add(lane, 0.0, y)
        sketch.wire((x, -0.5), (x, y))
        sketch.wire((reach, y), (reach, 0.0))
        low = y
        y = y + lane.bounds.bottom
    sketch.wire((0.0, -0.5), (x, -0.5))
    at = x
    for n, element in enumerate(hanging):
        head = round(y - 0.1, 2)
        if n:
            at = round(at - room - 0.6, 2)
            sketch.wire((x, low), (at, low))
        sketch.wire((at, low), (at, head))
        sketch.add(networks.draw(element, minus, (at, head), (at, round(head - LENGTH, 2))))
        sketch.ground((at, round(head - LENGTH, 2)))
    return reach
