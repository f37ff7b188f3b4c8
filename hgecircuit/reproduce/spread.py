"""Variances of repetitions, with the intervals in which the true ones lie.

All intervals hold for normal values: a reading is a weighted sum of normal noise. Error bars are
drawn at ``DRAWN``; claims are judged at ``JUDGED``: one agrees when the whole interval lies where
the claim says, differs when all of it lies elsewhere, and isn't judged when there are too few
repetitions to tell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

DRAWN = 0.95
JUDGED = 0.99


class Interval(NamedTuple):
    """An estimate and where the true value lies.

    Attributes:
        value: Estimate.
        low: Lower end.
        high: Upper end.
    """

    value: float
    low: float
    high: float

    def within(self, low: float, high: float = math.inf) -> bool | None:
        """Whether the true value lies from ``low`` to ``high``; None if it may or may not.

        >>> Interval(10.2, 9.6, 10.9).within(9, 11)
        True
        """
        if low <= self.low and self.high <= high:
            return True
        return False if self.high < low or high < self.low else None

    def words(self, form: str = ".3g") -> str:
        """``1.02 (0.98 to 1.06)``."""
        return f"{self.value:{form}} ({self.low:{form}} to {self.high:{form}})"

    def numbers(self) -> list[float]:
        """Value, lower end, upper end, fit for JSON."""
        return [float(number) for number in self]


def all_agree(answers: Iterable[bool | None]) -> bool | None:
    """False if one is, else None if one is, else True."""
    answers = list(answers)
    if False in answers:
        return False
    return None if None in answers else True


def variance_factors(repetitions: int, level: float = DRAWN) -> tuple[float, float]:
    """Lower and upper end of a true variance over its estimate (chi-square).

    Args:
        repetitions: Number of values.
        level: Chance that the true one lies between.
    """
    from scipy.stats import chi2

    freedom = repetitions - 1
    upper, lower = chi2.ppf([(1 + level) / 2, (1 - level) / 2], freedom)
    return freedom / float(upper), freedom / float(lower)


def ratio_interval(above: float, below: float, freedom: tuple[int, int]) -> Interval:
    """Ratio of two independent variances, at ``JUDGED`` (F distribution).

    Args:
        above: Estimate on top.
        below: Estimate below.
        freedom: Degrees of freedom of both.
    """
    from scipy.stats import f

    upper, lower = f.ppf([(1 + JUDGED) / 2, (1 - JUDGED) / 2], *freedom)
    ratio = float(above / below)
    return Interval(ratio, ratio / float(upper), ratio / float(lower))


def pooled_interval(ratios: np.ndarray, freedom: int) -> Interval:
    """Mean of several variances, each over what is expected of it, at ``JUDGED``.

    Args:
        ratios: Variances over expectations.
        freedom: Degrees of freedom of each.
    """
    mean = float(np.mean(ratios))
    low, high = variance_factors(freedom * np.size(ratios) + 1, JUDGED)
    return Interval(mean, mean * low, mean * high)


def power_interval(axis: np.ndarray, variances: np.ndarray, freedom: int) -> Interval:
    """The exponent p in variance = c axis^p, at ``JUDGED``.

    A straight line through the logarithms; the logarithm of a variance of n degrees of freedom has
    the variance polygamma(1, n/2).

    Args:
        axis: What the variance depends on, shape (K,).
        variances: Independent estimates, shape (K,).
        freedom: Degrees of freedom of each.
    """
    from scipy.special import polygamma
    from scipy.stats import norm

    place = np.log(axis) - np.mean(np.log(axis))
    spread = float(np.sum(place**2))
    power = float(place @ np.log(variances)) / spread
    reach = float(norm.ppf((1 + JUDGED) / 2) * np.sqrt(polygamma(1, freedom / 2) / spread))
    return Interval(power, power - reach, power + reach)


def largest_unseen_ratio(repetitions: int) -> float:
    """Ratio of two equal variances that their estimates exceed in 1 of 40 cases.

    Args:
        repetitions: Number of values of each estimate.
    """
    from scipy.stats import f

    return float(f.ppf((1 + DRAWN) / 2, repetitions - 1, repetitions - 1))
