"""Makes the solver resolve when a voltage crosses a threshold."""

from __future__ import annotations

from hgecircuit.netlist import GROUND, Subcircuit

_MODEL = "watch"
# ngspice lets a switch's control move by 0.75 of its distance from the threshold, plus 0.05 V, in
# one step (its SWtrunc).
_LAST_V = 0.05


def add_watch_model(part: Subcircuit) -> None:
    """Add the model that the watches of ``part`` share."""
    part.model(_MODEL, "sw", vt=0.0, vh=0.0, ron=1e3, roff=1e3)


def add_watch(part: Subcircuit, name: str, plus: str, minus: str, resolution_v: float) -> None:
    """Add elements that do nothing but shorten the time steps before v(plus) rises to v(minus).

    The solver judges its steps by capacitors alone, and with the learners' tolerances it accepts a
    step in which a comparator switches anywhere: a pulse that a ramp ends then has an error as long
    as the step, up to half of its length. In front of a switch's threshold ngspice does shorten its
    steps, so here is one with equal resistances, on a copy of the difference in which
    ``resolution_v`` is 0.05 V.
    """
    copy = f"{name}_copy"
    with part.stands_for(""):
        part.vccs(copy, GROUND, copy, plus, minus, _LAST_V / resolution_v)
        part.resistor(copy, copy, GROUND, 1.0)
        part.voltage_switch(f"{name}_watch", copy, GROUND, copy, GROUND, _MODEL)
