"""Sample-and-hold cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit, format_number


@dataclass(frozen=True)
class SampleHold:
    """A capacitor that follows ``inp`` while ``gate`` is at 1 V and holds while it is at 0 V.

    Attributes:
        tau_s: Tracking time constant; tracking for n of them leaves exp(-n) of a step.
        capacitor_f: Hold capacitor.
        pedestal_v: Step of the output when the gate falls (charge injection); 0 when ideal.
        droop_v_per_s: Rate of the capacitor's voltage while it holds (leakage); 0 when ideal.
        offset_v: Offset of the output; 0 when ideal.
    """

    tau_s: float
    capacitor_f: float = 1e-9
    pedestal_v: float = 0.0
    droop_v_per_s: float = 0.0
    offset_v: float = 0.0

    def held_v(self, value_v: np.ndarray, since_s: np.ndarray) -> np.ndarray:
        """Ideal response: the output a time after the gate fell on ``value_v`` (any shapes)."""
        droop_v = self.droop_v_per_s * np.asarray(since_s)
        return value_v + self.pedestal_v + droop_v + self.offset_v

    def subcircuit(self, name: str = "sample_hold") -> Subcircuit:
        """Ports ``inp``, ``gate``, ``out``."""
        part = Subcircuit(name, ("inp", "gate", "out"), "Sample-and-hold.")
        held = "held" if self.pedestal_v or self.offset_v else "out"
        siemens = format_number(self.capacitor_f / self.tau_s)
        part.behavioural_current("switch", GROUND, held, f"{siemens}*v(gate)*(v(inp)-v({held}))")
        part.capacitor("hold", held, GROUND, self.capacitor_f, initial_v=0.0)
        if self.droop_v_per_s:
            part.current("droop", GROUND, held, self.droop_v_per_s * self.capacitor_f)
        if held != "out":
            part.vcvs("pedestal", "out", "shifted", "gate", GROUND, -self.pedestal_v)
            part.vcvs("follow", "shifted", "level", "held", GROUND, 1.0)
            part.voltage("level", "level", GROUND, self.pedestal_v + self.offset_v)
        return part
