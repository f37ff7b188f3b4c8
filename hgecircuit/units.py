"""Units at the edge: text with a unit in, SI floats inside, text with a unit out.

Inside the package every number is a plain float in SI (Hz, V, A, s, ohm, F, rad); this module is
the only one that reads or writes unit text. Parsing and SI prefixes are QuantiPhy's.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from quantiphy import Quantity

from hgecircuit.errors import InputError

_OHM_NAMES = {"ohm", "ohms", "Ohm", "Ohms", "Ω", "\u2126"}


@dataclass(frozen=True)
class Dimension:
    """What a quantity measures.

    Attributes:
        name: In words, for error messages.
        unit: The SI unit as written behind the prefix.
        example: An accepted text.
        scales: Factor to SI for every accepted unit.
    """

    name: str
    unit: str
    example: str
    scales: dict[str, float]


def _dimension(name: str, unit: str, example: str, **others: float) -> Dimension:
    return Dimension(name, unit, example, {unit: 1.0, **others})


FREQUENCY = _dimension("a frequency", "Hz", "10 kHz")
TIME = _dimension("a time", "s", "10 ms")
VOLTAGE = _dimension("a voltage", "V", "20 mV")
CURRENT = _dimension("a current", "A", "1 nA")
RESISTANCE = Dimension("a resistance", "Ω", "100 kohm", dict.fromkeys(_OHM_NAMES, 1.0))
SLEW_RATE = _dimension("a slew rate", "V/s", "100 V/s")
CAPACITANCE = _dimension("a capacitance", "F", "100 nF")
PHASE = Dimension(
    "a phase", "deg", "90 deg", {"deg": math.pi / 180, "°": math.pi / 180, "rad": 1.0}
)
FRACTION = Dimension("a fraction", "%", "1 %", {"%": 0.01})
RATE_ERROR = Dimension("a relative error of a rate", "ppm", "20 ppm", {"ppm": 1e-6})
# A density's prefix can't be split from its unit by rule (n in nA^2 is squared), so each is listed.
CURRENT_DENSITY = Dimension(
    "a one-sided current noise density",
    "A^2/Hz",
    "1e-5 nA^2/Hz",
    {"A^2/Hz": 1.0, "uA^2/Hz": 1e-12, "nA^2/Hz": 1e-18, "pA^2/Hz": 1e-24, "fA^2/Hz": 1e-30},
)

# QuantiPhy would also read "1.5 rad" as r times ad and "20 ppm" as p times pm, so angles and shares
# have no prefixes either.
_LISTED_UNITS = {CURRENT_DENSITY.unit, PHASE.unit, FRACTION.unit, RATE_ERROR.unit}
_NUMBER_AND_UNIT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S*)\s*")
_NOT_FINITE = re.compile(r"\s*[+-]?(?:nan|inf)\s*\S*\s*", re.IGNORECASE)


def parse_quantity(text: object, dimension: Dimension) -> float:
    """Read text such as ``"10 kHz"`` into SI.

    Args:
        text: Number, SI prefix and unit.
        dimension: What it must measure, for example :data:`FREQUENCY`.

    Returns:
        The value in SI (for :data:`PHASE` in rad, for :data:`FRACTION` as a plain ratio).

    Raises:
        InputError: Not text, no number, no unit, another unit, or not finite.
    """
    expected = f'{dimension.name} with its unit, such as "{dimension.example}"'
    if not isinstance(text, str):
        raise InputError(f"not {dimension.name}", value=text, expected=expected)
    value, unit = _split(text, dimension, expected)
    if unit not in dimension.scales:
        what = f"the unit {unit!r}" if unit else "a number without a unit"
        raise InputError(f"{what} is not {dimension.name}", value=text, expected=expected)
    if not math.isfinite(value):
        raise InputError("not a finite number", value=text, expected=expected)
    return value * dimension.scales[unit]


def _split(text: str, dimension: Dimension, expected: str) -> tuple[float, str]:
    match = _NUMBER_AND_UNIT.fullmatch(text)
    # QuantiPhy alone would also take "1,000 Hz", "f = 10 kHz", "$10" and words behind the unit.
    if not match and not _NOT_FINITE.fullmatch(text):
        problem = "not one plain number with one unit"
        raise InputError(problem, value=text, expected=expected)
    if match and dimension.unit in _LISTED_UNITS:
        return float(match[1]), match[2]
    try:
        quantity = Quantity(text)
    except (ValueError, KeyError) as error:
        raise InputError(f"not {dimension.name}", value=text, expected=expected) from error
    return float(quantity), quantity.units


def format_quantity(value: float, unit: str, digits: int = 4) -> str:
    """Write an SI value with a prefix: ``format_quantity(1e4, "Hz")`` gives ``"10 kHz"``."""
    return Quantity(value, unit).render(prec=digits - 1)
