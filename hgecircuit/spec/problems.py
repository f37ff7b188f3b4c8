"""Mistakes in a file that a user writes: gathered, located, and raised together as one error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hgecircuit.errors import InputError
from hgecircuit.spec.source import Source


@dataclass(frozen=True)
class Problem:
    """One mistake.

    Attributes:
        key: Dotted key, such as ``device.inputs[1]``.
        problem: What is wrong, in one sentence.
        value: The value as the user wrote it.
        expected: The accepted form, with an example.
    """

    key: str
    problem: str
    value: object = None
    expected: str | None = None


class SpecFileError(InputError):
    """One or more mistakes in a file of settings.

    Args:
        problems: All mistakes, at least one; `key`, `value` and `expected` of the error are those
            of the first in the file.
        source: The file's text.

    Attributes:
        problems: All mistakes.
        lines: Line of each, counted from 1, or None.
        kind: What the settings are of, where there is no file to name.
    """

    kind = "settings"

    def __init__(self, problems: Iterable[Problem], source: Source) -> None:
        self.problems = tuple(sorted(problems, key=lambda each: source.line(each.key) or 0))
        self._overridden = tuple(source.is_override(each.key) for each in self.problems)
        self.lines = tuple(
            None if outside else source.line(each.key)
            for each, outside in zip(self.problems, self._overridden, strict=True)
        )
        first = self.problems[0]
        super().__init__(
            first.problem,
            file=source.file,
            key=first.key,
            value=first.value,
            expected=first.expected,
        )

    def __str__(self) -> str:
        file = self.file or self.kind
        lines = [
            self._sentence(*each)
            for each in zip(self.problems, self.lines, self._overridden, strict=True)
        ]
        if len(lines) == 1:
            place = f":{self.lines[0]}" if self.lines[0] else ""
            return f"{file}{place}: {lines[0]}"
        located = (
            f"  line {number}: {text}" if number else f"  {text}"
            for number, text in zip(self.lines, lines, strict=True)
        )
        return "\n".join([f"{file}: {len(lines)} mistakes", *located])

    def _sentence(self, problem: Problem, line: int | None, overridden: bool) -> str:
        return str(
            InputError(
                problem.problem + (", set from outside the file" if overridden else ""),
                key=problem.key or None,
                value=problem.value,
                expected=problem.expected,
            )
        )


class CircuitFileError(SpecFileError):
    """One or more mistakes in a circuit file."""

    kind = "circuit"


def raise_problems(problems: Iterable[Problem], source: Source) -> None:
    """Raise all mistakes as one error; nothing happens when there are none.

    Raises:
        CircuitFileError: There is at least one.
    """
    found = list(problems)
    if found:
        raise CircuitFileError(found, source)


def counted(count: int, noun: str) -> str:
    """``counted(2, "value")`` gives "2 values"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
