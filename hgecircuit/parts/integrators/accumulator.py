r"""Resettable accumulator: inverter, polarity switches, and an op-amp integrator.

    inp ---+--- inverter --- n --- switch ---+--- R ---+--- op-amp ---+--- out
           +------------------- switch ------+         +--- C --------+
                                                       +-R_r, switch -+

    dv/dt = gate (1 - 2 chop) inp / tau,   tau = (R + R_on) C

With ``chop`` at 0 V the inverted input is integrated (the integrator inverts once more), at 1 V the
input itself. Slot chopping: the perturbation is reversed together with ``chop``, so that the signal
keeps its sign and whatever does not change sign, the demodulator's output offset above all, is
added as often as it is subtracted. What is left of an offset O of the input after equal times T/2
with either sign is

    v = T / (2 tau) (O (1 - r) + 2 V_1 - 2 V_2),   r, V_1: inverter's gain and offset, V_2: own.

While the gate is closed R is open and no offset counts: the output only moves by the op-amp's bias
current and the switches' leakage over C. When the reset switch opens, its charge Q stays on the
summing node and the output steps by Q / C; R_r stands on that side of the switch, because on the
other one two further Q of the closed switch would find their way to the summing node. A gate's two
edges leave opposite charges there, which nearly cancel.
"""

from __future__ import annotations

from dataclasses import dataclass

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.amplifiers.stages import InvertingAmplifier
from hgecircuit.parts.integrators.gated import Accumulator
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.preferred import closest
from hgecircuit.parts.switches.analog_switch import AnalogSwitch
from hgecircuit.parts.switches.changeover import ChangeoverSwitch, ChopLogic
from hgecircuit.units import format_quantity

# Where R comes from when C is not given: little noise, little load for the source.
_ABOUT_OHM = 50e3
# Below it charge and leakage of a switch are millivolts.
_LEAST_F = 10e-9
# Through a closed reset switch, so that neither it nor the op-amp is overloaded at 10 V.
_LEAST_RESET_OHM = 390.0


