"""Current-to-voltage converter for the device's output."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit


@dataclass(frozen=True)
class IvConverter:
    """Holds the device's output at 0 V and gives out = gain_ohm * I (a second inverter included).

    Attributes:
        gain_ohm: Transimpedance, the feedback resistor.
        bandwidth_hz: Pole of the feedback network; infinite when ideal.
        offset_v: Offset at the output, in V; 0 when ideal.
    """

    gain_ohm: float
    bandwidth_hz: float = math.inf
    offset_v: float = 0.0

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Ideal response V/A, complex, at ``frequency_hz``."""
        return self.gain_ohm / (1 + 1j * np.asarray(frequency_hz) / self.bandwidth_hz)

    def subcircuit(self, name: str = "iv_converter") -> Subcircuit:
        """Ports ``inp`` (virtual ground), ``out``."""
        part = Subcircuit(name, ("inp", "out"), "Current-to-voltage converter.")
        part.voltage("sense", "inp", GROUND, 0.0)
        stage = "level" if self.offset_v else "out"
        if math.isinf(self.bandwidth_hz):
            part.ccvs("gain", stage, GROUND, "sense", self.gain_ohm)
        else:
            # The pole of the feedback pair R || C, behind an ideal gain and in front of a low-ohmic
            # output: I R / (1 + s R C).
            pole_f = 1 / (2 * math.pi * self.bandwidth_hz * self.gain_ohm)
            part.ccvs("gain", "direct", GROUND, "sense", self.gain_ohm)
            part.resistor("pole", "direct", "pole", self.gain_ohm)
            part.capacitor("pole", "pole", GROUND, pole_f, initial_v=0.0)
            part.vcvs("output", stage, GROUND, "pole", GROUND, 1.0)
        if self.offset_v:
            part.voltage("offset", "out", stage, self.offset_v)
        return part
