"""Largest magnitude among several voltages, and the step limiter made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit, format_number


def add_peak(part: Subcircuit, nodes: Sequence[str]) -> str:
    """Add a chain that finds max |v(node)|; returns the node that holds it.

    A chain of two-input stages: one source with all inputs would cost their number squared, because
    ngspice evaluates a derivative expression for every input.
    """
    peak = ""
    for n, node in enumerate(nodes):
        expression = f"abs(v({node}))"
        if peak:
            expression = f"max(v({peak}),{expression})"
        part.behavioural_voltage(f"peak{n}", f"peak{n}", GROUND, expression)
        peak = f"peak{n}"
    return peak


@dataclass(frozen=True)
class StepLimiter:
    """scale = min(1, limit / max |a_m|): shortens a step to the limit and keeps its direction.

    Attributes:
        inputs: Number M of accumulators.
        limit_v: Largest magnitude that passes unscaled.
    """

    inputs: int
    limit_v: float

    def scale(self, accumulators_v: np.ndarray) -> np.ndarray:
        """Ideal response to accumulators of shape (..., M): the scale, shape (...)."""
        return self.limit_v / np.maximum(np.abs(accumulators_v).max(axis=-1), self.limit_v)

    def subcircuit(self) -> Subcircuit:
        """Ports ``a<m>``, ``scale`` (1 V means unscaled)."""
        ports = [f"a{m}" for m in range(self.inputs)]
        part = Subcircuit("step_limiter", [*ports, "scale"], "Step limiter: limit / max |a|.")
        peak, limit = add_peak(part, ports), format_number(self.limit_v)
        part.behavioural_voltage("scale", "scale", GROUND, f"{limit}/max(v({peak}),{limit})")
        return part
