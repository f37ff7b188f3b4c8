"""A verdict: a value held against a limit whose source is stated."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Outcome of one check; `not_measured` is never a pass."""

    PASS = "pass"
    FAIL = "fail"
    NOT_MEASURED = "not_measured"


class Sense(StrEnum):
    """On which side of the limit a value passes."""

    AT_MOST = "at most"
    AT_LEAST = "at least"
    EQUAL = "equal to"


@dataclass(frozen=True)
class Verdict:
    """One line of the verdict table.

    Attributes:
        name: Fixed dotted name, such as ``gradient.vs_model.relative_error``.
        value: What was measured, in ``unit``; None when not measured.
        limit: What it is held against, in ``unit``.
        sense: On which side of the limit it passes.
        unit: SI unit, or "1" for a ratio.
        source: Where the limit comes from: an equation, a tolerance budget, a data sheet, the file.
        note: What a reader must know beside it, such as why it was not measured.
    """

    name: str
    value: float | str | None
    limit: float | str
    sense: Sense
    unit: str
    source: str
    note: str = ""

    @property
    def status(self) -> Status:
        """Pass, fail or not measured; NaN fails."""
        if self.value is None:
            return Status.NOT_MEASURED
        if self.sense is Sense.EQUAL:
            return Status.PASS if self.value == self.limit else Status.FAIL
        if isinstance(self.value, str) or isinstance(self.limit, str):
            raise TypeError(f"{self.name}: text can only be compared for equality")
        good = self.value <= self.limit if self.sense is Sense.AT_MOST else self.value >= self.limit
        return Status.PASS if good else Status.FAIL

    def to_json(self) -> dict[str, Any]:
        """Plain data for ``report.json``."""
        return {**asdict(self), "sense": str(self.sense), "status": str(self.status)}
