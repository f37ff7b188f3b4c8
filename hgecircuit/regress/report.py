"""The files of a regression: ``report.json`` for programs, ``report.md`` for people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hgecircuit import __version__
from hgecircuit.compare.digital import ASSUMPTIONS
from hgecircuit.compare.figures import BAD, Change, Figure, Judgement
from hgecircuit.record import code_sha256
from hgecircuit.regress.blame import Blame
from hgecircuit.regress.rows import (
    baseline_line,
    blame_rows,
    change_rows,
    energy_rows,
    judged_rows,
    references,
    side_by_side,
)
from hgecircuit.regress.run import FAMILY_RISK, Result
from hgecircuit.report.markup import code_block, escape, table
from hgecircuit.report.parts import POWER_HEADINGS, power_json
from hgecircuit.report.plain import format_json, to_plain
from hgecircuit.report.staging import staged
from hgecircuit.run.base import Engine

FORMAT, VERSION = "hgecircuit-regression", 1
DATA_FILE, TEXT_FILE = "report.json", "report.md"


def write_report(
    results: Sequence[Result], folder: Path, engine: Engine, command: str
) -> dict[str, Any]:
    """Write both files into a folder that exists; returns the content of ``report.json``.

    Raises:
        InputError: The folder can't be written to, or the disk is full.
    """
    data = build_data(results, engine, command)
    with staged(folder, last=DATA_FILE) as scratch:
        text = "\n".join(build_markdown(results, command)) + "\n"
        (scratch / TEXT_FILE).write_text(text, encoding="utf-8", newline="\n")
        (scratch / DATA_FILE).write_text(format_json(data) + "\n", encoding="utf-8", newline="\n")
    return data


def build_data(results: Sequence[Result], engine: Engine, command: str) -> dict[str, Any]:
    """The content of ``report.json``; a start that was never solved is null."""
    return to_plain(
        {
            "format": FORMAT,
            "version": VERSION,
            "passed": all(result.passed for result in results),
            "family_risk": FAMILY_RISK,
            "circuits": {result.measured.name: _result_json(result) for result in results},
            "provenance": {
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
                "command": command,
                "hgecircuit": __version__,
                "code_sha256": code_sha256(),
                "simulator": engine.version,
            },
        }
    )


def build_markdown(results: Sequence[Result], command: str) -> list[str]:
    """Lines of ``report.md``."""
    lines = ["# Regression of circuits", ""]
    lines += [f"- **{escape(r.measured.name)}**: {escape(r.verdict)}" for r in results]
    lines += ["", "## Variants side by side", ""]
    names = [result.measured.name for result in results]
    if len(results) > 1:
        lines += [f"Better and worse: against {escape(names[0])}, by the limits stated below.", ""]
    headings = ("figure", *map(escape, names), *(escape(head) for head, _ in references(results)))
    rows = [
        (f"`{name}`", *(_cell(cell.text, cell.change) for cell in cells))
        for name, cells in side_by_side(results)
    ]
    lines += table(headings, rows, "l" + "r" * (len(headings) - 1))
    lines += ["", "## Power and energy", ""]
    lines.append("An update is one epoch of the circuit, or one iteration of the digital scheme.")
    for result in results:
        power = [tuple(map(escape, row)) for row in energy_rows(result)]
        lines += ["", f"{escape(result.measured.name)}, medians over the starts:", ""]
        lines += table(POWER_HEADINGS, power, "lrrrrr")
    lines += ["", *(f"- {escape(text)}" for text in ASSUMPTIONS)]
    for result in results:
        lines += _against_baseline(result)
        lines += [line for blame in result.blames for line in _blame(result, blame)]
    if command:
        lines += ["", "## How it was made", "", *code_block(command)]
    return lines


def _against_baseline(result: Result) -> list[str]:
    name = escape(result.measured.name)
    if result.before is None:
        return ["", f"## {name} against its baseline", "", "There is none."]
    lines = ["", f"## {name} against its baseline", "", f"{escape(baseline_line(result))}."]
    changed = [(f"`{key}`", escape(old), escape(new)) for key, old, new in change_rows(result)]
    if changed:
        lines += ["", "Settings that changed:", "", *table(("key", "before", "now"), changed)]
    rows = [
        (
            f"`{one.name}`",
            *map(escape, cells[:3]),
            _mark(str(one.change), one.change),
            escape(one.source),
        )
        for one, cells in judged_rows(result)
    ]
    headings = ("figure", "baseline", "now", "limit", "", "where the limit comes from")
    return [*lines, "", *table(headings, rows, "lrrrll")]


def _blame(result: Result, blame: Blame) -> list[str]:
    lines = ["", f"### {escape(result.measured.name)}: which block, `{blame.figure.name}`", ""]
    lines.append(f"{escape(_sentence(blame.conclusion))}")
    rows = [tuple(map(escape, row)) for row in blame_rows(blame)]
    if rows:
        headings = ("block made ideal", "figure then", "comes back", "repaired")
        lines += ["", *table(headings, rows, "lrrl")]
    if blame.without_effect:
        without = ", ".join(blame.without_effect)
        lines += ["", f"Not in its netlist, ideal or not: {escape(without)}."]
    return lines


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _cell(text: str, change: Change | None) -> str:
    return escape(text) if change is None else f"{escape(text)} ({_mark(str(change), change)})"


def _mark(text: str, change: Change) -> str:
    return f"**{text}**" if change in BAD else text


def _result_json(result: Result) -> dict[str, Any]:
    measured = result.measured
    return {
        "file": measured.path.name,
        "passed": result.passed,
        "result": result.verdict,
        "own_failures": list(measured.failures),
        "plan": vars(measured.plan),
        "figures": {figure.name: _figure_json(figure) for figure in measured.figures},
        "reference": {key: _finite(value) for key, value in measured.reference.items()},
        "power": power_json(
            measured.learners[0].bill(),
            measured.times,
            measured.learners[0].design.device.electrodes,
        ),
        "baseline": None if result.before is None else dict(result.before.made),
        "changed_settings": {
            key: {"before": old, "now": new} for key, (old, new) in result.changes.items()
        },
        "judgements": [_judgement_json(one) for one in result.judgements],
        "beside_first": {one.name: str(one.change) for one in result.beside},
        "blame": [_blame_json(blame) for blame in result.blames],
    }


def _figure_json(figure: Figure) -> dict[str, Any]:
    return {
        "unit": figure.unit,
        "kind": str(figure.kind),
        "higher_is_worse": figure.higher_is_worse,
        "value": _finite(figure.value),
        "spread": _finite(figure.spread),
        "values": [_finite(value) for value in figure.values],
        "text": figure.text,
    }


def _judgement_json(one: Judgement) -> dict[str, Any]:
    return {
        "name": one.name,
        "change": str(one.change),
        "before": None if one.before is None else _finite(one.before.value),
        "now": None if one.now is None else _finite(one.now.value),
        "limit": _finite(one.limit),
        "source": one.source,
    }


def _blame_json(blame: Blame) -> dict[str, Any]:
    return {
        "figure": blame.figure.name,
        "conclusion": blame.conclusion,
        "blocks": [
            {
                "block": swap.block,
                "value": _finite(swap.value),
                "repaired": swap.repaired,
                "share": swap.share,
            }
            for swap in blame.swaps
        ],
        "without_effect": list(blame.without_effect),
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
