r"""Transimpedance amplifier for currents of nA: feedback resistor and capacitor, then an inverter.

    inp ---+--- R_f || C_f ---+--- R_1 ---+--- R_2 ---+--- out = gain I
           +--- op-amp 1 -----+           +- op-amp 2 +
          C_in

With Z_f = R_f / (1 + s R_f C_f) and the op-amps' open-loop gains A_1, A_2,

    out / I = Z_f / (1 + (1 + s C_in Z_f) / A_1) k / (1 + (1 + k) / A_2),   k = R_2 / R_1.

For A_1 = w_t / s the first stage has two poles, w_0^2 = w_t / (R_f (C_in + C_f)) and

    1 / (Q w_0) = R_f C_f + 1 / w_t.

Q <= 1 / sqrt(2) needs about C_f >= sqrt(2 C_in / (w_t R_f)), sqrt(2) times the capacitor of the
well-known rule for 45 degrees of phase margin (J. Graeme, Photodiode Amplifiers, 1996, chapter 3).

The whole gain in one resistor would need a capacitor of 80 fF for 100 Mohm and 20 kHz, less than
what a resistor's ends have between them. So R_f is only as large as a real C_f allows, and the
second stage makes the rest of the gain.

Noise at the output, one-sided density, with e and i the op-amps' white and 1/f noise:

    S = |H|^2 (4 k_B T / R_f + i_1^2) + |H / Z_f|^2 |1 + s C_in Z_f|^2 e_1^2
        + (1 + k)^2 e_2^2 + k^2 4 k_B T R_1 + 4 k_B T R_2 + R_2^2 i_2^2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.amplifiers.stages import InvertingAmplifier
from hgecircuit.parts.iv_converter import IvConverter
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.preferred import at_most, closest
from hgecircuit.units import format_quantity

TEMPERATURE_K = 300.15  # ngspice's default, 27 C
_BOLTZMANN_J_PER_K = 1.380649e-23
# A capacitor that can be bought and placed to a tenth: ends of a resistor add 0.05 to 0.1 pF.
LEAST_FEEDBACK_F = 0.5e-12


@dataclass(frozen=True)
class TransimpedanceAmplifier:
    """out = gain I for a current I into ``inp``, which is held near 0 V.

    Attributes:
        first: Op-amp with the feedback resistor.
        feedback_ohm: R_f.
        feedback_f: C_f, with the resistor's own capacitance.
        source_f: C_in: what the source, its cable and the op-amp's input have to ground.
        inverter: The second stage.
    """

    first: OpAmpMacromodel
    feedback_ohm: float
    feedback_f: float
    source_f: float
    inverter: InvertingAmplifier

    @classmethod
    def size(
        cls,
        gain_ohm: float,
        bandwidth_hz: float,
        first: OpAmpMacromodel,
        second: OpAmpMacromodel,
        source_f: float = 30e-12,
        least_feedback_f: float = LEAST_FEEDBACK_F,
        resistor_series: str = "E12",
        capacitor_series: str = "E24",
    ) -> TransimpedanceAmplifier:
        """The largest feedback resistor that leaves a real capacitor, and the gain that is missing.

            R_f <= 1 / (2 pi bandwidth C_least),   C_f = 1 / (2 pi bandwidth R_f),   k = gain / R_f

        Args:
            gain_ohm: Transimpedance.
            bandwidth_hz: Pole of the feedback pair.
            first: Op-amp with the feedback resistor.
            second: Op-amp of the inverter.
            source_f: Capacitance at the input: 10 to 20 pF of an op-amp and 100 pF per metre of
                cable.
            least_feedback_f: Smallest capacitor to build with.
            resistor_series: E series of R_f; values above 1 Mohm come in E12 or E24.
            capacitor_series: E series of C_f.

        Raises:
            InputError: The op-amp is too slow: the amplifier would ring.
        """
        least_f = 1 / (2 * math.pi * bandwidth_hz)
        feedback_ohm = min(gain_ohm, at_most(least_f / least_feedback_f, resistor_series))
        feedback_f = closest(least_f / feedback_ohm, capacitor_series)
        inverter = InvertingAmplifier.size(gain_ohm / feedback_ohm, second)
        part = cls(first, feedback_ohm, feedback_f, source_f, inverter)
        if part.quality > math.sqrt(0.5) * (1 + 1e-9):
            needed_hz = _needed_gain_bandwidth_hz(part)
            raise InputError(
                "the converter's op-amp is too slow for this bandwidth: it would ring",
                value=f"gain-bandwidth product {format_quantity(first.gain_bandwidth_hz, 'Hz')}",
                expected=f"at least {format_quantity(needed_hz, 'Hz')}, less capacitance at the"
                " input or less bandwidth",
            )
        return part

    @property
    def gain_ohm(self) -> float:
        """Transimpedance of the values chosen."""
        return -self.feedback_ohm * self.inverter.gain

    @property
    def bandwidth_hz(self) -> float:
        """Pole of the feedback pair."""
        return 1 / (2 * math.pi * self.feedback_ohm * self.feedback_f)

    @property
    def least_feedback_f(self) -> float:
        """C_f of the sqrt rule for Q = 1 / sqrt(2), with this R_f, C_in and op-amp."""
        angular = 2 * math.pi * self.first.gain_bandwidth_hz
        return math.sqrt(2 * self.source_f / (angular * self.feedback_ohm))

    @property
    def quality(self) -> float:
        """Q of the first stage with an op-amp of one pole; above 1 / sqrt(2) it peaks."""
        angular = 2 * math.pi * self.first.gain_bandwidth_hz
        total_f = self.source_f + self.feedback_f
        damping_s = self.feedback_ohm * self.feedback_f + 1 / angular
        return math.sqrt(self.feedback_ohm * total_f / angular) / damping_s

    @property
    def offset_v(self) -> float:
        """Output without current: k (V_os1 + I_b1 R_f) of the wrong sign, and the inverter's own.

        A source of finite resistance R_s multiplies V_os1 by 1 + R_f / R_s.
        """
        first_v = self.first.offset_v + self.first.bias_minus_a * self.feedback_ohm
        return self.inverter.gain * first_v + self.inverter.offset_v

    @property
    def behavioural(self) -> IvConverter:
        """The same as sources, with the feedback pair's pole only."""
        return IvConverter(self.gain_ohm, self.bandwidth_hz, self.offset_v)

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """V/A, complex, at frequencies of any shape."""
        frequency_hz = np.asarray(frequency_hz, float)
        feedback = self._feedback_ohm(frequency_hz)
        loop = 1 + self._noise_gain(frequency_hz) / self.first.response(frequency_hz)
        return -feedback / loop * self.inverter.response(frequency_hz)

    def noise_v_per_rthz(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Noise density at the output at frequencies of any shape, by the module's formula."""
        frequency_hz = np.asarray(frequency_hz, float)
        thermal = 4 * _BOLTZMANN_J_PER_K * TEMPERATURE_K
        first, second, k = self.first, self.inverter.opamp, -self.inverter.gain
        gain = np.abs(self.response(frequency_hz))
        noise_gain = np.abs(
            self._noise_gain(frequency_hz) / self._feedback_ohm(frequency_hz) * gain
        )
        power = gain**2 * (thermal / self.feedback_ohm + first.noise_a_per_rthz**2)
        power += noise_gain**2 * _voltage_noise_v2_per_hz(first, frequency_hz)
        power += (1 + k) ** 2 * _voltage_noise_v2_per_hz(second, frequency_hz)
        power += thermal * (k**2 * self.inverter.input_ohm + self.inverter.feedback_ohm)
        power += (self.inverter.feedback_ohm * second.noise_a_per_rthz) ** 2
        return np.sqrt(power)

    def noise_a_per_rthz(self, frequency_hz: np.ndarray) -> np.ndarray:
        """The same as a current at the input."""
        return self.noise_v_per_rthz(frequency_hz) / np.abs(self.response(frequency_hz))

    def subcircuit(self, name: str = "transimpedance") -> Subcircuit:
        """Ports ``inp`` (virtual ground), ``out``."""
        part = Subcircuit(
            name, ("inp", "out"), f"Transimpedance amplifier, {self.gain_ohm:.6g} V/A."
        )
        with part.stands_for(""):  # the device's and its cable's: nothing that is bought
            part.capacitor("source", "inp", GROUND, self.source_f)
        part.resistor("feedback", "inp", "first", self.feedback_ohm)
        part.capacitor("feedback", "inp", "first", self.feedback_f)
        part.instance("first", self.first.subcircuit(f"{name}_first"), (GROUND, "inp", "first"))
        part.instance("second", self.inverter.subcircuit(f"{name}_inverter"), ("first", "out"))
        return part

    def _feedback_ohm(self, frequency_hz: np.ndarray) -> np.ndarray:
        return self.feedback_ohm / (1 + 1j * frequency_hz / self.bandwidth_hz)

    def _noise_gain(self, frequency_hz: np.ndarray) -> np.ndarray:
        source = 2j * math.pi * frequency_hz * self.source_f
        return 1 + source * self._feedback_ohm(frequency_hz)


def _needed_gain_bandwidth_hz(part: TransimpedanceAmplifier) -> float:
    """GBW for Q = 1 / sqrt(2): with x = 1/w_t, (R_f C_f + x)^2 = 2 R_f (C_in + C_f) x."""
    pair_s = part.feedback_ohm * part.feedback_f
    total_s = part.feedback_ohm * (part.source_f + part.feedback_f)
    half = total_s - pair_s
    # The smaller root is the fast op-amp; written so that it does not cancel.
    inverse_s = pair_s**2 / (half + math.sqrt(half**2 - pair_s**2))
    return 1 / (2 * math.pi * inverse_s)


def _voltage_noise_v2_per_hz(opamp: OpAmpMacromodel, frequency_hz: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return opamp.noise_v_per_rthz**2 * (1 + opamp.corner_hz / frequency_hz)
