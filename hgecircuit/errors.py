"""Errors that tell where, what and what next; each carries the exit code of the command line."""

from __future__ import annotations

from pathlib import Path


class HgeError(Exception):
    """Base of every error that hgecircuit raises on purpose."""

    exit_code = 1


class InputError(HgeError):
    """What the user handed in can't be used.

    Args:
        problem: One sentence, what is wrong.
        file: The file that holds the bad input.
        key: Dotted path of the key, electrode, row or column.
        value: The value as the user wrote it.
        expected: The accepted form, with an example.
    """

    exit_code = 2

    def __init__(
        self,
        problem: str,
        *,
        file: str | Path | None = None,
        key: str | None = None,
        value: object = None,
        expected: str | None = None,
    ) -> None:
        self.problem = problem
        self.file = None if file is None else str(file)
        self.key = key
        self.value = value
        self.expected = expected
        super().__init__(str(self))

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.file, self.key) if part)
        text = f"{where}: {self.problem}" if where else self.problem
        if self.value is not None:
            text += f" (got {_shorten(repr(self.value))})"
        if self.expected:
            text += f"; expected {self.expected}"
        return text


class MissingToolError(InputError):
    """A program that the job needs is not installed."""


class SimulatorError(HgeError):
    """The simulator failed, or its result can't be trusted; its folder is kept.

    Args:
        problem: What was detected, in one sentence.
        folder: Folder with the deck, the log and whatever was written.
        log_tail: The simulator's last words.
    """

    exit_code = 3

    def __init__(self, problem: str, *, folder: str | Path | None = None, log_tail: str = ""):
        self.problem = problem
        self.folder = None if folder is None else str(folder)
        self.log_tail = log_tail
        text = problem
        if self.folder:
            text += f"; the run's files are in {self.folder}"
        if log_tail:
            text += "\n" + "\n".join("  | " + line for line in log_tail.strip().splitlines())
        super().__init__(text)


def _shorten(text: str, limit: int = 120) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
