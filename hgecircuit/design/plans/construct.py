"""Good plans of any size: rulers, algebraic Sidon sets with repairs, random dives, first fit.

All of them take places in an order of preference and keep what stays free of collisions. They aim
at the lowest top, or, from the top down, at the highest carriers.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np

from hgecircuit.design.plans.exact import Budget, OutOfNodesError, plan_at
from hgecircuit.design.plans.rulers import optimal_ruler
from hgecircuit.design.plans.sidon import SidonSet, bose, primes_from, ruzsa, singer
from hgecircuit.design.plans.slots import SECOND, Slots, first_fit, is_free

# Restarts of the dive keep it from getting lost; measured best of 500 to 20,000 for 9 to 20
# carriers. Beyond 24 carriers Sidon sets are better from the start.
_DIVE_NODES = 2000
_MOST_DIVING = 24
# Generating a field takes longer than its set is worth above these sizes.
_LARGEST_BOSE, _LARGEST_SINGER = 400, 150
# First fit through all places is quick and good enough to start from below this size.
_MOST_FIRST_FIT = 40
# Up to this size the exact searches need no help from Sidon sets.
_MOST_EXACT = 8
_MOST_KEPT = 8


@dataclass(frozen=True)
class Effort:
    """How long to search, in steps that don't depend on the machine.

    Attributes:
        nodes: Nodes of the exact search (60,000 to 150,000 a second).
        tries: Carriers tried by constructions (30,000 to 100,000 a second).
        seed: Of everything random.
    """

    nodes: int = 300_000
    tries: int = 100_000
    seed: int = 1

    def __mul__(self, share: float) -> Effort:
        """The same with a share of the steps."""
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


def highest_carriers(slots: Slots, count: int, effort: Effort) -> list[np.ndarray]:
    """Plans with carriers as high as they get below the upper limit, each rising; maybe none.

    Args:
        slots: The rules, with an upper limit.
        count: Number of carriers.
        effort: How long to search.
    """
    places = slots.usable[::-1]
    if len(places) < count:
        return []
    found = []
    if count <= _MOST_FIRST_FIT:
        found.append(first_fit(slots, count, places))
    if slots.order > SECOND:
        found += _rulers_below(slots, count)
        if count > _MOST_EXACT:
            found += _sidon_below(slots, count, effort)
    plans = [plan for plan in found if plan is not None]
    return sorted(plans, key=lambda plan: -int(plan.sum()))[:_MOST_KEPT]


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
        """Second order: places in the upper half have no sum and no difference among them."""
        top = self._bound
        while not self._done:
            if self._slots.highest is not None and top > self._slots.highest:
                break
            places = self._slots.allowed(top // 2 + 1, top)
            if len(places) >= self._count:
                self._offer(first_fit(self._slots, self._count, places[::-1]))
                if self.best is not None:
                    break
            top += max(1, (self._count - len(places)) * self._slots.step // 2)
        if self._slots.highest is not None or self.best is not None:
            odd = self._slots.allowed(1, self._limit or 0)
            odd = odd[odd // self._slots.step % 2 == 1]
            if len(odd) >= self._count:
                self._offer(first_fit(self._slots, self._count, odd))

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
        draw = random.Random(self._effort.seed)
        sets = _sidon_sets(self._count)
        work, square = 0.0, self._count**2 * self._slots.step
        while work < self._effort.tries and not self._done:
            work += 4 + self._count / 20
            start = max(self._slots.lowest, int(draw.uniform(0.1, 0.8) * square))
            places = _stretch(draw, draw.choice(sets), self._count, self._slots.step)
            places = places + -(-start // self._slots.step) * self._slots.step
            if self._limit is not None:
                places = places[places <= self._limit]
            if len(places) < self._count:
                continue
            places = places[self._are_allowed(places)]
            if len(places) >= self._count:
                work += len(places)
                self._offer(first_fit(self._slots, self._count, places))

    def try_first_fit(self) -> None:
        """Every place in turn, from several lowest carriers on."""
        if self._done or self._count > _MOST_FIRST_FIT:
            return
        span = self._count**2 * self._slots.step
        for part in range(8):
            start = self._slots.lowest + part * span // 8
            limit = self._limit
            last = start + 8 * self._count * span if limit is None else limit
            places = self._slots.allowed(start, min(last, start + 8 * self._count * span))
            if len(places) >= self._count:
                self._offer(first_fit(self._slots, self._count, places))

    def dive(self) -> None:
        """Short random runs of the exact search, each for a lower top than the best."""
        if self._count > _MOST_DIVING or self._count < 2:
            return
        draw = random.Random(self._effort.seed)
        left = self._effort.nodes / 2
        top = self._next_top()
        while left > 0 and top is not None:
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
        places = self._slots.allowed(self._bound, limit)
        return int(places[-1]) if len(places) else None

    def _all_allowed(self, carriers: np.ndarray) -> bool:
        return bool(self._are_allowed(carriers).all())

    def _are_allowed(self, places: np.ndarray) -> np.ndarray:
        high = self._slots.highest
        inside = places >= self._slots.lowest
        if high is not None:
            inside &= places <= high
        return inside & ~self._slots.bands.blocked(places * self._slots.unit_hz)


def _sidon_sets(count: int) -> list[SidonSet]:
    """Sets of up to 1.4 times the size that is needed, from all families that are quick."""
    sets: list[SidonSet] = []
    for prime in primes_from(max(3, int(0.9 * count))):
        if prime > 1.4 * count + 8:
            return [one for one in sets if len(one.elements) >= count]
        sets.append(ruzsa(prime))
        if prime <= _LARGEST_BOSE:
            sets.append(bose(prime))
        if prime <= _LARGEST_SINGER:
            sets.append(singer(prime))
    return sets


def _stretch(draw: random.Random, family: SidonSet, count: int, step: int) -> np.ndarray:
    """A random multiple of a set, turned to start with a dense stretch; rising from 0."""
    modulus = family.modulus
    factor = draw.randrange(1, modulus)
    while math.gcd(factor, modulus) > 1:
        factor = draw.randrange(1, modulus)
    elements = np.sort(family.elements * factor % modulus)
    wanted = min(len(elements), count + draw.randrange(1 + count // 12))
    around = np.concatenate([elements, elements + modulus])
    lengths = around[wanted - 1 : wanted - 1 + len(elements)] - elements
    start = int(np.argmin(lengths))
    return (around[start : start + len(elements)] - around[start]) * step


def _rulers_below(slots: Slots, count: int) -> list[np.ndarray]:
    """The shortest ruler and its mirror image, as high as bands allow."""
    ruler = optimal_ruler(count)
    assert slots.highest is not None
    if ruler is None:
        return []
    found, length = [], int(ruler[-1])
    for marks in (ruler, length - ruler[::-1]):
        for drop in range(length + 1):
            carriers = (slots.highest // slots.step - drop - length + marks) * slots.step
            if carriers[0] < slots.lowest:
                break
            blocked = slots.bands.blocked(carriers * slots.unit_hz).any()
            if not blocked and is_free(slots, carriers):
                found.append(carriers)
                break
    return found


def _sidon_below(slots: Slots, count: int, effort: Effort) -> list[np.ndarray]:
    """Dense stretches of Sidon sets that hang from the upper limit."""
    assert slots.highest is not None
    draw = random.Random(effort.seed)
    sets, found, work = _sidon_sets(count), [], 0.0
    ceiling = slots.highest // slots.step * slots.step
    while work < effort.tries:
        work += 4 + count / 20
        hanging = ceiling - _stretch(draw, draw.choice(sets), count, slots.step)
        hanging = hanging[hanging >= slots.lowest]
        hanging = hanging[~slots.bands.blocked(hanging * slots.unit_hz)]
        if len(hanging) >= count:
            work += len(hanging)
            plan = first_fit(slots, count, hanging)
            if plan is not None:
                found.append(plan)
    return found
