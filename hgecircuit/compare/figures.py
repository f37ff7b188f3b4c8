"""Figures of a circuit that are followed from version to version, and the judgement of two."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from hgecircuit.compare.tolerance import (
    EXACT_SOURCE,
    MEAN_SOURCE,
    MEDIAN_SOURCE,
    ROUNDING,
    SHARE_SOURCE,
    mean_limit,
    median_limit,
    share_ceiling,
    share_limit,
)


class Kind(StrEnum):
    """How a figure is judged: `information` never is."""

    MEAN = "mean"
    MEDIAN = "median"
    SHARE = "share"
    EXACT = "exact"
    INFORMATION = "information"


class Change(StrEnum):
    """What became of a figure; `missing` was measured before and is not now."""

    SAME = "same"
    WITHIN = "within"
    BETTER = "better"
    WORSE = "worse"
    MISSING = "missing"
    NEW = "new"
    NOT_JUDGED = "not judged"
    INFORMATION = "information"


#: What a designer has to look at.
BAD = (Change.WORSE, Change.MISSING)


@dataclass(frozen=True)
class Figure:
    """One figure of a circuit, from all its repeats.

    Attributes:
        name: Fixed dotted name.
        unit: SI unit, "1" for a ratio, "text" for information in words.
        kind: How it is judged.
        values: One per repeat or start, infinite where a start never got there; for a share the
            numbers of successes and of trials.
        higher_is_worse: On which side it is worse.
        text: Information in words.
    """

    name: str
    unit: str
    kind: Kind
    values: tuple[float, ...]
    higher_is_worse: bool = True
    text: str = ""

    @property
    def value(self) -> float | None:
        """Mean, median or share; None without values, infinite when most starts got nowhere."""
        if not self.values:
            return None
        if self.kind is Kind.SHARE:
            successes, trials = self.values
            return successes / trials if trials else None
        if self.kind is Kind.MEDIAN:
            return _median(self.values)
        return math.fsum(self.values) / len(self.values)

    @property
    def spread(self) -> float | None:
        """Standard deviation over the repeats; None for other kinds and for a single one."""
        if self.kind is not Kind.MEAN or len(self.values) < 2:
            return None
        return statistics.stdev(self.values)


class Judgement(NamedTuple):
    """A figure against the same one of a baseline.

    Attributes:
        name: Of the figure.
        change: What became of it.
        before: The baseline's figure; None for a new one.
        now: The figure; None when it is missing.
        limit: Where worse begins, in the figure's unit; None when not judged.
        source: Formula and numbers of the limit, or why there is none.
    """

    name: str
    change: Change
    before: Figure | None
    now: Figure | None
    limit: float | None
    source: str


def judge_all(
    before: Sequence[Figure], now: Sequence[Figure], risk: float
) -> tuple[Judgement, ...]:
    """Every figure of two runs; ``risk`` is that of a single one, see :func:`single_risk`."""
    known, found = ({figure.name: figure for figure in figures} for figures in (before, now))
    names = [*found, *(name for name in known if name not in found)]
    return tuple(judge(known.get(name), found.get(name), risk) for name in names)


def single_risk(family_risk: float, figures: Sequence[Figure]) -> float:
    """Risk of one figure for a risk of all together (Bonferroni)."""
    judged = sum(figure.kind is not Kind.INFORMATION for figure in figures)
    return family_risk / max(judged, 1)


def judge(before: Figure | None, now: Figure | None, risk: float) -> Judgement:
    """One figure against its baseline; at least one of the two is there."""
    if now is None or before is None:
        return _one_sided(before, now)
    if now.kind is Kind.INFORMATION or before.kind is not now.kind:
        return _told(before, now)
    if before.value is None and now.value is None:
        return Judgement(now.name, Change.NOT_JUDGED, before, now, None, "never measured")
    if now.value is None:
        return Judgement(now.name, Change.MISSING, before, now, None, "was measured before")
    if before.value is None:
        return Judgement(now.name, Change.NEW, before, now, None, "was not measured before")
    worse, better, source = _RULES[now.kind](before, now, risk)
    sign = 1 if now.higher_is_worse else -1
    value = now.value
    if before.values == now.values:
        change = Change.SAME
    elif worse is not None and sign * value > sign * worse:
        change = Change.WORSE
    elif better is not None and sign * value < sign * better:
        change = Change.BETTER
    elif worse is None:
        change = Change.NOT_JUDGED
    else:
        change = Change.WITHIN
    return Judgement(now.name, change, before, now, worse, source)


def _one_sided(before: Figure | None, now: Figure | None) -> Judgement:
    figure = now or before
    assert figure is not None
    if now is None:
        told = figure.kind is Kind.INFORMATION or figure.value is None
        change = Change.INFORMATION if told else Change.MISSING
        return Judgement(figure.name, change, before, None, None, "not measured any more")
    change = Change.INFORMATION if now.kind is Kind.INFORMATION else Change.NEW
    return Judgement(now.name, change, None, now, None, "not in the baseline")


def _told(before: Figure, now: Figure) -> Judgement:
    if now.kind is Kind.INFORMATION:
        return Judgement(now.name, Change.INFORMATION, before, now, None, "never judged")
    source = f"the baseline has it as {before.kind}"
    return Judgement(now.name, Change.NOT_JUDGED, before, now, None, source)


class _Rule(NamedTuple):
    worse: float | None
    better: float | None
    source: str


def _mean_rule(before: Figure, now: Figure, risk: float) -> _Rule:
    sign, count = (1 if now.higher_is_worse else -1), len(now.values)
    worse = mean_limit(before.values, count, risk, sign)
    if worse is None:
        return _Rule(None, None, "one repeat in the baseline has no spread")
    freedom = len(before.values) - 1
    source = MEAN_SOURCE.format(count=count, freedom=freedom, risk=risk)
    return _Rule(worse, mean_limit(before.values, count, risk, -sign), source)


def _median_rule(before: Figure, now: Figure, risk: float) -> _Rule:
    sign, count, known = (1 if now.higher_is_worse else -1), len(now.values), len(before.values)
    worse = median_limit(before.values, count, risk, sign)
    if worse is None:
        return _Rule(None, None, f"{known} and {count} starts are too few at a risk of {risk:.2g}")
    source = MEDIAN_SOURCE.format(count=count, known=known, risk=risk)
    return _Rule(worse, median_limit(before.values, count, risk, -sign), source)


def _share_rule(before: Figure, now: Figure, risk: float) -> _Rule:
    """Shares count what is good, so fewer are worse."""
    successes, known = (int(value) for value in before.values)
    count = int(now.values[1])
    fewest = share_limit(successes, known, count, risk)
    most = share_ceiling(successes, known, count, risk)
    source = SHARE_SOURCE.format(successes=successes, known=known, count=count, risk=risk)
    if fewest is None:
        source = (
            f"no result of {count} trials is worse than {successes} of {known} at a risk of "
            f"{risk:.2g}"
        )
    return _Rule(
        None if fewest is None else fewest / count, None if most is None else most / count, source
    )


def _exact_rule(before: Figure, now: Figure, risk: float) -> _Rule:
    del now, risk
    value = before.value
    assert value is not None
    # Sums of floats: another order of the parts is no other circuit.
    slack = ROUNDING * abs(value)
    return _Rule(
        value + (slack if before.higher_is_worse else -slack),
        value - (slack if before.higher_is_worse else -slack),
        EXACT_SOURCE,
    )


_RULES: dict[Kind, Callable[[Figure, Figure, float], _Rule]] = {
    Kind.MEAN: _mean_rule,
    Kind.MEDIAN: _median_rule,
    Kind.SHARE: _share_rule,
    Kind.EXACT: _exact_rule,
}


def _median(values: Sequence[float]) -> float:
    ordered, count = sorted(values), len(values)
    middle = ordered[count // 2]
    if count % 2 or math.isinf(middle) or math.isinf(ordered[count // 2 - 1]):
        return middle
    return (middle + ordered[count // 2 - 1]) / 2
