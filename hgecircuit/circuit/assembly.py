"""Reference designators: which package, and which part of it, every place of a bill becomes."""

from __future__ import annotations

import string
from typing import NamedTuple

from hgecircuit.circuit.bill import CHIP, Bill, Place
from hgecircuit.netlist import Chip

#: First letter of a designator by kind.
LETTERS = {CHIP: "U", "resistor": "R", "capacitor": "C", "diode": "D", "transistor": "Q"}


class Fitted(NamedTuple):
    """A place on the board.

    Attributes:
        place: What stands there.
        package: Designator of its package, such as ``R12`` or ``U3``.
        unit: Which of the package's equal parts it is, counted from 0.
        units: How many equal parts the package holds.
    """

    place: Place
    package: str
    unit: int = 0
    units: int = 1

    @property
    def designator(self) -> str:
        """``R12``; ``U3A`` when the package holds several."""
        return self.package + (string.ascii_uppercase[self.unit] if self.units > 1 else "")


def fit(bill: Bill) -> tuple[Fitted, ...]:
    """Designators of all places, in the order of the netlist.

    Amplifiers, comparators and switches of one part number fill the packages one after the other,
    so those that share a package stand next to each other in the netlist.
    """
    counts = dict.fromkeys(LETTERS.values(), 0)
    filling: dict[Chip, tuple[str, int]] = {}
    fitted: list[Fitted] = []
    for place in bill.places:
        letter = LETTERS[place.kind]
        units = 1 if place.chip is None else place.chip.per_package
        package, used = "", units
        if place.chip is not None:
            package, used = filling.get(place.chip, (package, used))
        if used == units:
            counts[letter] += 1
            package, used = f"{letter}{counts[letter]}", 0
        if place.chip is not None:
            filling[place.chip] = (package, used + 1)
        fitted.append(Fitted(place, package, used, units))
    return tuple(fitted)
