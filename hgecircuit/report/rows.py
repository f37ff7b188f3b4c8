"""The verdict table as text: the same rows on the screen and in the report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from hgecircuit.compare.verdict import Sense, Status, Verdict
from hgecircuit.report.plain import format_value, to_plain

_SIGNS = {Sense.AT_MOST: "≤", Sense.AT_LEAST: "≥", Sense.EQUAL: "="}
STATUS_WORDS = {Status.PASS: "pass", Status.FAIL: "FAIL", Status.NOT_MEASURED: "not measured"}


class Row(NamedTuple):
    """One line of the verdict table, ready to be shown.

    Attributes:
        name: Fixed dotted name.
        value: Value with its unit.
        limit: Limit with its sense and unit.
        status: Pass, fail or not measured.
        source: Where the limit comes from.
        note: What a reader must know beside it.
    """

    name: str
    value: str
    limit: str
    status: Status
    source: str
    note: str


def verdict_row(verdict: Verdict) -> Row:
    """The row of a verdict."""
    limit = f"{_SIGNS[verdict.sense]} {format_value(verdict.limit, verdict.unit)}"
    value = format_value(verdict.value, verdict.unit)
    return Row(verdict.name, value, limit, verdict.status, verdict.source, verdict.note)


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict as plain data without NaN; a note tells of a value that was not finite."""
    data = to_plain(verdict.to_json())
    if isinstance(verdict.value, float) and not math.isfinite(verdict.value):
        data["note"] = "; ".join(filter(None, [verdict.note, f"the value was {verdict.value}"]))
    return data


def headline(verdicts: Sequence[Verdict]) -> str:
    """One line that tells how it went and names what did not pass."""
    count = len(verdicts)
    failed = [verdict.name for verdict in verdicts if verdict.status is Status.FAIL]
    missing = [verdict.name for verdict in verdicts if verdict.status is Status.NOT_MEASURED]
    if not failed and not missing:
        return f"PASS: all {count} verdicts hold"
    parts = []
    if failed:
        parts.append(f"{len(failed)} of {count} failed ({', '.join(failed)})")
    if missing:
        parts.append(f"{len(missing)} of {count} not measured ({', '.join(missing)})")
    return f"FAIL: {'; '.join(parts)}" if failed else f"NOT PASSED: {'; '.join(parts)}"
