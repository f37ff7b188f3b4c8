"""Pins of the chips, in the packages of `packages`, by the ports of their subcircuits.

Read against the makers' pin tables: the single and dual op-amps, LM393 and LM311 have the common
pinouts that KiCad's own libraries give them; AD633 in SOIC is not as in DIP; ADG412 as its
successors ADG1412 and ADG5412, with the logic supply VL at pin 12. A chip that is missing here has
no port that the netlist wires (logic), or a pinout that could not be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Pinout(NamedTuple):
    """Pins of a package.

    Attributes:
        units: Pin number by port, for each of the package's equal parts.
        supplies: Rail by pin number: ``+``, ``-``, ``0`` and ``logic``.
    """

    units: tuple[Mapping[str, str], ...]
    supplies: Mapping[str, str]


def _unit(**pins: int) -> Mapping[str, str]:
    return {port: str(pin) for port, pin in pins.items()}


_SINGLE = Pinout((_unit(plus=3, minus=2, out=6),), {"7": "+", "4": "-"})
_DUAL = Pinout((_unit(plus=3, minus=2, out=1), _unit(plus=5, minus=6, out=7)), {"8": "+", "4": "-"})
_LM393 = Pinout(
    (
        _unit(plus=3, minus=2, out=1, common=1),
        _unit(plus=5, minus=6, out=7, common=7),
    ),
    {"8": "+", "4": "-"},
)
_LM311 = Pinout((_unit(plus=2, minus=3, out=7, common=7),), {"8": "+", "4": "-", "1": "0"})
_AD633 = Pinout((_unit(x1=7, x2=8, y1=1, y2=2, z=4, out=5),), {"6": "+", "3": "-"})
_ADG412 = Pinout(
    (
        _unit(a=3, b=2, gate=1),
        _unit(a=14, b=15, gate=16),
        _unit(a=11, b=10, gate=9),
        _unit(a=6, b=7, gate=8),
    ),
    {"13": "+", "4": "-", "5": "0", "12": "logic"},
)

#: Pinout by part number.
PINOUTS: Mapping[str, Pinout] = {
    **dict.fromkeys(("OPA277", "OP27E", "OPA333", "OPA140"), _SINGLE),
    **dict.fromkeys(("OPA2134", "TL072C", "NE5532", "LM358B", "MCP6002", "OPA2320"), _DUAL),
    "LM393": _LM393,
    "LM311": _LM311,
    "AD633": _AD633,
    "ADG412": _ADG412,
}
