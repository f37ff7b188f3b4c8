"""Searches against exhaustive truth on small problems."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_truth import all_free, collisions, is_free, is_free_in_pairs, lowest_top

from hgecircuit.design.plans.bands import NO_BANDS, ExcludedBands
from hgecircuit.design.plans.cheapest import _Search, least_error
from hgecircuit.design.plans.construct import Effort
from hgecircuit.design.plans.construct import lowest_top as constructed
from hgecircuit.design.plans.exact import Budget, OutOfNodesError, plan_at
from hgecircuit.design.plans.expected import Listening, listening
from hgecircuit.design.plans.fewest import fewest_collisions
from hgecircuit.design.plans.hanging import highest_carriers
from hgecircuit.design.plans.search import smallest_top
from hgecircuit.design.plans.slots import Slots
from hgecircuit.devices.noise import NoiseSpec

QUICK = Effort(nodes=60_000, tries=1500)
NOISE = NoiseSpec(flicker_a2_per_hz=1e-23)


@st.composite
def small_problems(draw: st.DrawFn) -> tuple[Slots, int]:
    """Up to five carriers on up to 22 places, with or without rate, bands and a coarser step."""
    modulus = draw(st.none() | st.integers(5, 90))
    highest = draw(st.integers(2, 22 if modulus is None else min(22, int(modulus / 2.5))))
    lowest = draw(st.integers(1, highest))
    bands = draw(
        st.sampled_from([NO_BANDS, ExcludedBands((5.0,), 0.0), ExcludedBands((7.0,), 2.0)])
    )
    step = draw(st.sampled_from([1, 1, 1, 2, 3]))
    order = draw(st.sampled_from([2, 3]))
    slots = Slots(1.0, order, lowest, highest, step, modulus, bands)
    return slots, draw(st.integers(1, 5))


@given(small_problems())
@settings(max_examples=120, deadline=None)
def test_the_lowest_top_is_the_one_that_trying_finds(problem: tuple[Slots, int]) -> None:
    slots, count = problem
    sets = all_free(slots.usable.tolist(), count, slots.order, slots.modulus)
    best = min((one[-1] for one in sets), default=None)
    found = smallest_top(slots, count, QUICK)
    assert found.proved
    if best is None:
        assert found.carriers is None
    else:
        assert found.carriers is not None
        assert found.carriers[-1] == best == found.bound
        assert is_free(found.carriers.tolist(), slots.order, slots.modulus)
        assert set(found.carriers.tolist()) <= set(slots.usable.tolist())


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_samples_per_gate_are_enough_exactly_when_trying_says_so(count: int) -> None:
    for modulus in range(5, 46):
        slots = Slots(1.0, highest=int(modulus / 2.5), modulus=modulus)
        truth = next(all_free(slots.usable.tolist(), count, 3, modulus), None)
        found = smallest_top(slots, count, QUICK)
        assert (found.carriers is None) == (truth is None)


@pytest.mark.parametrize("count", [*range(1, 6), pytest.param(6, marks=pytest.mark.slow)])
@pytest.mark.parametrize("lowest", [1, 8])
def test_up_to_six_channels_are_optimal(count: int, lowest: int) -> None:
    found = smallest_top(Slots(1.0, lowest=lowest), count, Effort())
    assert found.carriers is not None
    assert found.carriers[-1] == lowest_top(count, 3, lowest)
    assert found.proved


def test_second_order_plans_are_odd_numbers_or_the_upper_half() -> None:
    """At most one of f and t - f is a carrier beside t, so t = 2 D - 1 is best."""
    for count in (1, 2, 7, 40, 300):
        found = smallest_top(Slots(1.0, order=2), count, QUICK)
        assert found.carriers is not None
        assert found.carriers[-1] == 2 * count - 1
        assert found.proved


def test_a_random_dive_is_free_and_reaches_its_top() -> None:
    found = plan_at(Slots(1.0), 7, 60, Budget(50_000), random.Random(3))
    assert found is not None
    assert found[-1] == 60
    assert is_free(found, 3)


def test_a_search_without_nodes_says_so() -> None:
    with pytest.raises(OutOfNodesError):
        plan_at(Slots(1.0), 9, 66, Budget(100))


@pytest.mark.parametrize("count", [9, 16, 30, 60])
def test_constructions_of_many_carriers_are_free(count: int) -> None:
    slots = Slots(10.0, bands=ExcludedBands((50.0,)))
    carriers = constructed(slots, count, 1, Effort(nodes=5000, tries=8000))
    assert carriers is not None
    assert len(set(carriers.tolist())) == count
    assert is_free_in_pairs(carriers.tolist())
    assert all(carrier % 5 for carrier in carriers.tolist())
    assert carriers[-1] < 2 * count**2 * 1.3


def test_carriers_hang_from_the_upper_limit() -> None:
    plans = highest_carriers(Slots(1.0, highest=2000), 12, Effort(tries=2000))
    assert max(int(plan[-1]) for plan in plans) == 2000
    assert max(int(plan[0]) for plan in plans) == 2000 - 85
    assert all(is_free_in_pairs(plan.tolist()) for plan in plans)


GATE = listening("gate", 0.1, signal_a=0.8e-9, noise=NOISE)
LOW_PASS = listening("butterworth", 0.1, settled="first", signal_a=0.8e-9, noise=NOISE)


@pytest.mark.parametrize(("lock_in", "unit_hz"), [(GATE, 10.0), (LOW_PASS, 40.0), (LOW_PASS, 10.0)])
@pytest.mark.parametrize(
    ("count", "highest", "order", "modulus"),
    [(1, 5, 3, None), (3, 12, 3, None), (4, 14, 2, None), (5, 19, 3, None), (4, 18, 3, 46)],
)
def test_the_least_error_is_the_one_that_trying_finds(
    lock_in: Listening, unit_hz: float, count: int, highest: int, order: int, modulus: int | None
) -> None:
    slots = Slots(unit_hz, order, 1, highest, 1, modulus)

    def cost(carriers: tuple[int, ...]) -> float:
        hertz = np.array(carriers) * unit_hz
        pairs = itertools.permutations(hertz, 2)
        crosstalk = sum(float(lock_in.pair(a, b)) for a, b in pairs)
        return (float(lock_in.own(hertz).sum()) + crosstalk) / count

    best = min(map(cost, all_free(range(1, highest + 1), count, order, modulus)))
    found = least_error(slots, count, lock_in, QUICK)
    assert found.carriers is not None
    assert found.cost == pytest.approx(best, rel=1e-9)
    assert found.bound == pytest.approx(best, rel=1e-9)
    assert cost(tuple(found.carriers.tolist())) == pytest.approx(best, rel=1e-9)


def test_a_low_pass_is_worth_wide_gaps() -> None:
    """Second order, 12 places: crosstalk decides, and the proof weighs both ways of each pair."""
    lock_in = listening("butterworth", 0.1, settled="first", signal_a=1e-6, noise=NOISE)
    slots = Slots(10.0, 2, 40, 51)

    def cost(carriers: tuple[int, ...]) -> float:
        hertz = np.array(carriers) * 10.0
        crosstalk = sum(float(lock_in.pair(a, b)) for a, b in itertools.permutations(hertz, 2))
        return (float(lock_in.own(hertz).sum()) + crosstalk) / 4

    costs = sorted(map(cost, itertools.combinations(range(40, 52), 4)))
    found = least_error(slots, 4, lock_in, QUICK)
    assert found.cost == pytest.approx(costs[0], rel=1e-9)
    assert found.bound == pytest.approx(costs[0], rel=1e-9)
    search = _Search(slots, 4, lock_in, QUICK)
    pairs = sum(search._pairs(place)[5] for place in (40, 43, 51))
    alone = lock_in.own(np.array([450.0]))[0]
    with_it = search.cost(np.array([40, 43, 45, 51]))
    assert with_it - search.cost(np.array([40, 43, 51])) == pytest.approx(alone + pairs)


def test_the_bound_of_the_error_holds_without_a_proof() -> None:
    slots = Slots(10.0, highest=300)
    unproven = least_error(slots, 6, GATE, Effort(nodes=0, tries=500))
    proven = least_error(slots, 6, GATE, QUICK)
    assert unproven.bound <= proven.cost * (1 + 1e-12)
    assert proven.bound == pytest.approx(proven.cost)
    assert unproven.cost >= proven.cost * (1 - 1e-12)


def test_too_few_places_give_no_plan() -> None:
    assert least_error(Slots(1.0, highest=3), 4, GATE, QUICK).carriers is None


@pytest.mark.parametrize(
    ("count", "lowest", "highest", "order", "modulus"),
    [
        (3, 4, 6, 3, None),
        (4, 4, 8, 3, None),
        (5, 4, 11, 3, None),
        (4, 1, 6, 2, None),
        (4, 1, 7, 3, 22),
    ],
)
def test_the_fewest_collisions_are_what_trying_finds(
    count: int, lowest: int, highest: int, order: int, modulus: int | None
) -> None:
    slots = Slots(1.0, order, lowest, highest, 1, modulus)
    sets = itertools.combinations(range(lowest, highest + 1), count)
    best = min(len(collisions(one, order, modulus)) for one in sets)
    assert best > 0
    found = fewest_collisions(slots, count, 1, Effort(nodes=200_000))
    assert found.carriers is not None
    assert found.total == found.bound == best
    assert len(collisions(found.carriers.tolist(), order, modulus)) == best


def test_many_carriers_with_collisions_are_counted_truly() -> None:
    found = fewest_collisions(Slots(1.0, highest=60), 14, 0, QUICK)
    assert found.carriers is not None
    assert len(set(found.carriers.tolist())) == 14
    assert len(collisions(found.carriers.tolist(), 3)) == found.total
    # Every third of equally spaced carriers is worse.
    assert found.total < len(collisions(range(18, 60, 3), 3))
