"""Picking all values of a filter together, so that the errors of its sections cancel.

Rounding each value by itself leaves an error of the order of the series' steps. Many combinations
lie nearer, and across sections a deviation of one can make up for that of another. The search:

1. Each section by itself: its best combination. Together they are the first answer.
2. A better answer can only use combinations within a bounded distance of each section's target
   (:meth:`Metric.reaches`); all of those are enumerated.
3. One section: the best is taken. Two sections: ln(H/H_ideal) of the filter is the sum of the
   sections', so the best pair is the nearest neighbour of one section's negated vectors among the
   other's, found with a k-d tree and checked with the exact error. More sections: pairs are
   improved in turn, the others held, until nothing gets better.

Up to two sections the answer is the best of all combinations (as long as the lists are not cut);
with more it is at least as good as the first answer. There is nothing random in it.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.design.filters.candidates import Candidates, Stock, find_candidates
from hgecircuit.design.filters.metric import Metric, worst
from hgecircuit.design.filters.rounding import Rounded
from hgecircuit.parts.filters.cascade import Cascade, Section
from hgecircuit.parts.filters.sections import SectionKind

# First-order bounds are widened by this for what is not first order.
_MARGIN = 1.5
_WIDEST = 3.0
_FIRST_REACHES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, _WIDEST)
# Longer lists are cut to the combinations that are best by themselves.
_LONGEST = {1: 10**9, 2: 4000, 3: 1500}
_LONGEST_OF_MANY = 300
# Beside a first-order section, whose list is short.
_LONGEST_BESIDE_SHORT = 40_000
_BLOCK = 20_000
_SHARES = (0.1, 0.3, 1.0)


@dataclass(frozen=True)
class Selection:
    """The values picked.

    Attributes:
        cascade: The filter of real values.
        error: Its response error, as a ratio.
        rounded_error: The error when every value is rounded by itself.
        recomputed_error: The error when the resistors are computed for the real capacitors and then
            rounded.
        rounded: The filter of individually rounded values.
        combinations: Combinations in the final lists, by section.
        complete: Whether no combination can be better (to the first order of the bounds).
    """

    cascade: Cascade
    error: float
    rounded_error: float
    recomputed_error: float
    rounded: Cascade
    combinations: tuple[int, ...]
    complete: bool

    @property
    def improvement(self) -> float:
        """How many times smaller the error is than with individual rounding."""
        return self.rounded_error / self.error if self.error else float("inf")


def select_values(
    kinds: tuple[SectionKind, ...], metric: Metric, stock: Stock, rounded: Rounded
) -> Selection:
    """The combination of series values with the least response error.

    Args:
        kinds: Topology of every section.
        metric: Targets and frequencies.
        stock: Values that can be bought.
        rounded: The answers of rounding, that the search starts from.
    """
    answers = [
        (rounded.error, rounded.values),
        (rounded.recomputed_error, rounded.recomputed),
    ]
    lists = [_nearest(kinds, metric, stock, index) for index in range(len(kinds))]
    if all(len(found) for found in lists):
        ratios = [metric.ratios(index, found) for index, found in enumerate(lists)]
        alone = [int(np.argmin(worst(ratio))) for ratio in ratios]
        first = [found.pick(index) for found, index in zip(lists, alone, strict=True)]
        answers.append((_error(ratios, alone), first))
    best_error, best = min(answers, key=lambda answer: answer[0])

    lists, complete = _bounded(kinds, metric, stock, best_error)
    if all(len(found) for found in lists):
        ratios = [metric.ratios(index, found) for index, found in enumerate(lists)]
        choice, error = _search(ratios)
        if error < best_error:
            best_error = error
            best = [found.pick(index) for found, index in zip(lists, choice, strict=True)]
    sections = tuple(Section(kind, values) for kind, values in zip(kinds, best, strict=True))
    simple = tuple(Section(k, values) for k, values in zip(kinds, rounded.values, strict=True))
    return Selection(
        Cascade(sections),
        best_error,
        rounded.error,
        rounded.recomputed_error,
        Cascade(simple),
        tuple(len(found) for found in lists),
        complete and len(kinds) <= 2,
    )


def _nearest(
    kinds: tuple[SectionKind, ...], metric: Metric, stock: Stock, index: int
) -> Candidates:
    """A list that holds the section's best combination by itself, or is empty."""
    target = metric.targets[index]
    alone = Metric((target,), metric.frequency_hz)
    size = 1 if target.q is None else 2
    found = None
    for reach in _FIRST_REACHES:
        found = find_candidates(kinds[index], target, stock, np.full(size, reach))
        if not len(found):
            continue
        error = float(worst(alone.ratios(0, found)).min())
        if np.all(_MARGIN * np.concatenate(alone.reaches(error)) <= reach):
            break
    assert found is not None
    return found


