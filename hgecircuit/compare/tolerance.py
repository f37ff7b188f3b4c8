"""How far a figure may move: limits from the spread of repeated runs.

A limit is set so that a run of the same circuit with other draws, operating points and starts would
pass it with probability ``risk`` at most. None means that so few runs can't tell anything at this
risk.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

# What double precision and another machine's library leave, relative to the value and absolute.
ROUNDING = 1e-9

MEAN_SOURCE = (
    "prediction interval for the mean of {count} new runs: mean + t s sqrt(1/n + 1/m), Student's t "
    "with {freedom} degrees of freedom, risk {risk:.2g}"
)
MEDIAN_SOURCE = (
    "prediction limit for the median of {count} new starts: an order statistic of the baseline's "
    "{known}, exceeded with probability {risk:.2g} at most, whatever the distribution"
)
SHARE_SOURCE = (
    "Fisher's exact test, one-sided, {successes} of {known} against {count} new trials, risk "
    "{risk:.2g}"
)
EXACT_SOURCE = "equal to the baseline: the same circuit always gives the same figure"


def mean_limit(values: Sequence[float], count: int, risk: float, sign: int) -> float | None:
    """Limit for the mean of ``count`` new values: mean + sign t s sqrt(1/n + 1/count).

    Prediction interval of a future sample's mean (Hahn and Meeker, Statistical Intervals, 2nd ed.,
    2017, section 4.7); it takes the values as normal, and both runs as equally scattered.

    Args:
        values: The baseline's n values.
        count: Number of new values.
        risk: Probability that an unchanged circuit breaks the limit.
        sign: 1 for an upper limit, -1 for a lower one.

    Returns:
        The limit; None for a single value, which has no spread.
    """
    from scipy.stats import t

    known = len(values)
    if known < 2:
        return None
    mean = math.fsum(values) / known
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (known - 1))
    reach = float(t.isf(risk, known - 1)) * spread * math.sqrt(1 / known + 1 / count)
    return mean + sign * (reach + ROUNDING * (abs(mean) + 1))


def median_limit(values: Sequence[float], count: int, risk: float, sign: int) -> float | None:
    """Limit for the median of ``count`` new values: an order statistic of the baseline.

    With m old values x and n new values y of one continuous distribution, the number of y's below
    x_(k) has a negative hypergeometric distribution, so

        P(y_(j) > x_(k)) = sum_(i < j) C(k-1+i, i) C(m-k+n-i, n-i) / C(m+n, n);

    j = n // 2 + 1 bounds the median of an even number as well. Ties only lower the risk. Infinite
    values (a start that was never solved) are in order like all others.

    Args:
        values: The baseline's values; infinite ones are allowed.
        count: Number of new values.
        risk: Probability that an unchanged circuit breaks the limit.
        sign: 1 for an upper limit, -1 for a lower one.

    Returns:
        The lowest such limit (for -1 the highest); None when even the outermost value would be
        exceeded more often than ``risk`` allows.
    """
    ordered = sorted(sign * value for value in values)
    known, middle = len(ordered), count // 2 + 1
    whole = math.comb(known + count, count)
    for rank in range(1, known + 1):
        ways = 0
        for below in range(middle):
            above = count - below
            ways += math.comb(rank - 1 + below, below) * math.comb(known - rank + above, above)
        if ways / whole <= risk:
            return sign * ordered[rank - 1]
    return None


def share_limit(successes: int, known: int, count: int, risk: float) -> int | None:
    """Fewest successes among ``count`` new trials that the baseline's share still explains.

    Fisher's exact test: with all successes s together, P(new <= x) of the hypergeometric
    distribution must be above ``risk``.

    Args:
        successes: The baseline's successes.
        known: The baseline's trials.
        count: New trials.
        risk: Probability that an unchanged circuit breaks the limit.

    Returns:
        The limit; None when no result would be too few.
    """
    limit = 0
    while limit <= count and _fisher(limit, count, successes, known) <= risk:
        limit += 1
    return limit or None


def share_ceiling(successes: int, known: int, count: int, risk: float) -> int | None:
    """Most successes among new trials that the baseline's share still explains."""
    failures = share_limit(known - successes, known, count, risk)
    return None if failures is None else count - failures


def _fisher(new: int, count: int, successes: int, known: int) -> float:
    """P(X <= new), X successes of ``count`` when new + successes are spread at random."""
    from scipy.stats import hypergeom

    return float(hypergeom.cdf(new, count + known, new + successes, count))
