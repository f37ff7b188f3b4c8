"""Many starts: on all processor cores, in groups that don't depend on their number, or in turn."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.losses import Loss
from hgecircuit.run.reference.descent import Descent
from hgecircuit.run.reference.estimators import GradientEstimator
from hgecircuit.run.reference.task import Task
from hgecircuit.run.reference.training import train
from hgecircuit.run.reference.training_result import (
    Restarts,
    TrainingResult,
    count_restarts,
    join_results,
)
from hgecircuit.run.reference.training_state import Checkpoint

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel
    from hgecircuit.run.base import ProgressCallback


class Restarted(NamedTuple):
    """A training from one start after the other.

    Attributes:
        result: The starts that were tried.
        restarts: What they cost, and which one is good.
    """

    result: TrainingResult
    restarts: Restarts


#: An estimator for each group of starts, from a seed of the group's own.
EstimatorMaker = Callable[[int], GradientEstimator]


def train_groups(
    device: DeviceModel,
    task: Task,
    estimator: GradientEstimator | EstimatorMaker,
    starts_v: np.ndarray,
    *,
    starts_per_group: int = 8,
    seed: int = 0,
    descent: Descent | None = None,
    loss: Loss | None = None,
    ranges_v: np.ndarray | None = None,
    folder: Path | None = None,
    every: int = 10,
    workers: int | None = None,
    progress: ProgressCallback | None = None,
    seeds: Mapping[str, int] | None = None,
) -> TrainingResult:
    """Train from many starts, several groups of them at a time.

    Every group is one :func:`~hgecircuit.run.reference.training.train` with an estimator of its
    own, whatever the number of processes, so the result is the same, bit for bit. It may differ in
    the last digits with another ``starts_per_group``: matrix products round by their shape, and
    the noise is another.

    Args:
        device: The device.
        task: Patterns, targets and electrodes.
        estimator: How outputs and gradients are found; with noise, a function of a seed that makes
            it, so that each group has noise of its own.
        starts_v: Control voltages to start from, shape (S, M), in V.
        starts_per_group: Starts that are trained together.
        seed: Seed from which the groups' seeds come.
        descent: The update law; the paper's for gates unless given.
        loss: The loss; the paper's unless given.
        ranges_v: Safe range of every control, shape (M, 2), in V; the device's unless given.
        folder: Keep every group in a checkpoint file there, and go on from what is there.
        every: Number of iterations between two saves.
        workers: Number of processes; by default one per available core. With 1 there is no other
            process.
        progress: Called with the share of finished groups.
        seeds: Further seeds for the record.

    Raises:
        InputError: As in ``train``; or an estimator with noise in place of a function, or a
            function that another process can't import.
    """
    from hgecircuit.run.parallel import count_cores, run_jobs

    jobs = _make_jobs(
        device,
        task,
        estimator,
        np.asarray(starts_v, float),
        starts_per_group,
        seed,
        folder,
        every,
        {"descent": descent, "loss": loss, "ranges_v": ranges_v, "seeds": seeds},
    )
    if min(workers or count_cores(), len(jobs)) > 1:
        results = run_jobs(jobs, workers=workers, processes=True, progress=progress)
    else:
        results = list(_run_here(jobs, progress))
    return _join_groups(results, seed, starts_per_group, seeds)


def train_restarts(
    device: DeviceModel,
    task: Task,
    estimator: GradientEstimator | EstimatorMaker,
    starts_v: np.ndarray,
    good: Callable[[TrainingResult], np.ndarray] | None = None,
    *,
    seed: int = 0,
    descent: Descent | None = None,
    loss: Loss | None = None,
    ranges_v: np.ndarray | None = None,
    folder: Path | None = None,
    every: int = 10,
    progress: ProgressCallback | None = None,
    seeds: Mapping[str, int] | None = None,
) -> Restarted:
    """Try one start after the other until one is good, as on a rig; the others aren't trained.

    Start number n is group number n of :func:`train_groups` with one start per group, bit for bit:
    the same noise, the same file in ``folder``.

    Args:
        device: The device.
        task: Patterns, targets and electrodes.
        estimator: See :func:`train_groups`.
        starts_v: Control voltages of the starts in their order, shape (S, M), in V.
        good: Which starts of a training are good, shape (S,) of bool, such as
            ``lambda result: result.solved(0.05, 1e-9)``; those that reached the stop loss unless
            given.
        seed: Seed from which the starts' seeds come.
        descent: The update law; the paper's for gates unless given.
        loss: The loss; the paper's unless given.
        ranges_v: Safe range of every control, shape (M, 2), in V; the device's unless given.
        folder: Keep every start in a checkpoint file there, and go on from what is there.
        every: Number of iterations between two saves.
        progress: Called with the share of tried starts.
        seeds: Further seeds for the record.

    Returns:
        The starts that were tried, and what they cost.

    Raises:
        InputError: As in :func:`train_groups`.
    """
    jobs = _make_jobs(
        device,
        task,
        estimator,
        np.asarray(starts_v, float),
        1,
        seed,
        folder,
        every,
        {"descent": descent, "loss": loss, "ranges_v": ranges_v, "seeds": seeds},
    )
    results, answers = [], []
    for result in _run_here(jobs, progress):
        results.append(result)
        answers.append(bool((result.stopped if good is None else good(result))[0]))
        if answers[-1]:
            break
    joined = _join_groups(results, seed, 1, seeds)
    return Restarted(joined, count_restarts(joined, np.array(answers)))


def group_seed(seed: int, number: int) -> int:
    """The seed of one group: 63 bits that a seed and the group's number fix."""
    state = np.random.SeedSequence(seed, spawn_key=(number,)).generate_state(1, np.uint64)
    return int(state[0] >> np.uint64(1))


