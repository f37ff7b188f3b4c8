"""Stretches of Sidon sets: dense rulers of any size, and how low they can lie as carriers."""

from __future__ import annotations

import math
import random

import numpy as np

from hgecircuit.design.plans.sidon import SidonSet, bose, primes_from, ruzsa, singer

# Generating a field takes longer than its set is worth above these sizes.
_LARGEST_BOSE, _LARGEST_SINGER = 400, 150
# With fewer carriers any height may be good; beyond this length heights are drawn at random.
_FEWEST_COUNTED, _LONGEST_COUNTED = 25, 6_000_000
#: Heights, as shares of the stretch. Further below a half the more sums meet differences, which is
#: seldom without harm when there are many; above the last nothing falls on a carrier.
LOW, _LOW_MANY, _HIGH = 0.36, 0.455, 0.7
# Heights that are tried for one stretch: the lowest, and others when there are few carriers.
_LOWEST, _OTHERS = 3, 5
_MANY = 200
# Places per step of work of counting.
_PLACES_PER_STEP = 150


def sidon_sets(count: int) -> list[SidonSet]:
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


def stretch(draw: random.Random, family: SidonSet, count: int) -> tuple[np.ndarray, int]:
    """A random multiple of a set, turned to start with a dense stretch.

    Args:
        draw: Chooses.
        family: The set.
        count: Least number of elements of the dense stretch.

    Returns:
        All elements, rising from 0, and how many belong to the stretch.
    """
    modulus = family.modulus
    factor = draw.randrange(1, modulus)
    while math.gcd(factor, modulus) > 1:
        factor = draw.randrange(1, modulus)
    elements = np.sort(family.elements * factor % modulus)
    wanted = min(len(elements), count + draw.randrange(1 + count // 12))
    around = np.concatenate([elements, elements + modulus])
    lengths = around[wanted - 1 : wanted - 1 + len(elements)] - elements
    start = int(np.argmin(lengths))
    return around[start : start + len(elements)] - around[start], wanted


def low_offsets(
    draw: random.Random, ruler: np.ndarray, count: int, lowest: int, limit: int | None
) -> tuple[list[int], float]:
    """Heights at which few sums of two marks fall on a third, the lowest of them and some others.

    Marks a and b at height s collide with c when (a + s) + (b + s) = c + s, so that c - a - b = s.
    Above half the length of a ruler these are nearly all collisions; a mark is left out for each.

    Args:
        draw: Chooses.
        ruler: Marks with distinct distances, rising from 0.
        count: How many of them are needed.
        lowest: No height below.
        limit: Largest top that is of use, or None.

    Returns:
        Heights, and the steps of work that they took.
    """
    length = int(ruler[-1])
    is_many = len(ruler) > _MANY
    low = max(lowest, int((_LOW_MANY if is_many else LOW) * length))
    high = max(low, int(_HIGH * length))
    if limit is not None:
        # Left-out marks may shorten the ruler a little.
        high = min(high, limit - int(0.97 * length))
    if high < low:
        return [], 0.0
    if len(ruler) < _FEWEST_COUNTED:
        return [max(lowest, draw.randrange(length // 8, length + 2))], 0.0
    if length > _LONGEST_COUNTED or high - low < 1:
        return [draw.randint(low, (2 * low + high) // 3)], 0.0
    hits = _sums_on_marks(ruler)[low : high + 1]
    few = np.flatnonzero(hits <= len(ruler) - count) + low
    chosen = few[:_LOWEST].tolist()
    if not is_many:
        chosen += few[:: max(1, len(few) // _OTHERS)].tolist()
    return sorted(set(chosen)), length / _PLACES_PER_STEP


def _sums_on_marks(ruler: np.ndarray) -> np.ndarray:
    """About the number of c - a - b = s with marks a <= b, for s from 0 to the length."""
    length = int(ruler[-1])
    size = 1 << (2 * length + 1).bit_length()
    if 3 * size // 4 > 2 * length + 1:
        size = 3 * size // 4
    marks = np.zeros(size)
    marks[ruler] = 1
    spectrum = np.fft.rfft(marks)
    sums = np.fft.irfft(spectrum**2, size)
    sums[length + 1 :] = 0
    hits = np.fft.irfft(np.conj(np.fft.rfft(sums)) * spectrum, size)
    return np.round(hits[: length + 1] / 2).astype(np.int64)
