"""Lines of a bill of materials: tolerance, series and package beside what the bill counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from hgecircuit.circuit.assembly import Fitted, fit
from hgecircuit.circuit.bill import CHIP, KINDS, Bill, Line
from hgecircuit.netlist import Chip
from hgecircuit.parts.filters.eseries import SERIES
from hgecircuit.parts.packages import (
    Package,
    capacitor_package,
    chip_package,
    resistor_package,
)
from hgecircuit.spec.components import ComponentsSpec
from hgecircuit.units import format_quantity

# Values of a netlist have 12 digits, preferred ones 3: closer than this is the same value.
_SAME = 1e-6
_NO_SERIES = "none"


class BomLine(NamedTuple):
    """What is bought in one go.

    Attributes:
        designators: Packages on the board, such as ``U1 U2``.
        kind: ``resistor``, ``capacitor``, ``diode``, ``transistor``, or what the chip is.
        value: Value with its unit, or part number.
        part_number: The part number that the circuit names; empty for a value.
        tolerance: Largest relative error that the circuit's file allows; None for a chip.
        series: Coarsest E series that has the value; ``none`` when no one has it, empty for a chip.
        package: Package suggestion.
        quantity: How many the netlist has.
        packages: How many to buy.
        supply_w: Supply power of all of them in W; None when unknown or without a supply.
        source: Where a chip's figures were read.
        places: Their names in the netlist.
    """

    designators: tuple[str, ...]
    kind: str
    value: str
    part_number: str
    tolerance: float | None
    series: str
    package: Package
    quantity: int
    packages: int
    supply_w: float | None
    source: str
    places: tuple[str, ...]


class Total(NamedTuple):
    """All lines of a kind together."""

    kind: str
    quantity: int
    packages: int
    supply_w: float | None = None


@dataclass(frozen=True)
class Bom:
    """A bill of materials.

    Attributes:
        title: Of the circuit.
        lines: Chips first, then resistors, capacitors, diodes and transistors, by value.
        totals: By kind, in the same order, then of all.
        modelled: What the netlist only models and has to be built otherwise.
        unknown_power: Part numbers of chips whose supply current no source confirms.
    """

    title: str
    lines: tuple[BomLine, ...]
    totals: tuple[Total, ...]
    modelled: tuple[str, ...]
    unknown_power: tuple[str, ...]


def make_bom(title: str, bill: Bill, components: ComponentsSpec) -> Bom:
    """The bill of materials.

    Args:
        title: Of the circuit.
        bill: Of the circuit of nominal parts.
        components: Tolerances that the circuit's file allows.
    """
    groups: dict[tuple[str, str, Chip | None], list[Fitted]] = {}
    for fitted in fit(bill):
        place = fitted.place
        groups.setdefault((place.kind, place.value, place.chip), []).append(fitted)
    lines = bill.lines
    made = tuple(
        _line(line, groups[line.kind, line.value, line.chip], components) for line in lines
    )
    totals = [
        Total(
            kind + "s",
            sum(line.quantity for line in lines if line.kind == kind),
            sum(line.packages for line in lines if line.kind == kind),
            bill.supply_w if kind == CHIP else None,
        )
        for kind in KINDS
        if bill.count(kind)
    ]
    everything = Total(
        "all parts",
        sum(total.quantity for total in totals),
        sum(total.packages for total in totals),
        bill.supply_w if bill.count(CHIP) else None,
    )
    return Bom(title, made, (*totals, everything), bill.modelled, bill.unknown_power)


def series_of(value: float) -> str:
    """The coarsest E series that has a value; ``none`` when no one has it."""
    mantissa = value / 10 ** math.floor(math.log10(value) + 1e-9)
    for name, steps in SERIES.items():
        if any(abs(mantissa / step - 1) < _SAME for step in steps):
            return name
    return _NO_SERIES


def _line(line: Line, group: list[Fitted], components: ComponentsSpec) -> BomLine:
    designators = tuple(dict.fromkeys(fitted.package for fitted in group))
    kind = line.kind if line.chip is None else line.chip.kind
    value, part_number, tolerance, series = line.value, line.value, None, ""
    if line.kind == "resistor":
        number, tolerance = float(line.value), components.resistor_tolerance
        value, part_number = format_quantity(number, "ohm"), ""
        series, package = series_of(number), resistor_package(number, tolerance)
    elif line.kind == "capacitor":
        number, tolerance = float(line.value), components.capacitor_tolerance
        value, part_number = format_quantity(number, "F"), ""
        series, package = series_of(number), capacitor_package(number)
    else:
        package = chip_package(line.value)
        if " " in line.value:
            part_number = ""  # a description: the table names no maker's part
    return BomLine(
        designators,
        kind,
        value,
        part_number,
        tolerance,
        series,
        package,
        line.quantity,
        line.packages,
        line.supply_w,
        "" if line.chip is None else line.chip.source,
        tuple(fitted.place.path for fitted in group),
    )
