"""What the pictures of a report show, in words and numbers, for those who don't see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hgecircuit.report.plain import format_share, format_value

_Data = dict[str, Any]


def picture_words(name: str, data: _Data) -> str:
    """The numbers of a picture; empty when its section's tables have them all.

    Args:
        name: Of a row of :data:`hgecircuit.report.plots.PLOTS`.
        data: The content of ``report.json``.
    """
    return _WORDS[name](data) if name in _WORDS else ""


def _outputs(data: _Data) -> str:
    learning = data["learning"]
    pairs = zip(learning["patterns"], learning["targets"], learning["exam_outputs_A"], strict=True)
    ends = ", ".join(
        f"pattern {pattern}, wanted {target}: {format_value(output, 'A')}"
        for pattern, target, output in pairs
    )
    return f"At the end: {ends}. {_solved(learning)}"


def _solved(learning: _Data) -> str:
    if learning["solved_s"] is None:
        return "It did not stay solved."
    return f"Solved from {format_value(learning['solved_s'], 's')} on."


def _controls(data: _Data) -> str:
    learning = data["learning"]
    rows = zip(learning["controls"], learning["start_V"], learning["final_V"], strict=True)
    return ", ".join(
        f"electrode {control}: {start:.3f} V at the start, {end:.3f} V at the end"
        for control, start, end in rows
    )


def _loss(data: _Data) -> str:
    losses, reference = data["learning"]["losses"], data["reference"]
    first, last, other = (
        format_value(loss, "1") for loss in (losses[0], losses[-1], reference["loss"])
    )
    return (
        f"Circuit: {first} at the start, {last} after {len(losses) - 1} epochs. Digital"
        f" reference: {other} after {reference['iterations']} iterations."
    )


def _accuracy(data: _Data) -> str:
    sphere = data["learning"]["sphere"]
    first, last = (format_share(sphere["epoch_test_accuracy"][n]) for n in (0, -1))
    reference = format_share(sphere["reference_test_accuracy"])
    return f"Test points: {first} at the start, {last} at the end; digital reference {reference}."


def _derivatives(data: _Data) -> str:
    gradient, budget = data["gradient"], data["budget"]
    return (
        f"{gradient['points']} points, {gradient['channels']} channels, smallest cosine"
        f" {format_value(min(gradient['cosines']), '1')}, error"
        f" {format_share(budget['circuit']['measured'])} of the gradient,"
        f" {gradient['sign_errors']} wrong signs."
    )


def _budget(data: _Data) -> str:
    circuit = data["budget"]["circuit"]
    terms = ", ".join(
        f"{term['name']} {format_share(term['relative_error'])}" for term in circuit["terms"]
    )
    total, measured = (format_share(circuit[key]) for key in ("sum", "measured"))
    return f"Circuit: {terms}; sum {total}, measured {measured}."


def _starts(data: _Data) -> str:
    study = data["study"]
    circuit, reference = (format_share(study[key]) for key in ("solved_share", "reference_share"))
    count = len(study["results"])
    return f"{count} starts: circuit solved {circuit} of them, digital reference {reference}."


_WORDS: dict[str, Callable[[_Data], str]] = {
    "outputs": _outputs,
    "controls": _controls,
    "loss": _loss,
    "accuracy": _accuracy,
    "derivatives": _derivatives,
    "budget": _budget,
    "starts": _starts,
}
