"""The state of a training, and its checkpoint file."""

from __future__ import annotations

import dataclasses
import io
import os
import pickle
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.reference.estimators import GradientEstimator


@dataclass(frozen=True)
class Checkpoint:
    """Where a training is kept, so that it can go on after an interruption.

    The file holds all that the next iteration depends on: the control voltages, which starts are
    still active, the histories so far, the number of the iteration, and the estimator's noise
    source with its generators, filter states and counters. Estimators remember nothing else (see
    :class:`~hgecircuit.run.reference.estimators.GradientEstimator`). So the result is the same, bit
    for bit, as without the interruption, on the same machine and versions.

    It is written to a second file that then takes the first one's place: whole or not at all. A
    file of another training (other settings, starts, device, versions) is not used and is replaced
    at the first save; a file that is no checkpoint is an error.

    Attributes:
        file: The file.
        every: Number of iterations between two saves; the last one is saved in any case.
    """

    file: Path
    every: int = 10

    def __post_init__(self) -> None:
        if self.every < 1:
            raise InputError("not usable", key="every", value=self.every, expected="1 or above")


@dataclass
class TrainingState:
    """A training between two iterations; each history entry starts as a copy of the one before."""

    estimator: GradientEstimator
    controls_v: np.ndarray
    active: np.ndarray
    iterations: np.ndarray
    stopped: np.ndarray
    voltages_v: list[np.ndarray] = field(default_factory=list)
    outputs_a: list[np.ndarray] = field(default_factory=list)
    losses: list[np.ndarray] = field(default_factory=list)

    @classmethod
    def start(cls, estimator: GradientEstimator, controls_v: np.ndarray) -> TrainingState:
        """Before the first iteration, at control voltages of shape (S, M)."""
        starts = len(controls_v)
        return cls(
            estimator, controls_v, np.arange(starts), np.zeros(starts, int), np.zeros(starts, bool)
        )

    @property
    def iteration(self) -> int:
        """Number of the next iteration, counted from 0."""
        return len(self.losses)

    def add(self, output_a: np.ndarray, losses: np.ndarray) -> None:
        """Append what the active starts measured: outputs (A, K) and losses (A,)."""
        for entries, values in (
            (self.voltages_v, self.controls_v[self.active]),
            (self.outputs_a, output_a),
            (self.losses, losses),
        ):
            # All starts are active in the first iteration, so nothing stays unset.
            entry = entries[-1].copy() if entries else np.empty_like(values)
            entry[self.active] = values
            entries.append(entry)
        self.iterations[self.active] += 1


_ARRAYS = ("controls_v", "active", "iterations", "stopped")
# What reading something that is no checkpoint may raise.
_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    zipfile.BadZipFile,
    pickle.UnpicklingError,
)
_HISTORIES = ("voltages_v", "outputs_a", "losses")


def save_state(checkpoint: Checkpoint, state: TrainingState, key: str) -> None:
    """Write a checkpoint.

    Args:
        checkpoint: Where to.
        state: What to keep.
        key: What the training is, for :func:`load_state`.

    Raises:
        InputError: The file can't be written, or the noise source can't be stored.
    """
    content: dict[str, Any] = {name: getattr(state, name) for name in _ARRAYS}
    content |= {name: np.array(getattr(state, name)) for name in _HISTORIES}
    content["noise"] = np.frombuffer(dump_noise(state.estimator), np.uint8)
    content["key"] = np.array(key)
    file = checkpoint.file
    partial = file.with_name(file.name + ".partial")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            np.savez(stream, **content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(partial, file)
    except OSError as error:
        raise InputError(f"the checkpoint can't be written: {error.strerror}", file=file) from error


def load_state(
    checkpoint: Checkpoint, estimator: GradientEstimator, key: str
) -> TrainingState | None:
    """The state in a checkpoint file; None if there is none, or that of another training.

    Args:
        checkpoint: Where from.
        estimator: The training's estimator as it is before the first iteration.
        key: What the training is; only a checkpoint saved with the same key is used.

    Raises:
        InputError: The file is no checkpoint.
    """
    try:
        # never pickled arrays: the file is data, and pickles run code
        with checkpoint.file.open("rb") as stream:
            content = dict(np.load(stream, allow_pickle=False))
        if str(content["key"]) != key:
            return None
        noise = _load_noise(content["noise"].tobytes(), estimator)
        return TrainingState(
            # the rest of the estimator is the caller's: through a pickle, a cached array may change
            # its strides, and with them the rounding of sums
            estimator if noise is None else dataclasses.replace(cast(Any, estimator), noise=noise),
            *(content[name] for name in _ARRAYS),
            *(list(content[name]) for name in _HISTORIES),
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except _UNREADABLE as error:
        raise InputError(
            "not a checkpoint of a training",
            file=checkpoint.file,
            expected="a new name, or the file of an interrupted training",
        ) from error


def dump_noise(estimator: GradientEstimator) -> bytes:
    """An estimator's noise source with all that it remembers, as a pickle.

    Raises:
        InputError: It can't be stored, such as a function within a function.
    """
    noise = getattr(estimator, "noise", None)
    try:
        return pickle.dumps(noise)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InputError(
            f"noise that can't be stored: {error}",
            key="estimator.noise",
            value=type(noise).__name__,
            expected="an object of a module's class, such as a NoiseStream",
        ) from error


class _Unpickler(pickle.Unpickler):
    """Reads a pickle that may name only what ``known`` holds; None for all, which is noted."""

    def __init__(self, data: bytes, known: set[tuple[str, str]] | None = None) -> None:
        super().__init__(io.BytesIO(data))
        self.known, self.named = known, set[tuple[str, str]]()

    def find_class(self, module: str, name: str) -> Any:
        self.named.add((module, name))
        if self.known is not None and (module, name) not in self.known:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of the noise source")
        return super().find_class(module, name)


def _load_noise(data: bytes, estimator: GradientEstimator) -> Any:
    """A noise source from a pickle that names only classes that the estimator's is made of.

    A pickle can call whatever it names, so a file that somebody else wrote must not choose.
    """
    # a generator or an array may have come into being after the first iteration
    parts = [np.random.default_rng(0), np.zeros(2), np.float64(1)]
    sample = _Unpickler(pickle.dumps([getattr(estimator, "noise", None), *parts]))
    sample.load()
    return _Unpickler(data, sample.named).load()
