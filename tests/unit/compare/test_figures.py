"""A figure against its baseline: same, within, better, worse, missing, not judged."""

import math

import pytest

from hgecircuit.compare.figures import (
    Change,
    Figure,
    Kind,
    judge,
    judge_all,
    single_risk,
)

RISK = 0.01
ERRORS = (1.0, 1.1, 0.9, 1.05, 0.95)


def mean(*values: float, higher_is_worse: bool = True) -> Figure:
    return Figure("gradient.error", "1", Kind.MEAN, values, higher_is_worse)


def share(successes: int, trials: int) -> Figure:
    return Figure("learning.solved", "1", Kind.SHARE, (successes, trials), False)


def median(*values: float) -> Figure:
    return Figure("learning.time_s", "s", Kind.MEDIAN, values)


def exact(*values: float) -> Figure:
    return Figure("parts.chips", "parts", Kind.EXACT, values)


STARTS = tuple(0.1 * n for n in range(1, 21))
NEVER = (math.inf,) * 20


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        (mean(*ERRORS), mean(*ERRORS), Change.SAME),
        (mean(*ERRORS), mean(*ERRORS[::-1]), Change.WITHIN),
        (mean(*ERRORS), mean(1.1, 1.15, 1.0), Change.WITHIN),
        (mean(*ERRORS), mean(2.0, 2.1, 1.9), Change.WORSE),
        (mean(*ERRORS), mean(0.1, 0.2, 0.1), Change.BETTER),
        (mean(*ERRORS, higher_is_worse=False), mean(2.0, higher_is_worse=False), Change.BETTER),
        (mean(*ERRORS, higher_is_worse=False), mean(0.1, higher_is_worse=False), Change.WORSE),
        (mean(1.0), mean(5.0), Change.NOT_JUDGED),
        (share(20, 20), share(20, 20), Change.SAME),
        (share(20, 20), share(17, 20), Change.WITHIN),
        (share(20, 20), share(10, 20), Change.WORSE),
        (share(2, 20), share(15, 20), Change.BETTER),
        (share(2, 2), share(0, 2), Change.NOT_JUDGED),
        (median(*STARTS), median(*STARTS), Change.SAME),
        (median(*STARTS), median(*(value + 0.1 for value in STARTS)), Change.WITHIN),
        (median(*STARTS), median(*(2 + value for value in STARTS)), Change.WORSE),
        (median(*STARTS), median(*NEVER), Change.WORSE),
        (median(*NEVER), median(*STARTS), Change.BETTER),
        (median(1.0, 2.0), median(9.0, 8.0), Change.NOT_JUDGED),
        (exact(12.0), exact(12.0), Change.SAME),
        (exact(12.0), exact(12.0 * (1 + 1e-12)), Change.WITHIN),
        (exact(12.0), exact(13.0), Change.WORSE),
        (exact(12.0), exact(11.0), Change.BETTER),
        (exact(12.0), exact(), Change.MISSING),
        (exact(), exact(12.0), Change.NEW),
        (exact(), exact(), Change.NOT_JUDGED),
        (exact(12.0), None, Change.MISSING),
        (None, exact(12.0), Change.NEW),
        (exact(), None, Change.INFORMATION),
    ],
)
def test_changes(before: Figure | None, now: Figure | None, change: Change) -> None:
    judgement = judge(before, now, RISK)
    assert judgement.change is change
    assert judgement.source


def test_limits_say_where_worse_begins() -> None:
    judgement = judge(share(20, 20), share(17, 20), RISK)
    assert judgement.limit is not None
    assert judge(share(20, 20), share(round(20 * judgement.limit), 20), RISK).change in (
        Change.WITHIN,
    )
    assert judge(share(20, 20), share(round(20 * judgement.limit) - 1, 20), RISK).change is (
        Change.WORSE
    )
    limit = judge(mean(*ERRORS), mean(1.0, 1.2), RISK).limit
    assert limit is not None
    for shift, change in ((-1e-6, Change.WITHIN), (1e-6, Change.WORSE)):
        assert judge(mean(*ERRORS), mean(limit + shift, limit + shift), RISK).change is change


def test_information_is_never_judged() -> None:
    before = Figure("cost", "s/s", Kind.INFORMATION, (1.0,))
    now = Figure("cost", "s/s", Kind.INFORMATION, (100.0,))
    assert judge(before, now, RISK).change is Change.INFORMATION
    assert judge(before, None, RISK).change is Change.INFORMATION
    assert judge(None, now, RISK).change is Change.INFORMATION


def test_a_figure_of_another_kind_is_not_judged() -> None:
    assert judge(mean(1.0, 2.0), exact(1.0), RISK).change is Change.NOT_JUDGED


def test_all_figures_of_both_runs_are_judged_once() -> None:
    found = judge_all([exact(1.0), mean(*ERRORS)], [share(3, 4), exact(1.0)], RISK)
    changes = {judgement.name: judgement.change for judgement in found}
    assert changes == {
        "learning.solved": Change.NEW,
        "parts.chips": Change.SAME,
        "gradient.error": Change.MISSING,
    }


def test_the_risk_is_shared_by_what_is_judged() -> None:
    told = Figure("netlist", "text", Kind.INFORMATION, (), text="abc")
    assert single_risk(0.05, [exact(1.0), share(1, 2), told]) == pytest.approx(0.025)
    assert single_risk(0.05, []) == 0.05


def test_values() -> None:
    assert mean(1.0, 2.0).value == 1.5
    assert mean(1.0, 2.0).spread == pytest.approx(math.sqrt(0.5))
    assert share(3, 4).value == 0.75
    assert share(0, 0).value is None
    assert median(3.0, 1.0, 2.0, 10.0).value == 2.5
    assert median(1.0, math.inf, math.inf).value == math.inf
    assert median(1.0, math.inf).value == math.inf
    assert exact().value is None
