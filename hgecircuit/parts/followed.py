"""A part with an ideal follower at one of its outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hgecircuit.netlist import GROUND, Subcircuit


class _Part(Protocol):
    def subcircuit(self, name: str) -> Subcircuit: ...


@dataclass(frozen=True)
class Followed:
    """``part`` with the node of ``port`` behind a follower, all other ports as they are.

    The outputs of behavioural sample-and-holds and accumulators are bare capacitors, which the
    resistors at the inputs of component-level parts would discharge.

    Attributes:
        part: Anything that writes itself as a subcircuit.
        port: Its output that gets the follower.
    """

    part: _Part
    port: str

    def subcircuit(self, name: str) -> Subcircuit:
        """Ports of the part."""
        inner = self.part.subcircuit(f"{name}_bare")
        part = Subcircuit(name, inner.ports, f"{inner.purpose} Behind a follower: {self.port}.")
        nodes = ["bare" if port == self.port else port for port in inner.ports]
        part.instance("bare", inner, nodes)
        part.vcvs("follower", self.port, GROUND, "bare", GROUND, 1.0)
        return part
