"""A switch in a signal's way: passes it while its gate is open, 0 V otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from hgecircuit.netlist import GROUND, Subcircuit


@dataclass(frozen=True)
class GateSwitch:
    """out = gate inp / (1 V)."""

    def subcircuit(self, name: str = "gate_switch") -> Subcircuit:
        """Ports ``inp``, ``gate``, ``out``."""
        part = Subcircuit(name, ("inp", "gate", "out"), "Switch: out = gate inp.")
        part.behavioural_voltage("out", "out", GROUND, "v(gate)*v(inp)")
        return part
