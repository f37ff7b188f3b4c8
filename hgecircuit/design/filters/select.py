"""Picking all values of a filter together, so that the errors of its sections cancel.

Rounding each value by itself leaves an error of the order of the series' steps. Many combinations
lie nearer, and across sections a deviation of one can make up for that of another. The search:

1. Each section by itself: its best combination. Together they are the first answer.
2. A better answer can only use combinations within a bounded distance of each section's target
   (:meth:`Metric.reaches`); those are listed, of too many the nearest (a beam).
3. The best combination of the lists is found exactly (:mod:`hgecircuit.design.filters.search`).
4. A better answer has tighter bounds: from 2 again, until the lists are whole, or no answer better.

Whole lists prove that the answer is the best of all combinations (to the first order of the bounds,
which have a margin). Else it is the best of the lists. There is nothing random in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.design.filters.candidates import Candidates, Stock, find_candidates
from hgecircuit.design.filters.metric import Metric, worst
from hgecircuit.design.filters.rounding import Rounded
from hgecircuit.design.filters.search import best_product, larger_half
from hgecircuit.design.filters.stages import Report, silent
from hgecircuit.parts.filters.cascade import Cascade, Section
from hgecircuit.parts.filters.prototypes import PoleTarget
from hgecircuit.parts.filters.sections import SectionKind

# First-order bounds are widened by this for what is not first order.
_MARGIN = 1.5
_WIDEST = 3.0
_FIRST_REACHES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, _WIDEST)
# Combinations of half of the sections, and of one, that are tried at most; numbers of one table.
_HALF = 1_500_000
_LONGEST = 40_000
_TABLE = 5_000_000
# When there are more, the best of about so many near the target are kept.
_MANY = 150_000
_ROUNDS = 6
_STAGE = "values"


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
    kinds: tuple[SectionKind, ...],
    metric: Metric,
    stock: Stock,
    rounded: Rounded,
    report: Report = silent,
) -> Selection:
    """The combination of series values with the least response error.

    Args:
        kinds: Topology of every section.
        metric: Targets and frequencies.
        stock: Values that can be bought.
        rounded: The answers of rounding, that the search starts from.
        report: Hears how far the search has come.
    """
    report(_STAGE, 0.0)
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

    complete = False
    for past in range(_ROUNDS):
        report(_STAGE, (1 + past) / (1 + _ROUNDS))
        lists, complete = _bounded(kinds, metric, stock, best_error)
        better = None
        if all(len(found) for found in lists):
            ratios = [metric.ratios(index, found) for index, found in enumerate(lists)]
            better = best_product(ratios, best_error)
        if better is not None:
            best = [found.pick(index) for found, index in zip(lists, better[0], strict=True)]
            best_error = better[1]
        if complete or better is None:
            break
    report(_STAGE, 1.0)
    sections = tuple(Section(kind, values) for kind, values in zip(kinds, best, strict=True))
    simple = tuple(Section(k, values) for k, values in zip(kinds, rounded.values, strict=True))
    return Selection(
        Cascade(sections),
        best_error,
        rounded.error,
        rounded.recomputed_error,
        Cascade(simple),
        tuple(len(found) for found in lists),
        complete,
    )


def exact_values(kinds: tuple[SectionKind, ...], rounded: Rounded) -> Selection:
    """Exact values in place of picked ones."""
    sections = tuple(Section(kind, one) for kind, one in zip(kinds, rounded.exact, strict=True))
    cascade = Cascade(sections)
    errors = rounded.error, rounded.recomputed_error
    return Selection(cascade, 0.0, *errors, cascade, (1,) * len(kinds), complete=True)


def _nearest(
    kinds: tuple[SectionKind, ...], metric: Metric, stock: Stock, index: int
) -> Candidates:
    """A list that holds the section's best combination by itself, or is empty."""
    target = metric.targets[index]
    alone = Metric((target,), metric.frequency_hz)
    size = 1 if target.q is None else 2
    found = None
    for reach in _FIRST_REACHES:
        found, _ = find_candidates(kinds[index], target, stock, np.full(size, reach))
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
    """Combinations that a filter better than ``error`` can use, and whether those are all."""
    bounds = metric.reaches(error)
    alike = not all(np.all(np.isfinite(bound)) for bound in bounds)
    many = min(_MANY, 2 * _TABLE // len(metric.frequency_hz))
    # Equal sections have equal lists.
    known: dict[PoleTarget, tuple[Candidates, float]] = {}
    for kind, target, bound in zip(kinds, metric.targets, bounds, strict=True):
        wide = np.full(len(bound), metric.equal_poles_reach(error))
        reach = np.minimum(wide if alike else _MARGIN * bound + 1e-6, _WIDEST)
        if target not in known or not alike:
            known[target] = find_candidates(kind, target, stock, reach, many)
    lists = [known[target][0] for target in metric.targets]
    longest = _longest([len(found) for found in lists], len(metric.frequency_hz))
    whole = all(share == 1.0 and len(found) <= longest for found, share in known.values())
    cut = [_cut(metric, index, found, longest) for index, found in enumerate(lists)]
    # Bounds for equal poles are proven for no more than two sections.
    return cut, whole and not (alike and len(kinds) > 2)


def _longest(sizes: list[int], frequencies: int) -> int:
    """How long lists may be, so that the search of all of them stays short."""
    longest = max(1, min(_LONGEST, _TABLE // frequencies))
    while larger_half([min(size, longest) for size in sizes]) > _HALF:
        longest = int(0.9 * longest)
    return longest


def _cut(metric: Metric, index: int, found: Candidates, longest: int) -> Candidates:
    """The combinations that are best by themselves."""
    if len(found) <= longest:
        return found
    order = np.argsort(worst(metric.ratios(index, found)), kind="stable")
    return found.take(np.sort(order[:longest]))


def _error(ratios: list[np.ndarray], choice: list[int]) -> float:
    product = np.prod([ratio[index] for ratio, index in zip(ratios, choice, strict=True)], axis=0)
    return float(worst(product))