def _train_group(
    device: DeviceModel,
    task: Task,
    estimator: GradientEstimator | EstimatorMaker,
    starts_v: np.ndarray,
    *,
    group_seed: int,
    descent: Descent | None,
    loss: Loss | None,
    ranges_v: np.ndarray | None,
    checkpoint: Checkpoint | None,
    seeds: Mapping[str, int] | None,
) -> TrainingResult:
    return train(
        device,
        task,
        estimator if isinstance(estimator, GradientEstimator) else estimator(group_seed),
        starts_v,
        descent=descent,
        loss=loss,
        ranges_v=ranges_v,
        checkpoint=checkpoint,
        seeds=seeds,
    )


def _make_jobs(
    device: DeviceModel,
    task: Task,
    estimator: GradientEstimator | EstimatorMaker,
    starts_v: np.ndarray,
    starts_per_group: int,
    seed: int,
    folder: Path | None,
    every: int,
    shared: Mapping[str, Any],
) -> list[partial[TrainingResult]]:
    """One training per group, fit for another process."""
    if starts_per_group < 1:
        raise InputError(
            "not usable", key="starts_per_group", value=starts_per_group, expected="1 or above"
        )
    groups = range(0, len(starts_v), starts_per_group)
    if not groups:
        raise InputError("no starts", value=starts_v.shape, expected="one row per start")
    if isinstance(estimator, GradientEstimator):
        _refuse_shared_noise(estimator, len(groups))
    jobs = [
        partial(
            _train_group,
            device,
            task,
            estimator,
            starts_v[first : first + starts_per_group],
            group_seed=group_seed(seed, number),
            checkpoint=(
                None if folder is None else Checkpoint(folder / f"group-{number:04d}.npz", every)
            ),
            **shared,
        )
        for number, first in enumerate(groups)
    ]
    _check_picklable(jobs[0])
    return jobs


def _join_groups(
    results: Sequence[TrainingResult],
    seed: int,
    starts_per_group: int,
    seeds: Mapping[str, int] | None,
) -> TrainingResult:
    made = {**results[0].provenance, "seeds": {**(seeds or {}), "groups": seed}}
    return replace(join_results(results), provenance={**made, "starts_per_group": starts_per_group})


def _run_here(
    jobs: Sequence[partial[TrainingResult]], progress: ProgressCallback | None
) -> Iterator[TrainingResult]:
    from hgecircuit.run.base import Progress

    started = time.monotonic()
    for number, job in enumerate(jobs, 1):
        # a copy, as another process gets it: the caller's noise stays as it was, and cached arrays
        # lie in memory as they do there, which may change the rounding of sums
        result = pickle.loads(pickle.dumps(job))()
        if progress is not None:
            progress(Progress(number / len(jobs), time.monotonic() - started))
        yield result


def _refuse_shared_noise(estimator: GradientEstimator, groups: int) -> None:
    if groups > 1 and getattr(estimator, "noise", None) is not None:
        raise InputError(
            "every group of starts needs noise of its own",
            key="estimator",
            value=type(estimator).__name__,
            expected="a function that makes the estimator from a seed",
        )


def _check_picklable(job: partial[TrainingResult]) -> None:
    try:
        pickle.dumps(job)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InputError(
            f"arguments that another process can't get: {error}",
            key="estimator",
            expected="functions and classes of a module",
        ) from error
