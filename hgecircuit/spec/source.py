"""The text of a circuit file: reading it within bounds, and finding the line of a key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from hgecircuit.errors import InputError

LARGEST_FILE_BYTES = 256 * 1024
"""Some 50 times the longest sensible circuit; a wrong file is not parsed for long."""

_PART = r"""[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*'"""
_DOTTED = rf"(?:{_PART})(?:[ \t]*\.[ \t]*(?:{_PART}))*"
_HEADER = re.compile(rf"[ \t]*\[[ \t]*({_DOTTED})[ \t]*\]")
_ENTRY = re.compile(rf"[ \t]*\[\[[ \t]*({_DOTTED})[ \t]*\]\]")
_KEY = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")
# What can open or close something that spans lines; strings and comments hide brackets.
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|'
    + r"'''.*?'''|"
    + r'"(?:\\.|[^"\\\n])*"|'
    + r"'[^'\n]*'|#[^\n]*|[\[\]{}]|\n",
    re.DOTALL,
)
_PLACE = re.compile(r"\s*\((?:at (line \d+, column \d+)|at (end of document))\)\s*$")
_HINT = 'TOML, such as time = "10 ms" below a line [lock_in]'


@dataclass(frozen=True)
class Source:
    """Where a circuit comes from.

    Attributes:
        text: The TOML text.
        file: The file it was read from, or None.
        overrides: Dotted keys that were set from outside the file.
        tables: The file's values as written, with the overrides.
    """

    # Two circuits with the same values are equal wherever they come from.
    text: str = field(compare=False)
    file: Path | None = field(default=None, compare=False)
    overrides: frozenset[str] = field(default=frozenset(), compare=False)
    tables: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def written(self, key: str) -> object:
        """The value of a dotted key such as ``device.inputs[1]`` as written, or None.

        A single value that stands for a list is found under each of the list's indices.
        """
        value: Any = self.tables
        for part in re.findall(r"[^.\[\]]+", key):
            if isinstance(value, Mapping):
                value = value.get(part)
            elif isinstance(value, list | tuple) and part.isdigit():
                value = value[int(part)] if int(part) < len(value) else None
        return value

    def line(self, key: str) -> int | None:
        """Line of a dotted key, counted from 1, or of the nearest table that holds it."""
        parts = key.split(".")
        while parts:
            # first as an entry of an array of tables, then as an item of a list
            for name in (".".join(parts), re.sub(r"\[\d+\]", "", ".".join(parts))):
                if name in self._lines:
                    return self._lines[name]
            if parts[-1].endswith("]"):
                parts[-1] = re.sub(r"\[\d+\]$", "", parts[-1])
            else:
                parts.pop()
        return None

    def is_override(self, key: str) -> bool:
        """Whether the key was set from outside the file."""
        plain = re.sub(r"\[\d+\]", "", key)
        return any(plain == name or plain.startswith(name + ".") for name in self.overrides)

    @cached_property
    def _lines(self) -> dict[str, int]:
        lines: dict[str, int] = {}
        table = ""
        entries: dict[str, int] = {}
        for number, text in _logical_lines(self.text):
            if match := _ENTRY.match(text):
                name = _plain(match[1])
                table = f"{name}[{entries.setdefault(name, 0)}]"
                entries[name] += 1
                lines.setdefault(name, number)
                lines.setdefault(table, number)
            elif match := _HEADER.match(text):
                table = _plain(match[1])
                lines.setdefault(table, number)
            elif match := _KEY.match(text):
                key = _plain(match[1])
                lines.setdefault(f"{table}.{key}" if table else key, number)
        return lines


def _plain(dotted: str) -> str:
    return ".".join(part.strip("\"'") for part in re.findall(_PART, dotted))


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """First physical line of every statement, with its number from 1."""
    starts, depth, number = [(1, 0)], 0, 1
    for token in _TOKEN.finditer(text):
        found = token[0]
        if found == "\n":
            number += 1
            if depth <= 0:
                starts.append((number, token.end()))
        elif found in "[{":
            depth += 1
        elif found in "]}":
            depth -= 1
        else:
            number += found.count("\n")
    return [(number, text[start : _line_end(text, start)]) for number, start in starts]


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def read_source(
    file: Path, kind: str = "circuit file", example: str = "circuits/xor.toml"
) -> Source:
    """Read a circuit file, or another file of settings.

    Args:
        file: The file.
        kind: What it should be, for messages.
        example: A file of this kind.

    Raises:
        InputError: Missing, not a file, not readable, too large, or not UTF-8.
    """
    expected = f"a {kind}, such as {example}"
    try:
        if file.is_dir():
            raise InputError("is a folder", file=file, expected=expected)
        if not file.exists():
            raise InputError("no such file", file=file, expected=expected)
        if not file.is_file():
            raise InputError("is not a regular file", file=file, expected=expected)
        with file.open("rb") as stream:
            data = stream.read(LARGEST_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        # ValueError: a NUL byte in the path.
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"can't be read: {reason}", file=file, expected=expected) from error
    if len(data) > LARGEST_FILE_BYTES:
        raise InputError(
            f"too large for a {kind}",
            file=file,
            expected=f"at most {LARGEST_FILE_BYTES // 1024} kB",
        )
    try:
        return Source(data.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            f"line {line} is not UTF-8 text",
            file=file,
            value=data[error.start : error.start + 8],
            expected="a text file saved as UTF-8",
        ) from error


def parse_toml(source: Source) -> dict[str, Any]:
    """The file's tables and values.

    Raises:
        InputError: Not TOML; the error tells line and column.
    """
    try:
        source.text.encode()
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        where = f" at {place[1] or 'the end of the file'}" if place else ""
        words = _PLACE.sub("", str(error))
        problem, cause = f"not TOML{where}: {words[:1].lower()}{words[1:]}", error
    except UnicodeEncodeError as error:
        problem, cause = "not text: it holds half of a surrogate pair", error
    except RecursionError as error:
        problem, cause = "not TOML: nested too deeply", error
    except ValueError as error:
        # Python refuses to convert whole numbers of more than 4300 digits.
        problem, cause = "not TOML: a number with too many digits", error
    raise InputError(problem, file=source.file, expected=_HINT) from cause
