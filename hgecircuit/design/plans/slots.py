"""Frequency planning as a problem of whole numbers.

Carriers lie on whole multiples of one unit, and so do all their products. Write every carrier with
both signs. Then three signed carriers that add up to zero are a collision of the second order
(f1 + f2 = f3 puts f1 + f2 on f3, f3 - f1 on f2 and f3 - f2 on f1), and four that do, other than
f1 - f1 + f2 - f2, are one of the third order. So a plan of D carriers is free up to the third order
exactly when its D^2 second-order products 2 f1, f1 + f2 and |f1 - f2| all differ, and free up to
the second when none of them is a carrier. (Sets with distinct sums and differences: Atkinson,
Santoro and Urrutia, IEEE Trans. Commun. 34, 614, 1986.)

A sampled rig folds products at its sample rate f_s: sums count modulo f_s.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from hgecircuit.design.plans.bands import NO_BANDS, ExcludedBands

SECOND, THIRD = 2, 3
# Places beyond these need more memory or digits than there are.
LARGEST_PLACE, LARGEST_MODULUS = 10**9, 10**8
# Places are listed in pieces of this many. After as many excluded pieces one after the other there
# is no place that mains leave free: they repeat themselves long before.
_PIECE, _MOST_EMPTY = 1024, 64


@dataclass(frozen=True)
class Slots:
    """Places that carriers may take, in whole multiples of one unit.

    Attributes:
        unit_hz: The unit.
        order: Products are kept off carriers up to this order, 2 or 3.
        lowest: No carrier lies below.
        highest: No carrier lies above; None without a limit.
        step: Carriers are multiples of this; above 1 when the sample rate is no multiple of the
            grid.
        modulus: Sample rate in units; None without one.
        bands: Excluded frequencies.
    """

    unit_hz: float
    order: int = THIRD
    lowest: int = 1
    highest: int | None = None
    step: int = 1
    modulus: int | None = None
    bands: ExcludedBands = NO_BANDS

    def allowed(self, first: int, last: int) -> np.ndarray:
        """Places from ``first`` to ``last`` that keep to limits and bands, rising, shape (K,)."""
        first = max(first, self.lowest)
        last = last if self.highest is None else min(last, self.highest)
        first = -(-first // self.step) * self.step
        places = np.arange(first, last + 1, self.step, dtype=np.int64)
        return places[~self.bands.blocked(places * self.unit_hz)]

    @property
    def usable(self) -> np.ndarray:
        """All places, which needs an upper limit; rising, shape (K,)."""
        assert self.highest is not None
        return self.allowed(self.lowest, self.highest)

    def past_bands(self, place: int) -> int:
        """The first multiple of the step from ``place`` on that no named band holds."""
        place = -(-place // self.step) * self.step
        while (band := self.bands.holding(place * self.unit_hz)) is not None:
            beyond = math.floor(band[1] / self.unit_hz / self.step) * self.step
            place = max(place, beyond) + self.step
        return place

    def before_bands(self, place: int) -> int:
        """The last multiple of the step up to ``place`` that no named band holds, 0 at least."""
        place = place // self.step * self.step
        while place > 0 and (band := self.bands.holding(place * self.unit_hz)) is not None:
            beyond = math.ceil(band[0] / self.unit_hz / self.step) * self.step
            place = min(place, beyond) - self.step
        return max(place, 0)

    def rising(self, first: int) -> Iterator[int]:
        """Allowed places from ``first`` on, until the upper limit; endless without one."""
        size, empty = _PIECE * self.step, 0
        start = self.past_bands(max(first, self.lowest))
        while empty < _MOST_EMPTY and (self.highest is None or start <= self.highest):
            places = self.allowed(start, start + size - 1)
            yield from places.tolist()
            empty = 0 if len(places) else empty + 1
            start = self.past_bands(start + size)

    def count(self, most: int) -> int:
        """Number of allowed places, ``most`` at most."""
        return sum(1 for _ in islice(self.rising(self.lowest), most))

    def falling(self, last: int) -> Iterator[int]:
        """Allowed places from ``last`` down to the lower limit."""
        size, empty = _PIECE * self.step, 0
        end = self.before_bands(last if self.highest is None else min(last, self.highest))
        while empty < _MOST_EMPTY and end >= self.lowest:
            places = self.allowed(end - size + 1, end)
            yield from places[::-1].tolist()
            empty = 0 if len(places) else empty + 1
            end = self.before_bands(end - size)

    def fold(self, products: np.ndarray) -> np.ndarray:
        """Where sums and differences of two carriers, none negative, appear in a sampled signal."""
        if self.modulus is None:
            return products
        return np.minimum(products, np.abs(self.modulus - products))

    def is_aliased(self, top: int) -> bool:
        """Whether products of carriers up to ``top`` can fold onto a carrier."""
        return self.modulus is not None and (self.order + 1) * top >= self.modulus


def second_order_products(carriers: np.ndarray) -> np.ndarray:
    """2 f1, f1 + f2 and |f1 - f2| of distinct carriers, unfolded, shape (D^2,)."""
    one, other = np.triu_indices(len(carriers), 1)
    sums, differences = carriers[one] + carriers[other], np.abs(carriers[one] - carriers[other])
    return np.concatenate([2 * carriers, sums, differences])


def is_free(slots: Slots, carriers: np.ndarray) -> bool:
    """Whether no product up to the order falls on a carrier; in time and memory of D^2."""
    products = slots.fold(second_order_products(carriers))
    if slots.order == THIRD:
        rising = np.sort(products)
        if (rising[1:] == rising[:-1]).any():
            return False
        # f1 + f2 on half the rate appears once more as its own image: 2 f1 + f2 falls on f2.
        if slots.modulus is not None and (2 * products == slots.modulus).any():
            return False
    return not np.isin(products, carriers).any()


class Comb:
    """Carriers that grow one by one, and where their second-order products fall.

    With all carriers above half the top, sums lie above them and differences below, so that only
    differences can coincide, and places count from the lowest.

    Args:
        slots: The rules.
        count: Largest number of carriers.
        bottom: Smallest place of a carrier.
        top: Largest place; memory is two bytes per place, up to twice the top.
    """

    def __init__(self, slots: Slots, count: int, bottom: int, top: int) -> None:
        self._slots = slots
        self._is_narrow = 2 * bottom > top and not slots.is_aliased(top)
        self._bottom = bottom if self._is_narrow else 0
        size = top - bottom + 1 if self._is_narrow else 2 * top + 1
        self._is_product = np.zeros(size, bool)
        self._is_carrier = np.zeros(size, bool)
        self._carriers = np.empty(count, np.int64)
        self.count = 0

    @property
    def carriers(self) -> np.ndarray:
        """The carriers, in the order in which they came, shape (count,)."""
        return self._carriers[: self.count]

    def add(self, place: int) -> bool:
        """Add a carrier unless a product up to the order would fall on one; whether it was."""
        new = self._new_products(place)
        if new is None:
            return False
        self._is_product[new] = True
        self._is_carrier[place - self._bottom] = True
        self._carriers[self.count] = place
        self.count += 1
        return True

    def has_room(self, place: int) -> bool:
        """Whether :meth:`add` would add a carrier."""
        return self._new_products(place) is not None

    def _new_products(self, place: int) -> np.ndarray | None:
        """Products that a carrier would add; None when there is a collision."""
        if self._is_carrier[place - self._bottom]:
            return None
        third = self._slots.order == THIRD
        differences = np.abs(self.carriers - place)
        if self._is_narrow:
            return differences if not third or self._differ(differences) else None
        if self._is_product[place]:
            return None
        new = np.concatenate([self.carriers + place, differences, [2 * place]])
        new = self._slots.fold(new)
        if self._is_carrier[new].any() or (new == place).any():
            return None
        return new if not third or self._differ(new) else None

    def _differ(self, new: np.ndarray) -> bool:
        """Whether new products differ from all others and from each other."""
        if self._is_product[new].any():
            return False
        rising = np.sort(new)
        if (rising[1:] == rising[:-1]).any():
            return False
        return self._slots.modulus is None or not (2 * new == self._slots.modulus).any()


def first_fit(slots: Slots, count: int, places: np.ndarray) -> np.ndarray | None:
    """The first ``count`` places, in the order given, that stay free; None when they run out.

    Args:
        slots: The rules.
        count: Number of carriers wanted.
        places: Candidates in order of preference, shape (K,).
    """
    comb = Comb(slots, count, int(places.min()), int(places.max()))
    left = len(places)
    for place in places.tolist():
        if comb.count + left < count:
            return None
        comb.add(place)
        left -= 1
        if comb.count == count:
            return np.sort(comb.carriers)
    return None


def whole(value: float) -> int | None:
    """The whole number that ``value`` is to rounding, or None."""
    nearest = round(value)
    return nearest if math.isclose(value, nearest, rel_tol=1e-9, abs_tol=1e-9) else None
