"""A circuit as components with pins and nets: what a schematic and a board are drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hgecircuit.circuit.assembly import Fitted, fit
from hgecircuit.circuit.bill import bill_of
from hgecircuit.netlist import GROUND, Circuit, Element
from hgecircuit.parts.logic.chips import LOGIC_V
from hgecircuit.parts.packages import capacitor_package, chip_package, resistor_package
from hgecircuit.parts.pinouts import PINOUTS, Pinout
from hgecircuit.spec.components import ComponentsSpec

GROUND_NET = "GND"
#: Symbol of a port: one pad.
PORT_SYMBOL = "PORT"
_PORT_FOOTPRINT = "TestPoint:TestPoint_Pad_D1.5mm"
# Pins of what has no pinout of its own, by SPICE's order of nodes; a diode's cathode is KiCad's 1.
_PLAIN_PINS = {"resistor": ("1", "2"), "capacitor": ("1", "2"), "diode": ("2", "1")}
_SYMBOLS = {"resistor": "R", "capacitor": "C", "diode": "D"}
_SCALES = (
    (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"),
    (1e-6, "u"), (1e-9, "n"), (1e-12, "p"), (1e-15, "f"),
)  # fmt: skip


class Unit(NamedTuple):
    """One part of a component, drawn by itself.

    Attributes:
        number: Of the symbol's units, from 1.
        place: Path in the netlist; empty for supply pins.
        nets: Net by pin number.
    """

    number: int
    place: str
    nets: Mapping[str, str]


class Component(NamedTuple):
    """One package on the board.

    Attributes:
        reference: Designator, as on the bill of materials.
        symbol: ``R``, ``C``, ``D``, ``PORT``, or a chip's part number.
        value: Part number, or a value in KiCad's way: ``4.7k``, ``10M``, ``33n``.
        footprint: Library and name.
        units: What is drawn of it.
    """

    reference: str
    symbol: str
    value: str
    footprint: str
    units: tuple[Unit, ...]

    @property
    def block(self) -> str:
        """Name of the block to which its first part belongs."""
        return self.units[0].place.partition(".")[0]


@dataclass(frozen=True)
class Board:
    """A circuit of components.

    Attributes:
        title: Of the circuit.
        components: In the order of the netlist, then the ports.
        unplaced: Chips of the bill that the schematic lacks: designator and part.
        notes: What the designer has to add.
    """

    title: str
    components: tuple[Component, ...]
    unplaced: tuple[str, ...]
    notes: tuple[str, ...]


def make_board(circuit: Circuit, components: ComponentsSpec) -> Board:
    """The board of a circuit of nominal parts.

    What the netlist only models (device, references, sources, digital wiring) is left out; where it
    meets a component there is a port of one pad, named after its net.
    """
    fitted = {one.place.path: one for one in fit(bill_of(circuit))}
    units: dict[str, list[tuple[Fitted, Unit]]] = {}
    unplaced: dict[str, None] = {}
    wired: dict[str, None] = {}
    modelled: dict[str, None] = {}
    for leaf in _leaves(circuit):
        one = fitted.get(leaf.path)
        nets = None if one is None else _nets(one, leaf)
        if one is None or nets is None:
            modelled.update(dict.fromkeys(leaf.nets))
            if one is not None:
                unplaced[f"{one.package} {one.place.value}"] = None
            continue
        units.setdefault(one.package, []).append((one, Unit(one.unit + 1, leaf.path, nets)))
        wired.update(dict.fromkeys(nets.values()))
    made = [_component(package, found, components) for package, found in units.items()]
    ports = [net for net in modelled if net in wired and net != GROUND_NET]
    rails = _rails(components)
    used = {net for one in made for unit in one.units for net in unit.nets.values()}
    ports += [net for net in (*rails.values(),) if net in used]
    made += [
        Component(f"TP{n}", PORT_SYMBOL, net, _PORT_FOOTPRINT, (Unit(1, "", {"1": net}),))
        for n, net in enumerate(ports, start=1)
    ]
    notes = [f"{len(ports)} ports: supplies, and where the netlist has models in place of parts"]
    if unplaced:
        notes.append(f"not placed, because the netlist does not wire them: {', '.join(unplaced)}")
    if any(one.symbol in ("LM393", "LM311") for one in made):
        notes.append(
            "comparators switch to the negative rail: the netlist models their logic level"
        )
    return Board(circuit.title, tuple(made), tuple(unplaced), tuple(notes))


def kicad_value(value: float) -> str:
    """A value in KiCad's way, with all its digits: ``M`` is mega and ``m`` milli."""
    for scale, letter in _SCALES:
        if value >= scale * (1 - 1e-12):
            return f"{value / scale:.9g}{letter}"
    return f"{value:.9g}"


