"""Where no plan is free: the plan with the fewest collisions.

Adding a carrier never removes a collision, so that branch and bound over partial sets proves small
cases; larger ones take the largest free sets that first fit finds, add the rest where it costs
least and move single carriers while that helps.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import islice

import numpy as np

from hgecircuit.design.plans.construct import Effort
from hgecircuit.design.plans.counting import added_collisions, collision_count
from hgecircuit.design.plans.exact import Budget, OutOfNodesError
from hgecircuit.design.plans.slots import THIRD, Comb, Slots, second_order_products
from hgecircuit.design.plans.stretches import sidon_sets, stretch

# One list of what places add takes about as long as this many nodes of the exact search.
_NODE_COST = 15.0
_MOST_PROVEN = 10
# Up to these sizes what every place adds is known exactly, and single carriers are moved.
_MOST_EXACT, _MOST_MOVED = 24, 60
_MOVES = 12
# Starts of first fit of each kind, and how many of them are filled up, also for many carriers.
_STARTS, _FILLED, _FILLED_MANY = 6, 3, 1
# The rest of a set is added in about this many turns.
_TURNS = 20
# Places that are scored for one carrier, times carriers; and places at all.
_LARGEST_TABLE, _MOST_PLACES = 1_000_000, 1_000_000


@dataclass(frozen=True, eq=False)
class Fewest:
    """Result of a search for the fewest collisions.

    Attributes:
        carriers: Rising places, shape (D,); None when there are fewer places than carriers.
        total: Number of collisions.
        bound: No plan has fewer.
        nodes: Nodes of the exact search.
    """

    carriers: np.ndarray | None
    total: int
    bound: int
    nodes: int = 0


def fewest_collisions(slots: Slots, count: int, bound: int, effort: Effort) -> Fewest:
    """The plan with the fewest collisions within the limits.

    Args:
        slots: The rules, with an upper limit.
        count: Number of carriers.
        bound: Number of collisions that every plan is known to have.
        effort: How long to search.
    """
    assert slots.highest is not None
    if slots.count(count) < count:
        return Fewest(None, 0, 0)
    places = np.array(list(islice(slots.falling(slots.highest), _MOST_PLACES)))[::-1]
    best = _constructed(slots, count, places, effort)
    total = collision_count(slots, best)
    if total <= bound or count > _MOST_PROVEN:
        return Fewest(best, total, min(bound, total))
    tree = _Tree(slots, places, best, total, bound, effort)
    proved = tree.search()
    return Fewest(tree.best, tree.total, tree.total if proved else bound, tree.nodes)


def _constructed(slots: Slots, count: int, places: np.ndarray, effort: Effort) -> np.ndarray:
    """The best of several first fits, filled up and improved."""
    draw = np.random.default_rng(effort.seed)
    sampled = _sampled(places, count, draw)
    most = max(count, effort.tries // _STARTS)
    orders = [places[:most], places[::-1][:most]]
    orders += [draw.permutation(places)[:most] for _ in range(_STARTS)]
    if slots.order == THIRD and count > _MOST_EXACT:
        orders += _rulers(slots, count, effort)
    starts = sorted((_free(slots, count, order) for order in orders), key=len, reverse=True)
    best = starts[: _FILLED if count <= _MOST_MOVED else _FILLED_MANY]
    filled = [_filled(slots, count, start, sampled) for start in best]
    filled.sort(key=lambda plan: collision_count(slots, plan))
    moved = filled if count <= _MOST_EXACT else filled[:1] if count <= _MOST_MOVED else []
    filled += [_moved(slots, plan, sampled) for plan in moved]
    return min(filled, key=lambda plan: collision_count(slots, plan))


def _rulers(slots: Slots, count: int, effort: Effort) -> list[np.ndarray]:
    """Dense stretches of Sidon sets that hang from the upper limit, as far as they fit."""
    assert slots.highest is not None
    draw, sets, found = random.Random(effort.seed), sidon_sets(count), []
    for _ in range(_STARTS):
        hanging = slots.highest - stretch(draw, draw.choice(sets), count)[0] * slots.step
        hanging = hanging[hanging >= slots.lowest]
        found.append(hanging[~slots.bands.blocked(hanging * slots.unit_hz)])
    return found


def _free(slots: Slots, count: int, order: np.ndarray) -> np.ndarray:
    """Up to ``count`` places that first fit keeps free."""
    comb = Comb(slots, count, int(order.min()), int(order.max()))
    for place in order.tolist():
        if comb.count == count:
            break
        comb.add(place)
    return comb.carriers.copy()


def _sampled(places: np.ndarray, count: int, draw: np.random.Generator) -> np.ndarray:
    most = max(2 * count, _LARGEST_TABLE // count)
    return places if len(places) <= most else np.sort(draw.choice(places, most, replace=False))


def _filled(slots: Slots, count: int, carriers: np.ndarray, places: np.ndarray) -> np.ndarray:
    more = max(1, (count - len(carriers)) // _TURNS)
    while len(carriers) < count:
        rest = np.setdiff1d(places, carriers)
        cheapest = np.argsort(_costs(slots, carriers, rest, count), kind="stable")
        carriers = np.append(carriers, rest[cheapest[: min(more, count - len(carriers))]])
    return np.sort(carriers)


def _moved(slots: Slots, carriers: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Move single carriers to the best-scored places while the number of collisions falls."""
    total, improved = collision_count(slots, carriers), True
    moves = 1 if len(carriers) <= _MOST_EXACT else _MOVES
    while improved and total:
        improved = False
        for index in range(len(carriers)):
            others = np.delete(carriers, index)
            rest = np.setdiff1d(places, carriers)
            costs = _costs(slots, others, rest, len(carriers))
            for place in rest[np.argsort(costs, kind="stable")[:moves]]:
                trial = np.append(others, place)
                now = collision_count(slots, trial)
                if now < total:
                    carriers, total, improved = np.sort(trial), now, True
                    break
    return carriers


