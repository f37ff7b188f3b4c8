"""``report.md``: what a designer reads in two minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hgecircuit.compare.study import Study
from hgecircuit.compare.verdict import Status
from hgecircuit.compare.verification import Verification
from hgecircuit.report import sections
from hgecircuit.report.markup import escape, table
from hgecircuit.report.parts import parts_section
from hgecircuit.report.plots import PLOT_FOLDER, Plot
from hgecircuit.report.rows import STATUS_WORDS, Row, verdict_row
from hgecircuit.report.summary import summary_lines
from hgecircuit.report.three_way import three_way_section


def build_markdown(
    verification: Verification, study: Study | None, data: dict[str, Any], plots: Sequence[Plot]
) -> str:
    """The report as GitHub-flavoured Markdown.

    Args:
        verification: What was found.
        study: Random starts, or None.
        data: The content of ``report.json``.
        plots: The plots that lie beside the report.
    """
    shown = {plot.name: plot for plot in plots}
    lines = [f"# {escape(data['title'])}", "", f"**{escape(data['result'])}**", ""]
    lines += [f"- {escape(line)}" for line in summary_lines(verification, study)]
    for heading, body in (
        ("Verdicts", _verdicts(verification)),
        ("Gradient", [*sections.gradient(verification), *_images(shown, "derivatives", "budget")]),
        (
            "Learning",
            [
                *sections.learning(verification),
                *_images(
                    shown, "outputs", "accuracy", "exam", "controls", "loss", "epoch", "batch"
                ),
            ],
        ),
        (
            "Rig",
            [*three_way_section(verification.rig), *_images(shown, "three-way")],
        ),
        ("Random starts", [*sections.starts(study), *_images(shown, "starts")]),
        ("Parts and power", parts_section(verification, verification.learner.bill())),
        ("How it was made", sections.provenance(data)),
    ):
        if body:
            lines += ["", f"## {heading}", "", *body]
    return "\n".join(lines) + "\n"


def _verdicts(verification: Verification) -> list[str]:
    rows = [_verdict_cells(verdict_row(verdict)) for verdict in verification.verdicts]
    return table(("verdict", "value", "limit", "status", "where the limit comes from"), rows)


def _verdict_cells(row: Row) -> tuple[str, ...]:
    word = STATUS_WORDS[row.status]
    source = escape(row.source) + (f"<br>*{escape(row.note)}*" if row.note else "")
    return (
        f"`{row.name}`",
        escape(row.value),
        escape(row.limit),
        word if row.status is Status.PASS else f"**{word}**",
        source,
    )


def _images(shown: dict[str, Plot], *names: str) -> list[str]:
    lines: list[str] = []
    for name in names:
        if name in shown:
            caption = escape(shown[name].caption)
            place = f"{PLOT_FOLDER}/{name}"
            lines += ["", f"![{name}]({place}.png)", "", f"{caption} ([SVG]({place}.svg))"]
    return lines
