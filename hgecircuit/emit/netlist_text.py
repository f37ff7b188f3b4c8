"""A SPICE netlist read as data: what is connected to what, with which value.

Nothing in a file is ever run. Commands that would make a simulator run something, or read another
file, are refused by name, and so is every line that this grammar does not know.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from hgecircuit.errors import InputError

# Nodes behind the name of an element; an instance has its subcircuit's ports.
_NODES = {"r": 2, "c": 2, "v": 2, "i": 2, "e": 4, "g": 4, "h": 2, "b": 2, "d": 2, "q": 3, "s": 4}
# Where the number stands behind the nodes; an H source names its sense source first.
_NUMBER_AT = {"r": 0, "c": 0, "v": 0, "i": 0, "e": 0, "g": 0, "h": 1}
# Commands that say what is simulated; those that only say what is shown or stored are passed over.
_ANALYSIS = frozenset({".options", ".option", ".tran", ".ac", ".model"})
_SHOWN = frozenset({".save", ".print", ".plot", ".probe", ".backanno"})
_SCALES = {
    "": 1.0, "t": 1e12, "g": 1e9, "meg": 1e6, "k": 1e3,
    "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15,
}  # fmt: skip
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Zµ]*)")
_LARGEST_BYTES = 50_000_000


class Entry(NamedTuple):
    """One element.

    Attributes:
        nodes: What it is connected to.
        value: The text of its number; empty when it has none.
        rest: Everything else, in one spelling: model, subcircuit, expression, initial condition.
        line: Line of the file.
    """

    nodes: tuple[str, ...]
    value: str
    rest: str
    line: int


@dataclass
class Scope:
    """A subcircuit, or the top level.

    Attributes:
        ports: Of the subcircuit.
        elements: By name, SPICE's letter in front.
        commands: Models and analyses, in one spelling.
    """

    ports: tuple[str, ...] = ()
    elements: dict[str, Entry] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)


def read_file(path: str) -> str:
    """The text of a netlist file.

    Raises:
        InputError: It can't be read, or is no text.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"the file can't be read: {error.strerror or error}",
            file=path,
            expected="a netlist that hgecircuit export has written",
        ) from error
    if len(content) > _LARGEST_BYTES:
        raise InputError("a file of more than 50 MB", file=path, expected="a netlist")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError("not a text in UTF-8", file=path, expected="a netlist") from error


def read_netlist(text: str, file: str = "") -> dict[str, Scope]:
    """Scopes of a netlist by subcircuit; the top level is the empty name.

    Args:
        text: The netlist.
        file: Its name, for messages.

    Raises:
        InputError: A line that is not understood, with its number.
    """
    reader = _Reader(file)
    for number, line in _logical_lines(text):
        reader.take(number, line)
    return reader.finish()


def parse_number(text: str) -> float | None:
    """The number of a SPICE netlist, with or without a scale; None when it is none.

    ``M`` is refused: SPICE reads it as milli, people as mega.
    """
    match = _NUMBER.fullmatch(text)
    if match is None or match[2] == "M":
        return None
    scale = _SCALES.get(match[2].lower().replace("µ", "u"))
    if scale is None:
        return None
    value = float(match[1]) * scale
    return value if math.isfinite(value) else None


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file or None
        self.scopes = {"": Scope()}
        self._open = ""
        self._ended = False

    def take(self, number: int, line: str) -> None:
        """One line without continuations and comments."""
        words = line.split()
        head = words[0].lower()
        if self._ended:
            self._refuse(number, line, "a line behind .end", "nothing behind .end")
        if head.startswith("."):
            self._command(number, head, words, line)
        else:
            self._element(number, head, words, line)

    def finish(self) -> dict[str, Scope]:
        """All scopes."""
        if self._open:
            self._refuse(0, self._open, "a subcircuit without its end", ".ends")
        return self.scopes

    def _command(self, number: int, head: str, words: list[str], line: str) -> None:
        if head == ".subckt" and len(words) > 1 and not self._open:
            self._open = words[1].lower()
            if self._open in self.scopes:
                self._refuse(number, line, "two subcircuits of one name", "each one once")
            self.scopes[self._open] = Scope(tuple(word.lower() for word in words[2:]))
        elif head == ".ends" and self._open:
            self._open = ""
        elif head == ".end" and not self._open:
            self._ended = True
        elif head in _ANALYSIS:
            self.scopes[self._open].commands.append(_spelling(line))
        elif head not in _SHOWN or self._open:
            self._refuse(
                number,
                line,
                "a command that is not taken from a netlist",
                "the commands that hgecircuit export writes: nothing in a netlist is run",
            )

    def _element(self, number: int, head: str, words: list[str], line: str) -> None:
        elements = self.scopes[self._open].elements
        kind = head[0]
        if kind != "x" and kind not in _NODES:
            self._refuse(number, line, "not an element of these netlists", "R, C, V, I, E, G, H, B")
        if head in elements:
            self._refuse(number, line, "two elements of one name", "each one once")
        count = len(words) - 2 if kind == "x" else _NODES[kind]
        nodes = tuple(word.lower() for word in words[1 : 1 + count])
        rest = words[1 + count :]
        if len(nodes) < count or not rest:
            self._refuse(number, line, "an element without nodes or value", "name, nodes, value")
        value, at = "", _NUMBER_AT.get(kind, len(rest))
        # Waveforms and expressions are no numbers: they stay in the rest.
        if at < len(rest) and parse_number(rest[at]) is not None:
            value = rest.pop(at)
        elements[head] = Entry(nodes, value, _spelling(" ".join(rest)), number)

    def _refuse(self, number: int, line: str, problem: str, expected: str) -> NoReturn:
        where = f"line {number}" if number else None
        raise InputError(problem, file=self._file, key=where, value=line, expected=expected)


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Lines with their continuations, without title, comments and blank lines."""
    lines: list[tuple[int, str]] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.partition(";")[0].strip()
        if number == 1 or not line or line.startswith("*"):
            continue
        if line.startswith("+") and lines:
            lines[-1] = (lines[-1][0], f"{lines[-1][1]} {line[1:].strip()}")
        else:
            lines.append((number, line))
    return lines


def _spelling(text: str) -> str:
    """Lower case, and no spaces but single ones."""
    return " ".join(text.lower().split())
