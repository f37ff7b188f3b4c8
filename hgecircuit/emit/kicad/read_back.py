"""Changed values of KiCad's netlist, found by comparing it with the board that is exported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from hgecircuit.circuit.deck import Deck
from hgecircuit.design.edits import Edit, is_block
from hgecircuit.emit.kicad.board import Board, Component, make_board
from hgecircuit.emit.kicad.expressions import Expression, children, read_expression, text_of
from hgecircuit.errors import InputError
from hgecircuit.netlist import Circuit, Subcircuit
from hgecircuit.parts.edited import Change
from hgecircuit.spec.components import ComponentsSpec

_SAME = 1e-8
_SHOWN = 5
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)\s*([GMkKmuµnpf]?)")
_SCALES = {
    "": 1.0, "G": 1e9, "M": 1e6, "k": 1e3, "K": 1e3,
    "m": 1e-3, "u": 1e-6, "µ": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15,
}  # fmt: skip
_EXPORT = "`kicad-cli sch export netlist -o FILE SCHEMATIC`, or File, Export, Netlist in KiCad"


class _Part(NamedTuple):
    value: str
    place: str


def is_kicad(text: str) -> bool:
    """Whether a file is one of KiCad's."""
    return text.lstrip().startswith("(")


def find_board_edits(
    deck: Deck, nominal: Deck, components: ComponentsSpec, text: str, file: str = ""
) -> tuple[Edit, ...]:
    """Values of resistors and capacitors that KiCad's netlist changes.

    A nominal value that was multiplied by some factor multiplies the value in the deck by the same:
    the part keeps its own error.

    Args:
        deck: The learner's.
        nominal: That of the same learner of nominal parts, which was exported.
        components: What the circuit file says about its parts.
        text: KiCad's netlist.
        file: Its name, for messages.

    Raises:
        InputError: It is not this board's netlist (the first differences are named), or changes
            something else than the value of a resistor or capacitor.
    """
    found = read_expression(text, file)
    if found[0] != "export":
        raise InputError(
            "a file of KiCad's, but no netlist", file=file or None, value=found[0], expected=_EXPORT
        )
    board = make_board(nominal.circuit, components)
    parts, nets = _parts(found), _nets(found)
    differences = [*_other_parts(board, parts), *_other_nets(board, nets)]
    if differences:
        more = len(differences) - _SHOWN
        shown = [*differences[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
        raise InputError(
            "the netlist is not this circuit's: " + "; ".join(shown),
            file=file or None,
            expected="the exported schematic with other values of resistors and capacitors",
        )
    edits: list[Edit] = []
    for component in board.components:
        now = parts[component.reference].value
        if now == component.value:
            continue
        factor = _factor(component, now, file)
        if abs(factor - 1) > _SAME:
            edits.append(_edit(deck.circuit, component, factor, file))
    for circuit in (deck.circuit, nominal.circuit):
        _check_shared(circuit, edits, file)
    return tuple(edits)


def kicad_number(text: str) -> float | None:
    """A value in KiCad's way: ``M`` is mega, ``m`` milli; None when it is none."""
    match = _NUMBER.fullmatch(text.strip())
    return None if match is None else float(match[1]) * _SCALES[match[2]]


def _parts(found: list[Expression]) -> dict[str, _Part]:
    parts: dict[str, _Part] = {}
    for components in children(found, "components"):
        for one in children(components, "comp"):
            place = next(
                (
                    text_of(field, "value")
                    for field in children(one, "property")
                    if text_of(field, "name") == "Place"
                ),
                "",
            )
            parts[text_of(one, "ref")] = _Part(text_of(one, "value"), place)
    return parts


def _nets(found: list[Expression]) -> set[frozenset[tuple[str, str]]]:
    """Sets of pins; names of nets don't count, and pins without a net are left out."""
    nets = set()
    for listed in children(found, "nets"):
        for net in children(listed, "net"):
            nodes = children(net, "node")
            pins = frozenset((text_of(node, "ref"), text_of(node, "pin")) for node in nodes)
            if not text_of(net, "name").startswith("unconnected-"):
                nets.add(pins)
    return nets


def _other_parts(board: Board, parts: Mapping[str, _Part]) -> list[str]:
    known = {component.reference: component for component in board.components}
    told = [f"{name}: was there, is not there" for name in known if name not in parts]
    return told + [f"{name}: was not there, is there" for name in parts if name not in known]


def _other_nets(board: Board, nets: set[frozenset[tuple[str, str]]]) -> list[str]:
    ours: dict[str, set[tuple[str, str]]] = {}
    for component in board.components:
        for unit in component.units:
            for pin, net in unit.nets.items():
                ours.setdefault(net, set()).add((component.reference, pin))
    told = []
    for name, pins in ours.items():
        if frozenset(pins) not in nets:
            first = ", ".join(f"{reference}.{pin}" for reference, pin in sorted(pins)[:4])
            told.append(f"net {name}: was {len(pins)} pins ({first}), is connected otherwise")
    return told


def _factor(component: Component, now: str, file: str) -> float:
    was, number = kicad_number(component.value), kicad_number(now)
    if component.symbol not in ("R", "C") or number is None or was is None or number <= 0:
        plain = component.symbol in ("R", "C")
        raise InputError(
            "not a value that can be taken over",
            file=file or None,
            key=component.reference,
            value=now,
            expected="a number such as 4.7k" if plain else f"{component.value}: R and C alone",
        )
    return number / was


def _edit(circuit: Circuit, component: Component, factor: float, file: str) -> Edit:
    block, *path, element = component.units[0].place.split(".")
    part = next((one.part for one in circuit.elements if one.name == block), None)
    for instance in path:
        part = None if part is None else part.instance_part(instance)
    if part is None or not is_block(block):
        raise InputError(
            "this value is no part of the circuit", file=file or None, key=component.reference
        )
    was = part.value_of(element)
    return Edit(block, Change(tuple(path), element, was, was * factor))


def _check_shared(circuit: Circuit, edits: list[Edit], file: str) -> None:
    """Refuse a change of one of several parts that the netlist writes as one definition."""
    blocks = {one.name: one.part for one in circuit.elements if one.part is not None}
    factors = {edit.name: edit.change.value / edit.change.was for edit in edits}
    for edit in edits:
        paths = _paths(blocks[edit.block], ())
        mine = paths[edit.change.path]
        for path in (path for path, definition in paths.items() if definition == mine):
            other = Edit(edit.block, edit.change._replace(path=path)).name
            if abs(factors.get(other, 1.0) / factors[edit.name] - 1) > _SAME:
                raise InputError(
                    "two equal parts of a block have different values",
                    file=file or None,
                    key=edit.name,
                    expected=f"the same value for {other}",
                )


def _paths(part: Subcircuit, path: tuple[str, ...]) -> dict[tuple[str, ...], str]:
    """Definition by path, of a block and everything in it."""
    found = {path: part.name}
    for inner in part.elements:
        if inner.part is not None:
            found |= _paths(inner.part, (*path, inner.name))
    return found
