"""A task trained on a rig, with the reference's own lock-in, losses and update law."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.losses import Loss
from hgecircuit.run.base import Progress
from hgecircuit.run.reference import Checkpoint, Descent, LockIn, Task, TrainingResult, train
from hgecircuit.run.rigs.apparatus import Apparatus
from hgecircuit.run.rigs.estimator import RigDevice, RigGradient

if TYPE_CHECKING:
    from hgecircuit.run.base import ProgressCallback


def device_for(apparatus: Apparatus, task: Task, lock_in: LockIn) -> RigDevice:
    """What is on the rig, with room for the task's perturbations inside the limits."""
    largest_v = np.zeros(apparatus.rig.limits.electrodes)
    largest_v[list(task.controls)] = lock_in.amplitudes_v
    return RigDevice(apparatus, "rig", lock_in.measured_s, largest_v)


def train_task(
    apparatus: Apparatus,
    task: Task,
    lock_in: LockIn,
    starts_v: np.ndarray,
    *,
    descent: Descent,
    loss: Loss,
    ranges_v: np.ndarray | None = None,
    sequential: bool = False,
    checkpoint: Path | None = None,
    progress: ProgressCallback | None = None,
) -> TrainingResult:
    """Train on a rig from every start, as the digital reference does.

    Args:
        apparatus: The rig.
        task: Patterns, targets, electrodes.
        lock_in: One channel per control, at the rig's own sample rate.
        starts_v: Control voltages to start from, shape (S, M), in V.
        descent: The update law; its ramp time is the rig's.
        loss: The loss.
        ranges_v: Range of every control, shape (M, 2), in V; the rig's limits less the amplitudes
            unless given.
        sequential: Perturb one electrode after the other.
        checkpoint: File that keeps the training after every iteration, and lets it go on.
        progress: Called after every iteration.

    Raises:
        InputError: Something that doesn't fit the rig; nothing was put out then.
        RigError: The rig failed; the message tells where its outputs are.
        StoppedError: A signal came; the outputs are at 0 V.
    """
    start = time.monotonic()

    def report(iteration: int, _: np.ndarray) -> None:
        if progress is not None:
            share = (iteration + 1) / descent.iterations
            progress(Progress(share, time.monotonic() - start))

    return train(
        device_for(apparatus, task, lock_in),
        task,
        RigGradient(apparatus, lock_in, sequential),
        starts_v,
        descent=replace(descent, ramp_s=apparatus.pace.ramp_s),
        loss=loss,
        ranges_v=ranges_v,
        progress=report,
        checkpoint=None if checkpoint is None else Checkpoint(checkpoint, every=1),
    )
