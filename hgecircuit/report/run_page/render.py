"""Blocks of a report as HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from hgecircuit.compare.verdict import Status
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
from hgecircuit.report.rows import STATUS_WORDS, Row
from hgecircuit.report.run_page.pictures import escape

#: A sign for each status, so that none is told by its colour alone.
SIGNS = {Status.PASS: "✓", Status.FAIL: "✗", Status.NOT_MEASURED: "–"}


def render_blocks(blocks: Sequence[Block], name: str, picture: Callable[[str], str]) -> str:
    """HTML of a section's blocks.

    Args:
        blocks: In order.
        name: Of the section; ids inside it begin with it.
        picture: HTML of a picture by its name; empty for one that the run does not have.
    """
    parts = []
    for number, block in enumerate(blocks):
        match block:
            case Paragraph():
                parts.append(f"<p>{inline(block.text)}</p>")
            case Bullets():
                items = "".join(f"<li>{inline(item)}</li>" for item in block.items)
                parts.append(f"<ul>{items}</ul>")
            case Table():
                parts.append(render_table(block))
            case Commands():
                parts.append(render_command(block.text, f"{name}-{number}"))
            case Picture():
                parts.append(picture(block.name))
    return "\n".join(filter(None, parts))


def render_table(table: Table) -> str:
    """A table that scrolls sideways by itself where it does not fit."""
    head = "".join(
        f"<th scope='col'{_side(letter)}>{escape(words)}</th>" if words else "<td></td>"
        for words, letter in zip(table.headings, table.align, strict=True)
    )
    rows = []
    for row in table.rows:
        first, *rest = (inline(cell) for cell in row)
        cells = "".join(
            f"<td{_side(letter)}>{cell}</td>"
            for cell, letter in zip(rest, table.align[1:], strict=True)
        )
        rows.append(f"<tr><th scope='row'{_side(table.align[0])}>{first}</th>{cells}</tr>")
    top = f"<thead><tr>{head}</tr></thead>" if any(table.headings) else ""
    return _scrolling(
        table.caption,
        f"<caption class='hidden'>{escape(table.caption)}</caption>{top}"
        f"<tbody>{''.join(rows)}</tbody>",
    )


def render_verdicts(rows: Sequence[Row]) -> str:
    """The verdict table."""
    headings = ("verdict", "value", "limit", "status", "where the limit comes from")
    sides = ("l", "r", "r", "l", "l")
    head = "".join(
        f"<th scope='col'{_side(side)}>{words}</th>"
        for words, side in zip(headings, sides, strict=True)
    )
    body = "".join(map(_verdict, rows))
    caption = "Every verdict: value, limit, status and source of the limit"
    return _scrolling(
        caption,
        f"<caption class='hidden'>{caption}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>",
        "verdicts",
    )


def status_badge(status: Status) -> str:
    """A status as sign and word, coloured as well."""
    return (
        f"<span class='status {status.value}'><span aria-hidden='true'>{SIGNS[status]}</span> "
        f"{STATUS_WORDS[status]}</span>"
    )


def render_command(text: str, identity: str) -> str:
    """Lines to be typed, with a button that copies them."""
    return (
        f"<div class='command'><code id='{identity}'>{escape(text)}</code>"
        f"<button type='button' class='copy' data-of='{identity}'>Copy</button></div>"
    )


def inline(text: Text) -> str:
    """A piece of text."""
    parts = text if isinstance(text, tuple) else (text,)
    return "".join(map(_part, parts))


def _part(part: str | Strong | Code) -> str:
    match part:
        case Strong():
            return f"<strong>{escape(part.text)}</strong>"
        case Code():
            return f"<code>{escape(part.text)}</code>"
        case _:
            return escape(part)


def _verdict(row: Row) -> str:
    name = re.sub(r"([._])", r"\1<wbr>", escape(row.name))
    note = f"<br><span class='small'>{escape(row.note)}</span>" if row.note else ""
    return (
        f"<tr class='{row.status.value}'><th scope='row'><code>{name}</code></th>"
        f"<td>{escape(row.value)}</td><td>{escape(row.limit)}</td>"
        f"<td class='words'>{status_badge(row.status)}</td>"
        f"<td class='words source'>{escape(row.source)}{note}</td></tr>"
    )


def _scrolling(caption: str, inner: str, kind: str = "") -> str:
    name = escape(caption)
    return (
        f"<div class='scroll' tabindex='0' role='region' aria-label='{name}'>"
        f"<table class='{kind or 'plain'}'>{inner}</table></div>"
    )


def _side(letter: str) -> str:
    return " class='words'" if letter == "l" else ""
