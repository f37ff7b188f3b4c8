"""The shortest measurement time: a coherent grid is a multiple of 1/T, so limits move with T."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from hgecircuit.design.plans.bounds import golomb_length, least_top
from hgecircuit.design.plans.construct import Effort
from hgecircuit.design.plans.request import GATE, GRID_CYCLES, PlanRequest
from hgecircuit.design.plans.search import Found, smallest_top
from hgecircuit.design.plans.slots import SECOND, Slots, is_free
from hgecircuit.errors import InputError

# Up to this size every time is tried in turn, as long as nodes last, which proves the shortest.
_MOST_IN_TURN = 8
# Every time costs some nodes, also when it is ruled out at once.
_TICK_NODES = 100
# A search without an upper limit of T ends here, in multiples of the bound.
_LONGEST = 1000
# Rounds of every kind of search, and the share of the effort that one of them gets.
_MOST_ROUNDS, _ROUND_SHARE = 60, 0.2
_HALVINGS, _TRY_SHARE = 10, 0.02
# Places of one plan are tried at this many times, fewer when there are many carriers.
_MOST_SHRUNK, _SHRINK_WORK = 2000, 20_000_000
# Single times that are tried, times carriers, up to this many carriers: with more each takes long
# and is seldom enough.
_TRIED_CARRIERS, _MOST_TRIED = 320, 40


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
        self._first = self._last = 1
        self._bound_s = self._least_time()
        if math.isinf(self._bound_s):
            return
        self._first = max(1, math.ceil(self._bound_s / self._tick_s * (1 - 1e-9)))
        limit_s = request.time_s
        self._last = (
            self._first * _LONGEST
            if limit_s is None
            else math.floor(limit_s / self._tick_s * (1 + 1e-9))
        )

    def run(self) -> Shortest | None:
        """In turn for small plans; then any time that is enough, and shorter ones from there."""
        if math.isinf(self._bound_s):
            return None
        if self._request.carriers <= _MOST_IN_TURN:
            found = self._in_turn()
            if found is not None or self._first > self._last:
                return found
        found = self._enough()
        if found is None:
            return None
        found = self._shrunk(self._polished(found))
        return self._shorter(found) if self._request.carriers <= _MOST_TRIED else found

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

    def _at(self, tick: int, share: float) -> Shortest | None:
        """The plan at a time, if one is found."""
        slots = self._slots(tick)
        if slots is None:
            return None
        found = smallest_top(
            slots, self._request.carriers, self._request.effort * share, any_plan=True
        )
        return None if found.carriers is None else self._made(tick, slots, found)

    def _made(self, tick: int, slots: Slots, found: Found) -> Shortest:
        bound_s = min(tick, self._first) * self._tick_s
        return Shortest(tick * self._tick_s, slots, found, bound_s, self._tick_s)

    def _in_turn(self) -> Shortest | None:
        """Every time from the bound on, until a plan is found or there are no more nodes.

        Moves the bound up to the first time that is not ruled out.
        """
        effort = self._request.effort
        nodes = effort.nodes // 2
        while self._first <= self._last and nodes > 0:
            slots, found = self._slots(self._first), Found(None, None)
            if slots is not None:
                share = Effort(nodes, effort.tries, effort.seed)
                found = smallest_top(slots, self._request.carriers, share)
            if found.carriers is not None and slots is not None:
                return self._made(self._first, slots, found)
            if not found.proved:
                return None
            nodes -= _TICK_NODES + found.nodes
            self._first += 1
        return None

    def _enough(self) -> Shortest | None:
        """At every time the lowest top without a limit; then the time at which it would fit.

        Without a sample rate, and with one when it is so high that no product folds onto a carrier.
        """
        tick = self._first
        for _ in range(_MOST_ROUNDS):
            slots = self._slots(tick) if tick <= self._last else None
            if slots is None:
                if tick > self._last:
                    return self._at(self._last, 1.0)
                tick += 1
                continue
            assert slots.highest is not None
            limit = slots.highest
            if slots.modulus is not None:
                limit = min(limit, (slots.modulus - 1) // (slots.order + 1))
            free = replace(slots, highest=None, modulus=None)
            effort = self._request.effort * _ROUND_SHARE
            found = smallest_top(free, self._request.carriers, effort, any_plan=True)
            if found.carriers is None:
                tick = math.ceil(tick * 1.05)
                continue
            top = int(found.carriers[-1])
            if top <= limit:
                return self._made(tick, slots, found)
            # What lies above the lower limit must shrink to what the upper one leaves of it.
            over = (top - slots.lowest) / max(1, limit - slots.lowest)
            tick = max(tick + 1, math.ceil(tick * min(over, 2.0) * (1 - 1e-9)))
        return None

    def _polished(self, best: Shortest) -> Shortest:
        """The same time with the lowest top that all the effort finds."""
        free = replace(best.slots, modulus=None)
        found = smallest_top(free, self._request.carriers, self._request.effort)
        if found.carriers is None or best.found.carriers is None:
            return best
        is_lower = found.carriers[-1] < best.found.carriers[-1]
        return replace(best, found=found) if is_lower else best

    def _shrunk(self, best: Shortest) -> Shortest:
        """The same places at the shortest time at which they keep to the rules."""
        carriers = best.found.carriers
        assert carriers is not None
        least = math.ceil(carriers[-1] * self._cycles / self._highest_hz / self._tick_s)
        ticks = range(max(self._first, least), round(best.time_s / self._tick_s))
        most = min(_MOST_SHRUNK, _SHRINK_WORK // len(carriers) ** 2 + 1)
        for tick in ticks[:: -(-len(ticks) // most) or 1]:
            slots = self._slots(tick)
            if slots is None or carriers[0] < slots.lowest or carriers[-1] > (slots.highest or 0):
                continue
            blocked = slots.bands.blocked(carriers * slots.unit_hz)
            if not blocked.any() and is_free(slots, carriers):
                return self._made(tick, slots, Found(carriers, int(carriers[-1])))
        return best

    def _shorter(self, best: Shortest) -> Shortest:
        """Halve the way from the bound to the best time, then try some times below the best.

        A time that is not enough may have shorter ones that are, so that this proves nothing.
        """
        lower = self._first - 1
        for _ in range(_HALVINGS):
            upper = round(best.time_s / self._tick_s)
            middle = (lower + upper) // 2
            if middle in (lower, upper):
                break
            found = self._at(middle, _TRY_SHARE)
            best, lower = (best, middle) if found is None else (found, lower)
        ticks = range(self._first, round(best.time_s / self._tick_s))
        tries = _TRIED_CARRIERS // self._request.carriers
        for tick in ticks[:: max(1, len(ticks) // tries)]:
            found = self._at(tick, _TRY_SHARE)
            if found is not None:
                return found
        return best
