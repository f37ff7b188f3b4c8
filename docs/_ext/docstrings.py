"""The package's docstrings for Sphinx: they are plain text first, for `help()` and an editor.

A bar in them is an absolute value, a colon in a property's line is a colon, and a table is one of
Markdown; reStructuredText would take all three for something else.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

# A private character that stands in for a colon while napoleon looks for types.
_COLON = "\ue000"
_CODE = re.compile(r"(``.*?``)")
_RULE = re.compile(r"\|[\s:|-]+\|$")


def before_napoleon(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Hide what napoleon would take for a property's type, and turn tables and bars."""
    lines[:] = _without_bars(_without_tables(lines))
    if what in {"attribute", "property"} and lines:
        lines[0] = lines[0].replace(":", _COLON)


def after_napoleon(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Show the colons again."""
    lines[:] = [line.replace(_COLON, ":") for line in lines]


def _without_bars(lines: list[str]) -> list[str]:
    """Bars outside code lose their meaning."""
    return [
        "".join(
            part if part.startswith("``") else part.replace("|", "\\|")
            for part in _CODE.split(line)
        )
        for line in lines
    ]


def _without_tables(lines: list[str]) -> list[str]:
    """Markdown tables as list-table directives."""
    written: list[str] = []
    inside = False
    for line in lines:
        row = line.strip()
        if not (row.startswith("|") and row.endswith("|")):
            inside = False
            written.append(line)
        elif not _RULE.match(row):
            indent = line[: len(line) - len(line.lstrip())]
            if not inside:
                written += [f"{indent}.. list-table::", f"{indent}   :header-rows: 1", ""]
            inside = True
            first, *others = (cell.strip() for cell in row.strip("|").split("|"))
            written.append(f"{indent}   * - {first}")
            written += [f"{indent}     - {cell}" for cell in others]
    return written


def setup(app: Sphinx) -> dict[str, Any]:
    """Frame napoleon, which has priority 500."""
    app.connect("autodoc-process-docstring", before_napoleon, priority=400)
    app.connect("autodoc-process-docstring", after_napoleon, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
