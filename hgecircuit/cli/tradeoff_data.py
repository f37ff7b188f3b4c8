"""A search over gradient time and error as data: JSON and CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hgecircuit.design.error_model.tradeoff import OperatingPoint, PaperPoint, Tradeoff

# Some digits less than a float has, so that all machines write the same bytes.
_DIGITS = 9


def _row(point: OperatingPoint) -> dict[str, Any]:
    """A point as data: SI, keys with their unit."""
    return {
        "time_s": point.time_s,
        "relative_error": point.error,
        "response": point.filter.response,
        "order": point.filter.order,
        "settled": point.filter.settled,
        "cutoff_Hz": point.cutoff_hz,
        "top_Hz": point.top_hz,
        "spacing_Hz": point.spacing_hz,
        "amplitude_V": point.amplitude_v,
        **{f"{name}_part": value for name, value in point.parts.items()},
    }


def _fronts(result: Tradeoff) -> dict[str, tuple[OperatingPoint, ...]]:
    names = dict.fromkeys(chosen.response for chosen in result.space.filters)
    return {name: result.front([name]) for name in names}


def tradeoff_json(result: Tradeoff, paper: PaperPoint | None, device: str) -> dict[str, Any]:
    """The fronts, and the paper's point."""
    space = result.space
    return {
        "device": device,
        "channels": space.channels,
        "operating_points": space.points,
        "calibrated": space.calibrated,
        "filters": len(space.filters),
        "front": [_row(point) for point in result.front()],
        "fronts": {
            name: [_row(point) for point in front] for name, front in _fronts(result).items()
        },
        "paper": None if paper is None else _row(paper.point),
    }


def tradeoff_csv(result: Tradeoff, paper: PaperPoint | None) -> str:
    """The front of every response, and the paper's point; `front` says what a row is."""
    rows = [("pareto", point) for point in result.front()]
    rows += [(name, point) for name, front in _fronts(result).items() for point in front]
    if paper is not None:
        rows.append(("paper", paper.point))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["front", *_row(rows[0][1])])
    for name, point in rows:
        writer.writerow([name, *(_cell(value) for value in _row(point).values())])
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}"
    return "" if value is None else value
