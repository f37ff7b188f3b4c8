"""Gain stages of one op-amp and resistors: inverting, non-inverting, difference.

With the noise gain N = 1 + R_f / R_1 and the op-amp's open-loop gain A(s), each stage's response is
its ideal gain over 1 + N / A(s) (Tietze, Schenk, Gamm, Electronic Circuits, 2nd ed., section 5.1).
The op-amp's output resistance is left out of the laws: a load R_L lowers A by R_out / R_L only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.ratios import ratio_pair

# Resistors that load an op-amp with at most 1 mA at 10 V and add less noise than most op-amps.
_ABOUT_OHM = 10e3


def _closed(gain: float, noise_gain: float, opamp: OpAmpMacromodel, hz: np.ndarray) -> np.ndarray:
    return gain / (1 + noise_gain / opamp.response(hz))


@dataclass(frozen=True)
class InvertingAmplifier:
    """out = -(R_f / R_1) inp.

    Attributes:
        opamp: The op-amp.
        input_ohm: R_1.
        feedback_ohm: R_f.
    """

    opamp: OpAmpMacromodel
    input_ohm: float
    feedback_ohm: float

    @classmethod
    def size(
        cls,
        gain: float,
        opamp: OpAmpMacromodel,
        about_ohm: float = _ABOUT_OHM,
        resistor_series: str = "E192",
    ) -> InvertingAmplifier:
        """Resistors for a gain of ``-gain``; R_1 is within half a decade of ``about_ohm``."""
        return cls(opamp, *ratio_pair(gain, about_ohm, resistor_series))

    @property
    def gain(self) -> float:
        """Ideal gain, negative."""
        return -self.feedback_ohm / self.input_ohm

    @property
    def noise_gain(self) -> float:
        """N."""
        return 1 - self.gain

    @property
    def offset_v(self) -> float:
        """Output for an input of 0 V."""
        opamp = self.opamp
        return self.noise_gain * opamp.offset_v + opamp.bias_minus_a * self.feedback_ohm

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Gain, complex, at frequencies of any shape."""
        return _closed(self.gain, self.noise_gain, self.opamp, frequency_hz)

    def subcircuit(self, name: str = "inverting") -> Subcircuit:
        """Ports ``inp``, ``out``."""
        part = Subcircuit(name, ("inp", "out"), f"Inverting amplifier, gain {self.gain:.6g}.")
        part.resistor("input", "inp", "minus", self.input_ohm)
        part.resistor("feedback", "minus", "out", self.feedback_ohm)
        part.instance("opamp", self.opamp.subcircuit(f"{name}_opamp"), (GROUND, "minus", "out"))
        return part


@dataclass(frozen=True)
class NonInvertingAmplifier:
    """out = (1 + R_f / R_1) inp, with a high-ohmic input.

    Attributes:
        opamp: The op-amp.
        ground_ohm: R_1.
        feedback_ohm: R_f.
    """

    opamp: OpAmpMacromodel
    ground_ohm: float
    feedback_ohm: float

    @classmethod
    def size(
        cls,
        gain: float,
        opamp: OpAmpMacromodel,
        about_ohm: float = _ABOUT_OHM,
        resistor_series: str = "E192",
    ) -> NonInvertingAmplifier:
        """Resistors for a gain above 1; R_1 is within half a decade of ``about_ohm``."""
        return cls(opamp, *ratio_pair(gain - 1, about_ohm, resistor_series))

    @property
    def gain(self) -> float:
        """Ideal gain, equal to the noise gain."""
        return 1 + self.feedback_ohm / self.ground_ohm

    @property
    def offset_v(self) -> float:
        """Output for an input of 0 V from a low-ohmic source."""
        opamp = self.opamp
        return self.gain * opamp.offset_v + opamp.bias_minus_a * self.feedback_ohm

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Gain, complex, at frequencies of any shape."""
        return _closed(self.gain, self.gain, self.opamp, frequency_hz)

    def subcircuit(self, name: str = "non_inverting") -> Subcircuit:
        """Ports ``inp``, ``out``."""
        part = Subcircuit(name, ("inp", "out"), f"Non-inverting amplifier, gain {self.gain:.6g}.")
        part.resistor("ground", "minus", GROUND, self.ground_ohm)
        part.resistor("feedback", "minus", "out", self.feedback_ohm)
        part.instance("opamp", self.opamp.subcircuit(f"{name}_opamp"), ("inp", "minus", "out"))
        return part


@dataclass(frozen=True)
class DifferenceAmplifier:
    """out = (R_f / R_1) (plus - minus), with both pairs of resistors alike.

    A common voltage comes through with (1 - R_4 R_1 / (R_3 R_f)) R_f / (R_1 + R_f) or so, which is
    what the resistors' tolerance leaves; with equal pairs it is none.

    Attributes:
        opamp: The op-amp.
        input_ohm: R_1, from the minus port.
        feedback_ohm: R_f.
        plus_ohm: R_3, from the plus port.
        ground_ohm: R_4.
    """

    opamp: OpAmpMacromodel
    input_ohm: float
    feedback_ohm: float
    plus_ohm: float
    ground_ohm: float

    @classmethod
    def size(
        cls,
        gain: float,
        opamp: OpAmpMacromodel,
        about_ohm: float = _ABOUT_OHM,
        resistor_series: str = "E192",
    ) -> DifferenceAmplifier:
        """Resistors for a gain; R_1 is within half a decade of ``about_ohm``."""
        return cls(opamp, *ratio_pair(gain, about_ohm, resistor_series) * 2)

    @property
    def noise_gain(self) -> float:
        """N."""
        return 1 + self.feedback_ohm / self.input_ohm

    @property
    def gains(self) -> tuple[float, float]:
        """Ideal gains from the plus and from the minus port."""
        divided = self.ground_ohm / (self.plus_ohm + self.ground_ohm)
        return divided * self.noise_gain, -self.feedback_ohm / self.input_ohm

    @property
    def offset_v(self) -> float:
        """Output for inputs of 0 V."""
        opamp = self.opamp
        parallel_ohm = self.plus_ohm * self.ground_ohm / (self.plus_ohm + self.ground_ohm)
        plus_v = opamp.offset_v - opamp.bias_plus_a * parallel_ohm
        return self.noise_gain * plus_v + opamp.bias_minus_a * self.feedback_ohm

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Gain from the plus port, complex, at frequencies of any shape."""
        return _closed(self.gains[0], self.noise_gain, self.opamp, frequency_hz)

    def subcircuit(self, name: str = "difference") -> Subcircuit:
        """Ports ``plus``, ``minus``, ``out``."""
        purpose = f"Difference amplifier, gain {self.gains[0]:.6g}."
        part = Subcircuit(name, ("plus", "minus", "out"), purpose)
        part.resistor("input", "minus", "below", self.input_ohm)
        part.resistor("feedback", "below", "out", self.feedback_ohm)
        part.resistor("plus", "plus", "above", self.plus_ohm)
        part.resistor("ground", "above", GROUND, self.ground_ohm)
        part.instance("opamp", self.opamp.subcircuit(f"{name}_opamp"), ("above", "below", "out"))
        return part