@dataclass(frozen=True)
class SwitchedAccumulator:
    """An integrator that is reset to 0 V while ``reset`` is at 1 V.

    Attributes:
        opamp: The integrator's op-amp; a precise or zero-drift one where nothing is chopped.
        inverter: Amplifier of gain -1.
        switch: Of polarity and gate; None without both.
        reset_switch: Across the capacitor.
        gated: Whether a gate signal opens the input.
        chopped: Whether a chop signal reverses it.
        input_ohm: R.
        integrator_f: C.
        reset_ohm: R_r.
    """

    opamp: OpAmpMacromodel
    inverter: InvertingAmplifier
    switch: AnalogSwitch | None
    reset_switch: AnalogSwitch
    gated: bool
    chopped: bool
    input_ohm: float
    integrator_f: float
    reset_ohm: float

    @classmethod
    def size(
        cls,
        tau_s: float,
        reset_tau_s: float,
        opamp: OpAmpMacromodel,
        inverter_opamp: OpAmpMacromodel,
        reset_switch: AnalogSwitch,
        switch: AnalogSwitch | None = None,
        *,
        gated: bool = False,
        chopped: bool = False,
        integrator_f: float | None = None,
        resistor_series: str = "E192",
        capacitor_series: str = "E6",
    ) -> SwitchedAccumulator:
        """C of a series, R for tau, and R_r for the reset.

            (R + R_on) C = tau,   (R_r + R_on) C = reset_tau

        Args:
            tau_s: Integration time constant.
            reset_tau_s: Longest time constant of the reset.
            opamp: The integrator's op-amp.
            inverter_opamp: The inverter's op-amp.
            reset_switch: Across the capacitor.
            switch: Of polarity and gate.
            gated: Whether a gate signal opens the input.
            chopped: Whether a chop signal reverses it.
            integrator_f: C; by default what makes R about 50 kohm, at least 10 nF.
            resistor_series: E series of the resistors.
            capacitor_series: E series of C.

        Raises:
            InputError: C is too large for the reset.
        """
        if (switch is not None) != (gated or chopped):
            raise ValueError("a switch where the input is gated or chopped, and only there")
        if integrator_f is None:
            integrator_f = closest(max(tau_s / _ABOUT_OHM, _LEAST_F), capacitor_series)
        on_ohm = 0.0 if switch is None else switch.on_ohm
        input_ohm = tau_s / integrator_f - on_ohm
        reset_ohm = reset_tau_s / integrator_f - reset_switch.on_ohm
        if reset_ohm < _LEAST_RESET_OHM or input_ohm <= 10 * on_ohm:
            largest_f = min(
                reset_tau_s / (_LEAST_RESET_OHM + reset_switch.on_ohm), tau_s / (11 * on_ohm + 1)
            )
            raise InputError(
                "the accumulator's capacitor is too large for its time constant or its reset",
                value=format_quantity(integrator_f, "F"),
                expected=f"at most {format_quantity(largest_f, 'F')}, or a longer transfer",
            )
        return cls(
            opamp,
            InvertingAmplifier.size(1.0, inverter_opamp),
            switch,
            reset_switch,
            gated,
            chopped,
            closest(input_ohm, resistor_series),
            integrator_f,
            closest(reset_ohm, resistor_series),
        )

    @property
    def tau_s(self) -> float:
        """Integration time constant with the values chosen, chop at 1 V."""
        return (self.input_ohm + self._on_ohm) * self._total_f

    @property
    def gains(self) -> tuple[float, float]:
        """Rate of the output over inp / tau, with chop at 0 V and at 1 V."""
        return -self.inverter.gain, -1.0

    @property
    def offset_rates_v_per_s(self) -> tuple[float, float]:
        """Rate of the output for an input of 0 V and an open gate, chop at 0 V and at 1 V."""
        own_v = self.opamp.offset_v / self.tau_s + self._leakage_a / self.integrator_f
        return own_v - self.inverter.offset_v / self.tau_s, own_v

    @property
    def hold_v_per_s(self) -> float:
        """Rate of the output with the gate closed: (I_bias + I_leak) / C."""
        leakage_a = self._leakage_a
        if self.switch is not None and self.gated:
            leakage_a += self.switch.leakage_a * (2 if self.chopped else 1)
        return leakage_a / self.integrator_f

    @property
    def reset_step_v(self) -> float:
        """Step of the output when the reset switch opens: Q / C."""
        return self.reset_switch.charge_c / self.integrator_f

    def gate_excess_s(self, edge_s: float) -> float:
        """By how much longer than its area the gate is open, for edges of ``edge_s``.

        The switch stops the current later than at the middle of its edge, and then R empties the
        capacitances of its terminal. Where that counts, the gate belongs in front, into the mixer's
        changeover switch.
        """
        if self.switch is None or not self.gated:
            return 0.0
        late_s = self.switch.late_s(edge_s, self.input_ohm, self._common_f)
        return 2 * late_s + self.input_ohm * self._common_f

    def gate_step_v(self, edge_s: float) -> float:
        """What the charges of a gate's two edges leave on the output, for edges of ``edge_s``.

        While the switch is still open, the rising edge drives its charge through R; what the
        terminal's capacitance then holds, 2 Q R C_t / edge, goes into the source instead.
        """
        if self.switch is None or not self.gated:
            return 0.0
        kept_c = 2 * self.switch.charge_c / edge_s * self.input_ohm * self._common_f
        return kept_c / self.integrator_f

    @property
    def reset_tau_s(self) -> float:
        """Time constant of the reset."""
        return (self.reset_ohm + self.reset_switch.on_ohm) * self.integrator_f

    @property
    def behavioural(self) -> Accumulator:
        """The same as sources, with the gain of chop at 0 V.

        Offsets of a gated one count while its gate is open only, so its twin has none.
        """
        gain = self.gains[0]
        offset_v = 0.0 if self.gated else (self.opamp.offset_v - self.inverter.offset_v) / gain
        return Accumulator(
            self.tau_s / gain,
            self.reset_tau_s,
            self.integrator_f,
            offset_v,
            self.opamp.dc_gain,
            chopped=self.gated and self.chopped,
            leakage_a=self.hold_v_per_s * self.integrator_f,
        )

    def chopped_offset_v(self, input_offset_v: float, time_s: float) -> float:
        """Output of an input offset after ``time_s``, half of it with either sign."""
        rates = self.offset_rates_v_per_s
        signal = sum(self.gains) * input_offset_v / self.tau_s
        return time_s / 2 * (sum(rates) + signal)

    def subcircuit(self, name: str = "switched_accumulator") -> Subcircuit:
        """Ports ``inp``, ``gate`` when gated, ``chop`` when chopped, ``reset``, ``out``."""
        logic = ["gate"] * self.gated + ["chop"] * self.chopped
        part = Subcircuit(
            name, ["inp", *logic, "reset", "out"], "Accumulator: integrator with reset switch."
        )
        part.instance("inverter", self.inverter.subcircuit(f"{name}_inverter"), ("inp", "inverted"))
        part.resistor("input", self._add_switches(part), "minus", self.input_ohm)
        part.capacitor("integrator", "out", "minus", self.integrator_f, initial_v=0.0)
        part.instance("opamp", self.opamp.subcircuit(f"{name}_opamp"), (GROUND, "minus", "out"))
        part.resistor("reset", "back", "minus", self.reset_ohm)
        reset = self.reset_switch.subcircuit(f"{name}_reset_switch")
        part.instance("reset", reset, ("out", "back", "reset"))
        return part

    @property
    def _total_f(self) -> float:
        """C with the open reset switch's capacitance."""
        return self.integrator_f + self.reset_switch.through_f

    @property
    def _common_f(self) -> float:
        """Capacitance between polarity switches and R, all of them open."""
        if self.switch is None:
            return 0.0
        one_f = self.switch.off_f + self.switch.through_f + 2 * self.switch.charge_c
        return one_f * (2 if self.chopped else 1)

    @property
    def _leakage_a(self) -> float:
        """What leaves the summing node in any state."""
        return self.opamp.bias_minus_a + self.reset_switch.leakage_a

    @property
    def _on_ohm(self) -> float:
        return 0.0 if self.switch is None else self.switch.on_ohm

    def _add_switches(self, part: Subcircuit) -> str:
        """Add gate and polarity; returns the node of R."""
        if self.switch is None:
            return "inverted"
        switch = self.switch.subcircuit(f"{part.name}_switch")
        if self.gated and self.chopped:
            logic = ChopLogic().subcircuit(f"{part.name}_logic")
            part.instance("logic", logic, ("gate", "chop", "plus", "minus_on"))
            part.instance("plus", switch, ("inverted", "common", "plus"))
            part.instance("minus", switch, ("inp", "common", "minus_on"))
        elif self.gated:
            part.instance("gate", switch, ("inverted", "common", "gate"))
        else:
            changeover = ChangeoverSwitch(self.switch).subcircuit(f"{part.name}_polarity")
            part.instance("polarity", changeover, ("common", "inp", "inverted", "chop"))
        return "common"
