"""AC coupling: a capacitor into a resistor, buffered."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit


@dataclass(frozen=True)
class AcCoupling:
    """First-order high-pass that keeps the output's DC away from the demodulators.

    Sizing: R = 1/(2 pi f_c C).

    Attributes:
        cutoff_hz: Cut-off frequency (-3 dB).
        capacitor_f: Coupling capacitor.
    """

    cutoff_hz: float
    capacitor_f: float = 10e-9

    @property
    def resistor_ohm(self) -> float:
        """Resistor to ground."""
        return 1 / (2 * math.pi * self.cutoff_hz * self.capacitor_f)

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Ideal response H(f), complex."""
        s = 1j * np.asarray(frequency_hz) / self.cutoff_hz
        return s / (1 + s)

    def subcircuit(self, name: str = "ac_coupling") -> Subcircuit:
        """Ports ``inp``, ``out``."""
        part = Subcircuit(name, ("inp", "out"), "AC coupling: RC high-pass and buffer.")
        part.capacitor("1", "inp", "a", self.capacitor_f, initial_v=0.0)
        part.resistor("1", "a", GROUND, self.resistor_ohm)
        part.vcvs("buffer", "out", GROUND, "a", GROUND, 1.0)
        return part
