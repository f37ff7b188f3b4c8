"""Packages that parts are bought in: what the data sheets offer for chips, a rule for the rest.

A chip is suggested in the small-outline package of its data sheet, in a dual-in-line one where it
has no other. The rule for what has only a value, with the limits that makers of such parts have in
common:

- resistors from 10 ohm to 1 Mohm: 0805, thin film below 1 % tolerance, else thick film; all others
  1206 thick film, which comes with 1 %, so a smaller tolerance has to be selected or trimmed;
- capacitors to 1 nF: 0805, C0G; to 10 nF: 1206, C0G; to 100 nF: film (PP), 5 mm pitch; above that:
  film (PP to 1 uF, then PET), 15 mm pitch. A capacitor of a few pF is mostly the board's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hgecircuit.errors import InputError

_THIN_FILM_OHM = (10.0, 1e6)
_THICK_FILM_TOLERANCE = 0.01
_STRAY_F = 10e-12


class Package(NamedTuple):
    """A suggestion.

    Attributes:
        name: Package and, for a resistor or capacitor, technology.
        footprint: Library and name of the footprint in KiCad's own libraries.
        note: What the buyer should know; empty for nothing.
    """

    name: str
    footprint: str
    note: str = ""


_SO8 = Package("SOIC-8", "Package_SO:SOIC-8_3.9x4.9mm_P1.27mm")
_SO14 = Package("SOIC-14", "Package_SO:SOIC-14_3.9x8.7mm_P1.27mm")
_SO16 = Package("SOIC-16", "Package_SO:SOIC-16_3.9x9.9mm_P1.27mm")
_SO20 = Package("SOIC-20", "Package_SO:SOIC-20W_7.5x12.8mm_P1.27mm")
_DIP8 = Package("DIP-8", "Package_DIP:DIP-8_W7.62mm")
_DIP14 = Package("DIP-14", "Package_DIP:DIP-14_W7.62mm")
_DIP28 = Package("DIP-28", "Package_DIP:DIP-28_W15.24mm")
_VSSOP10 = Package("VSSOP-10", "Package_SO:VSSOP-10_3x3mm_P0.5mm")
_XO = Package("half-size can, DIP-8", "Oscillator:Oscillator_DIP-8")

#: Suggested package by part number.
CHIPS: Mapping[str, Package] = {
    "OPA277": _SO8,
    "OP27E": _DIP8,
    "OPA333": _SO8,
    "OPA140": _SO8,
    "OPA2134": _SO8,
    "TL072C": _SO8,
    "NE5532": _SO8,
    "LM358B": _SO8,
    "MCP6002": _SO8,
    "OPA2320": _SO8,
    "LMP7721": _SO8,
    "AD633": _SO8,
    "AD734": _DIP14,
    "ADG412": _SO16,
    "TMUX6121": _VSSOP10,
    "LM393": _SO8,
    "LM311": _SO8,
    "74HC10": _SO14,
    "74HC161": _SO16,
    "74HC574": _SO20,
    "27C256": _DIP28,
    "crystal oscillator, 5 V CMOS": _XO,
}

#: Suggested package of diodes and transistors by part number.
DISCRETES: Mapping[str, Package] = {
    "1N4148": Package("DO-35", "Diode_THT:D_DO-35_SOD27_P7.62mm_Horizontal"),
}


def chip_package(part: str) -> Package:
    """The suggestion for a chip, a diode or a transistor.

    Raises:
        InputError: The part number is in no table.
    """
    found = CHIPS.get(part) or DISCRETES.get(part)
    if found is None:
        raise InputError(
            "no package is listed for this part",
            value=part,
            expected="a row in hgecircuit/parts/packages.py",
        )
    return found


def resistor_package(ohm: float, tolerance: float) -> Package:
    """The suggestion for a resistor of ``ohm`` with a relative ``tolerance``."""
    low_ohm, high_ohm = _THIN_FILM_OHM
    if low_ohm <= ohm <= high_ohm:
        film = "thin film" if tolerance < _THICK_FILM_TOLERANCE else "thick film"
        return Package(f"0805 {film}", "Resistor_SMD:R_0805_2012Metric")
    note = "" if tolerance >= _THICK_FILM_TOLERANCE else "select or trim: thick film has 1 %"
    return Package("1206 thick film", "Resistor_SMD:R_1206_3216Metric", note)


def capacitor_package(farad: float) -> Package:
    """The suggestion for a capacitor of ``farad``."""
    if farad <= 1e-9:
        note = "the board adds about as much" if farad < _STRAY_F else ""
        return Package("0805 C0G", "Capacitor_SMD:C_0805_2012Metric", note)
    if farad <= 10e-9:
        return Package("1206 C0G", "Capacitor_SMD:C_1206_3216Metric")
    if farad <= 100e-9:
        return Package(
            "film PP, 5 mm", "Capacitor_THT:C_Rect_L7.2mm_W2.5mm_P5.00mm_FKS2_FKP2_MKS2_MKP2"
        )
    material = "PP" if farad <= 1e-6 else "PET"
    return Package(
        f"film {material}, 15 mm", "Capacitor_THT:C_Rect_L18.0mm_W5.0mm_P15.00mm_FKS3_FKP3"
    )