class _Leaf(NamedTuple):
    path: str
    element: Element
    nets: tuple[str, ...]


def _leaves(circuit: Circuit) -> Iterator[_Leaf]:
    """Chips and single elements of the flat circuit, and what is left as a model."""

    def visit(element: Element, path: str, nodes: Mapping[str, str]) -> Iterator[_Leaf]:
        nets = tuple(nodes.get(node, f"{path.rpartition('.')[0]}.{node}") for node in element.nodes)
        part = element.part
        if part is None or part.chip is not None or element.stands_for is not None:
            yield _Leaf(path, element, nets)
            return
        inside = {GROUND: GROUND_NET, **dict(zip(part.ports, nets, strict=True))}
        for inner in part.elements:
            name = inner.name if inner.kind == "X" else f"{inner.kind.lower()}{inner.name}"
            yield from visit(inner, f"{path}.{name}", inside)

    top = {node: node for node in circuit.nodes} | {GROUND: GROUND_NET}
    for element in circuit.elements:
        yield from visit(element, element.name, top)


def _nets(fitted: Fitted, leaf: _Leaf) -> dict[str, str] | None:
    """Net by pin; None when the pins are not known, or when only a supply is wired."""
    place = fitted.place
    if place.chip is None:
        pins = _PLAIN_PINS.get(place.kind)
        return None if pins is None else dict(zip(pins, leaf.nets, strict=True))
    pinout, part = PINOUTS.get(place.value), leaf.element.part
    assert part is not None
    if pinout is None or not set(part.ports) <= set(pinout.units[fitted.unit]):
        return None
    pins = pinout.units[fitted.unit]
    return {pins[port]: net for port, net in zip(part.ports, leaf.nets, strict=True)}


def _component(
    reference: str, found: list[tuple[Fitted, Unit]], components: ComponentsSpec
) -> Component:
    place, units = found[0][0].place, tuple(unit for _, unit in found)
    if place.chip is not None:
        pinout = PINOUTS[place.value]
        rails = _rails(components)
        taken = {unit.number for unit in units}
        spare = [
            Unit(n, "", _spare(pins, f"{reference}.spare{n}"))
            for n, pins in enumerate(pinout.units, start=1)
            if n not in taken
        ]
        supply = {pin: rails[rail] for pin, rail in pinout.supplies.items()}
        units = (*units, *spare, Unit(len(pinout.units) + 1, "", supply))
        footprint = chip_package(place.value).footprint
        return Component(reference, place.value, place.value, footprint, units)
    symbol = _SYMBOLS[place.kind]
    if place.kind == "diode":
        return Component(reference, symbol, place.value, chip_package(place.value).footprint, units)
    number = float(place.value)
    package = (
        resistor_package(number, components.resistor_tolerance)
        if place.kind == "resistor"
        else capacitor_package(number)
    )
    return Component(reference, symbol, kicad_value(number), package.footprint, units)


def _spare(pins: Mapping[str, str], net: str) -> dict[str, str]:
    """Nets of an unused part: inputs at ground; an op-amp follows itself, a comparator is open."""
    if "common" in pins:
        return {pins["plus"]: GROUND_NET, pins["minus"]: GROUND_NET}
    if "minus" in pins:
        return {pins["plus"]: GROUND_NET, pins["minus"]: net, pins["out"]: net}
    return dict.fromkeys(pins.values(), GROUND_NET)


def _rails(components: ComponentsSpec) -> dict[str, str]:
    supply = f"{components.supply_v:g}V"
    return {"+": f"+{supply}", "-": f"-{supply}", "0": GROUND_NET, "logic": f"+{LOGIC_V:g}V"}


def symbol_pinout(symbol: str) -> Pinout | None:
    """Pinout of a chip's symbol; None for resistors, capacitors, diodes and ports."""
    return PINOUTS.get(symbol)
