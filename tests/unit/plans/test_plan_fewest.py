"""Plans with collisions: counts, bounds and searches against trying everything."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_truth import all_free, collisions

from hgecircuit.design.plans.bands import ExcludedBands
from hgecircuit.design.plans.bounds import least_collisions
from hgecircuit.design.plans.construct import Effort
from hgecircuit.design.plans.counting import added_collisions, collision_count
from hgecircuit.design.plans.fewest import fewest_collisions
from hgecircuit.design.plans.slots import Slots

QUICK = Effort(nodes=60_000, tries=1500)


@given(
    st.lists(st.integers(1, 40), max_size=6, unique=True),
    st.sampled_from([2, 3]),
    st.none() | st.integers(101, 220),
)
@settings(deadline=None)
def test_what_a_place_adds_is_the_difference_of_two_counts(
    carriers: list[int], order: int, modulus: int | None
) -> None:
    slots = Slots(1.0, order, modulus=modulus)
    places = np.setdiff1d(np.arange(1, 41), carriers)
    added = added_collisions(slots, np.array(carriers, int), places)
    before = len(collisions(carriers, order, modulus))
    after = [len(collisions([*carriers, int(place)], order, modulus)) for place in places[::7]]
    assert added[::7].tolist() == [one - before for one in after]


@pytest.mark.parametrize("modulus", [None, 5000])
def test_the_count_of_many_carriers_is_that_of_all_products(modulus: int | None) -> None:
    rng = np.random.default_rng(2)
    carriers = rng.choice(np.arange(1, 400), 14, replace=False)
    slots = Slots(1.0, modulus=modulus)
    assert collision_count(slots, carriers) == len(collisions(carriers.tolist(), 3, modulus))
    # In pieces of 256 carriers: every triple with a shift that changes none of them.
    many = rng.choice(np.arange(1, 20_000), 300, replace=False)
    assert collision_count(Slots(1.0), many) == collision_count(Slots(1.0), 3 * many)
    assert collision_count(slots, carriers) == collision_count(slots, carriers[::-1])


@given(st.integers(1, 12), st.integers(1, 5), st.sampled_from([2, 3]), st.integers(0, 12))
@settings(max_examples=40, deadline=None)
def test_no_bound_is_above_the_fewest_that_trying_finds(
    highest: int, count: int, order: int, spare: int
) -> None:
    """With a rate so low that products fold, and without."""
    modulus = None if spare == 0 else int(2.5 * highest) + spare
    slots = Slots(1.0, order, highest=highest, modulus=modulus)
    sets = list(itertools.combinations(range(1, highest + 1), count))
    if not sets:
        return
    best = min(len(collisions(one, order, modulus)) for one in sets)
    none_is_free = next(all_free(range(1, highest + 1), count, order, modulus), None) is None
    assert least_collisions(slots, count, none_is_free=none_is_free) <= best
    found = fewest_collisions(slots, count, 0, Effort(nodes=200_000, tries=500))
    assert found.carriers is not None
    assert found.total == found.bound == best


def test_bounds_of_crowded_plans_are_close() -> None:
    """40 carriers on all 40 places: nothing to choose, so the count is exact."""
    slots = Slots(1.0, highest=40)
    only = collision_count(slots, np.arange(1, 41))
    bound = least_collisions(slots, 40, none_is_free=True)
    assert 0.7 * only < bound <= only
    # 100 samples: 900 products of 30 carriers on 50 places.
    sampled = Slots(1.0, highest=40, modulus=100)
    found = fewest_collisions(sampled, 30, 0, QUICK)
    assert 0.85 * found.total < least_collisions(sampled, 30, none_is_free=True) <= found.total


def test_a_large_search_stays_within_its_limits() -> None:
    slots = Slots(1.0, lowest=50, highest=4000, bands=ExcludedBands((50.0,)))
    found = fewest_collisions(slots, 70, 0, QUICK)
    assert found.carriers is not None
    assert len(set(found.carriers.tolist())) == 70
    assert set(found.carriers.tolist()) <= set(slots.usable.tolist())
    assert found.total == collision_count(slots, found.carriers)
    random = np.random.default_rng(0).choice(slots.usable, 70, replace=False)
    assert found.total < collision_count(slots, random) / 2


def test_too_few_places_are_said() -> None:
    assert fewest_collisions(Slots(1.0, highest=5), 6, 0, QUICK).carriers is None
