"""Checks of a circuit file that need the planned carriers."""

from __future__ import annotations

from hgecircuit.design.carriers import plan_carriers
from hgecircuit.spec.carrier_rules import Carriers, carrier_problems
from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.problems import raise_problems


def checked_carriers(spec: CircuitSpec) -> Carriers:
    """The carriers of a circuit, once they are known to be usable.

    Raises:
        InputError: A carrier shares a frequency out of quadrature, does not fill the gate with
            whole cycles, can't be told from another, or is above what a sample rate can carry.
    """
    carriers = plan_carriers(spec)
    raise_problems(carrier_problems(spec, carriers), spec.source)
    return carriers
