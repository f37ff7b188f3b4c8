"""A deck's text cut into statements the way ngspice does it, and the numbers in them.

What makes ngspice run commands is refused here, because it hides in the form of a line and not in
its meaning: a first line ``*ng_script``, ``*#`` at the start of a comment, and a line that starts
with another sign than a letter, a dot, ``+`` or ``*`` (versions 39 and 44 replace that sign by
``*``, so ``;# shell rm`` becomes ``*# shell rm`` and runs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hgecircuit.errors import InputError

_CODE_CHARACTERS = re.compile(r"[A-Za-z0-9 \t.,:+\-*/%=(){}\[\]'<>&|!?~^@#_;]*")
_PADDED_EQUALS = re.compile(r"\s*=\s*")
_EXPRESSION = re.compile(r"\{[^{}]*\}|'[^']*'")
_REFERENCE = re.compile(r"\b[vi]\s*\([^()]*\)", re.IGNORECASE)
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_NUMBER_AND_TAIL = re.compile(rf"(?<![\w.@#]){_NUMBER}(\w*)")
_PLAIN = re.compile(rf"({_NUMBER})(\w*)")
# In ngspice M is milli, a bare F is femto, and a bare A is nothing in version 39 and atto in 44.
# `mil` (25.4e-6) and `4k7` (4.7e3 in some versions, 4e3 in others) are left out as well.
_PREFIXES = {
    "t": 1e12, "T": 1e12, "g": 1e9, "G": 1e9, "meg": 1e6, "Meg": 1e6, "MEG": 1e6, "k": 1e3,
    "K": 1e3, "m": 1e-3, "u": 1e-6, "U": 1e-6, "n": 1e-9, "N": 1e-9, "p": 1e-12, "P": 1e-12,
    "f": 1e-15,
}  # fmt: skip
_PREFIX_AND_UNIT = re.compile(
    rf"({'|'.join(sorted(_PREFIXES, key=len, reverse=True))})?((?i:ohms?|Hz)|V|s|S|H|W)?"
    rf"|({'|'.join(sorted(_PREFIXES, key=len, reverse=True))})(?:F|A)"
)
_NUMBER_FORM = "an exponent such as 1e6, or one of the suffixes t g meg k m u n p f"


@dataclass(frozen=True)
class Statement:
    """One statement: a line with its continuation lines joined, without comments.

    Attributes:
        file: Name of the deck, for error messages.
        line: Number of its first line, counted from 1.
        text: One blank between words, none around ``=`` and none inside expressions.
    """

    file: str
    line: int
    text: str

    @property
    def words(self) -> list[str]:
        """The statement's words, in the case in which they were written."""
        return self.text.split()

    @property
    def keyword(self) -> str:
        """The first word in lower case."""
        return self.text.partition(" ")[0].lower()

    def error(self, problem: str, expected: str | None = None) -> InputError:
        """The error that points at this statement."""
        return _error(problem, self.file, self.line, self.text, expected)


def read_statements(deck: str, file: str) -> list[Statement]:
    """Cut ``deck`` into statements; the title, comments and the final ``.end`` are left out.

    Raises:
        InputError: The text runs commands, has no title or no ``.end``, goes on behind ``.end``, or
            holds characters outside plain ASCII in a statement.
    """
    code = list(_read_code(deck, file))
    ends = [n for n, (_, text) in enumerate(code) if text.lower() == ".end"]
    if not ends:
        raise InputError("the deck does not end", file=file, expected="a last line `.end`")
    if ends[0] != len(code) - 1:
        number, text = code[ends[0] + 1]
        raise _error("ngspice would read on behind .end", file, number, text, "nothing there")
    joined: list[tuple[int, str]] = []
    for number, text in code[:-1]:
        if not text.startswith("+"):
            joined.append((number, text))
        elif joined:
            joined[-1] = (joined[-1][0], f"{joined[-1][1]} {text[1:]}")
        else:
            raise _error("nothing before this line to go on with", file, number, text, None)
    return [Statement(file, number, _tidy(text)) for number, text in joined]


def check_numbers(text: str, statement: Statement) -> None:
    """Refuse every number in ``text`` whose suffix ngspice or a reader could take for another."""
    for match in _NUMBER_AND_TAIL.finditer(_REFERENCE.sub(" ", text)):
        if not _PREFIX_AND_UNIT.fullmatch(match[1]):
            raise statement.error(
                f"the number {match[0]} is ambiguous or means something else in ngspice",
                _NUMBER_FORM,
            )


def parse_number(text: str) -> float | None:
    """The value of a literal number with an optional suffix; None for anything else."""
    match = _PLAIN.fullmatch(text.strip("{}'"))
    suffix = match and _PREFIX_AND_UNIT.fullmatch(match[2])
    if not match or not suffix:
        return None
    return float(match[1]) * _PREFIXES.get(suffix[1] or suffix[3] or "", 1.0)


def _read_code(deck: str, file: str) -> Iterator[tuple[int, str]]:
    """Line number and text of every line that is not a comment, inline comments cut off."""
    lines = deck.replace("\r\n", "\n").split("\n")
    title = lines[0].strip().lower()
    if not title.startswith("*") or title.startswith("*ng_script"):
        raise _error(
            "ngspice takes the first line as the title, whatever it holds",
            file, 1, lines[0], "a title that starts with `* `",
        )  # fmt: skip
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text.startswith("*#"):
            raise _error("ngspice runs such a comment as a command", file, number, line, "`* #`")
        if any(ord(character) < 32 and character != "\t" for character in line):
            raise _error("a control character", file, number, line, "plain text")
        if text and not text.startswith("*"):
            yield number, _check_code(text, file, number)


def _check_code(text: str, file: str, number: int) -> str:
    if not text[0].isascii() or not (text[0].isalpha() or text[0] in ".+"):
        raise _error(
            "a line that starts with this sign can run commands in ngspice",
            file, number, text, "an element, a dot command, `+` or `*`",
        )  # fmt: skip
    code = text.partition(";")[0].rstrip()
    if "//" in code or not _CODE_CHARACTERS.fullmatch(code):
        raise _error(
            "a character that is not safe outside a comment",
            file, number, text,
            "letters, digits and SPICE operators; `;` starts a comment, `$` and `//` do not",
        )  # fmt: skip
    return code


def _tidy(text: str) -> str:
    text = _EXPRESSION.sub(lambda match: re.sub(r"\s+", "", match[0]), text)
    return " ".join(_PADDED_EQUALS.sub("=", text).split())


def _error(problem: str, file: str, line: int, text: str, expected: str | None) -> InputError:
    return InputError(problem, file=file, key=f"line {line}", value=text.strip(), expected=expected)
