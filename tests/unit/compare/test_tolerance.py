"""Limits from repeated runs, against enumeration, simulation and another implementation."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import fisher_exact

from hgecircuit.compare.tolerance import (
    mean_limit,
    median_limit,
    share_ceiling,
    share_limit,
)


def test_mean_limit_by_hand() -> None:
    """Mean 2, s = 1, n = 3, m = 2, t(2 degrees, 5 %) = 2.919986."""
    expected = 2 + 2.919986 * math.sqrt(1 / 3 + 1 / 2)
    assert mean_limit((1.0, 2.0, 3.0), 2, 0.05, 1) == pytest.approx(expected, rel=1e-6)
    assert mean_limit((1.0, 2.0, 3.0), 2, 0.05, -1) == pytest.approx(4 - expected, rel=1e-6)


def test_mean_limit_is_broken_as_often_as_it_says() -> None:
    random, runs, risk = np.random.default_rng(1), 4000, 0.05
    broken = 0
    for _ in range(runs):
        limit = mean_limit(random.normal(7, 2, 5).tolist(), 5, risk, 1)
        assert limit is not None
        broken += random.normal(7, 2, 5).mean() > limit
    assert broken / runs == pytest.approx(risk, abs=4 * math.sqrt(risk * (1 - risk) / runs))


def test_mean_limit_needs_a_spread_and_forgives_rounding() -> None:
    assert mean_limit((1.0,), 1, 0.05, 1) is None
    upper, lower = (mean_limit((1.0, 1.0), 2, 0.05, sign) for sign in (1, -1))
    assert upper is not None
    assert lower is not None
    assert 1 < upper < 1 + 1e-8
    assert 1 - 1e-8 < lower < 1


@pytest.mark.parametrize(("known", "count"), [(5, 5), (6, 4), (4, 6), (7, 3)])
@pytest.mark.parametrize("risk", [0.1, 0.03])
def test_median_limit_against_all_orders(known: int, count: int, risk: float) -> None:
    """Every way to mix old and new values of one distribution is as likely as any other."""
    limit = median_limit(tuple(map(float, range(known))), count, risk, 1)
    exceeded = np.zeros(known)
    ways = 0
    for places in itertools.combinations(range(known + count), count):
        old = [place for place in range(known + count) if place not in places]
        middle = places[count // 2]
        exceeded += [middle > value for value in old]
        ways += 1
    allowed = np.flatnonzero(exceeded / ways <= risk)
    assert limit == (None if not len(allowed) else float(allowed[0]))


def test_median_limit_of_the_other_side_is_its_mirror() -> None:
    values = (3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.0, 3.5, 8.0, 9.7)
    upper = median_limit(values, 9, 0.05, 1)
    lower = median_limit(tuple(-value for value in values), 9, 0.05, -1)
    assert upper is not None
    assert lower == -upper


def test_median_limit_orders_starts_that_never_got_there() -> None:
    values = (*map(float, range(15)), *(math.inf,) * 5)
    assert median_limit(values, 20, 1e-4, 1) is None
    assert median_limit(values, 20, 1e-3, 1) == math.inf
    limit = median_limit(values, 20, 0.2, 1)
    assert limit is not None
    assert math.isfinite(limit)


@pytest.mark.parametrize(("successes", "known"), [(20, 20), (18, 20), (3, 20), (5, 6)])
@pytest.mark.parametrize("count", [10, 20])
def test_share_limit_against_fishers_test(successes: int, known: int, count: int) -> None:
    risk = 0.02

    def p_value(new: int, alternative: str) -> float:
        table = [[new, count - new], [successes, known - successes]]
        return float(fisher_exact(table, alternative=alternative).pvalue)

    fewest = [new for new in range(count + 1) if p_value(new, "less") > risk]
    most = [new for new in range(count + 1) if p_value(new, "greater") > risk]
    assert share_limit(successes, known, count, risk) == (fewest[0] or None)
    ceiling = share_ceiling(successes, known, count, risk)
    assert ceiling == (None if most[-1] == count else most[-1])
