"""Adders: perturbation onto a control voltage, pattern bits into an electrode voltage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hgecircuit.netlist import GROUND, Subcircuit, format_number


@dataclass(frozen=True)
class PerturbationAdder:
    """e = w + amplitude * s, with s the oscillator's 1 V carrier.

    Attributes:
        amplitude_v: Perturbation amplitude at the electrode.
        gated: Whether a gate signal switches the perturbation on and off.
        chopped: Whether ``chop`` at 1 V turns the perturbation's sign over (gated ones only).
    """

    amplitude_v: float
    gated: bool
    chopped: bool = False

    def subcircuit(self, name: str = "perturbation_adder") -> Subcircuit:
        """Ports ``w``, ``s``, ``gate`` when gated, ``chop`` when chopped, ``e``."""
        amplitude = format_number(self.amplitude_v)
        flags = ["gate"] * self.gated + ["chop"] * self.chopped
        part = Subcircuit(name, ("w", "s", *flags, "e"), "Perturbation adder: e = w + amplitude s.")
        if self.chopped:
            sign = "(1-2*v(chop))"
            part.behavioural_voltage("sum", "e", GROUND, f"v(w)+{amplitude}*v(gate)*{sign}*v(s)")
        elif self.gated:
            part.behavioural_voltage("sum", "e", GROUND, f"v(w)+{amplitude}*v(gate)*v(s)")
        else:
            part.vcvs("carrier", "e", "x", "s", GROUND, self.amplitude_v)
            part.vcvs("weight", "x", GROUND, "w", GROUND, 1.0)
        return part


@dataclass(frozen=True)
class PatternAdder:
    """e = low + (high - low) * sum of the selects of the patterns whose bit is 1.

    Attributes:
        low_v: Electrode voltage for logic 0.
        high_v: Electrode voltage for logic 1.
        bits: This electrode's bit in each pattern.
    """

    low_v: float
    high_v: float
    bits: Sequence[int]

    def subcircuit(self, name: str) -> Subcircuit:
        """Ports ``p<k>`` for every pattern whose bit is 1, then ``e``."""
        ones = [k for k, bit in enumerate(self.bits) if bit]
        part = Subcircuit(name, [*(f"p{k}" for k in ones), "e"], "Pattern level of one electrode.")
        below = GROUND
        for k in ones:
            part.vcvs(f"p{k}", f"x{k}", below, f"p{k}", GROUND, self.high_v - self.low_v)
            below = f"x{k}"
        part.voltage("low", "e", below, self.low_v)
        return part
