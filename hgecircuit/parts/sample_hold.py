"""Sample-and-hold cell."""

from __future__ import annotations

from dataclasses import dataclass

from hgecircuit.netlist import GROUND, Subcircuit, format_number


@dataclass(frozen=True)
class SampleHold:
    """A capacitor that follows ``inp`` while ``gate`` is at 1 V and holds while it is at 0 V.

    Attributes:
        tau_s: Tracking time constant; tracking for n of them leaves exp(-n) of a step.
        capacitor_f: Hold capacitor.
    """

    tau_s: float
    capacitor_f: float = 1e-9

    def subcircuit(self, name: str = "sample_hold") -> Subcircuit:
        """Ports ``inp``, ``gate``, ``out``."""
        part = Subcircuit(name, ("inp", "gate", "out"), "Sample-and-hold.")
        siemens = format_number(self.capacitor_f / self.tau_s)
        part.behavioural_current("switch", GROUND, "out", f"{siemens}*v(gate)*(v(inp)-v(out))")
        part.capacitor("hold", "out", GROUND, self.capacitor_f, initial_v=0.0)
        return part
