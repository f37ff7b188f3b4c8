"""Analog multiplexer: passes the signal of the selected pattern."""

from __future__ import annotations

from dataclasses import dataclass

from hgecircuit.netlist import GROUND, Subcircuit


@dataclass(frozen=True)
class Selector:
    """out = sum_k select_k * in_k, with select_k at 0 V or 1 V.

    Attributes:
        inputs: Number K of inputs.
    """

    inputs: int

    def subcircuit(self, name: str = "selector") -> Subcircuit:
        """Ports ``p<k>`` (selects), ``x<k>`` (inputs), ``out``."""
        channels = range(self.inputs)
        ports = [f"p{k}" for k in channels] + [f"x{k}" for k in channels] + ["out"]
        part = Subcircuit(name, ports, "Analog multiplexer: the selected pattern's signal.")
        for k in channels:
            part.behavioural_current(f"pass{k}", GROUND, "out", f"v(p{k})*v(x{k})")
        part.resistor("sum", "out", GROUND, 1.0)
        return part
