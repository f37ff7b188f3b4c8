"""Where figures are made: seed, effort, cores, progress, results that outlive an interruption."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.record import code_sha256
from hgecircuit.run.base import Progress
from hgecircuit.run.parallel import run_jobs

#: A cell's work: a function of a module, called with JSON values by keyword; arrays by name.
Cell = Callable[..., Mapping[str, np.ndarray]]

# What reading a result that is not whole may raise.
_CUT_OFF = (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile)


@dataclass(frozen=True)
class Workshop:
    """The means of making a figure.

    Attributes:
        parts: Folder of the cells' results; None to keep none.
        quick: Fewer repetitions and starts: enough for a test, not for the record.
        seed: Seed from which all of a figure's seeds follow.
        workers: Processes at a time; None for one per core.
        progress: Called with a few words on what is being made, and the share of finished cells.
    """

    parts: Path | None = None
    quick: bool = False
    seed: int = 2025
    workers: int | None = None
    progress: Callable[[str, Progress], None] | None = None

    def count(self, full: int, quick: int) -> int:
        """A number of repetitions, for the record or for a test."""
        return quick if self.quick else full

    def run(
        self, words: str, cell: Cell, jobs: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, np.ndarray]]:
        """Call ``cell`` with every job's values, on all cores; results in the order of the jobs.

        A result that is already in :attr:`parts`, from the same code and the same values, is not
        made again, so an interrupted figure goes on where it stopped.

        Args:
            words: What is made, for the progress.
            cell: A function of a module (so that processes can find it).
            jobs: Keyword arguments of every call, fit for JSON.

        Raises:
            InputError: :attr:`parts` can't be written to.
        """
        if self.parts is not None:
            try:
                self.parts.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise _unwritable(self.parts, error) from error
        files = [self._file(cell, job) for job in jobs]
        owner = os.getpid()  # another command may be at work in the same folder
        calls = [
            partial(_finish, cell, dict(job), file, owner)
            for job, file in zip(jobs, files, strict=True)
        ]
        if len(calls) == 1:
            return [calls[0]()]
        progress = None if self.progress is None else partial(self.progress, words)
        try:
            return run_jobs(calls, workers=self.workers, processes=True, progress=progress)
        except BaseException:
            # A worker that was stopped as it wrote could not take its own away.
            for file in filter(None, files):
                _remove(_part(file, owner))
            raise

    def _file(self, cell: Cell, job: Mapping[str, Any]) -> Path | None:
        if self.parts is None:
            return None
        name = f"{cell.__module__}.{cell.__qualname__}"
        text = json.dumps([code_sha256(), name, job], sort_keys=True)
        return self.parts / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.npz"


def _finish(
    cell: Cell, job: dict[str, Any], file: Path | None, owner: int
) -> dict[str, np.ndarray]:
    """A cell's result, from its file if that is whole, else made and stored."""
    if file is None:
        return dict(cell(**job))
    if file.is_file():
        try:
            with file.open("rb") as stream:
                return dict(np.load(stream, allow_pickle=False))
        except _CUT_OFF:
            pass  # by a full disk or a power cut; the new one takes its place
    made = {name: np.asarray(values) for name, values in cell(**job).items()}
    part = _part(file, owner)
    try:
        with part.open("wb") as stream:
            np.savez(stream, **made)  # pyright: ignore[reportArgumentType]
        part.replace(file)
    except OSError as error:
        _remove(part)
        raise _unwritable(file, error) from error
    return made


def _part(file: Path, owner: int) -> Path:
    return file.with_suffix(f".{owner}.part")


def _remove(file: Path) -> None:
    with suppress(OSError):
        file.unlink()


def _unwritable(place: Path, error: OSError) -> InputError:
    return InputError(
        f"results can't be kept: {error.strerror or error}",
        file=place,
        expected="a folder that can be written to, with room on its disk",
    )
