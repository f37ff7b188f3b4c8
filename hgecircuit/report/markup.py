"""Markdown pieces that are safe for any text."""

from __future__ import annotations

import re
from collections.abc import Sequence

# An underscore inside a word is literal as it is.
_SPECIAL = re.compile(r"([\\`*\[\]<>|#~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
_SPACES = re.compile(r"\s+")
_BACKTICKS = re.compile("`+")


def escape(text: str) -> str:
    """Text as Markdown shows it literally, on one line."""
    return escape_part(text).strip()


def escape_part(text: str) -> str:
    """The same, with the spaces at its ends, for text that something else stands beside."""
    return _SPECIAL.sub(r"\\\1", _SPACES.sub(" ", text))


def table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], align: str | None = None
) -> list[str]:
    """Lines of a table; headings and cells are Markdown already.

    Args:
        headings: One per column.
        rows: Cells, as many per row.
        align: One letter per column, ``l`` or ``r``; all ``l`` unless given.
    """
    marks = {"l": "---", "r": "---:"}
    rule = [marks[letter] for letter in align or "l" * len(headings)]
    return ["| " + " | ".join(cells) + " |" for cells in (headings, rule, *rows)]


def code_block(text: str) -> list[str]:
    """Lines of a fenced block that nothing in ``text`` can end."""
    longest = max((len(ticks) for ticks in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}sh", *text.splitlines(), fence]
