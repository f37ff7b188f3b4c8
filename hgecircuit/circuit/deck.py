"""A circuit ready to be written and run: netlist, traces to keep, time span."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hgecircuit.netlist import Circuit


@dataclass(frozen=True)
class Deck:
    """One simulation.

    Attributes:
        name: Short name, fit for a file name.
        circuit: The netlist as objects; ``circuit.spice`` is PySpice's own.
        traces: Node to save, by the name under which its trace is returned.
        stop_s: End of the transient analysis.
        max_step_s: Largest time step.
        reltol: Relative tolerance of the solver.
    """

    name: str
    circuit: Circuit
    traces: Mapping[str, str]
    stop_s: float
    max_step_s: float
    reltol: float
