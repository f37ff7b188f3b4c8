"""What a circuit is made of: chips, resistors, capacitors, and what is still only modelled."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from hgecircuit.netlist import Chip, Circuit, Subcircuit

# Elements that are bought one by one; all others are equations, or test equipment.
_BOUGHT = {"R": "resistor", "C": "capacitor", "D": "diode", "Q": "transistor"}
# Elements that stand for something that has to be built otherwise.
_MODELS = frozenset("BEGFH")


class Place(NamedTuple):
    """An element, or a chip, of a flat circuit.

    Attributes:
        path: Names of the instances around it and its own, such as ``readout.u1``.
        kind: ``chip``, ``resistor``, ``capacitor``, ``diode`` or ``transistor``.
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
        quantity: How many.
        supply_w: Supply power of one in W; None when unknown or without a supply.
    """

    kind: str
    value: str
    quantity: int
    supply_w: float | None


@dataclass(frozen=True)
class Bill:
    """Everything of a circuit that is bought, and what is only modelled.

    Attributes:
        places: Chips and single elements, in the order of the netlist.
        modelled: Instances that hold equations in place of parts.
    """

    places: tuple[Place, ...]
    modelled: tuple[str, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Places of one kind and value together: chips first, then elements, by value."""
        counts = Counter((place.kind, place.value) for place in self.places)
        chips = {place.value: place.chip for place in self.places if place.chip is not None}
        order = ["chip", *_BOUGHT.values()]
        lines = [
            Line(kind, value, count, None if kind != "chip" else chips[value].supply_w)
            for (kind, value), count in counts.items()
        ]
        return tuple(sorted(lines, key=lambda line: (order.index(line.kind), _size(line.value))))

    def count(self, kind: str) -> int:
        """Number of places of a kind."""
        return sum(place.kind == kind for place in self.places)

    @property
    def supply_w(self) -> float:
        """Supply power of all chips whose supply current is known, without load, in W."""
        return sum(place.chip.supply_w or 0.0 for place in self.places if place.chip is not None)

    @property
    def unknown_power(self) -> tuple[str, ...]:
        """Part numbers of chips whose supply current no source confirms."""
        chips = [place.chip for place in self.places if place.chip is not None]
        return tuple(dict.fromkeys(chip.part for chip in chips if chip.supply_w is None))


def bill_of(circuit: Circuit) -> Bill:
    """The bill of a circuit; the device under test and test equipment are no part of it."""
    places: list[Place] = []
    modelled: list[str] = []
    for element in circuit.elements:
        if element.kind == "X" and element.part is not None:
            _visit(element.part, element.name, places, modelled)
    return Bill(tuple(places), tuple(modelled))


def _visit(part: Subcircuit, path: str, places: list[Place], modelled: list[str]) -> None:
    if part.chip is not None:
        places.append(Place(path, "chip", part.chip.part, part.chip))
        return
    if any(element.kind in _MODELS for element in part.elements):
        # Its resistors belong to the equations.
        modelled.append(path)
        return
    for element in part.elements:
        place = f"{path}.{element.name}"
        if element.kind == "X" and element.part is not None:
            _visit(element.part, place, places, modelled)
        elif element.kind in _BOUGHT:
            places.append(Place(place, _BOUGHT[element.kind], element.value))


def _size(value: str) -> tuple[float, str]:
    try:
        return float(value), value
    except ValueError:
        return 0.0, value
