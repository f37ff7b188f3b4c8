"""Where figures are made: seed, effort, cores, progress, results that outlive an interruption."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hgecircuit.record import code_sha256
from hgecircuit.run.base import ProgressCallback
from hgecircuit.run.parallel import run_jobs

#: A cell's work: a function of a module, called with JSON values by keyword; arrays by name.
Cell = Callable[..., Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class Workshop:
    """The means of making a figure.

    Attributes:
        parts: Folder of the cells' results; None to keep none.
        quick: Fewer repetitions and starts: enough for a test, not for the record.
        seed: Seed from which all of a figure's seeds follow.
        workers: Processes at a time; None for one per core.
        progress: Called with the share of finished cells.
    """

    parts: Path | None = None
    quick: bool = False
    seed: int = 2025
    workers: int | None = None
    progress: ProgressCallback | None = None

    def count(self, full: int, quick: int) -> int:
        """A number of repetitions, for the record or for a test."""
        return quick if self.quick else full

    def run(self, cell: Cell, jobs: Sequence[Mapping[str, Any]]) -> list[dict[str, np.ndarray]]:
        """Call ``cell`` with every job's values, on all cores; results in the order of the jobs.

        A result that is already in :attr:`parts`, from the same code and the same values, is not
        made again, so an interrupted figure goes on where it stopped.

        Args:
            cell: A function of a module (so that processes can find it).
            jobs: Keyword arguments of every call, fit for JSON.
        """
        if self.parts is not None:
            self.parts.mkdir(parents=True, exist_ok=True)
        calls = [partial(_finish, cell, dict(job), self._file(cell, job)) for job in jobs]
        if len(calls) == 1:
            return [calls[0]()]
        return run_jobs(calls, workers=self.workers, processes=True, progress=self.progress)

    def _file(self, cell: Cell, job: Mapping[str, Any]) -> Path | None:
        if self.parts is None:
            return None
        name = f"{cell.__module__}.{cell.__qualname__}"
        text = json.dumps([code_sha256(), name, job], sort_keys=True)
        return self.parts / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.npz"


def _finish(cell: Cell, job: dict[str, Any], file: Path | None) -> dict[str, np.ndarray]:
    """A cell's result, from its file if that is whole, else made and stored."""
    if file is None:
        return dict(cell(**job))
    if file.is_file():
        try:
            with np.load(file, allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
        except (OSError, ValueError, zipfile.BadZipFile):
            file.unlink()  # cut off in the middle, by a full disk for example
    made = {name: np.asarray(values) for name, values in cell(**job).items()}
    part = file.with_suffix(".part")
    with part.open("wb") as stream:
        np.savez(stream, **made)  # pyright: ignore[reportArgumentType]
    part.replace(file)
    return made
