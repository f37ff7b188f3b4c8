"""Summing integrator whose output stays between two precise limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.diodes.junction import DIODES, Diode
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.preferred import closest

# Gain g of the clamps' amplifiers less 1: what the diodes' drop varies counts as 1 / (1 + g) at the
# output. R_c grows with its square, so a larger one would be softer under a strong drive.
_CLAMP_GAIN = 6.0
_CLAMP_IN_OHM = 1e3
# Forward voltage of the diodes at 10 uA.
_DROP_V = 0.4


@dataclass(frozen=True)
class ClampedIntegrator:
    """d out/dt = -sum_k v_k / (R C) while low < out < high.

    Two amplifiers of gain 1 + g look at the output, less references just beyond the limits; each
    has a diode and R_c to the summing node, and so takes over the integrator's current when the
    output passes its limit. The integrator itself never saturates, so nothing has to be unwound.

    Attributes:
        inputs: Number K of inputs.
        input_ohm: R.
        capacitor_f: C.
        clamp_ohm: R_c.
        clamp_in_ohm: Resistor from a reference to a clamp's amplifier.
        clamp_feedback_ohm: g times that.
        low_v: Lower limit.
        high_v: Upper limit.
        opamps: The integrator's and the two clamps' (lower, upper) op-amps.
        diode: Diode of both clamps.
    """

    inputs: int
    input_ohm: float
    capacitor_f: float
    clamp_ohm: float
    clamp_in_ohm: float
    clamp_feedback_ohm: float
    low_v: float
    high_v: float
    opamps: tuple[OpAmpMacromodel, OpAmpMacromodel, OpAmpMacromodel]
    diode: Diode

    @classmethod
    def size(
        cls,
        inputs: int,
        tau_s: float,
        limits_v: tuple[float, float],
        opamps: Sequence[OpAmpMacromodel],
        diode: Diode = DIODES["1N4148"],
        capacitor_f: float = 1e-9,
        resistor_series: str = "E96",
    ) -> ClampedIntegrator:
        """R from the time constant; R_c as small as the clamps' loop allows, from 2 kohm.

            (1 + g) / (R_c C) <= GBW 2 pi / (3 (1 + g))

        Args:
            inputs: Number K of inputs.
            tau_s: R C.
            limits_v: Lower and upper limit in V.
            opamps: The integrator's and the two clamps' op-amps.
            diode: Diode of both clamps.
            capacitor_f: C.
            resistor_series: E series of the resistors.
        """
        integrator, lower, upper = opamps
        slowest_hz = min(lower.gain_bandwidth_hz, upper.gain_bandwidth_hz)
        input_ohm = closest(tau_s / capacitor_f, resistor_series)
        gain = 1 + _CLAMP_GAIN
        stable_ohm = 3 * gain * gain / (6.2832 * slowest_hz * capacitor_f)
        clamp_ohm = closest(max(stable_ohm, 2e3), resistor_series)
        feedback_ohm = closest(_CLAMP_GAIN * _CLAMP_IN_OHM, resistor_series)
        low_v, high_v = limits_v
        return cls(
            inputs, input_ohm, capacitor_f, clamp_ohm, _CLAMP_IN_OHM, feedback_ohm, low_v, high_v,
            (integrator, lower, upper), diode,
        )  # fmt: skip

    @property
    def tau_s(self) -> float:
        """R C."""
        return self.input_ohm * self.capacitor_f

    @property
    def references_v(self) -> tuple[float, float]:
        """What the clamps' amplifiers compare the output with, lower and upper, in V."""
        gain = self.clamp_feedback_ohm / self.clamp_in_ohm
        return (
            ((1 + gain) * self.low_v + _DROP_V) / gain,
            ((1 + gain) * self.high_v - _DROP_V) / gain,
        )

    def clamped_v(self, sum_v: float) -> float:
        """Where the output rests under a constant sum of the inputs, in V."""
        gain = 1 + self.clamp_feedback_ohm / self.clamp_in_ohm
        current_a = abs(sum_v) / self.input_ohm
        diode_v = float(self.diode.voltage_v(np.asarray(current_a)))
        drop_v = diode_v + current_a * self.clamp_ohm - _DROP_V
        if sum_v > 0:
            return self.low_v - drop_v / gain - self.opamps[1].offset_v
        return self.high_v + drop_v / gain - self.opamps[2].offset_v

    def subcircuit(self, name: str = "clamped_integrator") -> Subcircuit:
        """Ports ``v<k>``, ``out``."""
        ports = [f"v{k}" for k in range(self.inputs)]
        part = Subcircuit(name, [*ports, "out"], "Integrator that stays between two limits.")
        for port in ports:
            part.resistor(port, port, "sum", self.input_ohm)
        part.capacitor("hold", "sum", "out", self.capacitor_f)
        integrator, *clamps = (
            opamp.subcircuit(f"{name}_opamp{n}") for n, opamp in enumerate(self.opamps)
        )
        part.instance("integrator", integrator, (GROUND, "sum", "out"))
        self.diode.add_model(part)
        sides = zip(("low", "high"), clamps, self.references_v, strict=True)
        for side, clamp, reference_v in sides:
            with part.stands_for("references of the clamps"):
                part.voltage(side, f"{side}_reference", GROUND, reference_v)
            part.resistor(f"{side}_in", f"{side}_reference", f"{side}_minus", self.clamp_in_ohm)
            part.resistor(f"{side}_back", f"{side}_minus", side, self.clamp_feedback_ohm)
            part.instance(side, clamp, ("out", f"{side}_minus", side))
            part.resistor(f"{side}_clamp", side, f"{side}_diode", self.clamp_ohm)
        part.diode("low", "sum", "low_diode", self.diode.name)
        part.diode("high", "high_diode", "sum", self.diode.name)
        return part
