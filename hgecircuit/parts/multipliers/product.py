"""Four-quadrant analog multiplier at behavioural fidelity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit, format_number

UNIT_V = 1.0  # the denominator voltage: 1 V times 1 V gives 1 V


@dataclass(frozen=True)
class Multiplier:
    """Product of two voltages: out = (1 + scale_error) x y / (1 V) + output_offset.

    Attributes:
        scale_error: Relative error of the scale factor; 0 when ideal.
        output_offset_v: Offset at the output in V; 0 when ideal.
    """

    scale_error: float = 0.0
    output_offset_v: float = 0.0

    def product_v(self, x_v: np.ndarray, y_v: np.ndarray) -> np.ndarray:
        """Ideal response of this part, in V."""
        return (1 + self.scale_error) * x_v * y_v / UNIT_V + self.output_offset_v

    def expression(self, x: str, y: str) -> str:
        """The product of two expressions, with this part's errors, as a source's expression."""
        expression = f"{x}*{y}"
        if self.scale_error:
            expression = f"{format_number(1 + self.scale_error)}*{expression}"
        if self.output_offset_v:
            expression += f"+({format_number(self.output_offset_v)})"
        return expression

    def subcircuit(self, name: str = "multiplier") -> Subcircuit:
        """Ports ``x``, ``y``, ``out``."""
        part = Subcircuit(name, ("x", "y", "out"), "Analog multiplier: out = x y / (1 V).")
        part.behavioural_voltage("product", "out", GROUND, self.expression("v(x)", "v(y)"))
        return part
