"""Where no plan is free: the plan with the fewest collisions.

Adding a carrier never removes a collision, so that branch and bound over partial sets proves small
cases; larger ones take the largest free set that first fit finds, add the rest where it costs least
and move single carriers while that helps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.design.plans.construct import Effort
from hgecircuit.design.plans.exact import Budget, OutOfNodesError
from hgecircuit.design.plans.slots import THIRD, Comb, Slots, second_order_products

# One count of collisions takes about as long as this many nodes of the exact search.
_NODE_COST = 20.0
_MOST_PROVEN = 10
_MOST_MOVED = 60
_MOVES = 12
# Places that are scored for one carrier, times carriers.
_LARGEST_TABLE = 4_000_000
LARGEST_COUNT = 200


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
    places = slots.usable
    if len(places) < count:
        return Fewest(None, 0, 0)
    best = _constructed(slots, count, places, effort)
    total = collision_count(slots, best)
    if total <= bound or count > _MOST_PROVEN:
        return Fewest(best, total, min(bound, total))
    tree = _Tree(slots, places, best, total, effort)
    proved = tree.search()
    return Fewest(tree.best, tree.total, tree.total if proved else bound, tree.nodes)


def collision_count(slots: Slots, carriers: np.ndarray) -> int:
    """Products up to the order that fall on carriers; in time and memory of D^3.

    Args:
        slots: Order and sample rate.
        carriers: Distinct places, shape (D,).
    """
    carriers = np.asarray(carriers, np.int64)
    products = [second_order_products(carriers)]
    if slots.order == THIRD:
        products += _third_order_products(carriers)
    return sum(int(np.isin(_folded(slots, one), carriers).sum()) for one in products)


def _third_order_products(carriers: np.ndarray) -> list[np.ndarray]:
    """3 f1, 2 f1 +- f2, and f1 +- f2 +- f3 of distinct carriers."""
    first, second = np.nonzero(~np.eye(len(carriers), dtype=bool))
    twice, once = 2 * carriers[first], carriers[second]
    products = [3 * carriers, twice + once, twice - once]
    one, two = np.triu_indices(len(carriers), 1)
    third = np.arange(len(carriers))
    rows, last = np.nonzero(third > two[:, None])
    a, b, c = carriers[one[rows]], carriers[two[rows]], carriers[last]
    return [*products, a + b + c, a + b - c, a - b + c, a - b - c]


def _folded(slots: Slots, products: np.ndarray) -> np.ndarray:
    products = np.abs(products)
    if slots.modulus is None:
        return products
    rest = products % slots.modulus
    return np.minimum(rest, slots.modulus - rest)


def _constructed(slots: Slots, count: int, places: np.ndarray, effort: Effort) -> np.ndarray:
    """The best of several first fits, filled up and improved."""
    draw = np.random.default_rng(effort.seed)
    orders = [places, places[::-1], *(draw.permutation(places) for _ in range(6))]
    plans = []
    for order in orders:
        comb = Comb(slots, count, int(places[0]), int(places[-1]))
        for place in order.tolist():
            if comb.count < count:
                comb.add(place)
        plans.append(_filled(slots, count, comb.carriers, _sampled(places, count, draw)))
    plans.sort(key=lambda plan: _score(slots, plan))
    best = plans[0]
    return _moved(slots, best, _sampled(places, count, draw)) if count <= _MOST_MOVED else best


def _sampled(places: np.ndarray, count: int, draw: np.random.Generator) -> np.ndarray:
    most = max(2 * count, _LARGEST_TABLE // count)
    return places if len(places) <= most else np.sort(draw.choice(places, most, replace=False))


def _filled(slots: Slots, count: int, carriers: np.ndarray, places: np.ndarray) -> np.ndarray:
    while len(carriers) < count:
        scores = _scores(slots, carriers, places)
        carriers = np.append(carriers, places[int(np.argmin(scores))])
    return np.sort(carriers)


def _moved(slots: Slots, carriers: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Move single carriers to the best-scored places while the number of collisions falls."""
    total, improved = collision_count(slots, carriers), True
    while improved and total:
        improved = False
        for index in range(len(carriers)):
            others = np.delete(carriers, index)
            scores = _scores(slots, others, places)
            for place in places[np.argsort(scores, kind="stable")[:_MOVES]]:
                trial = np.append(others, place)
                now = total if place in others else collision_count(slots, trial)
                if now < total:
                    carriers, total, improved = np.sort(trial), now, True
                    break
    return carriers


def _scores(slots: Slots, carriers: np.ndarray, places: np.ndarray) -> np.ndarray:
    """About how many collisions a further carrier makes at each place, shape (K,)."""
    size = 2 * int(max(places[-1], carriers.max(initial=0))) + 1
    products = np.bincount(slots.fold(second_order_products(carriers)), minlength=size)
    is_carrier = np.zeros(size, np.int64)
    is_carrier[carriers] = 1
    sums = slots.fold(places[:, None] + carriers)
    differences = np.abs(places[:, None] - carriers)
    twice = slots.fold(2 * places)
    scores = 3 * products[places] + 2 * is_carrier[twice]
    if slots.order == THIRD:
        scores = scores + products[sums].sum(axis=1) + products[differences].sum(axis=1)
        scores += 2 * products[twice]
    scores[np.isin(places, carriers)] = np.iinfo(np.int64).max
    return scores


def _score(slots: Slots, carriers: np.ndarray) -> int:
    """Coincidences among second-order products and carriers, in time of D^2."""
    products = np.sort(slots.fold(second_order_products(carriers)))
    hits = int(np.isin(products, carriers).sum())
    same = int((products[1:] == products[:-1]).sum()) if slots.order == THIRD else 0
    return hits + 3 * same


class _Tree:
    """Every set, carriers falling, cut where a part already collides as often as the best."""

    def __init__(
        self, slots: Slots, places: np.ndarray, best: np.ndarray, total: int, effort: Effort
    ) -> None:
        self._slots, self._places = slots, places
        self.best, self.total = best, total
        self._budget = Budget(effort.nodes)

    @property
    def nodes(self) -> int:
        """Nodes visited."""
        return self._budget.used

    def search(self) -> bool:
        """Find the best set; whether the search came to its end."""
        try:
            self._below([], len(self._places), len(self.best))
        except OutOfNodesError:
            return False
        return True

    def _below(self, carriers: list[int], end: int, need: int) -> None:
        for index in range(end - 1, need - 2, -1):
            self._budget.spend(_NODE_COST)
            chosen = [*carriers, int(self._places[index])]
            total = collision_count(self._slots, np.array(chosen))
            if total >= self.total:
                continue
            if need == 1:
                self.best, self.total = np.sort(np.array(chosen)), total
            else:
                self._below(chosen, index, need - 1)