def _bounded(
    kinds: tuple[SectionKind, ...], metric: Metric, stock: Stock, error: float
) -> tuple[list[Candidates], bool]:
    """Every combination that a filter better than ``error`` can use, and whether that is all.

    From three sections on the bounds are too wide to be of use; what is farther than a second-order
    cancellation is left out then.
    """
    lists, complete = [], True
    bounds = metric.reaches(error)
    alike = not all(np.all(np.isfinite(bound)) for bound in bounds)
    for index, bound in enumerate(bounds):
        wide = np.full(len(bound), metric.equal_poles_reach(error))
        reach = np.minimum(wide if alike else _MARGIN * bound + 1e-6, _WIDEST)
        if len(kinds) > 2:
            reach = np.minimum(reach, max(20 * error, 2.5 * math.sqrt(error)))
        found, all_of_them = _longest(kinds, metric, stock, index, reach)
        complete &= all_of_them
        lists.append(found)
    return lists, complete


def _longest(
    kinds: tuple[SectionKind, ...], metric: Metric, stock: Stock, index: int, reach: np.ndarray
) -> tuple[Candidates, bool]:
    """A section's combinations within reach, as many as can be used, and whether that is all."""
    longest = _LONGEST.get(len(kinds), _LONGEST_OF_MANY)
    if len(kinds) == 2 and min(kind.order for kind in kinds) == 1:
        longest = _LONGEST_BESIDE_SHORT
    target, found = metric.targets[index], None
    # A wide reach can hold millions; those near the target come first.
    for share in _SHARES:
        found = find_candidates(kinds[index], target, stock, share * reach)
        if len(found) > longest:
            order = np.argsort(worst(metric.ratios(index, found)), kind="stable")
            return found.take(np.sort(order[:longest])), False
    assert found is not None
    return found, True


def _error(ratios: list[np.ndarray], choice: list[int]) -> float:
    product = np.prod([ratio[index] for ratio, index in zip(ratios, choice, strict=True)], axis=0)
    return float(worst(product))


def _search(ratios: list[np.ndarray]) -> tuple[list[int], float]:
    if len(ratios) == 1:
        errors = worst(ratios[0])
        return [int(errors.argmin())], float(errors.min())
    if len(ratios) == 2:
        return best_pair(ratios[0], ratios[1])
    choice = [int(np.argmin(worst(ratio))) for ratio in ratios]
    error = _error(ratios, choice)
    improved = True
    while improved:
        improved = False
        for i, j in itertools.combinations(range(len(ratios)), 2):
            held = np.prod([ratios[k][choice[k]] for k in range(len(ratios)) if k not in (i, j)], 0)
            pair, found = best_pair(ratios[i] * held, ratios[j])
            if found < error * (1 - 1e-12):
                choice[i], choice[j] = pair
                error, improved = found, True
    return choice, error


def best_pair(one: np.ndarray, other: np.ndarray) -> tuple[list[int], float]:
    """Indices of the rows whose product is nearest to 1 at the worst frequency, and the error."""
    if len(one) > len(other):
        (j, i), error = best_pair(other, one)
        return [i, j], error
    from scipy.spatial import KDTree

    tree = KDTree(_parts(np.log(other)))
    wanted = _parts(-np.log(one))
    close = np.asarray(tree.query(wanted, p=np.inf)[1])
    errors = worst(one * other[close])
    best = int(errors.argmin())
    choice, error = [best, int(close[best])], float(errors[best])
    # |ln z| <= -ln(1 - |z - 1|), so no better pair is farther apart than this in any coordinate.
    radius = -np.log1p(-error) * (1 + 1e-9) if error < 1 else np.inf
    for start in range(0, len(wanted), _BLOCK):
        near = tree.query_ball_point(wanted[start : start + _BLOCK], radius, p=np.inf)
        left = np.repeat(np.arange(start, start + len(near)), [len(rows) for rows in near])
        right = np.fromiter(itertools.chain.from_iterable(near), dtype=np.int64, count=len(left))
        for cut in range(0, len(left), _BLOCK):
            i, j = left[cut : cut + _BLOCK], right[cut : cut + _BLOCK]
            errors = worst(one[i] * other[j])
            k = int(np.lexsort((j, i, errors))[0])
            found = (float(errors[k]), int(i[k]), int(j[k]))
            if found < (error, *choice):
                error, choice = found[0], list(found[1:])
    return choice, error


def _parts(values: np.ndarray) -> np.ndarray:
    return np.concatenate([np.real(values), np.imag(values)], axis=-1)
