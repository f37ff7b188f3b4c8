"""Whole-number arithmetic of plans against products counted one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_truth import collisions, is_free, is_free_in_pairs

from hgecircuit.design.plans.bands import ExcludedBands
from hgecircuit.design.plans.counting import collision_count
from hgecircuit.design.plans.slots import Comb, Slots, first_fit
from hgecircuit.design.plans.slots import is_free as is_free_in_squares
from hgecircuit.errors import InputError

carrier_sets = st.lists(st.integers(1, 40), min_size=1, max_size=6, unique=True)
rates = st.none() | st.integers(100, 220)


@given(carrier_sets, st.sampled_from([2, 3]), rates)
def test_free_means_that_no_product_falls_on_a_carrier(
    carriers: list[int], order: int, modulus: int | None
) -> None:
    slots = Slots(1.0, order, modulus=modulus)
    found = collisions(carriers, order, modulus)
    assert is_free_in_squares(slots, np.array(carriers)) == (not found)
    assert is_free(carriers, order, modulus) == (not found)
    assert collision_count(slots, np.array(carriers)) == len(found)
    if order == 3 and modulus is None:
        assert is_free_in_pairs(carriers) == (not found)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.sampled_from([2, 3]), rates)
def test_a_comb_takes_exactly_the_carriers_that_keep_it_free(
    places: list[int], order: int, modulus: int | None
) -> None:
    if modulus is not None:
        places = [place for place in places if place < modulus / 2.5] or [1]
    slots = Slots(1.0, order, modulus=modulus)
    comb, kept = Comb(slots, len(places), min(places), max(places)), []
    for place in places:
        fits = place not in kept and is_free([*kept, place], order, modulus)
        assert comb.has_room(place) == fits
        assert comb.add(place) == fits
        kept += [place] * fits
    assert comb.carriers.tolist() == kept


def test_a_comb_far_up_needs_little_memory() -> None:
    """Above half the top only distances count; a table of sums would need 2 TB here."""
    places = np.arange(10**12, 10**12 + 30)
    found = first_fit(Slots(1.0), 4, places)
    assert found is not None
    assert (found - 10**12).tolist() == [0, 1, 3, 7]


@pytest.mark.parametrize(
    ("carriers", "modulus"), [([25], 100), ([100], 300), ([10, 40], 100), ([20, 30], 100)]
)
def test_folded_products_collide(carriers: list[int], modulus: int) -> None:
    """3 f on f_s - f; 2 f on f_s - f; 2 f1 + f2 on f_s - f2, where f1 + f2 is half the rate."""
    assert collisions(carriers, 3, modulus)
    assert not is_free_in_squares(Slots(1.0, modulus=modulus), np.array(carriers))
    assert is_free_in_squares(Slots(1.0), np.array(carriers)) == (not collisions(carriers, 3))
    comb = Comb(Slots(1.0, modulus=modulus), 2, min(carriers), max(carriers))
    assert not all(comb.add(carrier) for carrier in carriers)


def test_bands_hold_their_edges_and_every_harmonic() -> None:
    bands = ExcludedBands((50.0,), 2.0, ((120.0, 130.0),))
    frequency_hz = np.array([1, 48.9, 49, 51, 51.1, 99, 119.9, 120, 130, 130.1, 1e4, 1e4 + 1.1])
    expected = [False, False, True, True, False, True, False, True, True, False, True, False]
    assert bands.blocked(frequency_hz).tolist() == expected


def test_mains_exclude_no_band_around_zero() -> None:
    assert not ExcludedBands((50.0,), 20.0).blocked(np.array([5.0]))[0]


def test_bands_are_listed_for_drawing() -> None:
    bands = ExcludedBands((50.0,), 2.0, ((10.0, 60.0), (200.0, 300.0)))
    assert bands.within(40.0, 110.0) == [(40.0, 60.0), (49.0, 51.0), (99.0, 101.0)]


def test_places_keep_to_limits_grid_and_bands() -> None:
    slots = Slots(10.0, lowest=5, highest=40, step=3, bands=ExcludedBands((50.0,)))
    places = slots.usable
    assert places.tolist() == [6, 9, 12, 18, 21, 24, 27, 33, 36, 39]


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (((0.0,),), "--avoid"),
        (((float("nan"),),), "--avoid"),
        (((50.0,), -1.0), "--avoid-width"),
        (((), 2.0, ((9.0, 3.0),)), "--exclude"),
        (((), 2.0, ((-9.0, 3.0),)), "--exclude"),
        (((), 2.0, ((3.0, float("inf")),)), "--exclude"),
    ],
)
def test_bands_that_are_none_are_refused(given: tuple, key: str) -> None:
    with pytest.raises(InputError) as caught:
        ExcludedBands(*given)
    assert caught.value.key == key


named_bands = st.lists(st.tuples(st.integers(1, 400), st.integers(0, 900)), max_size=4)


@given(named_bands, st.sampled_from([1, 3]), st.integers(1, 600), st.none() | st.integers(1, 9000))
def test_places_rise_and_fall_across_wide_bands(
    edges: list[tuple[int, int]], step: int, lowest: int, highest: int | None
) -> None:
    bands = ExcludedBands((50.0,), 4.0, tuple((low, low + wide) for low, wide in edges))
    slots = Slots(2.0, lowest=lowest, highest=highest, step=step, bands=bands)
    truth = slots.allowed(lowest, 9000).tolist()
    rising = list(itertools.takewhile(lambda place: place <= 9000, slots.rising(lowest)))
    assert rising == truth
    assert list(slots.falling(9000)) == truth[::-1]


def test_places_past_a_band_of_a_billion_take_no_memory() -> None:
    slots = Slots(1.0, bands=ExcludedBands((), 2.0, ((10.0, 1e9),)))
    assert list(itertools.islice(slots.rising(8), 4)) == [8, 9, 10**9 + 1, 10**9 + 2]
    assert list(itertools.islice(slots.falling(10**9 + 1), 3)) == [10**9 + 1, 9, 8]


def test_mains_that_leave_nothing_end_the_list() -> None:
    slots = Slots(1.0, bands=ExcludedBands((50.0,), 60.0))
    assert list(slots.rising(1)) == list(range(1, 20))
    assert list(slots.falling(10**9)) == []
