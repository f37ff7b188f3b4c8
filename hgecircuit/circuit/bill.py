"""What a circuit is made of: chips, resistors, capacitors, and what is still only modelled."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from hgecircuit.netlist import Chip, Circuit, Element, Subcircuit

# Elements that are bought one by one; all others are equations, or sources.
_BOUGHT = {"R": "resistor", "C": "capacitor", "D": "diode", "Q": "transistor"}
# Elements that stand for something that has to be built otherwise; sources do as well, but the
# resistors beside them are real.
_EQUATIONS = frozenset("BEGFHS")
_SOURCES = frozenset("VI")
CHIP = "chip"
#: Kinds of places, in the order of the bill.
KINDS = (CHIP, *_BOUGHT.values())


class Place(NamedTuple):
    """An element, or a chip, of a flat circuit.

    Attributes:
        path: Names of the instances around it and its own, such as ``readout.u1``.
        kind: ``chip``, ``resistor``, ``capacitor``, ``diode`` or ``transistor``. A chip is one
            amplifier, comparator or switch of its package.
        value: Part number of a chip, else the element's value.
        chip: The chip.
    """

    path: str
    kind: str
    value: str
    chip: Chip | None = None


class Line(NamedTuple):
    """One line of the bill.

    Attributes:
        kind: As of a place.
        value: Part number, or value.
        quantity: How many places.
        packages: How many to buy.
        supply_w: Supply power of all of them in W, unused parts of their packages included; None
            when unknown or without a supply.
        chip: The chip.
    """

    kind: str
    value: str
    quantity: int
    packages: int
    supply_w: float | None
    chip: Chip | None


@dataclass(frozen=True)
class Bill:
    """Everything of a circuit that is bought, and what is only modelled.

    Attributes:
        places: Chips and single elements, in the order of the netlist.
        modelled: Instances that hold equations or sources in place of parts; behind a colon what
            they stand for where only some of the instance does.
    """

    places: tuple[Place, ...]
    modelled: tuple[str, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Places of one kind and value together: chips first, then elements, by value."""
        counts = Counter((place.kind, place.value, place.chip) for place in self.places)
        lines = [_line(*key, count) for key, count in counts.items()]
        return tuple(sorted(lines, key=lambda line: (KINDS.index(line.kind), _size(line.value))))

    def count(self, kind: str) -> int:
        """Number of places of a kind."""
        return sum(place.kind == kind for place in self.places)

    @property
    def whole_models(self) -> tuple[str, ...]:
        """Instances of which nothing is built: the others in ``modelled`` are pieces of blocks."""
        built = {place.path.partition(".")[0] for place in self.places}
        return tuple(
            name for name in self.modelled if not set(name) & set(".:") and name not in built
        )

    @property
    def packages(self) -> int:
        """Number of chips' packages."""
        return sum(line.packages for line in self.lines if line.kind == CHIP)

    @property
    def supply_w(self) -> float:
        """Supply power of all chips whose supply current is known, without load, in W."""
        return sum(line.supply_w or 0.0 for line in self.lines)

    @property
    def unknown_power(self) -> tuple[str, ...]:
        """Part numbers of chips whose supply current no source confirms."""
        lines = self.lines
        return tuple(line.value for line in lines if line.kind == CHIP and line.supply_w is None)


def bill_of(circuit: Circuit) -> Bill:
    """The bill of a circuit.

    The device under test, helpers of the solver, and what stands at the top level without being an
    instance (sources and loads of a bench) are no part of it. For values that can be bought, the
    circuit must be of nominal parts.
    """
    places: list[Place] = []
    modelled: list[str] = []
    for element in circuit.elements:
        _visit(element, element.name, places, modelled)
    return Bill(tuple(places), tuple(dict.fromkeys(modelled)))


def _visit(element: Element, path: str, places: list[Place], modelled: list[str]) -> None:
    part = element.part
    if part is None:
        return
    if element.stands_for is not None:
        if element.stands_for:
            modelled.append(f"{path}: {element.stands_for}")
        return
    if part.chip is not None:
        places.append(Place(path, CHIP, part.chip.part, part.chip))
        return
    if not _has_chip(part) and _is_model(part):
        # Its resistors and capacitors, and those of what is inside, belong to the equations.
        modelled.append(path)
        return
    plain = [inner for inner in part.elements if inner.stands_for is None]
    kinds = {inner.kind for inner in plain}
    if kinds & (_EQUATIONS | _SOURCES):
        modelled.append(path)
    modelled.extend(f"{path}: {inner.stands_for}" for inner in part.elements if inner.stands_for)
    for inner in part.elements:
        if inner.kind == "X":
            _visit(inner, f"{path}.{inner.name}", places, modelled)
    if not kinds & _EQUATIONS:
        places.extend(
            Place(f"{path}.{inner.kind.lower()}{inner.name}", _BOUGHT[inner.kind], _bought(inner))
            for inner in plain
            if inner.kind in _BOUGHT
        )


def _bought(element: Element) -> str:
    """Its value, or the part number that its model is named after (``d1n4148``: 1N4148)."""
    if element.kind not in "DQ":
        return element.value
    return re.sub(r"^[DQ](?=\d)", "", element.value.upper())


def _has_chip(part: Subcircuit) -> bool:
    return part.chip is not None or any(
        inner.part is not None and inner.stands_for is None and _has_chip(inner.part)
        for inner in part.elements
    )


def _is_model(part: Subcircuit) -> bool:
    """Whether there are equations or sources in it, or in what is inside."""
    return any(
        inner.kind in _EQUATIONS | _SOURCES or (inner.part is not None and _is_model(inner.part))
        for inner in part.elements
    )


def _line(kind: str, value: str, chip: Chip | None, quantity: int) -> Line:
    if chip is None:
        return Line(kind, value, quantity, quantity, None, None)
    packages = -(-quantity // chip.per_package)
    unit_w = chip.supply_w
    total_w = None if unit_w is None else packages * chip.per_package * unit_w
    return Line(kind, value, quantity, packages, total_w, chip)


def _size(value: str) -> tuple[float, str]:
    try:
        return float(value), value
    except ValueError:
        return 0.0, value