def _costs(slots: Slots, carriers: np.ndarray, places: np.ndarray, count: int) -> np.ndarray:
    """How many collisions a further carrier makes at each place, or about as many, shape (K,)."""
    if count <= _MOST_EXACT:
        return added_collisions(slots, carriers, places)
    size = 2 * int(max(places[-1], carriers.max(initial=0))) + 1
    products = np.bincount(slots.fold(second_order_products(carriers)), minlength=size)
    is_carrier = np.zeros(size, np.int64)
    is_carrier[carriers] = 1
    twice = slots.fold(2 * places)
    costs = 3 * products[places] + 2 * is_carrier[twice]
    if slots.order == THIRD:
        # Each relation of four carriers is met three times.
        sums = slots.fold(places[:, None] + carriers)
        differences = np.abs(places[:, None] - carriers)
        costs = costs + products[sums].sum(axis=1) + products[differences].sum(axis=1)
        costs += 2 * products[twice]
    return costs


class _Tree:
    """Every set, carriers falling, cut where even the cheapest rest collides as often as the best.

    A collision has one or more carriers of the rest. Those with exactly one are what each of them
    adds to the part that is chosen, so that no rest adds less than the smallest of these numbers.
    """

    def __init__(
        self,
        slots: Slots,
        places: np.ndarray,
        best: np.ndarray,
        total: int,
        bound: int,
        effort: Effort,
    ) -> None:
        self._slots, self._places, self._bound = slots, places, bound
        self.best, self.total = best, total
        self._budget = Budget(effort.nodes)

    @property
    def nodes(self) -> int:
        """Nodes visited."""
        return self._budget.used

    def search(self) -> bool:
        """Find the best set; whether the search came to its end."""
        try:
            self._below(np.zeros(0, np.int64), self._places, 0, len(self.best))
        except OutOfNodesError:
            return self.total <= self._bound
        return True

    def _below(self, chosen: np.ndarray, places: np.ndarray, total: int, need: int) -> None:
        if self.total <= self._bound:
            return
        self._budget.spend(_NODE_COST)
        added = added_collisions(self._slots, chosen, places)
        if need == 1:
            cheapest = int(np.argmin(added))
            if total + added[cheapest] < self.total:
                self.best = np.sort(np.append(chosen, places[cheapest]))
                self.total = total + int(added[cheapest])
            return
        for index in range(len(places) - 1, need - 2, -1):
            now = total + int(added[index])
            below = added[:index]
            rest = int(np.partition(below, need - 2)[: need - 1].sum())
            if now + rest < self.total:
                self._below(np.append(chosen, places[index]), places[:index], now, need - 1)
