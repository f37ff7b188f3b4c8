"""A run in one line: what it learned, from where on, how well it measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hgecircuit.compare.verdict import Status
from hgecircuit.report.plain import format_value

_Data = Mapping[str, Any]
_NONE = "–"


class RunRow(NamedTuple):
    """Cells of a table of runs, as text.

    Attributes:
        targets: What was wanted: bits, or how many points.
        learned: What came out: bits, or the share that is told right.
        starts: How many starts it took, of those that the circuit file allows.
        margin: Lowest 1 less highest 0; none for a task that is judged by its accuracy.
        solved: Simulated time to the solution; none for such a task.
        error: Measured error of the gradient.
        result: The verdicts in one line.
    """

    targets: str
    learned: str
    starts: str
    margin: str
    solved: str
    error: str
    result: str


#: Words above the cells.
HEADINGS = RunRow(
    "targets", "learned", "starts", "margin", "solved after", "gradient error", "result"
)


def run_row(data: _Data) -> RunRow:
    """The line of a run.

    Args:
        data: The content of its ``report.json``.
    """
    learning = data["learning"]
    return RunRow(
        *_learned(learning),
        _starts(data),
        *_how_well(learning),
        f"{100 * data['budget']['circuit']['measured']:.2g} %",
        data["result"],
    )


def count_starts(data: _Data) -> int:
    """Starts that a circuit was given: its own, and with restarts those up to the one it took."""
    return max(1, len(data["learning"]["starts_tried"]))


def run_status(data: _Data) -> Status:
    """The worst of a run's verdicts."""
    statuses = {verdict["status"] for verdict in data["verdicts"]}
    order = (Status.FAIL, Status.NOT_MEASURED, Status.PASS)
    return next(status for status in order if status.value in statuses)


def _learned(learning: _Data) -> tuple[str, str]:
    """What was wanted and what came out: bits, or points and the share that is told right."""
    sphere = learning.get("sphere")
    if sphere is None:
        return learning["targets"], learning["truth_table"]
    return f"{sphere['test_points']} points", f"{100 * sphere['test_accuracy']:.1f} %"


def _how_well(learning: _Data) -> tuple[str, str]:
    """Margin and time to the solution."""
    if learning.get("sphere") is not None:
        return _NONE, _NONE
    solved_s = learning["solved_s"]
    solved = "never" if solved_s is None else format_value(solved_s, "s")
    return format_value(learning["margin_A"], "A"), solved


def _starts(data: _Data) -> str:
    """How many starts it took, of those that the circuit file allows; ``none of 60``."""
    limits = [one["limit"] for one in data["verdicts"] if one["name"] == "learning.starts_needed"]
    tried = data["learning"]["starts_tried"]
    count = str(count_starts(data)) if not tried or tried[-1]["solved"] else "none"
    return f"{count} of {limits[0]}" if limits else count
