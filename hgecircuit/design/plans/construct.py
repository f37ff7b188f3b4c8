"""Good plans of any size: rulers, algebraic Sidon sets with repairs, random dives, first fit.

All of them take places in an order of preference and keep what stays free of collisions, and aim at
the lowest top; :mod:`.hanging` has those that aim at the highest carriers.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from itertools import islice, takewhile

import numpy as np

from hgecircuit.design.plans.exact import (
    LARGEST_TREE,
    Budget,
    OutOfNodesError,
    plan_at,
    tree_size,
)
from hgecircuit.design.plans.rulers import optimal_ruler
from hgecircuit.design.plans.slots import SECOND, Slots, first_fit, is_free
from hgecircuit.design.plans.stretches import LOW, low_offsets, sidon_sets, stretch
from hgecircuit.errors import InputError

# Restarts of the dive keep it from getting lost; measured best of 500 to 20,000 for 9 to 20
# carriers. Beyond 24 carriers Sidon sets are better from the start.
_DIVE_NODES = 2000
_MOST_DIVING = 24
# Places that are looked at to learn how many mains leave free.
_SURVEYED = 4096
#: First fit through all places is quick and good enough to start from below this size.
MOST_FIRST_FIT = 40


@dataclass(frozen=True)
class Effort:
    """How long to search, in steps that don't depend on the machine.

    Attributes:
        nodes: Nodes of the exact search (60,000 to 150,000 a second).
        tries: Carriers tried by constructions (30,000 to 100,000 a second).
        seed: Of everything random.
    """

    nodes: int = 300_000
    tries: int = 60_000
    seed: int = 1

    def __mul__(self, share: float) -> Effort:
        """The same with a share of the steps.

        Raises:
            InputError: Not a share above 0.
        """
        if not (math.isfinite(share) and share > 0):
            raise InputError("not a share", key="--effort", value=share, expected="above 0")
        return Effort(int(self.nodes * share), int(self.tries * share), self.seed)


def lowest_top(slots: Slots, count: int, bound: int, effort: Effort) -> np.ndarray | None:
    """A plan with a low top, rising, shape (count,); None when none was found.

    Args:
        slots: The rules.
        count: Number of carriers.
        bound: A proven bound of the top: the search ends when it is met.
        effort: How long to search.
    """
    search = _LowestTop(slots, count, bound, effort)
    if slots.order == SECOND:
        search.try_halves()
    else:
        search.try_ruler()
        search.try_sidon_sets()
    search.try_first_fit()
    search.dive()
    return search.best


class _LowestTop:
    """The best plan so far, and ways to better it."""

    def __init__(self, slots: Slots, count: int, bound: int, effort: Effort) -> None:
        self._slots, self._count, self._bound, self._effort = slots, count, bound, effort
        self.best: np.ndarray | None = None

    @property
    def _limit(self) -> int | None:
        """The largest top that is still of use."""
        return self._slots.highest if self.best is None else int(self.best[-1]) - 1

    @property
    def _done(self) -> bool:
        limit = self._limit
        return limit is not None and limit < self._bound

    def _offer(self, carriers: np.ndarray | None) -> None:
        limit = self._limit
        if carriers is not None and (limit is None or carriers[-1] <= limit):
            self.best = carriers

    def try_halves(self) -> None:
        """Second order: sums and differences miss the upper half of any range, and odd numbers."""
        top: int | None = self._bound
        while top is not None and not self._done:
            places = np.array(self._upper_half(top))
            if len(places) >= self._count:
                self._offer(first_fit(self._slots, self._count, places))
                if self.best is not None:
                    break
            more = max(1, (self._count - len(places)) * self._slots.step // 2)
            top = next(self._slots.rising(top + more), None)
        limit = self._limit
        if limit is not None:
            odd = (place for place in self._slots.rising(1) if place // self._slots.step % 2)
            low = takewhile(lambda place: place <= limit, odd)
            places = np.array(list(islice(low, 2 * self._count)))
            if len(places) >= self._count:
                self._offer(first_fit(self._slots, self._count, places))

    def _upper_half(self, top: int) -> list[int]:
        """Places above half the top, highest first; twice as many as needed at most."""
        places = takewhile(lambda place: 2 * place > top, self._slots.falling(top))
        return list(islice(places, 2 * self._count))

    def try_ruler(self) -> None:
        """The shortest ruler of this size and its mirror image, as low as they go."""
        ruler = optimal_ruler(self._count)
        if ruler is None or self._done:
            return
        step, length = self._slots.step, int(ruler[-1])
        lowest = -(-self._slots.lowest // step)
        for start in range(lowest, lowest + length + 2):
            for marks in (ruler, length - ruler[::-1]):
                carriers = (start + marks) * step
                if self._limit is not None and carriers[-1] > self._limit:
                    return
                if self._all_allowed(carriers) and is_free(self._slots, carriers):
                    self._offer(carriers)

    def try_sidon_sets(self) -> None:
        """Dense stretches of Sidon sets at many heights, leaving out what collides."""
        draw, step = random.Random(self._effort.seed), self._slots.step
        needed = math.ceil(self._count / self._open_share())
        sets, work = sidon_sets(needed), 0.0
        while work < self._effort.tries and not self._done:
            work += 4 + self._count / 20
            places, wanted = stretch(draw, draw.choice(sets), needed)
            limit = None if self._limit is None else self._limit // step
            lowest = max(self._slots.lowest, int(LOW * places[wanted - 1]) * step)
            lowest = self._slots.past_bands(lowest) // step
            offsets, cost = low_offsets(draw, places[:wanted], needed, lowest, limit)
            work += cost
            for offset in offsets:
                work += self._try_places(places * step + self._slots.past_bands(offset * step))

    def _open_share(self) -> float:
        """Share of places that mains leave free, where carriers will lie; a fifth at least."""
        step = self._slots.step
        first = max(self._slots.lowest // step, self._count**2 // 2)
        places = np.arange(first, first + _SURVEYED) * step
        mains = replace(self._slots.bands, bands_hz=())
        return max(0.2, 1 - float(np.mean(mains.blocked(places * self._slots.unit_hz))))

    def _try_places(self, places: np.ndarray) -> int:
        """First fit through places; how many were looked at."""
        if self._limit is not None:
            places = places[places <= self._limit]
        if len(places) >= self._count:
            places = places[self._are_allowed(places)]
        if len(places) < self._count:
            return 0
        self._offer(first_fit(self._slots, self._count, places))
        return len(places)

    def try_first_fit(self) -> None:
        """Every place in turn, from several lowest carriers on."""
        if self._done or self._count > MOST_FIRST_FIT:
            return
        span = self._count**2 * self._slots.step
        for part in range(8):
            start = self._slots.past_bands(self._slots.lowest + part * span // 8)
            last = start + 8 * self._count * span
            limit = self._limit
            places = self._slots.allowed(start, last if limit is None else min(limit, last))
            if len(places) >= self._count:
                self._offer(first_fit(self._slots, self._count, places))

    def dive(self) -> None:
        """Short random runs of the exact search, each for a lower top than the best."""
        if self._count > _MOST_DIVING or self._count < 2:
            return
        draw = random.Random(self._effort.seed)
        left = self._effort.nodes / 2
        top = self._next_top()
        while left > 0 and top is not None and tree_size(self._slots, top) <= LARGEST_TREE:
            budget = Budget(min(_DIVE_NODES, left))
            try:
                found = plan_at(self._slots, self._count, top, budget, draw)
            except OutOfNodesError:
                left -= _DIVE_NODES
                continue
            left -= 1 + budget.used
            if found is not None:
                self._offer(np.array(found))
            top = self._next_top(top - 1)

    def _next_top(self, last: int | None = None) -> int | None:
        limit = self._limit if last is None else last
        if limit is None or self._done:
            return None
        top = next(self._slots.falling(limit), None)
        return top if top is not None and top >= self._bound else None

    def _all_allowed(self, carriers: np.ndarray) -> bool:
        return bool(self._are_allowed(carriers).all())

    def _are_allowed(self, places: np.ndarray) -> np.ndarray:
        high = self._slots.highest
        inside = places >= self._slots.lowest
        if high is not None:
            inside &= places <= high
        return inside & ~self._slots.bands.blocked(places * self._slots.unit_hz)
