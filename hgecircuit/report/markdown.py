"""``report.md``: what a designer reads in two minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hgecircuit.compare.study import Study
from hgecircuit.compare.verdict import Status
from hgecircuit.compare.verification import Verification
from hgecircuit.report.blocks import (
    Block,
    Bullets,
    Code,
    Commands,
    Paragraph,
    Picture,
    Strong,
    Table,
    Text,
)
from hgecircuit.report.markup import code_block, escape, escape_part, table
from hgecircuit.report.plots import PLOT_FOLDER, Plot
from hgecircuit.report.rows import STATUS_WORDS, Row, verdict_row
from hgecircuit.report.sections import build_sections
from hgecircuit.report.summary import summary_lines


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
    lines += ["", "## Verdicts", "", *_verdicts(verification)]
    for section in build_sections(verification, study, data):
        lines += ["", f"## {section.heading}"]
        for block in section.blocks:
            written = _write(block, shown)
            if written:
                lines += ["", *written]
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


def _write(block: Block, shown: dict[str, Plot]) -> list[str]:
    """Lines of a block; none for a picture that the run does not have."""
    match block:
        case Paragraph():
            return [_inline(block.text)]
        case Bullets():
            return [f"- {_inline(item)}" for item in block.items]
        case Table():
            rows = [[_inline(cell) for cell in row] for row in block.rows]
            return table([escape(heading) for heading in block.headings], rows, block.align)
        case Commands():
            return code_block(block.text)
        case Picture():
            return _image(shown[block.name]) if block.name in shown else []


def _image(plot: Plot) -> list[str]:
    place = f"{PLOT_FOLDER}/{plot.name}"
    return [f"![{plot.name}]({place}.png)", "", f"{escape(plot.caption)} ([SVG]({place}.svg))"]


def _inline(text: Text) -> str:
    parts = text if isinstance(text, tuple) else (text,)
    return "".join(map(_part, parts)).strip()


def _part(part: str | Strong | Code) -> str:
    match part:
        case Strong():
            return f"**{escape(part.text)}**"
        case Code():
            return f"`{part.text}`"
        case _:
            return escape_part(part)
