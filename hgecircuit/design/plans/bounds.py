"""How low the highest of D carriers can be: proven bounds.

Free of third-order collisions means that all distances differ, so that carriers are the marks of a
Golomb ruler, and that distances and sums differ from each other too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from hgecircuit.design.plans.slots import SECOND, THIRD, Slots

# Lengths of optimal Golomb rulers with 1, 2, ... 28 marks (OEIS A003022; proven by
# distributed.net's OGR projects from 24 marks on).
GOLOMB_LENGTHS = (
    *(0, 1, 3, 6, 11, 17, 25, 34, 44, 55, 72, 85, 106, 127, 151, 177, 199, 216, 246, 283),
    *(333, 356, 372, 425, 480, 492, 553, 585),
)
# Lowest possible top of 1, 2, ... 10 carriers on multiples of 1 without a collision up to the third
# order: this package's own exhaustive search without limits.
LEAST_TOPS = (1, 3, 7, 12, 19, 29, 40, 53, 67, 84)


@lru_cache(maxsize=8192)
def golomb_length(marks: int) -> int:
    """A length that no Golomb ruler of ``marks`` marks falls below; exact up to 28 marks.

    Beyond the table: the m = sum_{j<=r} (D - j) distances between marks at most r apart are
    distinct, so they add up to at least m (m + 1) / 2; distances between marks j apart add up to at
    most j L, since they split into j chains. Hence L >= m (m + 1) / (r (r + 1)) for every r
    (Erdos and Turan, J. London Math. Soc. 16, 212, 1941). The ends of the chains give a little
    more: the j outermost marks on each side lie at least as far in as a ruler of j marks is long.
    """
    if marks <= len(GOLOMB_LENGTHS):
        return GOLOMB_LENGTHS[max(marks, 1) - 1]
    best = 0
    for reach in range(1, _reach(marks)):
        distances = reach * marks - reach * (reach + 1) // 2
        inwards = sum((reach - j) * _known_length(j + 1) for j in range(reach))
        total = distances * (distances + 1) // 2 + 2 * inwards
        best = max(best, -(-2 * total // (reach * (reach + 1))))
    return best


def _known_length(marks: int) -> int:
    return GOLOMB_LENGTHS[min(marks, len(GOLOMB_LENGTHS)) - 1]


def _reach(marks: int) -> int:
    # The best reach grows with the root of the number of marks: 2 sqrt(D) + 2 lies beyond it.
    return min(marks, int(2 * marks**0.5) + 3)


@lru_cache(maxsize=8192)
def _signed_chain(count: int) -> int:
    """The bound of :func:`golomb_length` for carriers and their negatives together.

    Their 2 D points have the length 2 t. A distance f1 +- f2 occurs twice among them and 2 f1 once,
    so m distances are at least the numbers up to m/2 twice.
    """
    best = 0
    for reach in range(1, min(count, 2 * _reach(count))):
        distances = 2 * reach * count - reach * (reach + 1) // 2
        half, odd = divmod(distances, 2)
        least = half * (half + 1) + odd * (half + 1)
        inwards = sum((reach - j) * _known_length(j + 1) for j in range(reach))
        best = max(best, -(-(least + 2 * inwards) // (reach * (reach + 1))))
    return best


@lru_cache(maxsize=8192)
def least_top(count: int, lowest: int, order: int) -> int:
    """A place that the highest of ``count`` carriers from ``lowest`` on cannot fall below.

    Second order: at most one of f and t - f can be a carrier beside t, so t >= 2 D - 1.
    Third order: the ruler from the lowest carrier up; D (D - 1) / 2 distances and D carriers, all
    distinct and at most t; the chain of carriers and their negatives.
    """
    if order == SECOND:
        return max(2 * count - 1, lowest + count - 1)
    # One more carrier above raises the top by one at least.
    known = LEAST_TOPS[min(count, len(LEAST_TOPS)) - 1] + max(0, count - len(LEAST_TOPS))
    counting = count * (count + 1) // 2
    return max(lowest + golomb_length(count), known, counting, _signed_chain(count))


def top_bound(slots: Slots, count: int) -> int | None:
    """The least top that no proof rules out; None when no place is left.

    Args:
        slots: The rules.
        count: Number of carriers.
    """
    if not _fits_rate(slots, count):
        return None
    lowest = -(-slots.lowest // slots.step)
    bound = least_top(count, lowest, slots.order) * slots.step
    for place in places_from(slots, bound):
        if _has_room(slots, count, place):
            return place
    return None


def _fits_rate(slots: Slots, count: int) -> bool:
    """D^2 folded products and D carriers must differ, all between 0 and half the sample rate."""
    if slots.modulus is None or slots.order < THIRD:
        return True
    return count**2 + count <= (slots.modulus - 1) // 2


def places_from(slots: Slots, bound: int) -> Iterator[int]:
    """Allowed places from ``bound`` on, rising, until the upper limit; endless without one."""
    size = 1024 * slots.step
    for start in itertools.count(bound, size):
        if slots.highest is not None and start > slots.highest:
            return
        yield from slots.allowed(start, start + size - 1).tolist()


def _has_room(slots: Slots, count: int, top: int) -> bool:
    """Whether enough places are allowed up to ``top``."""
    places = slots.allowed(slots.lowest, top)
    if len(places) < count:
        return False
    if slots.order > SECOND or len(places) >= top:
        return len(places) >= count
    allowed = np.zeros(top + 1, bool)
    allowed[places] = True
    lower = np.arange(1, (top + 1) // 2)
    return 1 + int((allowed[lower] | allowed[top - lower]).sum()) >= count
