"""Comparators with their open collectors on one pull-up, and what makes the solver see them."""

from __future__ import annotations

from dataclasses import dataclass

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.comparators.comparator import Comparator

# ngspice lets a switch's control move by 0.75 of its distance from the threshold, plus 0.05 V, in
# one step (its SWtrunc).
_LAST_V = 0.05


@dataclass(frozen=True)
class CollectorComparator:
    """Sinks the pull-up's current from ``common`` while v(plus) > v(minus).

    With a pull-up to the logic's level of 1 V, ``common`` is at 1 V while no comparator of those in
    common conducts. A saturated collector would keep it near 0 V, however many conduct; the model
    stays linear, so it goes to 1 V less 1 V for each, and what reads it has to take that for 0 V.

    Attributes:
        comparator: The comparator.
        pull_up_ohm: The pull-up that all in common share.
        resolution_v: How closely the solver has to find the crossing; None leaves it alone.

            The solver judges its steps by capacitors alone, and with the learners' tolerances it
            accepts a step in which a comparator switches anywhere: a pulse that a ramp ends then
            has an error as long as the step, up to half of its length. In front of a switch's
            threshold ngspice does shorten its steps, so there is one with equal resistances, on a
            copy of the difference in which ``resolution_v`` is 0.05 V.
    """

    comparator: Comparator
    pull_up_ohm: float
    resolution_v: float | None = None

    def subcircuit(self, name: str) -> Subcircuit:
        """Ports ``plus``, ``minus``, ``common``."""
        part = Subcircuit(
            name,
            ("plus", "minus", "common"),
            "Comparator with an open collector.",
            self.comparator.chip,
        )
        inner = self.comparator.subcircuit(f"{name}_inner")
        part.instance("inner", inner, ("plus", "minus", "on"))
        part.vccs("collector", "common", GROUND, "on", GROUND, 1 / self.pull_up_ohm)
        if self.resolution_v is not None:
            part.vccs("copy", GROUND, "copy", "plus", "minus", _LAST_V / self.resolution_v)
            part.resistor("copy", "copy", GROUND, 1.0)
            part.model("watch", "sw", vt=0.0, vh=0.0, ron=1e3, roff=1e3)
            part.voltage_switch("watch", "copy", GROUND, "copy", GROUND, "watch")
        return part
