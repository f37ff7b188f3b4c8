"""A block to be drawn: its elements, who touches which node, and which way signals go."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from hgecircuit.draw.values import format_equation, format_value
from hgecircuit.netlist import GROUND, Circuit, Element, Subcircuit

AMPLIFIER_PORTS = ("plus", "minus", "out")
COMPARATOR_PORTS = ("plus", "minus", "common")
SWITCH_PORTS = ("a", "b", "gate")
_READ = re.compile(r"\bv\(([^()]*)\)")
_OUTPUT_NAMES = ("common", "out")
CONTROLLED = frozenset("BEGH")
_TWO_TERMINALS = frozenset("RCVID")


def full_name(element: Element) -> str:
    """The reference designator, as the netlist has it."""
    return element.kind + element.name


def is_amplifier(element: Element) -> bool:
    """Whether an instance is drawn as a triangle: a bought op-amp or comparator."""
    part = element.part
    if part is None or part.ports not in (AMPLIFIER_PORTS, COMPARATOR_PORTS):
        return False
    if part.chip is not None:
        return part.chip.kind in ("op-amp", "comparator")
    return "op-amp" in part.purpose.lower()


def is_switch(element: Element) -> bool:
    """Whether an instance is drawn as a switch between its first two nodes."""
    part = element.part
    return (
        part is not None
        and part.chip is not None
        and part.ports == SWITCH_PORTS
        and part.chip.kind == "analog switch"
    )


def is_two_terminal(element: Element) -> bool:
    """Whether it is drawn with two leads."""
    return element.kind in _TWO_TERMINALS or is_switch(element)


def part_name(part: Subcircuit) -> str:
    """What is written at an instance: the part to be bought, or the block's name."""
    return part.chip.part if part.chip is not None else part.name


def driven_ports(part: Subcircuit) -> frozenset[str]:
    """The ports that something inside drives: the outputs of a block.

    Sources of voltage decide; where there are none, sources of current; where there are none
    either, as in a switch, the port's name. What a driven node feeds through one passive element
    is driven too, such as the tap of a divider.
    """
    if part.ports in (AMPLIFIER_PORTS, COMPARATOR_PORTS):
        return frozenset(part.ports[2:])
    strong: set[str] = set()
    weak: set[str] = set()
    for element in part.elements:
        if element.kind == "G" or (element.kind == "B" and element.output == "i"):
            weak.update(element.nodes[:2])
        else:
            strong.update(driven_nodes(element))
    ports = frozenset(part.ports)
    fed = _fed(part.elements, strong)
    named = ports & frozenset(_OUTPUT_NAMES)
    return (ports & (strong | fed)) or (ports & weak) or named


def driven_nodes(element: Element) -> list[str]:
    """The nodes that an element holds at a voltage."""
    if element.part is not None:
        if is_switch(element):
            return []
        inner = driven_ports(element.part)
        pins = zip(element.part.ports, element.nodes, strict=True)
        return [node for port, node in pins if port in inner]
    if element.kind == "V":
        ammeter = element.value == "0"
        return [] if ammeter else [node for node in element.nodes if node != GROUND]
    if element.kind in "EH" or (element.kind == "B" and element.output == "v"):
        return [element.nodes[0]]
    return []


def _fed(elements: Sequence[Element], driven: set[str]) -> set[str]:
    """Nodes that nothing inside reads, one element away from a driven node."""
    read = {node for one in elements if not is_two_terminal(one) for node in wired_nodes(one)}
    found: set[str] = set()
    for one in elements:
        if is_two_terminal(one) and one.kind != "V":
            found.update(node for node in one.nodes[:2] if other_end(one, node) in driven)
    return found - read


def is_drawn(element: Element) -> bool:
    """Whether it has a symbol that says what it is; others are boxes."""
    return is_amplifier(element) or is_two_terminal(element)


def written_value(element: Element) -> str:
    """An element's value, part number or block as it is drawn."""
    if element.part is not None:
        return part_name(element.part)
    if element.kind in CONTROLLED:
        return format_equation(element)
    return format_value(element)


@dataclass(frozen=True, eq=False)
class Block:
    """Elements to be drawn together.

    Attributes:
        name: The subcircuit's name; ``learner`` for the whole.
        purpose: One line.
        ports: Its ports; none for the whole.
        elements: What it holds.
        outputs: The ports that it drives.
        shown: What is written in the place of an element's value, by reference designator.
        sheets: Number of the sheet on which a subcircuit is drawn, as text, by its name.
    """

    name: str
    purpose: str
    ports: tuple[str, ...]
    elements: tuple[Element, ...]
    outputs: frozenset[str]
    shown: Mapping[str, str] = field(default_factory=dict)
    sheets: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        part: Subcircuit,
        shown: Mapping[str, str] | None = None,
        sheets: Mapping[str, str] | None = None,
    ) -> Block:
        """A subcircuit's."""
        own = (part.name, part.purpose, part.ports, tuple(part.elements), driven_ports(part))
        return cls(*own, shown or {}, sheets or {})

    @classmethod
    def whole(cls, circuit: Circuit, sheets: Mapping[str, str] | None = None) -> Block:
        """The top level of a deck."""
        own = ("learner", circuit.title, (), tuple(circuit.elements), frozenset[str]())
        return cls(*own, {}, sheets or {})

    def written(self, element: Element) -> str:
        """What is written below an element's name; what stands for something is in brackets."""
        text = self.shown.get(full_name(element))
        if text is None:
            text = written_value(element)
        if element.part is not None and element.part.chip is not None and not is_drawn(element):
            text += f"\n[{element.part.chip.kind}]"
        elif element.part is not None and element.part.name in self.sheets:
            text += f"\n[sheet {self.sheets[element.part.name]}]"
        return text + (f"\n[{element.stands_for}]" if element.stands_for else "")

    @cached_property
    def by_node(self) -> dict[str, list[Element]]:
        """Elements by the nodes that their leads or pins touch; controls by name do not count."""
        touching: dict[str, list[Element]] = {}
        for element in self.elements:
            for node in dict.fromkeys(wired_nodes(element)):
                touching.setdefault(node, []).append(element)
        return touching

    def two_terminals(self, node: str) -> list[Element]:
        """The two-terminal elements at a node."""
        return [one for one in self.by_node.get(node, []) if is_two_terminal(one)]

    def touched_by_more(self, node: str, but: Sequence[Element] = ()) -> bool:
        """Whether something with more than two terminals touches a node."""
        return any(
            not is_two_terminal(one) and all(one is not other for other in but)
            for one in self.by_node.get(node, [])
        ) or any(is_switch(one) and one.nodes[2] == node for one in self.by_node.get(node, []))


def wired_nodes(element: Element) -> tuple[str, ...]:
    """The nodes that a drawing ties to an element, its controls included."""
    if element.kind in CONTROLLED:
        return tuple(dict.fromkeys((*element.nodes[:2], *control_nodes(element))))
    return element.nodes


def control_nodes(element: Element) -> tuple[str, ...]:
    """The nodes that a controlled source reads, each once, without ground."""
    if element.kind in "EG":
        read = element.nodes[2:4]
    elif element.kind == "B":
        inner = _READ.findall(element.value)
        read = tuple(node.strip() for one in inner for node in one.split(","))
    else:
        read = ()
    return tuple(dict.fromkeys(node for node in read if node != GROUND))


def other_end(element: Element, node: str) -> str:
    """A two-terminal element's other node."""
    return element.nodes[1] if element.nodes[0] == node else element.nodes[0]
