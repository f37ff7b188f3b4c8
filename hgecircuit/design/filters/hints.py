"""Options that a user can type as they stand, for what comes nearest to the impossible."""

from __future__ import annotations

import math

from hgecircuit.units import format_quantity

_DIGITS = 4


def option(name: str, value: float, unit: str, *, up: bool) -> str:
    """An option with its value, rounded to the side on which it does what is meant.

    Args:
        name: Such as ``--cutoff``.
        value: In SI, above 0.
        unit: SI unit, or ``%`` for a ratio.
        up: Whether larger is on the safe side.
    """
    if unit == "%":
        return f"{name} {typed(100 * value, up=up):.{_DIGITS}g}%"
    return f"{name} {format_quantity(typed(value, up=up), unit, _DIGITS).replace(' ', '')}"


def typed(value: float, *, up: bool) -> float:
    """A value above 0 as :func:`option` rounds it."""
    scale = 10.0 ** (_DIGITS - 1 - math.floor(math.log10(value)))
    return (math.ceil if up else math.floor)(value * scale) / scale
