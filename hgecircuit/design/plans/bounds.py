"""How low the highest of D carriers can be: proven bounds.

Free of third-order collisions means that all distances differ, so that carriers are the marks of a
Golomb ruler, and that distances and sums differ from each other too.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
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
# Tables of places up to this are quick to make.
_LARGEST_TABLE = 10_000_000


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
    enough = next(itertools.islice(slots.rising(slots.lowest), count - 1, None), None)
    if enough is None:
        return None
    lowest = -(-slots.lowest // slots.step)
    bound = max(enough, least_top(count, lowest, slots.order) * slots.step)
    for place in slots.rising(bound):
        if slots.order > SECOND or _has_halves(slots, count, place):
            return place
    return None


def _fits_rate(slots: Slots, count: int) -> bool:
    """D^2 folded products and D carriers must differ, all between 0 and half the sample rate."""
    if slots.modulus is None or slots.order < THIRD:
        return True
    return count**2 + count <= (slots.modulus - 1) // 2


def _has_halves(slots: Slots, count: int, top: int) -> bool:
    """Whether there are enough places up to ``top`` when one of f and top - f can be taken."""
    if 2 * slots.lowest > top or top > _LARGEST_TABLE:
        return True
    allowed = np.zeros(top + 1, bool)
    allowed[slots.allowed(slots.lowest, top)] = True
    lower = np.arange(1, (top + 1) // 2)
    return 1 + int((allowed[lower] | allowed[top - lower]).sum()) >= count


def least_collisions(slots: Slots, count: int, *, none_is_free: bool) -> int:
    """Collisions that every plan within the limits has.

    Take a carrier out of a plan at random: a collision of m carriers survives with a share of
    1 - m/D, and what is left has at least as many as every plan of D - 1 carriers. Collisions have
    at least two carriers, and one when an alias falls on its own carrier.

    Args:
        slots: The rules, with an upper limit.
        count: Number of carriers D.
        none_is_free: Whether a search has shown that no plan is free.
    """
    fewer = range(1, count + 1)
    impossible = bisect_left(fewer, True, key=lambda one: top_bound(slots, one) is None) + 1
    if impossible > count and not none_is_free:
        return _crowded(slots, count)
    members = 2 if slots.modulus is None else 1
    least = members
    for more in range(min(impossible, count) + 1, count + 1):
        least = -(-least * more // (more - members))
    return max(least, _crowded(slots, count))


def _crowded(slots: Slots, count: int) -> int:
    """Third-order collisions that come from too few places for D^2 second-order products.

    n products on N places coincide in at least as many pairs as when they are spread evenly. Four
    carriers in a relation (f1 + f2 = f3 + f4) are a coincidence of products in three ways and
    make four collisions; relations with a carrier twice make more collisions per coincidence.
    """
    if slots.order < THIRD:
        return 0
    assert slots.highest is not None
    first, last = -(-slots.lowest // slots.step), slots.highest // slots.step
    sums, differences = count * (count + 1) // 2, count * (count - 1) // 2
    width, reach = last - first, 2 * last - 2 * first + 1
    apart = _pairs(sums, reach) + _pairs(differences, width)
    room = width + reach if 2 * first > width else 2 * last
    if slots.modulus is not None:
        room = min(room, slots.modulus // 2)
    pairs = max(_pairs(count**2, room), apart)
    return -(-4 * pairs // 3)


def _pairs(balls: int, boxes: int) -> int:
    """Fewest pairs in one box: all boxes as equally full as possible."""
    if boxes <= 0:
        return balls * (balls - 1) // 2
    full, more = divmod(balls, boxes)
    return boxes * full * (full - 1) // 2 + more * full
