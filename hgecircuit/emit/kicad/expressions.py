"""S-expressions of KiCad's files, read as data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hgecircuit.errors import InputError

#: An atom, or a list of them.
Expression = str | list["Expression"]

_TOKEN = re.compile(r'\s*(?:([()])|"((?:[^"\\]|\\.)*)"|([^\s()"]+))', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_DEEPEST = 100


def read_expression(text: str, file: str = "") -> list[Expression]:
    """The one list that a file holds.

    Raises:
        InputError: It is none.
    """
    stack: list[list[Expression]] = [[]]
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or len(stack) > _DEEPEST:
            raise _broken(text, position, file)
        position = match.end()
        if match[1] == "(":
            inner: list[Expression] = []
            stack[-1].append(inner)
            stack.append(inner)
        elif match[1] == ")":
            stack.pop()
            if not stack:
                raise _broken(text, position, file)
        else:
            stack[-1].append(match[3] or _ESCAPE.sub(r"\1", match[2] or ""))
    if len(stack) != 1 or len(stack[0]) != 1 or isinstance(stack[0][0], str):
        raise _broken(text, position, file)
    return stack[0][0]


def children(expression: Expression, name: str) -> Iterator[list[Expression]]:
    """Lists inside a list that start with ``name``."""
    for inner in expression:
        if isinstance(inner, list) and inner and inner[0] == name:
            yield inner


def text_of(expression: Expression, name: str) -> str:
    """The atom behind ``name`` in the first list of that name; empty without one."""
    for inner in children(expression, name):
        if len(inner) > 1 and isinstance(inner[1], str):
            return inner[1]
    return ""


def _broken(text: str, position: int, file: str) -> InputError:
    line = text.count("\n", 0, position) + 1
    return InputError(
        "not a file of KiCad's",
        file=file or None,
        key=f"line {line}",
        expected="one list in parentheses, as KiCad writes it",
    )
