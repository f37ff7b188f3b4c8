"""Sample-and-hold of a switch, a capacitor and a follower."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.preferred import at_least, at_most
from hgecircuit.parts.sample_hold import SampleHold
from hgecircuit.parts.switches.analog_switch import AnalogSwitch
from hgecircuit.units import format_quantity


@dataclass(frozen=True)
class BufferedSampleHold:
    """``out`` follows ``inp`` while ``gate`` is at 1 V and holds while it is at 0 V.

        inp --- switch --- R ---+--- follower --- out
                                C

    The source must be low-ohmic. R stands behind the switch: in front of it, the charge that the
    gate's edge injects could not flow back into the source, and up to three times the switch's
    charge would stay on C. So the pedestal is the data sheet's,

        out = v - Q / C + V_os - (I_leak + I_bias) t / C.

    Attributes:
        switch: The switch.
        buffer: The follower's op-amp.
        hold_f: C.
        series_ohm: R.
    """

    switch: AnalogSwitch
    buffer: OpAmpMacromodel
    hold_f: float
    series_ohm: float

    @classmethod
    def size(
        cls,
        tau_s: float,
        hold_s: float,
        error_v: float,
        switch: AnalogSwitch,
        buffer: OpAmpMacromodel,
        capacitor_series: str = "E6",
        resistor_series: str = "E24",
    ) -> BufferedSampleHold:
        """The smallest capacitor that holds well enough, and a resistor that still tracks.

            C >= (Q + (I_leak + I_bias) hold) / error,   (R_on + R) C <= tau

        Args:
            tau_s: Longest tracking time constant; 20 of them leave 2e-9 of a step.
            hold_s: Time for which a value is held.
            error_v: Largest change by pedestal and droop within that time, offset aside.
            switch: The switch.
            buffer: The follower's op-amp.
            capacitor_series: E series of the capacitor.
            resistor_series: E series of the resistor.

        Raises:
            InputError: The capacitor that holds is too large to track.
        """
        leakage_a = switch.leakage_a + abs(buffer.bias_plus_a)
        hold_f = at_least((switch.charge_c + leakage_a * hold_s) / error_v, capacitor_series)
        rest_ohm = tau_s / hold_f - switch.on_ohm
        if rest_ohm <= switch.on_ohm / 10:
            raise InputError(
                "the capacitor that holds this long is too large for this switch",
                value=format_quantity(hold_f, "F"),
                expected=f"less than {format_quantity(tau_s / switch.on_ohm, 'F')}: a larger "
                "error, a longer strobe, or a switch with less leakage and charge",
            )
        return cls(switch, buffer, hold_f, at_most(rest_ohm, resistor_series))

    @property
    def total_f(self) -> float:
        """C with the capacitance of the switch's terminal."""
        switch = self.switch
        return self.hold_f + switch.off_f + switch.through_f + 2 * switch.charge_c

    @property
    def tau_s(self) -> float:
        """Tracking time constant."""
        return (self.switch.on_ohm + self.series_ohm) * self.total_f

    @property
    def pedestal_v(self) -> float:
        """Step of the output when the switch opens, for an edge that is slow against R_on C_off."""
        return -self.switch.charge_c / self.total_f

    @property
    def droop_v_per_s(self) -> float:
        """Rate of the output while it holds."""
        return -(self.switch.leakage_a + self.buffer.bias_plus_a) / self.total_f

    @property
    def behavioural(self) -> SampleHold:
        """The same cell as sources."""
        return SampleHold(
            self.tau_s,
            self.hold_f,
            pedestal_v=self.pedestal_v,
            droop_v_per_s=self.droop_v_per_s,
            offset_v=self.buffer.offset_v,
        )

    def held_v(self, value_v: np.ndarray, since_s: np.ndarray) -> np.ndarray:
        """Ideal response: the output a time after the switch opened on ``value_v`` (any shapes)."""
        held_v = value_v + self.pedestal_v + self.droop_v_per_s * np.asarray(since_s)
        return (held_v + self.buffer.offset_v) / (1 + 1 / self.buffer.dc_gain)

    def subcircuit(self, name: str = "buffered_sample_hold") -> Subcircuit:
        """Ports ``inp``, ``gate``, ``out``."""
        part = Subcircuit(
            name, ("inp", "gate", "out"), "Sample-and-hold: switch, capacitor, follower."
        )
        switch = self.switch.subcircuit(f"{name}_switch")
        part.instance("switch", switch, ("inp", "top", "gate"))
        part.resistor("series", "top", "held", self.series_ohm)
        part.capacitor("hold", "held", GROUND, self.hold_f)
        buffer = self.buffer.subcircuit(f"{name}_buffer")
        part.instance("buffer", buffer, ("held", "out", "out"))
        return part
