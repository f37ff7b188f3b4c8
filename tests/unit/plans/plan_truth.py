"""Independent truth for frequency plans: products counted one by one, and sets found by trying."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence


def collisions(
    carriers: Sequence[int], order: int, modulus: int | None = None
) -> set[tuple[tuple[tuple[int, int], ...], int]]:
    """Every product of up to ``order`` signed carriers that falls on a carrier.

    A product is a sum of signed carriers, written as ((carrier, times), ...); f1 + f2 - f2 is none.
    """
    found = set()
    signed = [(carrier, sign) for carrier in carriers for sign in (1, -1)]
    for size in range(2, order + 1):
        for chosen in itertools.combinations_with_replacement(signed, size):
            times: dict[int, int] = {}
            for carrier, sign in chosen:
                times[carrier] = times.get(carrier, 0) + sign
            if sum(abs(count) for count in times.values()) != size:
                continue
            product = sum(carrier * count for carrier, count in times.items())
            name = tuple(sorted(times.items()))
            mirrored = tuple(sorted((carrier, -count) for carrier, count in times.items()))
            for carrier in carriers:
                if any((product - side) % (modulus or 10**9) == 0 for side in (carrier, -carrier)):
                    found.add((min(name, mirrored), carrier))
    return found


def is_free(carriers: Sequence[int], order: int, modulus: int | None = None) -> bool:
    """Whether signed carriers add up to zero only where each meets its own negative.

    Another way to say it than :func:`collisions`, quick enough for exhaustive searches.
    """
    signed = [(index, sign) for index in range(len(carriers)) for sign in (1, -1)]
    for size in range(3, order + 2):
        for chosen in itertools.combinations_with_replacement(signed, size):
            total = sum(carriers[index] * sign for index, sign in chosen)
            if total % modulus if modulus else total:
                continue
            left: dict[int, int] = {}
            for index, sign in chosen:
                left[index] = left.get(index, 0) + sign
            if any(left.values()):
                return False
    return True


def is_free_in_pairs(carriers: Sequence[int]) -> bool:
    """The same up to the third order without a rate: all 2 f1, f1 + f2 and |f1 - f2| differ.

    Quick enough for six carriers; a test holds it against :func:`is_free`.
    """
    products: set[int] = set()
    for index, one in enumerate(carriers):
        for other in carriers[: index + 1]:
            for product in {one + other, abs(one - other)} - {0}:
                if product in products:
                    return False
                products.add(product)
    return products.isdisjoint(carriers)


def all_free(
    places: Sequence[int], count: int, order: int, modulus: int | None = None
) -> Iterator[tuple[int, ...]]:
    """Every free set of ``count`` places, by growing free sets one carrier at a time."""

    def grow(chosen: tuple[int, ...], start: int) -> Iterator[tuple[int, ...]]:
        if len(chosen) == count:
            yield chosen
            return
        for index in range(start, len(places)):
            more = (*chosen, places[index])
            in_pairs = order == 3 and modulus is None
            if is_free_in_pairs(more) if in_pairs else is_free(more, order, modulus):
                yield from grow(more, index + 1)

    yield from grow((), 0)


def lowest_top(count: int, order: int, lowest: int = 1) -> int:
    """The lowest possible highest carrier without other limits."""
    top = lowest + count - 1
    while next(all_free(range(lowest, top + 1), count, order), None) is None:
        top += 1
    return top
