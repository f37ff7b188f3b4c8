"""How a part of a table says what it is on a bill of materials."""

from __future__ import annotations

from collections.abc import Mapping

from hgecircuit.netlist import Chip

#: How many amplifiers, comparators or switches the package of a part number holds, by its data
#: sheet's title; one unless listed.
PER_PACKAGE: Mapping[str, int] = {
    "OPA2134": 2,
    "TL072C": 2,
    "NE5532": 2,
    "LM358B": 2,
    "MCP6002": 2,
    "OPA2320": 2,
    "LM393": 2,
    "ADG412": 4,
    "TMUX6121": 2,
}


def bought(
    part: str, kind: str, supply_a: float | None, supply_v: float | None, source: str
) -> Chip | None:
    """The chip of a part number; None without one, and no power without current and voltage.

    Args:
        part: Part number; empty when the figures are nobody's.
        kind: What it is.
        supply_a: Supply current of one amplifier, comparator or switch in A; None when unknown.
        supply_v: Total supply in V; None when unknown.
        source: Where its figures were read.
    """
    if not part:
        return None
    power_w = None if supply_a is None or supply_v is None else supply_a * supply_v
    return Chip(part, kind, power_w, source, PER_PACKAGE.get(part, 1))
