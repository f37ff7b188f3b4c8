"""Frequency plans: from a request to carriers, with their proof and their expected error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.design.plans.bounds import least_collisions
from hgecircuit.design.plans.cheapest import least_error
from hgecircuit.design.plans.collisions import Collisions, find_collisions
from hgecircuit.design.plans.expected import ExpectedError, expected_error
from hgecircuit.design.plans.fewest import fewest_collisions
from hgecircuit.design.plans.nearest import no_place, no_plan, no_time
from hgecircuit.design.plans.request import PlanRequest
from hgecircuit.design.plans.room import NoPlaceError, check_size
from hgecircuit.design.plans.rules import rule_breaks
from hgecircuit.design.plans.search import Found, smallest_top
from hgecircuit.design.plans.shortest import shortest_time
from hgecircuit.design.plans.slots import LARGEST_MODULUS, Slots
from hgecircuit.errors import InputError
from hgecircuit.units import format_quantity

_QUADRATURE_RAD = math.pi / 2


@dataclass(frozen=True)
class Optimum:
    """How good a plan is, and how that is known.

    Attributes:
        what: What was made as small as possible.
        value: Its value for this plan, in ``unit``.
        bound: No plan within the limits has less.
        unit: ``Hz``, ``s``, ``1`` for a share of the signal, or ``collisions``.
        nodes: Nodes of the exact search.
        note: What the proof leaves out; may be empty.
    """

    what: str
    value: float
    bound: float
    unit: str
    nodes: int
    note: str = ""

    @property
    def is_optimal(self) -> bool:
        """Whether no plan is better."""
        return self.value <= self.bound * (1 + 1e-9)

    @property
    def gap(self) -> float:
        """How much better a plan could be at most, as a share of the bound; infinite without one.

        0 when the plan is optimal.
        """
        if self.is_optimal:
            return 0.0
        return self.value / self.bound - 1 if self.bound > 0 else math.inf


@dataclass(frozen=True, eq=False)
class FrequencyPlan:
    """Carriers for every channel.

    Attributes:
        request: What was asked for.
        time_s: Measurement time T.
        grid_hz: All carriers are multiples of it.
        frequencies_hz: One per channel, rising, shape (M,).
        phases_rad: One per channel, shape (M,).
        collisions: Products on carriers, from the independent check.
        expected: Expected errors, as shares of the signal.
        optimum: How good it is.
    """

    request: PlanRequest
    time_s: float
    grid_hz: float
    frequencies_hz: np.ndarray
    phases_rad: np.ndarray
    collisions: Collisions
    expected: ExpectedError
    optimum: Optimum

    @property
    def is_coherent(self) -> bool:
        """Whether all carriers make whole cycles in T."""
        return self.request.is_coherent(self.time_s)


def make_plan(request: PlanRequest) -> FrequencyPlan:
    """Choose carriers.

    The same request gives the same plan on every machine.

    Args:
        request: What is wanted.

    Raises:
        InputError: There is no plan within the limits, or none was found; it names the nearest
            possible ones.
    """
    if request.objective == "time":
        shortest = shortest_time(request)
        if shortest is None:
            raise no_time(request)
        found, tick = shortest.found, format_quantity(shortest.tick_s, "s", 6)
        note = f"among whole multiples of {tick}"
        value, bound = shortest.time_s, shortest.bound_s
        optimum = Optimum("measurement time", value, bound, "s", found.nodes, note)
        assert found.carriers is not None
        return _finished(request, value, shortest.slots, found.carriers, optimum)
    assert request.time_s is not None
    try:
        slots = request.slots(request.time_s)
    except NoPlaceError as error:
        raise no_place(request, error) from error
    carriers, optimum = (
        _least_error(request, slots) if request.objective == "error" else _lowest(request, slots)
    )
    return _finished(request, request.time_s, slots, carriers, optimum)


def _lowest(request: PlanRequest, slots: Slots) -> tuple[np.ndarray, Optimum]:
    found = smallest_top(slots, request.carriers, request.effort)
    if found.carriers is None:
        return _with_collisions(request, slots, found)
    assert found.bound is not None
    unit_hz = slots.unit_hz
    top = float(found.carriers[-1])
    optimum = Optimum("top carrier", top * unit_hz, found.bound * unit_hz, "Hz", found.nodes)
    return found.carriers, optimum


def _least_error(request: PlanRequest, slots: Slots) -> tuple[np.ndarray, Optimum]:
    assert request.time_s is not None
    lock_in = request.lock_in(request.time_s)
    found = least_error(slots, request.carriers, lock_in, request.effort)
    if found.carriers is None:
        return _with_collisions(
            request, slots, smallest_top(slots, request.carriers, request.effort)
        )
    optimum = Optimum(
        "expected error of the carriers",
        math.sqrt(found.cost),
        math.sqrt(found.bound),
        "1",
        found.nodes,
    )
    return found.carriers, optimum


def _with_collisions(
    request: PlanRequest, slots: Slots, found: Found
) -> tuple[np.ndarray, Optimum]:
    """The plan with the fewest collisions, if it is wanted."""
    assert request.time_s is not None
    if not request.allow_collisions or slots.highest is None:
        raise no_plan(request, request.time_s, slots, proved=found.proved)
    # Every product is counted where it falls.
    check_size(slots, slots.highest, LARGEST_MODULUS // 2)
    bound = least_collisions(slots, request.carriers, none_is_free=found.proved)
    fewest = fewest_collisions(slots, request.carriers, bound, request.effort)
    if fewest.carriers is None:
        raise InputError(
            "fewer places than carriers within the limits",
            key="--channels",
            value=request.channels,
            expected=f"at most {slots.count(request.carriers) * (2 if request.quadrature else 1)}",
        )
    optimum = Optimum(
        "collisions", float(fewest.total), float(fewest.bound), "collisions", fewest.nodes
    )
    return fewest.carriers, optimum


def _finished(
    request: PlanRequest, time_s: float, slots: Slots, carriers: np.ndarray, optimum: Optimum
) -> FrequencyPlan:
    """Frequencies and phases per channel, checked once more without the search's own arithmetic."""
    shared = 2 if request.quadrature else 1
    channel = np.arange(request.channels)
    # Multiplied whole: 3 * 0.1 differs from 0.3 by rounding, and so would a carrier from its slot.
    frequencies_hz = np.sort(carriers)[channel // shared] * slots.unit_hz
    phases_rad = _QUADRATURE_RAD * (channel % shared)
    collisions = find_collisions(
        frequencies_hz,
        order=request.order,
        tolerance_hz=slots.unit_hz / 2,
        sample_rate_hz=request.sample_rate_hz,
    )
    breaks = rule_breaks(request, time_s, frequencies_hz)
    if breaks or (collisions.total and optimum.unit != "collisions"):
        # Two independent computations disagree, so neither can be trusted.
        raise RuntimeError(f"the plan failed its check: {breaks or collisions.listed[0]}")
    return FrequencyPlan(
        request,
        time_s,
        slots.unit_hz * slots.step,
        frequencies_hz,
        phases_rad,
        collisions,
        expected_error(request.lock_in(time_s), frequencies_hz, phases_rad),
        optimum,
    )
