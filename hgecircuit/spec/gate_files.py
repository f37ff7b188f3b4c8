"""One circuit file per truth table, made from any of them: only title and targets differ."""

from __future__ import annotations

import re

from hgecircuit.errors import InputError
from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.source import Source

_VALUE = re.compile(
    r"""(?P<key>[^=]*=\s*)("(?:\\.|[^"\\])*"|'[^']*')(?P<rest>\s*(?:#.*)?)""", re.DOTALL
)


def gate_text(source: Source, table: str, title: str) -> str:
    """The circuit file's text with other targets and another title, all else byte for byte.

    Args:
        source: A circuit file.
        table: Wanted outputs, such as "0110".
        title: Its title; a file without one stays so.

    Raises:
        InputError: A file that names its circuit, which all would then be called, or whose title or
            targets do not stand on a line of their own.
    """
    if source.line("name") is not None:
        raise InputError(
            "all circuits would have this name",
            file=source.file,
            key="name",
            expected="no name: a circuit is called by its file",
        )
    lines = source.text.split("\n")
    for key, value in {"title": title, "task.targets": table}.items():
        number = source.line(key)
        if number is None and key == "title":
            continue
        match = None if number is None else _VALUE.fullmatch(lines[number - 1])
        if number is None or match is None:
            raise InputError(
                "does not stand on a line of its own",
                file=source.file,
                key=key,
                expected=f'{key.rsplit(".", 1)[-1]} = "{value}"',
            )
        lines[number - 1] = f'{match["key"]}"{value}"{match["rest"]}'
    text = "\n".join(lines)
    spec = CircuitSpec.from_text(text, source.file)
    assert spec.task.targets == table
    return text
