"""Largest magnitude among several voltages, and the limited step made of it."""

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
    """move = transfer open min(1, limit / max |a_m|): the weights' gate, an analog share of 1 V.

    It shortens a step to the limit and keeps its direction.

    Attributes:
        inputs: Number M of accumulators.
        limit_v: Largest magnitude that passes unscaled.
    """

    inputs: int
    limit_v: float

    def scale(self, accumulators_v: np.ndarray) -> np.ndarray:
        """Ideal response to accumulators of shape (..., M): the scale, shape (...)."""
        return self.limit_v / np.maximum(np.abs(accumulators_v).max(axis=-1), self.limit_v)

    def subcircuit(self, name: str = "step_limiter") -> Subcircuit:
        """Ports ``a<m>``, ``transfer``, ``open``, ``move`` = transfer open scale."""
        ports = [f"a{m}" for m in range(self.inputs)]
        part = Subcircuit(
            name,
            [*ports, "transfer", "open", "move"],
            "Step limiter: move = transfer open limit / max |a|.",
        )
        peak, limit = add_peak(part, ports), format_number(self.limit_v)
        part.behavioural_voltage("scale", "scale", GROUND, f"{limit}/max(v({peak}),{limit})")
        part.behavioural_voltage("move", "move", GROUND, "v(transfer)*v(open)*v(scale)")
        return part
