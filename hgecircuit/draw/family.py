"""Blocks that are built alike share a sheet: one drawing, and a table of what differs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from hgecircuit.draw.block import Block, full_name, part_name, written_value
from hgecircuit.draw.extract import SEE_TABLE
from hgecircuit.draw.values import netlist_value
from hgecircuit.netlist import Circuit, Element, Subcircuit


@dataclass(frozen=True, eq=False)
class Family:
    """Subcircuits with the same ports, elements and connections.

    Attributes:
        name: The blocks' common name, with ``*`` for what differs, or a model's.
        members: The subcircuits, in the netlist's order.
        model: Whether it is the inside of a bought part, which nobody builds.
    """

    name: str
    members: tuple[Subcircuit, ...]
    model: bool = False

    @cached_property
    def differing(self) -> tuple[str, ...]:
        """Reference designators whose values differ between the members."""
        first = self.members[0]
        return tuple(
            full_name(element)
            for n, element in enumerate(first.elements)
            if element.part is None
            and any(member.elements[n].value != element.value for member in self.members)
        )

    def table(self, member: Subcircuit) -> dict[str, str]:
        """What the table says for one member: value by reference designator, in one line."""
        values = {full_name(one): written_value(one) for one in member.elements}
        return {name: " ".join(values[name].split()) for name in self.differing}

    def block(self, families: dict[str, str], sheets: dict[str, str]) -> Block:
        """What is drawn.

        Args:
            families: The common name of every subcircuit.
            sheets: The number of every subcircuit's sheet.
        """
        first = self.members[0]
        shown = dict.fromkeys(self.differing, SEE_TABLE)
        if len(self.members) > 1:
            for element in first.elements:
                if element.part is not None and element.part.chip is None:
                    shown[full_name(element)] = families[element.part.name]
        return Block.of(first, shown, sheets)


def find_families(circuit: Circuit) -> tuple[list[Family], dict[str, str]]:
    """All families of a circuit, in its netlist's order, and the common name of every subcircuit.

    Models of bought parts come last.
    """
    models = _models(circuit)
    groups: dict[object, list[Subcircuit]] = {}
    for part in circuit.subcircuits():
        if part.name in models:
            key: object = (models[part.name], _signature(part))
        else:
            key = (re.sub(r"\d+", "#", part.name), _signature(part))
        groups.setdefault(key, []).append(part)
    blocks: list[Family] = []
    inside: list[Family] = []
    used: dict[str, int] = {}
    names: dict[str, str] = {}
    for members in groups.values():
        first = members[0]
        model = first.name in models
        name = f"model_{models[first.name]}" if model else _common_name(members)
        used[name] = used.get(name, 0) + 1
        if used[name] > 1:
            name = f"{name}_{used[name]}"
        (inside if model else blocks).append(Family(name, tuple(members), model))
        names.update((member.name, name) for member in members)
    return blocks + inside, names


def _models(circuit: Circuit) -> dict[str, str]:
    """The insides of bought parts: a name for each, such as ``AD633_amplifier``."""
    found: dict[str, str] = {}

    def visit(part: Subcircuit, name: str) -> None:
        found.setdefault(part.name, re.sub(r"\W+", "_", name).strip("_"))
        for element in part.elements:
            if element.part is not None:
                visit(element.part, f"{name}_{element.name}")

    for part in circuit.subcircuits():
        if part.chip is not None and part.name not in found:
            short = part.chip.part if len(part.chip.part) < 20 else part.chip.kind
            visit(part, short)
    return found


def _signature(part: Subcircuit) -> object:
    """What two subcircuits must share to stand on one sheet."""
    return part.ports, tuple(_element_signature(one) for one in part.elements)


def _element_signature(element: Element) -> object:
    head = (element.kind, element.name, element.nodes, element.output, element.stands_for)
    if element.part is not None:
        inner = element.part
        same = part_name(inner) if inner.chip is not None else _signature(inner)
        return *head, same
    return *head, netlist_value(element).words


def _common_name(members: Sequence[Subcircuit]) -> str:
    """The members' name with ``*`` where they differ."""
    split = [member.name.split("_") for member in members]
    return "_".join(words[0] if len(set(words)) == 1 else "*" for words in zip(*split, strict=True))


def member_names(family: Family) -> Iterator[str]:
    """The members' names, runs of them shortened to ``first .. last``."""
    names = [member.name for member in family.members]
    if len(names) > 2:
        yield f"{names[0]} .. {names[-1]}"
    else:
        yield from names
