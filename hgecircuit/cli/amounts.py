"""Command-line options that are quantities with a unit."""

from __future__ import annotations

import math
from typing import Any

import click

from hgecircuit.errors import InputError
from hgecircuit.units import Dimension, format_quantity, parse_quantity

# Smallest and largest size of a quantity by its unit: far outside what any lock-in, device or part
# can have (single electrons per hour, a volt over a nanometre), and far inside a float's range, so
# that every product of them is a number.
_BOUNDS = {
    "Hz": (1e-6, 1e12),
    "s": (1e-12, 1e9),
    "V": (1e-12, 1e3),
    "A": (1e-21, 1e3),
    "Ω": (1e-3, 1e18),
    "A^2/Hz": (1e-45, 1.0),
    "A/V": (1e-21, 1e3),
    "A/V^2": (1e-21, 1e6),
    "A/V^3": (1e-21, 1e9),
    "%": (1e-15, 1e3),
}


class Amount(click.ParamType):
    """A quantity with its unit, or a bare number in a stated unit, between physical bounds.

    Args:
        dimension: What it measures; a key of the bounds.
        bare: Factor to SI of a number without a unit; without it a number needs its unit.
        zero: Whether 0 is allowed.
        signed: Whether any sign is allowed, and 0.
    """

    name = "quantity"

    def __init__(
        self,
        dimension: Dimension,
        *,
        bare: float | None = None,
        zero: bool = False,
        signed: bool = False,
    ) -> None:
        self.dimension, self.bare, self.zero, self.signed = dimension, bare, zero, signed
        self.least, self.most = _BOUNDS[dimension.unit]

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the text into SI.

        Raises:
            InputError: Not such a quantity, or a sign that it can't have.
        """
        if isinstance(value, float):
            return value
        key = param.opts[-1] if param is not None else None
        number = self._read(value, key)
        if not self.signed and (number < 0 or (number == 0 and not self.zero)):
            least = "at least 0" if self.zero else "above 0"
            raise InputError("out of range", key=key, value=value, expected=least)
        if number and not self.least <= abs(number) <= self.most:
            size = "a size from " if self.signed else ""
            ends = f"{size}{self._shown(self.least)} to {self._shown(self.most)}"
            nothing = ", or 0" if self.signed or self.zero else ""
            raise InputError("out of range", key=key, value=value, expected=ends + nothing)
        return number

    def _shown(self, number: float) -> str:
        if not self.dimension.unit.isalpha():  # A^2/Hz: a prefix would be squared with its unit
            return f"{number:g} {self.dimension.unit}"
        return format_quantity(number, self.dimension.unit)

    def _read(self, text: str, key: str | None) -> float:
        if self.bare is not None:
            try:
                number = float(text)
            except ValueError:
                pass
            else:
                if not math.isfinite(number):
                    raise InputError("not a finite number", key=key, value=text)
                return number * self.bare
        try:
            return parse_quantity(text, self.dimension)
        except InputError as error:
            raise InputError(
                error.problem, key=key, value=error.value, expected=error.expected
            ) from error
