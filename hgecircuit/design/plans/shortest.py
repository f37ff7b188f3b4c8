"""The shortest measurement time: a coherent grid is a multiple of 1/T, so limits move with T."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from hgecircuit.design.plans.bounds import golomb_length, least_top
from hgecircuit.design.plans.construct import Effort
from hgecircuit.design.plans.request import GATE, GRID_CYCLES, PlanRequest
from hgecircuit.design.plans.search import Found, smallest_top
from hgecircuit.design.plans.slots import SECOND, Slots
from hgecircuit.errors import InputError

# Up to this size every time is tried in turn, which proves the shortest.
_MOST_IN_TURN = 8
# A search without an upper limit of T ends here, in multiples of the bound.
_LONGEST = 1000
_MOST_ROUNDS = 60


@dataclass(frozen=True, eq=False)
class Shortest:
    """Result of a search for the shortest time.

    Attributes:
        time_s: T.
        slots: The problem at T.
        found: The plan at T.
        bound_s: No plan is shorter.
        tick_s: Only whole multiples of this were looked at.
    """

    time_s: float
    slots: Slots
    found: Found
    bound_s: float
    tick_s: float


def shortest_time(request: PlanRequest) -> Shortest | None:
    """The shortest T at which there is a plan within the limits; None when none was found.

    T is a whole number of samples when the rig has a sample rate. Otherwise it is a whole multiple
    of the grid's period at the upper limit; without excluded bands nothing is lost by that, since
    between two such times no place comes in at the upper end while some may leave at the lower.
    """
    return _Search(request).run()


class _Search:
    def __init__(self, request: PlanRequest) -> None:
        highest_hz = request.highest_allowed_hz
        assert highest_hz is not None
        self._request, self._highest_hz = request, highest_hz
        self._cycles = GRID_CYCLES[request.response == GATE]
        rate_hz = request.sample_rate_hz
        self._tick_s = 1 / rate_hz if rate_hz else self._cycles / highest_hz
        self._bound_s = self._least_time()
        first = max(1, math.ceil(self._bound_s / self._tick_s * (1 - 1e-9)))
        self._first = first
        limit_s = request.time_s
        self._last = (
            first * _LONGEST if limit_s is None else math.floor(limit_s / self._tick_s * (1 + 1e-9))
        )

    def run(self) -> Shortest | None:
        """In turn for small plans, by fixed point for others."""
        if math.isinf(self._bound_s):
            return None
        if self._request.carriers <= _MOST_IN_TURN:
            return self._in_turn()
        return self._fixed_point()

    def _least_time(self) -> float:
        """No plan is shorter: the top of D carriers from 1 on, and a ruler between the limits."""
        count, order = self._request.carriers, self._request.order
        span = count - 1 if order == SECOND else golomb_length(count)
        width_hz = self._highest_hz - (self._request.lowest_hz or 0.0)
        bound_s = self._cycles * least_top(count, 1, order) / self._highest_hz
        if span == 0:
            return bound_s
        return max(bound_s, self._cycles * span / width_hz) if width_hz > 0 else math.inf

    def _slots(self, tick: int) -> Slots | None:
        """The problem at a time; None where the grid has no place at all."""
        try:
            return self._request.slots(tick * self._tick_s)
        except InputError:
            return None

    def _at(self, tick: int, slots: Slots, found: Found, bound_s: float) -> Shortest:
        return Shortest(tick * self._tick_s, slots, found, bound_s, self._tick_s)

    def _in_turn(self) -> Shortest | None:
        effort, proved, bound = self._request.effort, True, self._first
        nodes = effort.nodes
        for tick in range(self._first, self._last + 1):
            slots = self._slots(tick)
            found = Found(None, None)
            if slots is not None:
                share = Effort(max(nodes, 1000), effort.tries // 10, effort.seed)
                found = smallest_top(slots, self._request.carriers, share)
                nodes -= found.nodes
            if found.carriers is not None and slots is not None:
                return self._at(tick, slots, found, bound * self._tick_s)
            proved &= found.proved
            bound = tick + 1 if proved else bound
        return None

    def _fixed_point(self) -> Shortest | None:
        """At every time the lowest top without a limit; then the time at which it would fit."""
        tick = self._first
        for _ in range(_MOST_ROUNDS):
            if tick > self._last:
                return None
            slots = self._slots(tick)
            if slots is None:
                tick += 1
                continue
            free = slots if slots.modulus is not None else replace(slots, highest=None)
            found = smallest_top(free, self._request.carriers, self._request.effort)
            if found.carriers is None:
                tick = math.ceil(tick * 1.05)
                continue
            assert slots.highest is not None
            top = int(found.carriers[-1])
            if top <= slots.highest:
                return self._at(tick, slots, found, self._first * self._tick_s)
            tick = max(tick + 1, math.ceil(tick * top / slots.highest * (1 - 1e-9)))
        return None
