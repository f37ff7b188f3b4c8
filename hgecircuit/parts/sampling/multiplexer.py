"""Analog multiplexer of switches and a follower."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.preferred import closest
from hgecircuit.parts.switches.analog_switch import AnalogSwitch

# exp(-15) = 3e-7 of a change is left; the nearest capacitor of E6 makes it 7e-6 at most.
_TIME_CONSTANTS = 15


@dataclass(frozen=True)
class SwitchedSelector:
    """``out`` follows the input whose select is at 1 V.

        x_k --- R --- switch_k ---+--- follower --- out
                                  R_off || C

    R limits what a source drives into C when it is selected, and into the other source while two
    selects cross; the output then lies between both inputs. While none is on, R_off discharges the
    node to 0 V; without it the switches' leakage would charge it towards a rail. It costs R / R_off
    of the gain. C takes the switches' charge, and with R it makes a change of input as slow as the
    time allows that it has. So the follower never slews, which would also cost the solver up to
    four times the iterations: Newton's method overshoots where an op-amp's input is saturated.

    Attributes:
        inputs: Number K of inputs.
        switch: The switch of every branch.
        buffer: The follower's op-amp.
        branch_ohm: R.
        bleed_ohm: R_off.
        filter_f: C.
    """

    inputs: int
    switch: AnalogSwitch
    buffer: OpAmpMacromodel
    branch_ohm: float
    bleed_ohm: float
    filter_f: float

    @classmethod
    def size(
        cls,
        inputs: int,
        switch: AnalogSwitch,
        buffer: OpAmpMacromodel,
        settle_s: float = 1e-3,
        peak_a: float = 10e-3,
        range_v: float = 10.0,
        idle_v: float = 5e-3,
        resistor_series: str = "E24",
        capacitor_series: str = "E6",
    ) -> SwitchedSelector:
        """Resistors from what the sources can drive and how far the idle node may drift.

            R + R_on >= 2 range / peak,   R_off (K I_leak + I_bias) <= idle
            (R + R_on) C = settle / 15

        Args:
            inputs: Number K of inputs.
            switch: The switch of every branch.
            buffer: The follower's op-amp.
            settle_s: Time that a newly selected input has to settle to 3e-7.
            peak_a: Largest current that a source has to drive.
            range_v: Largest magnitude of an input.
            idle_v: Largest voltage of the idle node; R_off is at most 10 Mohm.
            resistor_series: E series of both resistors.
            capacitor_series: E series of C.
        """
        branch_ohm = closest(max(2 * range_v / peak_a - switch.on_ohm, 10.0), resistor_series)
        leakage_a = inputs * switch.leakage_a + abs(buffer.bias_plus_a)
        bleed_ohm = closest(min(1e7, idle_v / max(leakage_a, 1e-18)), resistor_series)
        tau_s = settle_s / _TIME_CONSTANTS
        filter_f = closest(tau_s / (branch_ohm + switch.on_ohm), capacitor_series)
        return cls(inputs, switch, buffer, branch_ohm, bleed_ohm, filter_f)

    @property
    def tau_s(self) -> float:
        """Time constant with which a newly selected input arrives."""
        return (self.branch_ohm + self.switch.on_ohm) * self.filter_f

    @property
    def gain(self) -> float:
        """From the selected input to the output."""
        source_ohm = self.branch_ohm + self.switch.on_ohm
        return self.bleed_ohm / (self.bleed_ohm + source_ohm) / (1 + 1 / self.buffer.dc_gain)

    @property
    def offset_v(self) -> float:
        """Output for a selected input of 0 V: the follower's offset and all leakage through R."""
        source_ohm = self.branch_ohm + self.switch.on_ohm
        leakage_a = self.inputs * self.switch.leakage_a + self.buffer.bias_plus_a
        # The other terminal's leakage meets R alone.
        drop_v = source_ohm * leakage_a + self.branch_ohm * self.switch.leakage_a
        return self.buffer.offset_v - drop_v

    @property
    def idle_v(self) -> float:
        """Output after a while without any select."""
        leakage_a = self.inputs * self.switch.leakage_a + self.buffer.bias_plus_a
        return self.buffer.offset_v - self.bleed_ohm * leakage_a

    def selected_v(self, inputs_v: np.ndarray, selected: np.ndarray) -> np.ndarray:
        """Ideal response: inputs of shape (..., K), indices of shape (...), to outputs (...)."""
        chosen_v = np.take_along_axis(inputs_v, np.asarray(selected)[..., None], -1)[..., 0]
        return self.gain * chosen_v + self.offset_v

    def subcircuit(self, name: str = "switched_selector") -> Subcircuit:
        """Ports ``p<k>`` (selects), ``x<k>`` (inputs), ``out``."""
        channels = range(self.inputs)
        ports = [f"p{k}" for k in channels] + [f"x{k}" for k in channels] + ["out"]
        part = Subcircuit(name, ports, "Analog multiplexer: switches and a follower.")
        switch = self.switch.subcircuit(f"{name}_switch")
        for k in channels:
            part.resistor(f"branch{k}", f"x{k}", f"b{k}", self.branch_ohm)
            part.instance(f"switch{k}", switch, (f"b{k}", "common", f"p{k}"))
        part.resistor("bleed", "common", GROUND, self.bleed_ohm)
        part.capacitor("filter", "common", GROUND, self.filter_f)
        buffer = self.buffer.subcircuit(f"{name}_buffer")
        part.instance("buffer", buffer, ("common", "out", "out"))
        return part
