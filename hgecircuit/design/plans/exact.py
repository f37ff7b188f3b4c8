"""Branch and bound over sets of carriers, highest carrier first, with bit sets.

Whenever a carrier is added, every place at which a further carrier would collide is struck out of a
bit set, so that the search never meets a collision, and a branch ends when too few places are left
or when even a perfect ruler would not fit below.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from hgecircuit.design.plans.bounds import least_top
from hgecircuit.design.plans.slots import THIRD, Slots

# A node of a bit set this long costs about as much as everything else in it.
_BITS_PER_NODE = 4000
#: Places that the bit sets may span.
LARGEST_TREE = 200_000


class OutOfNodesError(Exception):
    """The search was cut off before it had an answer."""


@dataclass
class Budget:
    """Nodes that may still be visited: a measure of time that is the same on every machine.

    Attributes:
        nodes: What is left.
        used: What was visited.
    """

    nodes: float
    used: int = 0

    def spend(self, cost: float = 1.0) -> None:
        """Count one node.

        Raises:
            OutOfNodesError: Nothing was left.
        """
        if self.nodes <= 0:
            raise OutOfNodesError
        self.nodes -= cost
        self.used += 1


def plan_at(
    slots: Slots, count: int, top: int, budget: Budget, rng: random.Random | None = None
) -> tuple[int, ...] | None:
    """Carriers whose highest is ``top``, free of collisions up to the order.

    Args:
        slots: The rules.
        count: Number of carriers, at least 1.
        top: Place of the highest carrier, an allowed one.
        budget: Nodes to spend.
        rng: Chooses among the next few places at random; without it the highest comes first, and
            the result is the one with the highest carriers in order.

    Returns:
        Rising places; None when there is no such plan.

    Raises:
        OutOfNodesError: The budget ended first.
    """
    shift = _shift(slots, top)
    tree = _Tree(slots, slots.lowest - shift, top - shift, budget, rng)
    places = tree.strikes.usable(slots.allowed(slots.lowest, top) - shift)
    found = tree.search(_bits(places), count)
    return None if found is None else tuple(sorted(place + shift for place in found))


def tree_size(slots: Slots, top: int) -> int:
    """Number of places that the bit sets of a search for ``top`` span."""
    return top - _shift(slots, top)


def _shift(slots: Slots, top: int) -> int:
    """How far all places can be moved down, which makes the bit sets short.

    With all carriers above half the top, sums lie above them and differences below, and equal
    distances are all that is left, which don't depend on where the carriers are.
    """
    if slots.is_aliased(top) or slots.order < THIRD or top >= 2 * slots.lowest or slots.step > 1:
        return 0
    return max(0, 2 * slots.lowest - top - 1)


def _bits(places: np.ndarray) -> int:
    flags = np.zeros(int(places[-1]) + 1 if len(places) else 1, np.uint8)
    flags[places] = 1
    return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")


class Strikes:
    """Which places a carrier makes unusable for further ones.

    Args:
        slots: The rules.
        top: Largest place of a carrier.
    """

    def __init__(self, slots: Slots, top: int) -> None:
        self._third = slots.order == THIRD
        self._modulus = slots.modulus if slots.is_aliased(top) else None
        self._centre = 3 * top + 1

    def usable(self, places: np.ndarray) -> np.ndarray:
        """Places whose own products don't fold onto them: 2 f = f_s - f, 3 f = f_s - f."""
        if self._modulus is None:
            return places
        bad = 3 * places == self._modulus
        if self._third:
            bad |= 4 * places == self._modulus
        return places[~bad]

    def unstruck(self, places: np.ndarray, struck: int) -> np.ndarray:
        """Which places are not struck out, shape as ``places``."""
        size = int(places.max(initial=0)) // 8 + 1
        flags = np.unpackbits(
            np.frombuffer((struck & ((1 << 8 * size) - 1)).to_bytes(size, "little"), np.uint8),
            bitorder="little",
        )
        return flags[places] == 0

    def strike(self, place: int, carriers: list[int], products: int) -> tuple[int, int]:
        """All second-order products with both signs, and the places that ``place`` makes unusable.

        A further carrier y must not be a product (y = p), nor make one on a carrier (2 y = f; the
        sums y + f are covered by y = p). Up to the third order, its products must also miss those
        of others (y = p +- f, 2 y = p) and each other (3 y = f). Bit k of a product stands for k
        minus the centre.

        Args:
            place: The new carrier.
            carriers: Those before it.
            products: What this returned for the carrier before; 0 at first.

        Returns:
            Products, and struck places, as bits.
        """
        c = self._centre
        sizes = [2 * place, *(place + other for other in carriers)]
        sizes += [abs(other - place) for other in carriers]
        new = 0
        for size in sizes:
            new |= 1 << (c + size) | 1 << (c - size)
        struck = new | self._parts(place, 2)
        products |= new
        if self._third:
            for carrier in carriers:
                struck |= new << carrier | new >> carrier
            struck |= products << place | products >> place | self._parts(place, 3)
            for size in sizes:
                struck |= self._parts(size, 2)
        if self._modulus is not None:
            struck |= struck << self._modulus | struck >> self._modulus
        return products, struck >> c

    def _parts(self, value: int, divisor: int) -> int:
        """Places y with divisor * y = +-value, modulo the rate, as bits."""
        values = [value]
        if self._modulus is not None:
            values += [self._modulus - value, self._modulus + value]
        bits = 0
        for one in values:
            whole, rest = divmod(one, divisor)
            if rest == 0 and whole > 0:
                bits |= 1 << (self._centre + whole)
        return bits


class _Tree:
    """One search for a given highest carrier."""

    def __init__(
        self, slots: Slots, lowest: int, top: int, budget: Budget, rng: random.Random | None
    ) -> None:
        self.strikes = Strikes(slots, top)
        self._lowest, self._step, self._order = lowest, slots.step, slots.order
        self._top = top
        self._budget, self._rng = budget, rng
        self._cost = 1 + top / _BITS_PER_NODE

    def search(self, places: int, count: int) -> list[int] | None:
        """Carriers up to the top, highest first."""
        if not places >> self._top & 1:
            return None
        return self._with(self._top, [], 0, places, count)

    def _with(
        self, place: int, carriers: list[int], products: int, places: int, need: int
    ) -> list[int] | None:
        """The rest of the search once ``place`` is taken."""
        if need == 1:
            return [*carriers, place]
        below = places & ((1 << place) - 1)
        products, struck = self.strikes.strike(place, carriers, products)
        return self._extend([*carriers, place], products, below & ~struck, need - 1)

    def _extend(
        self, carriers: list[int], products: int, places: int, need: int
    ) -> list[int] | None:
        self._budget.spend(self._cost)
        least = self._least(need)
        while places.bit_count() >= need:
            place = self._next(places)
            if places.bit_length() - 1 < least:
                return None
            if place >= least:
                found = self._with(place, carriers, products, places, need)
                if found is not None:
                    return found
            places &= ~(1 << place)
        return None

    def _least(self, need: int) -> int:
        return least_top(need, -(-self._lowest // self._step), self._order) * self._step

    def _next(self, places: int) -> int:
        """The highest place, or one of the highest three at random."""
        place = places.bit_length() - 1
        if self._rng is None:
            return place
        for _ in range(self._rng.randrange(3)):
            places &= ~(1 << place)
            if not places:
                break
            place = places.bit_length() - 1
        return place
