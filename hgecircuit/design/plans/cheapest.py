"""The least expected error: carriers within limits that add up to the lowest cost.

A set costs sum u(f) + sum v(f, g) over its carriers and ordered pairs: noise and second harmonic of
each, crosstalk between each two. With a coherent gate v is zero and u falls with frequency, so the
best plan is a ruler that hangs from the upper limit; with a low-pass, carriers also keep apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hgecircuit.design.plans.bounds import golomb_length
from hgecircuit.design.plans.construct import Effort, lowest_top
from hgecircuit.design.plans.exact import Budget, OutOfNodesError, Strikes
from hgecircuit.design.plans.expected import Listening
from hgecircuit.design.plans.hanging import highest_carriers
from hgecircuit.design.plans.slots import THIRD, Comb, Slots, is_free

# More carriers or places than these make the tree, the swaps or the table of pairs too large.
_MOST_PROVEN = 8
_LARGEST_TREE = 3000
_LARGEST_TOP = 20_000
# Places further below the upper limit cost more than any that a good plan uses.
_DEEPEST = 4_000_000
_MOST_SWAPPED = 40
_SWAP_PLACES = 200
_MOST_GREEDY = 64
_LARGEST_GREEDY = 20_000
# A node costs about as many array operations as this many nodes of the search for a top.
_NODE_COST = 6.0
# What a coherent gate leaves of a neighbour is rounding.
_NO_CROSSTALK = 1e-18
# Costs that differ by less are equal: sums of the same terms in another order.
_EQUAL = 1e-12


@dataclass(frozen=True, eq=False)
class Cheapest:
    """Result of a search for the least cost.

    Attributes:
        carriers: Rising places, shape (D,); None when no plan was found.
        cost: Mean cost of a carrier; infinite without a plan.
        bound: No plan has a lower mean cost.
        nodes: Nodes of the exact search.
    """

    carriers: np.ndarray | None
    cost: float
    bound: float
    nodes: int = 0


def least_error(slots: Slots, count: int, lock_in: Listening, effort: Effort) -> Cheapest:
    """The plan with the least mean squared error of its channels.

    Args:
        slots: The rules, with an upper limit.
        count: Number of carriers.
        lock_in: Window, signal and noise.
        effort: How long to search.
    """
    return _Search(slots, count, lock_in, effort).run()


class _Search:
    def __init__(self, slots: Slots, count: int, lock_in: Listening, effort: Effort) -> None:
        assert slots.highest is not None
        reach = max(slots.lowest, slots.highest - _DEEPEST)
        self._slots, self._count, self._effort = replace(slots, lowest=reach), count, effort
        self._lock_in = lock_in
        self._places = self._slots.usable
        self._is_small = len(self._places) <= _LARGEST_GREEDY
        few = self._places if self._is_small else self._places[:0]
        self._own = lock_in.own(few * slots.unit_hz)
        self._best: np.ndarray | None = None
        self._cost = np.inf

    def run(self) -> Cheapest:
        """Constructions, swaps, and a proof if the problem is small."""
        if len(self._places) < self._count:
            return Cheapest(None, np.inf, np.inf)
        for plan in self._constructions():
            self._offer(plan)
        if self._best is not None and self._is_small and self._count <= _MOST_SWAPPED:
            self._swap()
        bound, nodes = self._bound(), 0
        few = len(self._places) <= _LARGEST_TREE and self._places[-1] <= _LARGEST_TOP
        if self._count <= _MOST_PROVEN and few:
            bound, nodes = self._prove(bound)
        if self._best is None:
            return Cheapest(None, np.inf, bound, nodes)
        mean = self._cost / self._count
        return Cheapest(self._best, mean, min(bound / self._count, mean), nodes)

    def cost(self, carriers: np.ndarray) -> float:
        """Cost of a set, summed over its carriers."""
        hertz = carriers * self._slots.unit_hz
        total = float(self._lock_in.own(hertz).sum())
        for index in range(1, len(hertz)):
            total += 2 * float(self._lock_in.pair(hertz[:index], hertz[index]).sum())
        return total

    def _offer(self, carriers: np.ndarray) -> bool:
        """Keep a set that costs less than the best; whether it does."""
        cost = self.cost(carriers)
        is_better = cost < self._cost * (1 - _EQUAL)
        if is_better:
            self._best, self._cost = np.sort(carriers), cost
        return is_better

    def _constructions(self) -> list[np.ndarray]:
        step_hz = self._slots.step * self._slots.unit_hz
        top_hz = self._places[-1] * self._slots.unit_hz
        spread = bool(self._lock_in.pair(top_hz, top_hz - step_hz) > _NO_CROSSTALK)
        plans = highest_carriers(self._slots, self._count, self._effort, spread=spread)
        if self._is_small and self._count <= _MOST_GREEDY:
            plans += self._greedy()
        if not plans:
            low = lowest_top(self._slots, self._count, int(self._places[-1]), self._effort)
            plans += [] if low is None else [low]
        return plans

    def _greedy(self) -> list[np.ndarray]:
        """Carrier by carrier the place that costs least beside those already there."""
        found = []
        order = np.argsort(self._own, kind="stable")
        for first in order[:: max(1, len(order) // 8)][:8]:
            comb = Comb(self._slots, self._count, int(self._places[0]), int(self._places[-1]))
            cost = self._own.copy()
            place: int | None = int(self._places[first])
            while place is not None:
                comb.add(place)
                if comb.count == self._count:
                    found.append(comb.carriers.copy())
                    break
                cost += self._pairs(place)
                place = self._next(comb, cost)
        return found

    def _next(self, comb: Comb, cost: np.ndarray) -> int | None:
        for index in np.argsort(cost, kind="stable"):
            place = int(self._places[index])
            if comb.has_room(place):
                return place
        return None

    def _pairs(self, place: int) -> np.ndarray:
        """What a carrier adds to every place, both ways, shape (K,)."""
        unit_hz = self._slots.unit_hz
        cost = 2 * self._lock_in.pair(self._places * unit_hz, place * unit_hz)
        cost[self._places == place] = 0.0
        return cost

    def _swap(self) -> None:
        """Move single carriers to cheaper places until none helps."""
        improved = True
        while improved:
            improved = False
            for index in range(self._count):
                improved |= self._move(index)

    def _move(self, index: int) -> bool:
        assert self._best is not None
        others = np.delete(self._best, index)
        cost = self._own + sum(self._pairs(int(other)) for other in others)
        old = int(self._best[index])
        now = cost[np.searchsorted(self._places, old)]
        for candidate in np.argsort(cost, kind="stable")[:_SWAP_PLACES]:
            if cost[candidate] >= now * (1 - 1e-9):
                return False
            trial = np.append(others, self._places[candidate])
            if self._places[candidate] not in others and is_free(self._slots, trial):
                return self._offer(trial)
        return False

    def _bound(self) -> float:
        """No set costs less: noise alone, which falls with frequency.

        The j highest carriers span a ruler of j marks when all distances differ.
        """
        third = self._slots.order == THIRD
        spans = [golomb_length(j + 1) if third else j for j in range(self._count)]
        limits = self._places[-1] - np.array(spans) * self._slots.step
        highest = np.searchsorted(self._places, limits, "right") - 1
        ranks = len(self._places) - 1 - np.arange(self._count)
        chosen = np.minimum(highest, ranks)
        if chosen.min() < 0:
            return np.inf
        return float(self._lock_in.noise_power(self._places[chosen] * self._slots.unit_hz).sum())

    def _prove(self, bound: float) -> tuple[float, int]:
        """Branch and bound; a better bound when it comes to its end, the old one otherwise."""
        budget = Budget(self._effort.nodes)
        tree = _Tree(self, budget)
        try:
            tree.search()
        except OutOfNodesError:
            return bound, budget.used
        return self._cost, budget.used


class _Tree:
    """All sets in rising order of cost, cut where even the cheapest rest is too dear."""

    def __init__(self, search: _Search, budget: Budget) -> None:
        self._search, self._budget = search, budget
        slots, places = search._slots, search._places
        self._strikes = Strikes(slots, int(places[-1]))
        self._rows: dict[int, np.ndarray] = {}

    def search(self) -> None:
        """Offer every better set to the search."""
        places = self._strikes.usable(self._search._places)
        cost = self._search._own[np.searchsorted(self._search._places, places)]
        self._below([], 0, places, cost, 0.0, self._search._count)

    def _below(
        self,
        carriers: list[int],
        products: int,
        places: np.ndarray,
        cost: np.ndarray,
        partial: float,
        need: int,
    ) -> None:
        self._budget.spend(_NODE_COST)
        order = np.argsort(cost, kind="stable")
        cheapest = np.concatenate([[0.0], np.cumsum(cost[order])])
        for start in range(len(order) - need + 1):
            least = partial + cheapest[start + need] - cheapest[start]
            if least >= self._search._cost * (1 - _EQUAL):
                return
            chosen = order[start]
            place, here = int(places[chosen]), partial + float(cost[chosen])
            if need == 1:
                self._search._offer(np.array([*carriers, place]))
                return
            rest = order[start + 1 :]
            products_now, struck = self._strikes.strike(place, carriers, products)
            rest = rest[self._strikes.unstruck(places[rest], struck)]
            added = self._row(place)[np.searchsorted(self._search._places, places[rest])]
            self._below(
                [*carriers, place], products_now, places[rest], cost[rest] + added, here, need - 1
            )

    def _row(self, place: int) -> np.ndarray:
        if place not in self._rows:
            self._rows[place] = self._search._pairs(place)
        return self._rows[place]
