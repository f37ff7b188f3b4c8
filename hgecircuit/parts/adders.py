"""Adders: perturbation onto a control voltage, pattern bits into an electrode voltage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hgecircuit.netlist import GROUND, Subcircuit, format_number


@dataclass(frozen=True)
class PerturbationAdder:
    """e = (1 + gain_error) w + amplitude * s + offset, with s the oscillator's 1 V carrier.

    Attributes:
        amplitude_v: Perturbation amplitude at the electrode.
        gated: Whether a gate signal switches the perturbation on and off.
        chopped: Whether ``chop`` at 1 V turns the perturbation's sign over (gated ones only).
        gain_error: Relative error of the gain for w; 0 when ideal.
        offset_v: Offset at the electrode in V; 0 when ideal.
    """

    amplitude_v: float
    gated: bool
    chopped: bool = False
    gain_error: float = 0.0
    offset_v: float = 0.0

    def subcircuit(self, name: str = "perturbation_adder") -> Subcircuit:
        """Ports ``w``, ``s``, ``gate`` when gated, ``chop`` when chopped, ``e``."""
        amplitude = format_number(self.amplitude_v)
        flags = ["gate"] * self.gated + ["chop"] * self.chopped
        part = Subcircuit(name, ("w", "s", *flags, "e"), "Perturbation adder: e = w + amplitude s.")
        top = "level" if self.offset_v else "e"
        weight = f"{format_number(1 + self.gain_error)}*v(w)" if self.gain_error else "v(w)"
        if self.gated:
            sign = "(1-2*v(chop))*" if self.chopped else ""
            carrier = f"{amplitude}*v(gate)*{sign}v(s)"
            part.behavioural_voltage("sum", top, GROUND, f"{weight}+{carrier}")
        else:
            part.vcvs("carrier", top, "x", "s", GROUND, self.amplitude_v)
            part.vcvs("weight", "x", GROUND, "w", GROUND, 1 + self.gain_error)
        if self.offset_v:
            part.voltage("offset", "e", "level", self.offset_v)
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
