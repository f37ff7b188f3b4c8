"""Integrators that hold: the resettable lock-in accumulator and the weight with its clamp."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hgecircuit.netlist import GROUND, Subcircuit, format_number


@dataclass(frozen=True)
class Accumulator:
    """Resettable integrator: dv/dt = (inp + offset)/tau - v/tau_leak; ``reset`` makes v -> 0.

    Attributes:
        tau_s: Integration time constant R C.
        reset_tau_s: Time constant of the reset switch.
        capacitor_f: Integration capacitor.
        offset_v: Input offset of its amplifier; 0 when ideal.
        dc_gain: Open-loop gain at DC, which makes tau_leak = dc_gain * tau; infinite when ideal.
        chopped: Whether the input counts only while ``gate`` is at 1 V, and with the other sign
            while ``chop`` is; its own offset always counts.
        leakage_a: Current that always flows onto the capacitor: bias and leakage; 0 when ideal.
    """

    tau_s: float
    reset_tau_s: float
    capacitor_f: float = 10e-9
    offset_v: float = 0.0
    dc_gain: float = math.inf
    chopped: bool = False
    leakage_a: float = 0.0

    @property
    def input_offset_v(self) -> float:
        """The offset at the input that does the same as offset and leakage."""
        return self.offset_v + self.leakage_a * self.tau_s / self.capacitor_f

    def subcircuit(self, name: str = "accumulator") -> Subcircuit:
        """Ports ``inp``, ``gate`` and ``chop`` when chopped, ``reset``, ``out``."""
        ports = ("inp", *["gate", "chop"] * self.chopped, "reset", "out")
        part = Subcircuit(name, ports, "Accumulator: integrator with reset switch.")
        siemens = self.capacitor_f / self.tau_s
        if self.chopped:
            flow = f"{format_number(siemens)}*v(gate)*(1-2*v(chop))*v(inp)"
            part.behavioural_current("int", GROUND, "out", flow)
        else:
            part.vccs("int", GROUND, "out", "inp", GROUND, siemens)
        part.capacitor("int", "out", GROUND, self.capacitor_f, initial_v=0.0)
        switch = format_number(self.capacitor_f / self.reset_tau_s)
        part.behavioural_current("reset", "out", GROUND, f"{switch}*v(reset)*v(out)")
        _add_imperfections(part, "out", siemens, self)
        return part


@dataclass(frozen=True)
class WeightIntegrator:
    """The memory of one control voltage: dw/dt = -gate v_in / tau inside its clamp.

    Attributes:
        tau_s: Integration time constant.
        minimum_v: Lower clamp, in V.
        maximum_v: Upper clamp, in V.
        start_v: Voltage at t = 0.
        clamp_tau_s: Time constant with which the clamp pulls an excess back.
        capacitor_f: Integration capacitor.
        offset_v: Input offset of its amplifier; 0 when ideal.
        dc_gain: Open-loop gain at DC; infinite when ideal.
        leakage_a: Current that always flows onto the capacitor: bias and leakage; 0 when ideal.
    """

    tau_s: float
    minimum_v: float
    maximum_v: float
    start_v: float
    clamp_tau_s: float
    capacitor_f: float = 100e-9
    offset_v: float = 0.0
    dc_gain: float = math.inf
    leakage_a: float = 0.0

    @property
    def drift_v_per_s(self) -> float:
        """Rate of the held voltage by offset and leakage."""
        return self.offset_v / self.tau_s + self.leakage_a / self.capacitor_f

    def subcircuit(self, name: str) -> Subcircuit:
        """Ports ``inp`` (step), ``gate`` (transfer gain, 1 V when open), ``w``."""
        part = Subcircuit(
            name,
            ("inp", "gate", "w"),
            "Weight: gated inverting integrator, clamped to the safe range.",
        )
        siemens = self.capacitor_f / self.tau_s
        clamp = format_number(self.capacitor_f / self.clamp_tau_s)
        low, high = format_number(self.minimum_v), format_number(self.maximum_v)
        part.behavioural_current("int", "w", GROUND, f"{format_number(siemens)}*v(gate)*v(inp)")
        part.behavioural_current(
            "clamp", "w", GROUND, f"{clamp}*(max(v(w)-({high}),0)+min(v(w)-({low}),0))"
        )
        part.capacitor("w", "w", GROUND, self.capacitor_f, initial_v=self.start_v)
        _add_imperfections(part, "w", siemens, self)
        return part


def _add_imperfections(
    part: Subcircuit, node: str, siemens: float, of: Accumulator | WeightIntegrator
) -> None:
    """Add the input offset and leakage as constant currents and the finite DC gain as a leak."""
    if of.offset_v:
        part.current("offset", GROUND, node, of.offset_v * siemens)
    if of.leakage_a:
        part.current("leakage", GROUND, node, of.leakage_a)
    if not math.isinf(of.dc_gain):
        part.resistor("leak", node, GROUND, of.dc_gain / siemens)
