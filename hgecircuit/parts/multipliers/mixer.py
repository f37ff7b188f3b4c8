"""Error times AC signal: the gated product in front of the demodulators."""

from __future__ import annotations

from dataclasses import dataclass

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.multipliers.product import Multiplier


@dataclass(frozen=True)
class Mixer:
    """q = gate d (y - yh) / (1 V), with the multiplier's errors.

    The held output yh takes away the DC of y, so no coupling capacitor has to settle. An offset of
    the product is a constant while the gate is open and meets whole cycles of every reference: it
    reaches no accumulator.

    Attributes:
        multiplier: The multiplier.
    """

    multiplier: Multiplier

    def subcircuit(self, name: str = "mixer") -> Subcircuit:
        """Ports ``y``, ``yh``, ``d``, ``gate``, ``q``."""
        part = Subcircuit(name, ("y", "yh", "d", "gate", "q"), "Mixer: q = gate d (y - yh).")
        product = self.multiplier.expression("v(d)", "(v(y)-v(yh))")
        part.behavioural_voltage("product", "q", GROUND, f"v(gate)*({product})")
        return part
