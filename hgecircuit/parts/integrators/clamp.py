r"""Precision clamp of an op-amp integrator: nothing inside the range, a firm hand outside.

    reference -- R_1 --+-- R_f --+
    ground ----- R_2 --+         |
                   op-amp (-) ---+--- u --- D_1 ---+--- D_2 --- R_c --- summing node
    w ------------ op-amp (+)                      R_p
                                                   ground

    u = K w - (K - 1) V_t = K (w - limit),   K = 1 + R_f / (R_1 || R_2),   V_t: divided reference

(for the upper limit; the lower one has both diodes the other way round). Inside the range u has the
sign that blocks D_1. Its leakage, up to I_s, flows through R_p instead of D_2, which sees I_s R_p
of a fraction of a millivolt, and so leaks only

    I = I_s (1 - exp(-(I_s R_p + V_n) / (n V_T))),   1.4 pA for a 1N4148, 10 kohm and V_n = 0 V.

V_n is the summing node's voltage, the integrator's offset: 55 pA per millivolt for either clamp.

Outside, a current I that drives the integrator is taken over at

    w = limit + (V_D1 + V_D2 + I R_c) / K,

so the diodes' curved knees count by 1 / K only. The loop of clamp and integrator has its crossover
at K / (R_c C), of which the op-amp's bandwidth GBW / K must be twice: R_c >= K^2 / (pi C GBW).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.diodes.junction import THERMAL_V, Diode
from hgecircuit.parts.drivers.levels import REFERENCE_V, Divider
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.preferred import at_least, closest


@dataclass(frozen=True)
class PrecisionClamp:
    """Keeps an inverting integrator's output below (or above) a limit.

    Attributes:
        upper: Whether it is the upper limit.
        opamp: The op-amp.
        diode: D_1 and D_2.
        divider: R_1, R_2 and their reference.
        feedback_ohm: R_f.
        pull_ohm: R_p.
        series_ohm: R_c.
    """

    upper: bool
    opamp: OpAmpMacromodel
    diode: Diode
    divider: Divider
    feedback_ohm: float
    pull_ohm: float
    series_ohm: float

    @classmethod
    def size(
        cls,
        limit_v: float,
        upper: bool,
        integrator_f: float,
        opamp: OpAmpMacromodel,
        diode: Diode,
        gain: float = 100.0,
        pull_ohm: float = 10e3,
        reference_v: float = REFERENCE_V,
        resistor_series: str = "E192",
    ) -> PrecisionClamp:
        """Divider for the limit, R_f for the gain, R_c for a stable loop.

        Args:
            limit_v: Where the clamp begins.
            upper: Whether it is an upper limit.
            integrator_f: The integrator's capacitor.
            opamp: The op-amp.
            diode: Both diodes.
            gain: K.
            pull_ohm: R_p.
            reference_v: Magnitude of the references.
            resistor_series: E series.
        """
        divider = Divider.size(limit_v * gain / (gain - 1), reference_v, resistor_series)
        feedback_ohm = closest((gain - 1) * divider.source_ohm, resistor_series)
        least_ohm = gain**2 / (math.pi * integrator_f * opamp.gain_bandwidth_hz)
        series_ohm = at_least(least_ohm, resistor_series)
        return cls(upper, opamp, diode, divider, feedback_ohm, pull_ohm, series_ohm)

    @property
    def gain(self) -> float:
        """K."""
        return 1 + self.feedback_ohm / self.divider.source_ohm

    @property
    def limit_v(self) -> float:
        """Where u passes 0 V, with the op-amp's offset and bias current."""
        opamp = self.opamp
        ideal_v = self.divider.level_v * (1 - 1 / self.gain) - opamp.offset_v
        return ideal_v - opamp.bias_minus_a * self.feedback_ohm / self.gain

    def leakage_a(self, node_v: float = 0.0) -> float:
        """Current that leaves the summing node at ``node_v`` through D_2 while D_1 blocks."""
        diode = self.diode
        sign = 1.0 if self.upper else -1.0
        reverse_v = diode.saturation_a * self.pull_ohm + sign * node_v
        return -sign * diode.saturation_a * math.expm1(-reverse_v / (diode.emission * THERMAL_V))

    def excess_v(self, current_a: float) -> float:
        """How far beyond the limit a current of this size is taken over, in V."""
        second_v = float(self.diode.voltage_v(np.array(current_a)))
        pulled_v = second_v + current_a * self.series_ohm
        first_v = float(self.diode.voltage_v(np.array(current_a + pulled_v / self.pull_ohm)))
        return (pulled_v + first_v) / self.gain

    def subcircuit(self, name: str) -> Subcircuit:
        """Ports ``sense`` (high-ohmic), ``node`` (the summing node)."""
        side = "Upper" if self.upper else "Lower"
        part = Subcircuit(name, ("sense", "node"), f"{side} clamp, {self.limit_v:.6g} V.")
        self.diode.add_model(part)
        self.divider.add(part, "minus")
        part.resistor("feedback", "minus", "u", self.feedback_ohm)
        part.instance("opamp", self.opamp.subcircuit(f"{name}_opamp"), ("sense", "minus", "u"))
        for n, (before, behind) in enumerate((("u", "x"), ("x", "y")), start=1):
            anode, cathode = (before, behind) if self.upper else (behind, before)
            part.diode(str(n), anode, cathode, self.diode.name)
        part.resistor("pull", "x", GROUND, self.pull_ohm)
        part.resistor("series", "y", "node", self.series_ohm)
        return part
