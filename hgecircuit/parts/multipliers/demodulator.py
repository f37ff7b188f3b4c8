"""Demodulator of one multiplier chip, with gain in front of its reference input where it pays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.amplifiers.stages import NonInvertingAmplifier
from hgecircuit.parts.multipliers.behind import GainBehind
from hgecircuit.parts.multipliers.product import UNIT_V, Multiplier
from hgecircuit.parts.multipliers.translinear import TranslinearMultiplier
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel


@dataclass(frozen=True)
class Demodulator:
    """out = gain x y / (1 V) from a chip with out = (x1 - x2) (y1 - y2) / U + z.

        gain = g G (1 V) / U

    g stands in front of y, the reference of 1 V, and G behind the core. The core's output offset
    W_os appears as G W_os, and an accumulator can't tell it from a signal; all other offsets meet a
    carrier that has no mean over whole cycles. So gain in front is worth an op-amp: AD633 with g =
    1 has G = 10 and 50 mV of offset, with g = 10 it has 5 mV (typical).

    Attributes:
        chip: The multiplier chip.
        reference: Amplifier of the reference; None when there is no gain in front.
        behind: Divider to the chip's Z input.
    """

    chip: TranslinearMultiplier
    reference: NonInvertingAmplifier | None
    behind: GainBehind

    @classmethod
    def size(
        cls,
        chip: TranslinearMultiplier,
        gain: float = 1.0,
        reference_gain: float = 1.0,
        opamp: OpAmpMacromodel | None = None,
    ) -> Demodulator:
        """Resistors for a gain.

        Args:
            chip: The multiplier chip.
            gain: Output in V for 1 V times 1 V.
            reference_gain: Gain in front of y; with carriers of 1 V at most 10.
            opamp: Of that amplifier; none without gain in front.

        Raises:
            InputError: Less gain is asked for than the chip and its reference have.
        """
        if (opamp is None) != (reference_gain == 1):
            raise ValueError("an op-amp where there is gain in front, and only there")
        in_front = None if opamp is None else NonInvertingAmplifier.size(reference_gain, opamp)
        front = 1.0 if in_front is None else in_front.gain
        behind = chip.denominator_v * gain / (UNIT_V * front)
        # What the resistors in front are off must not count as gain that is missing.
        if behind < 1 - 2e-3:
            raise InputError(
                "the demodulator has more gain than it should",
                value=f"{reference_gain:g} in front of a chip of {chip.denominator_v:g} V",
                expected=f"at most {chip.denominator_v * gain / UNIT_V:g} in front",
            )
        return cls(chip, in_front, GainBehind.size(behind))

    @property
    def gain(self) -> float:
        """Output in V for 1 V times 1 V, without the chip's own errors."""
        front = 1.0 if self.reference is None else self.reference.gain
        return front * self.behind.gain * UNIT_V / self.chip.denominator_v

    @property
    def slope(self) -> float:
        """The gain for small signals, with the chip's errors."""
        return self.gain * self.chip.slope / (1 + self.behind.gain / self.chip.amplifier.dc_gain)

    @property
    def offset_v(self) -> float:
        """Output for x = 0 V and y = 0 V."""
        return float(self.product_v(np.array(0.0), np.array(0.0)))

    @property
    def behavioural(self) -> Multiplier:
        """The same as sources: slope and all offsets, referred to its own ports."""
        x_v, y_v = self.chip.x_offset_v, self.chip.y_offset_v
        if self.reference is not None:
            y_v = (y_v + self.reference.offset_v) / self.reference.gain
        return Multiplier.through(self.slope, self.offset_v, x_v, y_v)

    def product_v(self, x_v: np.ndarray, y_v: np.ndarray) -> np.ndarray:
        """Ideal response: settled output in V at voltages in V (shapes that fit each other)."""
        in_front = self.reference
        if in_front is not None:
            y_v = in_front.gain * np.asarray(y_v) + in_front.offset_v
        return self.behind.output_v(self.chip, self.chip.core_v(x_v, y_v))

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Of x to out over the slope, complex, at frequencies of any shape."""
        return self.behind.response(self.chip, frequency_hz)

    def subcircuit(self, name: str = "demodulator") -> Subcircuit:
        """Ports ``x``, ``y``, ``out``."""
        part = Subcircuit(name, ("x", "y", "out"), f"Demodulator: out = {self.gain:.6g} x y.")
        reference = "y"
        if self.reference is not None:
            reference = "reference"
            in_front = self.reference.subcircuit(f"{name}_reference")
            part.instance("reference", in_front, ("y", reference))
        chip = self.chip.chip_subcircuit(f"{name}_chip")
        z = self.behind.add(part, "out")
        part.instance("chip", chip, ("x", GROUND, reference, GROUND, z, "out"))
        return part
