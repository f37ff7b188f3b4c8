"""Networks of two-terminal elements, drawn as trees that end in one node on the right.

From the node a rail goes to the left; elements to ground hang below it, the first branch goes on
along it and the others leave a bus below. Nodes that belong to others end in their names.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hgecircuit.draw.block import Block, full_name, is_switch, other_end
from hgecircuit.draw.sheet import Point, Sketch
from hgecircuit.draw.symbols import (
    LENGTH,
    SHAPES,
    level_length,
    two_terminal,
    upright_room,
)
from hgecircuit.draw.text import text_width
from hgecircuit.netlist import GROUND, Element

ROW_GAP = 0.3


@dataclass
class Tree:
    """A network that ends at (0, 0), at its right.

    Attributes:
        sketch: What is drawn.
        rail: The nodes on the rail and where they are, for feedback that starts there.
        arcs: Elements from a rail's node to the node that feedback comes from.
        left: The node at the rail's left end and its point.
    """

    sketch: Sketch = field(default_factory=Sketch)
    rail: dict[str, float] = field(default_factory=dict)
    arcs: list[tuple[str, tuple[Element, ...]]] = field(default_factory=list)
    left: tuple[str, Point] | None = None


class Networks:
    """Draws the two-terminal elements of one block, each once.

    Args:
        block: What is drawn.
    """

    def __init__(self, block: Block) -> None:
        self.block = block
        self.placed: set[str] = set()

    def draw(self, element: Element, node: str, near: Point, far: Point) -> Sketch:
        """A two-terminal element from ``near``, where ``node`` is, to ``far``."""
        first, second = (near, far) if element.nodes[0] == node else (far, near)
        kind = "switch" if is_switch(element) else element.kind
        sketch = Sketch()
        value = self.block.written(element)
        sketch.symbols.append(two_terminal(kind, full_name(element), value, first, second))
        if is_switch(element):
            gate, pin = element.nodes[2], dict(sketch.symbols[0].pins)["gate"]
            sketch.name_above(gate, pin, port=gate in self.block.ports)
        return sketch

    def length(self, element: Element) -> float:
        """How long a level element is drawn."""
        length = level_length(full_name(element), self.block.written(element))
        return max(length, text_width(element.nodes[2]) + 0.4) if is_switch(element) else length

    def room(self, element: Element) -> float:
        """How much an upright element's text takes to its right."""
        return upright_room(element.kind, full_name(element), self.block.written(element))

    def free(self, node: str) -> list[Element]:
        """Two-terminal elements at a node that are not drawn yet."""
        return [one for one in self.block.two_terminals(node) if full_name(one) not in self.placed]

    def ends_in_name(self, node: str) -> bool:
        """Whether a network ends at this node with its name: a port, a pin, or a reference."""
        if node in self.block.ports or self.block.touched_by_more(node):
            return True
        here = self.block.two_terminals(node)
        sources = [one for one in here if one.kind == "V" and GROUND in one.nodes]
        return bool(sources) and len(here) > 2

    def take(self, *elements: Element) -> None:
        """Mark elements as drawn."""
        self.placed.update(full_name(one) for one in elements)

    def feedback(self, node: str, out: str) -> list[tuple[Element, ...]]:
        """Elements, or pairs in series, from a node to ``out``."""
        paths: list[tuple[Element, ...]] = []
        for first in self.free(node):
            middle = other_end(first, node)
            if middle == out:
                paths.append((first,))
                continue
            if middle == GROUND or self.ends_in_name(middle):
                continue
            rest = [one for one in self.block.by_node[middle] if one is not first]
            if len(rest) == 1 and other_end(rest[0], middle) == out and self._is_free(rest[0]):
                paths.append((first, rest[0]))
        return paths

    def _is_free(self, element: Element) -> bool:
        return full_name(element) not in self.placed

    def tree(self, node: str, out: str | None = None, *, named: bool = False) -> Tree:
        """The network that ends in ``node``.

        Args:
            node: The node at its right end.
            out: Where feedback comes from; elements to it are left to the caller.
            named: Whether the node's name is written above the rail.
        """
        tree = Tree()
        tree.rail[node] = 0.0
        if out is not None:
            for path in self.feedback(node, out):
                self.take(*path)
                tree.arcs.append((node, path))
        x = 0.0
        alone = named and not any(other_end(one, node) != GROUND for one in self.free(node))
        if named and not alone:
            width = text_width(node) + 0.3
            tree.sketch.name_above(node, (-width / 2, 0.0), port=node in self.block.ports)
            x = -width
        hanging = [one for one in self.free(node) if other_end(one, node) == GROUND]
        for element in [one for one in hanging if not is_switch(one)]:
            self.take(element)
            x = round(x - self.room(element) - 0.25, 2)
            foot = (x, -LENGTH)
            tree.sketch.add(self.draw(element, node, (x, 0.0), foot))
            tree.sketch.ground(foot)
            x -= SHAPES[element.kind].above + 0.2
        self._branches(tree, node, out, round(x, 2))
        if alone:
            start = min((at for wire in tree.sketch.wires for at, _ in wire), default=0.0)
            end = (round(start - 0.35, 2), 0.0)
            tree.sketch.wire((start, 0.0), end)
            tree.sketch.name_left(node, end, port=node in self.block.ports)
            tree.left = (node, end)
        return tree

    def _branches(self, tree: Tree, node: str, out: str | None, x: float) -> None:
        """Draw what comes from the left, along the rail and below it."""
        sketch = tree.sketch
        branches = self._groups(node)
        if not branches:
            hung = [at for label in sketch.labels if label.text is None for at in [label.at[0]]]
            sketch.wire((0.0, 0.0), (min(hung, default=x), 0.0))
            return
        bus = round(x - 0.25, 2)
        sketch.wire((0.0, 0.0), (bus, 0.0))
        tree.rail[node] = bus
        y = 0.0
        for n, group in enumerate(branches):
            if any(full_name(one) in self.placed for one in group):
                continue
            branch = self._branch(node, group, out if n == 0 else None)
            bounds = branch.sketch.bounds
            if n == 0:
                tree.arcs += branch.arcs
                tree.rail.update({name: bus + at for name, at in branch.rail.items()})
                if branch.left is not None:
                    tree.left = branch.left[0], (branch.left[1][0] + bus, branch.left[1][1])
            else:
                y = round(min(sketch.bounds.bottom, y) - ROW_GAP - bounds.top, 2)
                sketch.wire((bus, 0.0), (bus, y))
            sketch.add(branch.sketch, bus, y)

    def _groups(self, node: str) -> list[list[Element]]:
        """Free elements at a node by their other end, in the netlist's order."""
        groups: dict[str, list[Element]] = {}
        for element in self.free(node):
            groups.setdefault(other_end(element, node), []).append(element)
        return list(groups.values())

    def _branch(self, node: str, group: list[Element], out: str | None) -> Tree:
        """Elements in parallel from (0, 0) to the left, and what comes before them."""
        self.take(*group)
        far = other_end(group[0], node)
        length = max(self.length(one) for one in group)
        tree = Tree()
        y = 0.0
        for n, element in enumerate(group):
            part = self.draw(element, node, (0.0, 0.0), (-length, 0.0))
            if n:
                y = round(tree.sketch.bounds.top + ROW_GAP - part.bounds.bottom, 2)
                tree.sketch.wire((0.0, 0.0), (0.0, y))
                tree.sketch.wire((-length, 0.0), (-length, y))
            tree.sketch.add(part, 0.0, y)
        end = (-length, 0.0)
        if far == GROUND:
            tree.sketch.wire(end, (-length - 0.3, 0.0))
            tree.sketch.ground((-length - 0.3, 0.0))
        elif self.ends_in_name(far):
            stub = (-length - 0.2, 0.0)
            tree.sketch.wire(end, stub)
            tree.sketch.name_left(far, stub, port=far in self.block.ports)
            tree.left = (far, stub)
        else:
            inner = self.tree(far, out)
            tree.sketch.add(inner.sketch, -length, 0.0)
            tree.arcs = inner.arcs
            tree.rail = {name: at - length for name, at in inner.rail.items()}
            if inner.left is not None:
                tree.left = inner.left[0], (inner.left[1][0] - length, inner.left[1][1])
        return tree

    def stack(self, node: str) -> Sketch | None:
        """Voltage sources or one element from a node down to ground; None when there is more."""
        chain: list[tuple[str, Element]] = []
        at = node
        while at != GROUND:
            found = [one for one in self.free(at) if not is_switch(one)]
            found = [one for one in found if all(one is not other for _, other in chain)]
            if len(found) != 1:
                return None
            chain.append((at, found[0]))
            at = other_end(found[0], at)
            if len(chain) > 1 and at != GROUND and self.ends_in_name(at):
                return None
        if len(chain) > 1 and any(one.kind != "V" for _, one in chain):
            return None
        sketch = Sketch()
        self.take(*(one for _, one in chain))
        y = 0.0
        sketch.name_above(node, (0.0, y), port=node in self.block.ports)
        for near, element in chain:
            lines = self.block.written(element).count("\n") + 2
            length = max(LENGTH, round(0.4 * lines, 1))
            sketch.add(self.draw(element, near, (0.0, y), (0.0, y - length)))
            y = round(y - length, 2)
        sketch.ground((0.0, y))
        return sketch
