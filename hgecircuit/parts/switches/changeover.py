"""Changeover switch, signal gate and the logic of slot chopping."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.switches.analog_switch import AnalogSwitch


@dataclass(frozen=True)
class ChangeoverSwitch:
    """Connects ``common`` to ``one`` while ``gate`` is at 1 V, and to ``zero`` while it is at 0 V.

    Two switches, one with inverted logic, as ADG413 has them next to ADG412. Around the middle of
    the gate's edge both conduct half, so that the common terminal is never open; a source on
    ``one`` then drives ``zero`` through twice the on resistance for about a twentieth of the edge.
    Their charges cancel on the common terminal.

    Attributes:
        switch: Either switch.
    """

    switch: AnalogSwitch

    @property
    def on_ohm(self) -> float:
        """Resistance in the way of the signal."""
        return self.switch.on_ohm

    def subcircuit(self, name: str = "changeover") -> Subcircuit:
        """Ports ``common``, ``one``, ``zero``, ``gate``."""
        part = Subcircuit(
            name, ("common", "one", "zero", "gate"), "Changeover switch: one at 1 V, zero at 0 V."
        )
        switch = self.switch.subcircuit(f"{name}_switch")
        with part.stands_for("inverter of the gate"):
            part.voltage("high", "high", GROUND, 1.0)
            part.vcvs("invert", "inverted", GROUND, "high", "gate", 1.0)
        part.instance("one", switch, ("one", "common", "gate"))
        part.instance("zero", switch, ("zero", "common", "inverted"))
        return part


@dataclass(frozen=True)
class SwitchedGate:
    """out = gate inp / (1 V) behind a changeover switch to ground.

    The load must be high-ohmic, and the source low-ohmic.

    Attributes:
        switch: Either half of the changeover switch.
    """

    switch: AnalogSwitch

    def output_v(self, input_v: np.ndarray, gate_v: np.ndarray, load_a: float = 0.0) -> np.ndarray:
        """Settled output in V for gates of 0 V or 1 V and a current into the load (any shapes).

        The leakage of both inner terminals and the load's current meet the on resistance.
        """
        drop_v = self.switch.on_ohm * (2 * self.switch.leakage_a + load_a)
        return np.asarray(gate_v) * input_v - drop_v

    def subcircuit(self, name: str = "switched_gate") -> Subcircuit:
        """Ports ``inp``, ``gate``, ``out``."""
        part = Subcircuit(name, ("inp", "gate", "out"), "Changeover switch: out = gate inp.")
        changeover = ChangeoverSwitch(self.switch).subcircuit(f"{name}_changeover")
        part.instance("changeover", changeover, ("out", "inp", GROUND, "gate"))
        return part


@dataclass(frozen=True)
class ChopLogic:
    """plus = gate (1 - chop), minus = gate chop: which of two switches a chopped gate closes."""

    def subcircuit(self, name: str = "chop_logic") -> Subcircuit:
        """Ports ``gate``, ``chop``, ``plus``, ``minus``."""
        ports = ("gate", "chop", "plus", "minus")
        part = Subcircuit(name, ports, "Two AND gates and an inverter: gate by the sign of chop.")
        part.behavioural_voltage("plus", "plus", GROUND, "v(gate)*(1-v(chop))")
        part.behavioural_voltage("minus", "minus", GROUND, "v(gate)*v(chop)")
        return part
