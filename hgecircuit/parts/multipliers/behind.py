"""Gain behind a multiplier's core: a divider from its output to its Z input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.multipliers.translinear import TranslinearMultiplier
from hgecircuit.parts.ratios import ratio_pair

# Small, because the Z input's bias current flows through it: 0.8 uA of an AD633 are 0.8 mV.
_ABOUT_OHM = 1e3
# Nearer to 1 than this is no gain at all: a wire from Z to ground is exact.
_NEAR_ONE = 2e-3


@dataclass(frozen=True)
class GainBehind:
    """G = 1 + R_g / R_t between core and output, because Z adds out R_g / (R_t + R_g) to the core.

    Attributes:
        top_ohm: R_t, from the output to Z.
        ground_ohm: R_g, from Z to ground; 0 where Z is grounded and G = 1.
    """

    top_ohm: float
    ground_ohm: float

    @classmethod
    def size(cls, gain: float, resistor_series: str = "E192") -> GainBehind:
        """Resistors for a gain of at least 1.

        Raises:
            ValueError: The gain is below 1.
        """
        if gain < 1 - _NEAR_ONE:
            raise ValueError(f"no divider makes a gain of {gain:g}: at least 1")
        if gain < 1 + _NEAR_ONE:
            return cls(_ABOUT_OHM, 0.0)
        return cls(*ratio_pair(gain - 1, _ABOUT_OHM, resistor_series))

    @property
    def gain(self) -> float:
        """G."""
        return 1 + self.ground_ohm / self.top_ohm

    def output_v(self, chip: TranslinearMultiplier, core_v: np.ndarray) -> np.ndarray:
        """Settled output for the core's voltage (any shape), offset and clipping included.

        With the chip's open-loop gain A: out (1 + 1/A) = core + W_os + z.
        """
        parallel_ohm = self.top_ohm * self.ground_ohm / (self.top_ohm + self.ground_ohm)
        core_v = core_v + chip.output_offset_v - chip.bias_a * parallel_ohm
        wanted_v = self.gain * core_v / (1 + self.gain / chip.amplifier.dc_gain)
        return np.clip(wanted_v, chip.amplifier.rail_low_v, chip.amplifier.rail_high_v)

    def response(self, chip: TranslinearMultiplier, frequency_hz: np.ndarray) -> np.ndarray:
        """Of the output amplifier, 1 at 0 Hz, complex, frequencies of any shape."""
        still = 1 + self.gain / chip.amplifier.dc_gain
        return still / (1 + self.gain / chip.amplifier.response(frequency_hz))

    def add(self, part: Subcircuit, out: str) -> str:
        """Add the divider from node ``out`` to ``part``; returns the node for Z."""
        if not self.ground_ohm:
            return GROUND
        part.resistor("z_top", out, "z", self.top_ohm)
        part.resistor("z_ground", "z", GROUND, self.ground_ohm)
        return "z"
