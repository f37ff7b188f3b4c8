"""How many products of a set of places fall on them, and how many more with a further place."""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np

from hgecircuit.design.plans.slots import THIRD, Slots

# Carriers whose third-order products are looked up at once.
_ROWS = 256


def collision_count(slots: Slots, carriers: np.ndarray) -> int:
    """Products up to the order that fall on carriers, in time and memory of D^2.

    A product of the second order is a sum x + y of signed carriers other than f - f; one of the
    third is x + y + z, of which no two cancel. Those on a carrier w are the pairs x + y at w, and
    at w - z.

    Args:
        slots: Order and sample rate.
        carriers: Distinct places, shape (D,).
    """
    carriers = np.asarray(carriers, np.int64)
    count = len(carriers)
    signed = np.concatenate([carriers, -carriers])
    one, other = np.triu_indices(2 * count)
    keep = other - one != count
    sums = np.sort(_folded(slots, signed[one[keep]] + signed[other[keep]]))
    total = _hits(sums, _folded(slots, carriers))
    if slots.order < THIRD:
        return total
    found = doubles = triples = 0
    for start in range(0, count, _ROWS):
        wanted = carriers[start : start + _ROWS, None]
        rest = _folded(slots, wanted - signed)
        found += _hits(sums, rest)
        both, three = _repeated(slots, wanted, signed)
        doubles, triples = doubles + both, triples + three
    # w + v - v falls on w for all v but w itself, and is found with z = v, z = -v and z = w.
    found -= count * (2 * count - 1)
    # {x, y, z} is found three times, {x, x, z} twice, {x, x, x} once.
    return total + (found - 2 * doubles - triples) // 3 + doubles + triples


def added_collisions(slots: Slots, carriers: np.ndarray, places: np.ndarray) -> np.ndarray:
    """How many collisions each place would add to a set, shape (K,); in time and memory of D^3.

    Signed carriers of which no two cancel and that add up to zero are a relation. It makes one
    collision on each of its distinct members, where the sum of the others falls. So a place y takes
    part in n y = s, with n from 1 and the sums s of up to three members of the set.

    Args:
        slots: Order and sample rate.
        carriers: Distinct places, shape (D,).
        places: Others, below half the sample rate, shape (K,).
    """
    signed = np.concatenate([carriers, -carriers])
    result = np.zeros(len(places), np.int64)
    for size in range(3, slots.order + 2):
        for own in range(1, size + 1):
            members, distinct = _multisets(len(carriers), size - own)
            sums = _folded(slots, signed[members].sum(axis=1))
            by_size = np.argsort(sums, kind="stable")
            weights = np.concatenate([[0], np.cumsum(distinct[by_size] + 1)])
            wanted = _folded(slots, own * places)
            first, last = _range(sums[by_size], wanted)
            result += weights[last] - weights[first]
    return result


@lru_cache(maxsize=64)
def _multisets(count: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of ``size`` signed carriers of which no two cancel, and how many are distinct."""
    chosen = [
        one
        for one in itertools.combinations_with_replacement(range(2 * count), size)
        if not any((member + count) % (2 * count) in one for member in one)
    ]
    members = np.array(chosen, np.intp).reshape(len(chosen), size)
    return members, np.array([len(set(one)) for one in chosen], np.int64)


def _folded(slots: Slots, sums: np.ndarray) -> np.ndarray:
    return sums if slots.modulus is None else sums % slots.modulus


def _hits(rising: np.ndarray, wanted: np.ndarray) -> int:
    """How often values occur in a rising list, summed."""
    first, last = _range(rising, wanted)
    return int((last - first).sum())


def _range(rising: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last + 1 index of values in a rising list."""
    return np.searchsorted(rising, wanted, "left"), np.searchsorted(rising, wanted, "right")


def _repeated(slots: Slots, wanted: np.ndarray, signed: np.ndarray) -> tuple[int, int]:
    """Numbers of {x, x, z} with z other than x and -x, and of {x, x, x}, on wanted places."""
    rest = _folded(slots, wanted - 2 * signed)
    same = rest == _folded(slots, signed)
    opposite = rest == _folded(slots, -signed)
    found = _hits(np.sort(_folded(slots, signed)), rest)
    return found - int(same.sum()) - int(opposite.sum()), int(same.sum())
