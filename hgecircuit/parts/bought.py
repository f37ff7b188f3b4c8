"""How a part of a table says what it is on a bill of materials."""

from __future__ import annotations

from hgecircuit.netlist import Chip


def bought(
    part: str, kind: str, supply_a: float | None, supply_v: float | None, source: str
) -> Chip | None:
    """The chip of a part number; None without one, and no power without current and voltage."""
    if not part:
        return None
    power_w = None if supply_a is None or supply_v is None else supply_a * supply_v
    return Chip(part, kind, power_w, source)
