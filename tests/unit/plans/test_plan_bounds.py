"""Bounds, rulers and Sidon sets against tables and definitions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from plan_truth import lowest_top

from hgecircuit.design.plans import bounds
from hgecircuit.design.plans.bounds import GOLOMB_LENGTHS, LEAST_TOPS, golomb_length, least_top
from hgecircuit.design.plans.construct import Effort
from hgecircuit.design.plans.rulers import optimal_ruler
from hgecircuit.design.plans.search import smallest_top
from hgecircuit.design.plans.sidon import FAMILIES, primes_from
from hgecircuit.design.plans.slots import Slots


@pytest.mark.parametrize("marks", range(1, 29))
def test_a_tabulated_ruler_measures_every_distance_once(marks: int) -> None:
    ruler = optimal_ruler(marks)
    assert ruler is not None
    distances = [b - a for a, b in itertools.combinations(ruler.tolist(), 2)]
    assert len(set(distances)) == len(distances)
    assert len(ruler) == marks
    assert ruler[0] == 0
    assert ruler[-1] == GOLOMB_LENGTHS[marks - 1]


def test_lengths_of_optimal_rulers() -> None:
    """OEIS A003022, and nothing above 28 marks."""
    assert GOLOMB_LENGTHS[:10] == (0, 1, 3, 6, 11, 17, 25, 34, 44, 55)
    assert optimal_ruler(29) is None


@pytest.mark.parametrize("known", [2, 5, 10])
def test_the_chain_bound_stays_below_every_optimal_ruler(
    known: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a shorter table the formula takes over; it must not claim more than the truth."""
    monkeypatch.setattr(bounds, "GOLOMB_LENGTHS", GOLOMB_LENGTHS[:known])
    for marks in range(known + 1, 29):
        bound = golomb_length.__wrapped__(marks)
        assert 0.8 * GOLOMB_LENGTHS[marks - 1] <= bound + 4 <= GOLOMB_LENGTHS[marks - 1] + 4


def test_the_chain_bound_grows_like_the_square() -> None:
    """Erdos and Turan: the length is at least D^2 - 2 D sqrt(D) or so."""
    for marks in (100, 1000, 4000):
        assert marks**2 - 2.1 * marks**1.5 < golomb_length(marks) < marks**2


@pytest.mark.parametrize("count", range(1, 6))
@pytest.mark.parametrize("lowest", [1, 2, 6, 12])
@pytest.mark.parametrize("order", [2, 3])
def test_no_bound_is_above_what_trying_finds(count: int, lowest: int, order: int) -> None:
    assert least_top(count, lowest, order) <= lowest_top(count, order, lowest)


@pytest.mark.parametrize("count", [*range(1, 6), pytest.param(6, marks=pytest.mark.slow)])
def test_the_table_of_least_tops_is_what_trying_finds(count: int) -> None:
    assert LEAST_TOPS[count - 1] == lowest_top(count, 3)


def test_the_signed_chain_alone_stays_below_the_table() -> None:
    for count, top in enumerate(LEAST_TOPS, 1):
        assert bounds._signed_chain(count) <= top


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("prime", [3, 5, 11, 31])
def test_a_sidon_set_has_distinct_differences(name: str, prime: int) -> None:
    family = FAMILIES[name](prime)
    sizes = {"ruzsa": prime - 1, "bose": prime, "singer": prime + 1}
    moduli = {"ruzsa": prime**2 - prime, "bose": prime**2 - 1, "singer": prime**2 + prime + 1}
    assert family.modulus == moduli[name]
    assert len(family.elements) == sizes[name]
    differences = (family.elements[:, None] - family.elements) % family.modulus
    off = differences[~np.eye(len(family.elements), dtype=bool)]
    assert len(np.unique(off)) == len(off)


def test_primes() -> None:
    assert list(itertools.islice(primes_from(1), 8)) == [2, 3, 5, 7, 11, 13, 17, 19]


@pytest.mark.parametrize("count", range(2, 20))
def test_far_up_the_lowest_top_is_the_optimal_ruler(count: int) -> None:
    """With all carriers above half the top, equal distances are all that is left."""
    found = smallest_top(Slots(1.0, lowest=1000), count, Effort(nodes=20_000, tries=100))
    assert found.carriers is not None
    assert found.carriers[-1] - 1000 == GOLOMB_LENGTHS[count - 1]
    assert found.proved
