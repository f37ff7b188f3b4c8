"""Help texts of the commands for Sphinx: they are written for a terminal."""

from __future__ import annotations

import re
from typing import Any

import click
from sphinx.application import Sphinx

_CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
# What sphinx-click puts in front of lines that click must not join.
_BAR = "| "


def show_examples(app: Sphinx, context: click.Context, lines: list[str]) -> None:
    """Lines that stand alone are commands: shown letter by letter, with both of their dashes."""
    written: list[str] = []
    inside = False
    for line in _with_code(lines):
        if line.startswith(_BAR):
            if not inside:
                written += ["", ".. code-block:: text", ""]
            line = "   " + line.removeprefix(_BAR).strip().replace("``", "`")
        elif inside:
            written.append("")
        inside = line.startswith("   ")
        written.append(line)
    lines[:] = written


def show_code(app: Sphinx, context: click.Context, lines: list[str]) -> None:
    """Words between single backticks are code."""
    lines[:] = _with_code(lines)


def _with_code(lines: list[str]) -> list[str]:
    # A directive's first line holds names that Sphinx reads.
    return [line if line.startswith("..") else _CODE.sub(r"``\1``", line) for line in lines]


def setup(app: Sphinx) -> dict[str, Any]:
    """Listen to sphinx-click."""
    app.connect("sphinx-click-process-description", show_examples)
    app.connect("sphinx-click-process-options", show_code)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
