"""The tables of a regression as text: the same rows on the screen and in the report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from hgecircuit.compare.figures import Change, Figure, Judgement, Kind
from hgecircuit.record import code_sha256
from hgecircuit.regress.blame import Blame
from hgecircuit.regress.run import Result
from hgecircuit.report.parts import power_rows
from hgecircuit.report.plain import format_value

NOTHING = "–"
_NEVER = "never"
_HASH_DIGITS = 12
_COUNTED = ("parts", "epochs")
#: How a limit of each kind is made; the report has formula and numbers at every figure.
LEGEND = {
    Kind.MEAN: "mean of the repeats: prediction interval for a new mean (Student's t)",
    Kind.MEDIAN: "median of the starts: order statistic of the baseline's starts",
    Kind.SHARE: "share: Fisher's exact test, one-sided",
    Kind.EXACT: "exact: equal to the baseline",
}


class Cell(NamedTuple):
    """A value in a table, and what became of it.

    Attributes:
        text: The value.
        change: What became of it; None where nothing is compared.
    """

    text: str
    change: Change | None = None


def references(results: Sequence[Result]) -> list[tuple[str, int]]:
    """Columns of digital references: heading, and the circuit whose it is; equal ones once."""
    columns: list[tuple[str, int]] = []
    for n, result in enumerate(results):
        if all(result.measured.reference != results[m].measured.reference for _, m in columns):
            columns.append((result.measured.name, n))
    if len(columns) == 1:
        return [("digital reference", columns[0][1])]
    return [(f"digital reference of {name}", n) for name, n in columns]


def side_by_side(results: Sequence[Result]) -> list[tuple[str, list[Cell]]]:
    """Every figure: one cell per circuit, then one per column of :func:`references`."""
    names = dict.fromkeys(f.name for result in results for f in result.measured.figures)
    rows = []
    for name in names:
        figures = [result.measured.figure(name) for result in results]
        if _is_nothing(name, figures):
            continue
        cells = [
            Cell(show_figure(figure), _beside(result, name))
            for result, figure in zip(results, figures, strict=True)
        ]
        unit = _unit(next(figure for figure in figures if figure is not None))
        for _, n in references(results):
            value = results[n].measured.reference.get(name)
            cells.append(Cell(NOTHING if value is None else show_value(value, unit)))
        rows.append((name, cells))
    return rows


def energy_rows(result: Result) -> list[tuple[str, ...]]:
    """The circuit and its digital alternatives, with median times over the starts."""
    measured = result.measured
    learner = measured.learners[0]
    return power_rows(learner.bill(), measured.times, learner.design.device.electrodes)


def baseline_line(result: Result) -> str:
    """Which baseline it is, and whether the code is the same."""
    if result.before is None:
        return f"{result.measured.name}: no baseline"
    made, code = result.before.made, "the same code"
    if made.get("code_sha256") != code_sha256():
        code = "other code"
    return (
        f"{result.measured.name} against its baseline of {made.get('created')}: {code}, hgecircuit "
        f"{made.get('hgecircuit')}, ngspice {made.get('simulator')}"
    )


def judged_rows(result: Result) -> list[tuple[Judgement, tuple[str, str, str, str]]]:
    """Judgements of a circuit: with baseline, now, limit and kind as text."""
    rows = []
    for one in result.judgements:
        figure = one.now or one.before
        assert figure is not None
        if _is_nothing(one.name, [one.before, one.now]):
            continue
        sign = "≤" if figure.higher_is_worse else "≥"
        limit = NOTHING if one.limit is None else f"{sign} {show_value(one.limit, _unit(figure))}"
        cells = (show_figure(one.before), show_figure(one.now), limit, str(figure.kind))
        rows.append((one, cells))
    return rows


def blame_rows(blame: Blame) -> list[tuple[str, str, str, str]]:
    """Block, figure with that block ideal, how much comes back, whether it is repaired."""
    words = {True: "yes", False: "no", None: NOTHING}
    return [
        (
            swap.block,
            NOTHING if swap.value is None else show_value(swap.value, _unit(blame.figure)),
            NOTHING if swap.share is None else f"{round(100 * swap.share)} %",
            words[swap.repaired],
        )
        for swap in blame.swaps
    ]


def blame_line(blame: Blame) -> str:
    """The conclusion, with the figure before and after for the most helpful block."""
    best = blame.swaps[0] if blame.swaps else None
    now = blame.figure.value
    text = f"{blame.figure.name}: {blame.conclusion}"
    if best is None or best.value is None or now is None:
        return text
    unit = blame.figure.unit
    return (
        f"{text} ({show_value(now, unit)}, with {best.block} ideal {show_value(best.value, unit)})"
    )


def change_rows(result: Result) -> list[tuple[str, str, str]]:
    """Settings that changed: key, before, now."""
    return [(key, str(old), str(new)) for key, (old, new) in result.changes.items()]


def show_figure(figure: Figure | None) -> str:
    """A figure with its spread, or its counts."""
    if figure is None:
        return NOTHING
    if figure.unit == "text":
        return figure.text[:_HASH_DIGITS]
    if figure.kind is Kind.SHARE:
        successes, trials = (int(value) for value in figure.values)
        return f"{successes} of {trials}"
    if figure.value is None:
        return "unknown"
    text = show_value(figure.value, figure.unit)
    return text if not figure.spread else f"{text} ± {figure.spread:.2g}"


def show_value(value: float, unit: str) -> str:
    """A number with its unit."""
    if math.isinf(value):
        return _NEVER
    if unit == "%":
        return f"{100 * value:.3g} %"
    if unit in _COUNTED:
        return f"{value:.4g}"
    return format_value(value, unit)


def _unit(figure: Figure) -> str:
    return "%" if figure.kind is Kind.SHARE else figure.unit


def _beside(result: Result, name: str) -> Change | None:
    change = next((one.change for one in result.beside if one.name == name), None)
    return change if change in (Change.BETTER, Change.WORSE) else None


def _is_nothing(name: str, figures: Sequence[Figure | None]) -> bool:
    """What nobody measured, terms of the budget that are rounding, parts that nobody has."""
    told = any(figure.text for figure in figures if figure is not None)
    values = [figure.value for figure in figures if figure is not None]
    if not told and all(value is None for value in values):
        return True
    if name.startswith("budget."):
        return all(value is None or abs(value) < 1e-9 for value in values)
    return name.startswith(("parts.", "power.unknown")) and not any(values)
