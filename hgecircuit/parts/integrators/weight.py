r"""Weight: a gated inverting integrator that holds a control voltage inside its safe range.

    inp --- R --- switch ---+--- op-amp ---+--- w
                            +--- C --------+
                            +--- clamps ---+

    dw/dt = -(inp - V_os + w / A_0) / tau while the gate is open,   tau = (R + R_on) C
    dw/dt = (I_bias + I_leak) / C while it is closed

The open switch leaves the summing node alone, so that the op-amp's offset does not integrate; what
moves a weight between steps is leakage. The charges of the gate's two edges meet the same summing
node and cancel.
"""

from __future__ import annotations

from dataclasses import dataclass

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.diodes.junction import DIODES, Diode
from hgecircuit.parts.integrators.clamp import PrecisionClamp
from hgecircuit.parts.integrators.gated import WeightIntegrator
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.preferred import closest
from hgecircuit.parts.switches.analog_switch import AnalogSwitch
from hgecircuit.units import format_quantity


@dataclass(frozen=True)
class SwitchedWeight:
    """The memory of one control voltage.

    Attributes:
        opamp: The integrator's op-amp; its bias current moves the weight.
        switch: The gate.
        lower: Clamp at the lower end of the range.
        upper: Clamp at the upper end of the range.
        input_ohm: R.
        integrator_f: C.
        start_v: w at t = 0.
    """

    opamp: OpAmpMacromodel
    switch: AnalogSwitch
    lower: PrecisionClamp
    upper: PrecisionClamp
    input_ohm: float
    integrator_f: float
    start_v: float

    @classmethod
    def size(
        cls,
        tau_s: float,
        minimum_v: float,
        maximum_v: float,
        start_v: float,
        opamp: OpAmpMacromodel,
        switch: AnalogSwitch,
        clamp_opamps: tuple[OpAmpMacromodel, OpAmpMacromodel],
        diode: Diode = DIODES["1N4148"],
        integrator_f: float = 100e-9,
        clamp_gain: float = 100.0,
        resistor_series: str = "E192",
    ) -> SwitchedWeight:
        """R = tau / C - R_on, and a clamp at either end of the range.

        Args:
            tau_s: Integration time constant.
            minimum_v: Lower end of the range.
            maximum_v: Upper end of the range.
            start_v: w at t = 0.
            opamp: The integrator's op-amp.
            switch: The gate.
            clamp_opamps: Op-amp of the lower and of the upper clamp.
            diode: The clamps' diodes.
            integrator_f: C, which leakage has to move: the larger the better it holds.
            clamp_gain: K of the clamps.
            resistor_series: E series.

        Raises:
            InputError: C is too large for the time constant.
        """
        input_ohm = tau_s / integrator_f - switch.on_ohm
        if input_ohm < 10 * switch.on_ohm:
            raise InputError(
                "the weight's capacitor is too large for its time constant and its switch",
                value=format_quantity(integrator_f, "F"),
                expected=f"at most {format_quantity(tau_s / (11 * switch.on_ohm), 'F')}",
            )
        lower, upper = (
            PrecisionClamp.size(limit_v, is_upper, integrator_f, one, diode, clamp_gain)
            for limit_v, is_upper, one in zip(
                (minimum_v, maximum_v), (False, True), clamp_opamps, strict=True
            )
        )
        ohm = closest(input_ohm, resistor_series)
        return cls(opamp, switch, lower, upper, ohm, integrator_f, start_v)

    @property
    def tau_s(self) -> float:
        """Integration time constant with the values chosen."""
        return (self.input_ohm + self.switch.on_ohm) * self.integrator_f

    @property
    def range_v(self) -> tuple[float, float]:
        """Where the clamps begin."""
        return self.lower.limit_v, self.upper.limit_v

    @property
    def hold_v_per_s(self) -> float:
        """Rate of w with the gate closed, far from the clamps."""
        opamp = self.opamp
        leakage_a = opamp.bias_minus_a + self.switch.leakage_a
        leakage_a += sum(one.leakage_a(opamp.offset_v) for one in (self.lower, self.upper))
        return leakage_a / self.integrator_f

    def rate_v_per_s(self, input_v: float, weight_v: float = 0.0) -> float:
        """Rate of w at ``weight_v`` with the gate open, inside the range."""
        driving_v = input_v - self.opamp.offset_v + weight_v / self.opamp.dc_gain
        # The closed switch's other terminal leaks as well, at the same node but for R_on.
        leaking_v_per_s = self.hold_v_per_s + self.switch.leakage_a / self.integrator_f
        return -driving_v / self.tau_s + leaking_v_per_s

    def gate_excess_s(self, edge_s: float) -> float:
        """By how much longer than its area the gate is open, for edges of ``edge_s``.

        The switch stops the current later than at the middle of its edge, and what its terminal
        stored at the input's voltage comes along.
        """
        switch = self.switch
        terminal_f = switch.off_f + switch.through_f + 2 * switch.charge_c
        late_s = switch.late_s(edge_s, self.input_ohm, terminal_f)
        return 2 * late_s + self.input_ohm * terminal_f

    def overdriven_v(self, input_v: float) -> float:
        """Where w stays when ``input_v`` drives it against a clamp with the gate open."""
        current_a = abs(input_v) / (self.input_ohm + self.switch.on_ohm)
        if input_v < 0:
            return self.upper.limit_v + self.upper.excess_v(current_a)
        return self.lower.limit_v - self.lower.excess_v(current_a)

    @property
    def behavioural(self) -> WeightIntegrator:
        """The same as sources: real limits and leakage; no offset, which needs an open gate."""
        clamp_tau_s = self.upper.series_ohm * self.integrator_f / self.upper.gain
        return WeightIntegrator(
            self.tau_s,
            *self.range_v,
            self.start_v,
            clamp_tau_s,
            self.integrator_f,
            leakage_a=self.hold_v_per_s * self.integrator_f,
        )

    def subcircuit(self, name: str) -> Subcircuit:
        """Ports ``inp`` (step), ``gate`` (0 V or 1 V), ``w``."""
        part = Subcircuit(
            name,
            ("inp", "gate", "w"),
            "Weight: gated inverting integrator, clamped to the safe range.",
        )
        part.resistor("input", "inp", "fed", self.input_ohm)
        part.instance("gate", self.switch.subcircuit(f"{name}_switch"), ("fed", "minus", "gate"))
        part.capacitor("w", "w", "minus", self.integrator_f, initial_v=self.start_v)
        part.instance("opamp", self.opamp.subcircuit(f"{name}_opamp"), (GROUND, "minus", "w"))
        part.instance("lower", self.lower.subcircuit(f"{name}_lower"), ("w", "minus"))
        part.instance("upper", self.upper.subcircuit(f"{name}_upper"), ("w", "minus"))
        return part
