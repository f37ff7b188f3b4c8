"""Parts and power: the bill of a circuit, and its energy beside the digital alternatives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hgecircuit.circuit.bill import KINDS, Bill, Line
from hgecircuit.compare.digital import ASSUMPTIONS, PAPER_RIG, Item, embedded_lock_in
from hgecircuit.compare.energy import Consumer, Times, analog_power_w, compare_energy
from hgecircuit.compare.verification import Verification
from hgecircuit.report.blocks import Block, Bullets, Paragraph, Table
from hgecircuit.report.plain import format_value
from hgecircuit.units import format_quantity

_UNITS = {"resistor": "Ω", "capacitor": "F"}
_UNKNOWN = "unknown"
# Up to the first number of an instance's name, the number, and all behind it.
_NUMBERED = re.compile(r"([^\d:]*)(\d+)(.*)")


def bill_json(bill: Bill) -> dict[str, Any]:
    """A bill as plain data."""
    return {
        "counts": {kind: bill.count(kind) for kind in KINDS},
        "packages": bill.packages,
        "lines": [
            {
                "kind": line.kind if line.chip is None else line.chip.kind,
                "value": line.value if line.chip is not None else _number(line.value),
                "quantity": line.quantity,
                "packages": line.packages,
                "supply_W": line.supply_w,
                "source": "" if line.chip is None else line.chip.source,
            }
            for line in bill.lines
        ],
        "modelled": list(bill.modelled),
        "supply_W": analog_power_w(bill),
        "unknown_power": list(bill.unknown_power),
    }


def bill_rows(bill: Bill) -> list[tuple[str, str, str, str, str]]:
    """Kind, value, quantity, packages and supply power of every line, as text."""
    return [_row(line) for line in bill.lines]


def bill_summary(bill: Bill) -> list[str]:
    """Counts, supply power and what is only modelled, in a line each."""
    counts = {kind: bill.count(kind) for kind in KINDS}
    counted = [f"{n} {kind if n == 1 else kind + 's'}" for kind, n in counts.items() if n]
    power_w = analog_power_w(bill)
    if power_w is None:
        power = "supply power unknown: no block is built of chips"
    else:
        power = f"supply power {format_value(power_w, 'W')} without load"
        if bill.unknown_power:
            power += f", unknown for {', '.join(bill.unknown_power)}"
    parts = f"{', '.join(counted)} ({bill.packages} packages)" if counted else "nothing to buy"
    lines = [f"{parts}; {power}"]
    if bill.modelled:
        lines.append("only modelled: " + "; ".join(families(bill.modelled)))
    return lines


def families(names: Sequence[str]) -> list[str]:
    """Names that differ in their first number only, as one: ``acc0 to 4``."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in names:
        match = _NUMBERED.fullmatch(name)
        head, number, tail = (name, "", "") if match is None else match.groups()
        found.setdefault((head, tail), []).append(number)
    return [
        f"{head}{numbers[0]}{f' to {numbers[-1]}' if len(numbers) > 1 else ''}{tail}"
        for (head, tail), numbers in found.items()
    ]


def times_of(verification: Verification) -> Times:
    """How long the circuit and its digital reference took in a verification."""
    result, limits = verification.reference, verification.learner.spec.limits
    solved = bool(result.solved(limits.loss, limits.margin_a)[0])
    return Times(
        verification.learner.design.timing.epoch_s,
        verification.learning.solved_s,
        result.seconds_per_iteration,
        float(result.time_s[0]) if solved and result.time_s is not None else None,
    )


def power_json(bill: Bill, times: Times, electrodes: int) -> dict[str, Any]:
    """Power and energy as plain data, with what they rest on."""
    return {
        "consumers": [
            {
                "name": one.name,
                "supply_W": one.supply_w,
                "bound": one.bound,
                "update_s": one.update_s,
                "update_J": one.update_j,
                "learned_s": one.learned_s,
                "learned_J": one.learned_j,
            }
            for one in compare_energy(bill, times, electrodes)
        ],
        "embedded_lock_in": [_item_json(item) for item in embedded_lock_in(electrodes)],
        "paper_rig": [_item_json(item) for item in PAPER_RIG],
        "assumptions": list(ASSUMPTIONS),
    }


def power_rows(bill: Bill, times: Times, electrodes: int) -> list[tuple[str, ...]]:
    """Name, power, time and energy per update, time and energy per learned task, as text."""
    return [
        (
            one.name,
            _bounded(one.supply_w, "W", one),
            _known(one.update_s, "s"),
            _bounded(one.update_j, "J", one),
            _known(one.learned_s, "s"),
            _bounded(one.learned_j, "J", one),
        )
        for one in compare_energy(bill, times, electrodes)
    ]


POWER_HEADINGS = ("", "supply", "update", "energy per update", "learned after", "energy to learn")
BILL_HEADINGS = ("kind", "value", "quantity", "packages", "supply")


def parts_section(verification: Verification, bill: Bill) -> list[Block]:
    """The section of a report: chips, and power; `hgecircuit bom` has every value."""
    electrodes = verification.learner.design.device.electrodes
    rows = [_row(line) for line in bill.lines if line.chip is not None]
    power = power_rows(bill, times_of(verification), electrodes)
    blocks: list[Block] = [Paragraph(f"{_sentence(line)}.") for line in bill_summary(bill)]
    if rows:
        blocks.append(Table("Chips", BILL_HEADINGS, rows, "llrrr"))
    return [
        *blocks,
        Paragraph("An update is one epoch of the circuit, or one iteration of the digital scheme."),
        Table("Power and energy", POWER_HEADINGS, power, "lrrrrr"),
        Bullets(ASSUMPTIONS),
    ]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _row(line: Line) -> tuple[str, str, str, str, str]:
    kind = line.kind if line.chip is None else line.chip.kind
    return kind, _value(line), str(line.quantity), str(line.packages), _power(line)


def _value(line: Line) -> str:
    unit = _UNITS.get(line.kind)
    return line.value if unit is None else format_quantity(float(line.value), unit)


def _number(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


def _power(line: Line) -> str:
    if line.chip is None:
        return ""
    return _UNKNOWN if line.supply_w is None else format_value(line.supply_w, "W")


def _known(value: float | None, unit: str) -> str:
    return _UNKNOWN if value is None else format_value(value, unit)


def _bounded(value: float | None, unit: str, consumer: Consumer) -> str:
    signs = {"at least": "≥ ", "at most": "≤ ", "": ""}
    return _UNKNOWN if value is None else signs[consumer.bound] + format_value(value, unit)


def _item_json(item: Item) -> dict[str, Any]:
    return {
        "part": item.part,
        "quantity": item.quantity,
        "supply_W": item.supply_w,
        "source": item.source,
    }
