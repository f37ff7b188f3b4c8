"""Four-quadrant analog multiplier at behavioural fidelity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit, format_number

UNIT_V = 1.0  # the denominator voltage: 1 V times 1 V gives 1 V


@dataclass(frozen=True)
class Multiplier:
    """Product of two voltages: out = (1 + scale_error) (x + X_os) (y + Y_os) / (1 V) + offset.

    Attributes:
        scale_error: Relative error of the scale factor; 0 when ideal.
        output_offset_v: Offset at the output in V; 0 when ideal.
        x_offset_v: X_os in V; 0 when ideal.
        y_offset_v: Y_os in V; 0 when ideal.
    """

    scale_error: float = 0.0
    output_offset_v: float = 0.0
    x_offset_v: float = 0.0
    y_offset_v: float = 0.0

    @classmethod
    def through(
        cls, slope: float, rest_v: float, x_offset_v: float, y_offset_v: float
    ) -> Multiplier:
        """The multiplier of this slope that gives ``rest_v`` for 0 V times 0 V."""
        return cls(
            slope - 1, rest_v - slope * x_offset_v * y_offset_v / UNIT_V, x_offset_v, y_offset_v
        )

    @property
    def rest_v(self) -> float:
        """Output for 0 V times 0 V."""
        inputs_v = (1 + self.scale_error) * self.x_offset_v * self.y_offset_v / UNIT_V
        return inputs_v + self.output_offset_v

    def product_v(self, x_v: np.ndarray, y_v: np.ndarray) -> np.ndarray:
        """Ideal response of this part, in V."""
        product_v = (x_v + self.x_offset_v) * (y_v + self.y_offset_v) / UNIT_V
        return (1 + self.scale_error) * product_v + self.output_offset_v

    def expression(self, x: str, y: str) -> str:
        """The product of two expressions, with this part's errors, as a source's expression."""
        if self.x_offset_v:
            x = f"({x}+({format_number(self.x_offset_v)}))"
        if self.y_offset_v:
            y = f"({y}+({format_number(self.y_offset_v)}))"
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
