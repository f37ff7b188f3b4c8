"""Changed values of an exported netlist, found by comparing it with what is exported today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hgecircuit.circuit.deck import Deck
from hgecircuit.design.edits import Edit, is_block
from hgecircuit.emit.deck import write_deck
from hgecircuit.emit.ltspice import write_ltspice
from hgecircuit.emit.netlist_text import Entry, Scope, parse_number, read_netlist
from hgecircuit.errors import InputError
from hgecircuit.netlist import Element
from hgecircuit.parts.edited import Change

# Values are written with 12 digits; closer than this is the same value.
_SAME = 1e-10
_SHOWN = 5
_WRITERS = {"ngspice": write_deck, "ltspice": write_ltspice}


class Difference(NamedTuple):
    """Where two netlists differ: element, and what it was and is."""

    where: str
    was: str
    now: str


def find_edits(deck: Deck, text: str, file: str = "") -> tuple[Edit, ...]:
    """Values that a netlist changes.

    Args:
        deck: The learner's.
        text: The netlist, of either dialect.
        file: Its name, for messages.

    Raises:
        InputError: The netlist is not this circuit's (the first differences are named), or changes
            a value that is no part of the circuit.
    """
    changed = read_netlist(text, file)
    found: list[tuple[list[Difference], dict[tuple[str, str], tuple[float, float]]]] = []
    for write in _WRITERS.values():
        original = read_netlist(write(deck))
        values: dict[tuple[str, str], tuple[float, float]] = {}
        found.append((list(_compare(original, changed, values)), values))
    differences, values = min(found, key=lambda one: len(one[0]))
    if differences:
        lines = [f"{one.where}: was {one.was}, is {one.now}" for one in differences[:_SHOWN]]
        more = len(differences) - len(lines)
        raise InputError(
            "the netlist is not this circuit's: "
            + "; ".join([*lines, *([f"and {more} more"] if more > 0 else [])]),
            file=file or None,
            expected="the exported netlist, with other numbers as values of its elements",
        )
    return _place(deck, values, file)


def _compare(
    original: Mapping[str, Scope],
    changed: Mapping[str, Scope],
    values: dict[tuple[str, str], tuple[float, float]],
) -> Iterator[Difference]:
    """Differences that are no values; values go to ``values`` by subcircuit and element."""
    for name in [*original, *(name for name in changed if name not in original)]:
        title = f"subcircuit {name}" if name else "top level"
        if name not in changed or name not in original:
            yield Difference(title, _there(name in original), _there(name in changed))
            continue
        before, after = original[name], changed[name]
        if before.ports != after.ports:
            yield Difference(f"{title}: ports", " ".join(before.ports), " ".join(after.ports))
        if sorted(before.commands) != sorted(after.commands):
            lost = [line for line in before.commands if line not in after.commands]
            new = [line for line in after.commands if line not in before.commands]
            yield Difference(f"{title}: commands", "; ".join(lost), "; ".join(new))
        for element in [*before.elements, *(e for e in after.elements if e not in before.elements)]:
            where = f"{name}.{element}" if name else element
            one, two = before.elements.get(element), after.elements.get(element)
            if one is None or two is None:
                yield Difference(where, _there(one is not None), _there(two is not None))
            elif (one.nodes, one.rest) != (two.nodes, two.rest) or bool(one.value) != bool(
                two.value
            ):
                yield Difference(where, _shown(one), _shown(two))
            elif one.value:
                was, now = parse_number(one.value), parse_number(two.value)
                assert was is not None
                assert now is not None
                if abs(now - was) > _SAME * abs(was):
                    values[name, element] = (was, now)


def _place(
    deck: Deck, values: Mapping[tuple[str, str], tuple[float, float]], file: str
) -> tuple[Edit, ...]:
    edits: list[Edit] = []
    for (scope, element), (was, now) in values.items():
        where = f"{scope}.{element}" if scope else element
        if element[0] in "rc" and now <= 0:
            raise InputError(
                "not a value of a resistor or capacitor",
                file=file or None,
                key=where,
                value=now,
                expected="a number above 0",
            )
        found = [
            Edit(path[0], Change(path[1:], element, was, now))
            for path in _paths(deck, scope)
            if scope
        ]
        strangers = [edit.block for edit in found if not is_block(edit.block)]
        if not found or strangers:
            raise InputError(
                "this value is no part of the circuit",
                file=file or None,
                key=where,
                value=now,
                expected=f"{was:.12g}: device, patterns and sources are the circuit file's",
            )
        edits += found
    return tuple(edits)


def _paths(deck: Deck, subcircuit: str) -> Iterator[tuple[str, ...]]:
    """Paths of all instances of a subcircuit, from the top level."""

    def visit(element: Element, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if element.part is None:
            return
        if element.part.name == subcircuit:
            yield path
        for inner in element.part.elements:
            yield from visit(inner, (*path, inner.name))

    for element in deck.circuit.elements:
        yield from visit(element, (element.name,))


def _there(there: bool) -> str:
    return "there" if there else "not there"


def _shown(entry: Entry) -> str:
    return " ".join([*entry.nodes, entry.value, entry.rest]).strip()
