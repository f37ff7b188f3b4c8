"""A circuit ready to be written and run: netlist, traces to keep, analysis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from hgecircuit.design.design import SimulationSettings
from hgecircuit.netlist import Circuit


@dataclass(frozen=True)
class Transient:
    """A transient analysis from 0 to ``stop_s`` with a bounded step.

    Attributes:
        stop_s: End.
        max_step_s: Largest time step.
        reltol: Relative tolerance of the solver.
        stiff: Whether op-amps and comparators make time constants far below the step.
    """

    stop_s: float
    max_step_s: float
    reltol: float
    stiff: bool = False

    @classmethod
    def of(cls, settings: SimulationSettings, stop_s: float) -> Transient:
        """With the solver settings of a design."""
        return cls(stop_s, settings.max_step_s, settings.reltol, settings.stiff)


@dataclass(frozen=True)
class AcSweep:
    """A logarithmic frequency sweep."""

    start_hz: float
    stop_hz: float
    points_per_decade: int


@dataclass(frozen=True)
class Deck:
    """One simulation.

    Attributes:
        name: Short name, fit for a file name.
        circuit: The netlist as objects; ``circuit.spice`` is PySpice's own.
        traces: Node to save, by the name under which its trace is returned.
        analysis: What to simulate.
        printed: Traces that plain ``ngspice -b`` prints as a table; all unless given.
    """

    name: str
    circuit: Circuit
    traces: Mapping[str, str]
    analysis: Transient | AcSweep
    printed: tuple[str, ...] = ()

    @property
    def vectors(self) -> dict[str, str]:
        """Ngspice's name of every trace."""
        return {name: f"v({node})" for name, node in self.traces.items()}

    @property
    def points(self) -> float:
        """Fewest points that the analysis computes."""
        analysis = self.analysis
        if isinstance(analysis, Transient):
            return analysis.stop_s / analysis.max_step_s
        decades = math.log10(analysis.stop_hz / analysis.start_hz)
        return decades * analysis.points_per_decade

    @property
    def stop_s(self) -> float | None:
        """End of a transient analysis; None for a sweep."""
        return self.analysis.stop_s if isinstance(self.analysis, Transient) else None
