"""Gradient descent on a device as in the paper, from many starts at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.losses import CorrelationLoss, Loss
from hgecircuit.run.reference.descent import Descent
from hgecircuit.run.reference.estimators import GradientEstimator
from hgecircuit.run.reference.task import Task
from hgecircuit.run.reference.training_provenance import (
    describe,
    describe_device,
    hash_array,
    versions,
)
from hgecircuit.run.reference.training_result import TrainingResult
from hgecircuit.run.reference.training_state import (
    Checkpoint,
    TrainingState,
    dump_noise,
    load_state,
    save_state,
)

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel

#: ``progress(iteration, losses)``: the iteration that was just measured (from 0) and the latest
#: loss of every start, shape (S,).
Progress = Callable[[int, np.ndarray], None]


def train(
    device: DeviceModel,
    task: Task,
    estimator: GradientEstimator,
    starts_v: np.ndarray,
    *,
    descent: Descent | None = None,
    loss: Loss | None = None,
    ranges_v: np.ndarray | None = None,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
    seeds: Mapping[str, int] | None = None,
) -> TrainingResult:
    """Train from every start, all starts in one batch.

    The losses are those of the outputs that the estimator measures, as on the rig; only the final
    outputs are those of the undisturbed device. A constant task is measured, but not trained; see
    :class:`~hgecircuit.run.reference.task.Task`.

    Args:
        device: The device.
        task: Patterns, targets and electrodes.
        estimator: How outputs and gradients are found; asked for each iteration's own by
            ``at_iteration``.
        starts_v: Control voltages to start from, shape (S, M), in V.
        descent: The update law; the paper's for gates unless given.
        loss: The loss; the paper's unless given.
        ranges_v: Safe range of every control, shape (M, 2), in V; the device's unless given.
        progress: Called after every iteration.
        checkpoint: Keep the training in a file, and go on from there if it is the same training.
        seeds: Seeds behind the arguments, such as that of the starts, for the record.

    Raises:
        InputError: Task, starts or ranges that don't fit the device.
    """
    descent, loss = descent or Descent(), loss or CorrelationLoss()
    task.check(device)
    ranges_v = check_ranges(device, task, ranges_v)
    controls_v = _checked_starts(starts_v, ranges_v)
    made = {
        "device": describe_device(device),
        "task": describe(task.made),
        "estimator": describe(estimator),
        "descent": describe(descent),
        "loss": describe(loss),
        "ranges_V": ranges_v.tolist(),
        "seeds": dict(seeds or {}),
        "versions": versions(),
    }
    key = _key(made, task, controls_v)
    state = None
    if checkpoint is not None:
        dump_noise(estimator)  # better refused now than after the first iterations
        state = load_state(checkpoint, estimator, key)
    state = state or TrainingState.start(estimator, controls_v)
    begun = state.iteration
    while state.iteration < descent.iterations and len(state.active):
        _iterate(device, task, state, descent, loss, ranges_v)
        if progress is not None:
            progress(state.iteration - 1, state.losses[-1])
        if checkpoint is not None and state.iteration % checkpoint.every == 0:
            save_state(checkpoint, state, key)
    if checkpoint is not None and state.iteration > begun:
        save_state(checkpoint, state, key)
    return _result(device, task, state, descent, loss, made)


def random_starts_v(
    device: DeviceModel, task: Task, count: int, seed: int, ranges_v: np.ndarray | None = None
) -> np.ndarray:
    """Control voltages drawn evenly from their ranges, shape (count, M), in V.

    Args:
        device: The device.
        task: The task, whose controls count.
        count: Number of starts.
        seed: Seed (numpy PCG64).
        ranges_v: Range of every control, shape (M, 2), in V; the device's unless given.
    """
    low, high = check_ranges(device, task, ranges_v).T
    return np.random.Generator(np.random.PCG64(seed)).uniform(low, high, (count, len(low)))


def measured_losses(task: Task, loss: Loss, output_a: np.ndarray) -> np.ndarray:
    """Losses of outputs of shape (..., K); 0 for a constant task, where any outputs will do."""
    if task.constant:
        return np.zeros(output_a.shape[:-1])
    return loss.value(output_a, np.array(task.targets, float))


def check_ranges(device: DeviceModel, task: Task, ranges_v: np.ndarray | None) -> np.ndarray:
    """Ranges of the controls, shape (M, 2), in V: those given, or the device's safe ones.

    Raises:
        InputError: Another shape, an empty range, or one that leaves the safe range.
    """
    controls = list(task.controls)
    safe_v = np.column_stack([device.voltage_min_v[controls], device.voltage_max_v[controls]])
    if ranges_v is None:
        return safe_v
    ranges_v = np.asarray(ranges_v, float)
    if ranges_v.shape != safe_v.shape:
        raise InputError(
            "not one range per control", value=ranges_v.shape, expected=f"shape {safe_v.shape}"
        )
    inside = (safe_v[:, 0] <= ranges_v[:, 0]) & (ranges_v[:, 1] <= safe_v[:, 1])
    for electrode, range_v, good in zip(
        controls, ranges_v, inside & (ranges_v[:, 0] < ranges_v[:, 1]), strict=True
    ):
        if not good:
            raise InputError(
                "no range within the device's",
                key=f"electrode {electrode}",
                value=range_v.tolist(),
                expected="the lower end first, both within the safe range",
            )
    return ranges_v


def _iterate(
    device: DeviceModel,
    task: Task,
    state: TrainingState,
    descent: Descent,
    loss: Loss,
    ranges_v: np.ndarray,
) -> None:
    """Measure all active starts, retire those that are good enough, move the others."""
    active, controls_v = state.active, state.controls_v
    iteration = state.iteration
    points_v = task.voltages_v(controls_v[active], device.electrodes)
    measured = state.estimator.at_iteration(iteration).measure(
        device, points_v.reshape(-1, device.electrodes), task.controls
    )
    output_a = measured.output_a.reshape(points_v.shape[:2])
    gradient = measured.gradient_a_per_v.reshape(*points_v.shape[:2], -1)
    losses = measured_losses(task, loss, output_a)
    state.add(output_a, losses)
    going = losses >= descent.stop_loss
    state.stopped[active[~going]] = True
    state.active = active = active[going]
    if not len(active) or task.constant:
        return
    slope = loss.derivative_per_a(output_a[going], np.array(task.targets, float))
    gradient_per_v = np.einsum("sk,skm->sm", slope, gradient[going])
    controls_v[active] = descent.move_v(controls_v[active], gradient_per_v, ranges_v, iteration)


def _result(
    device: DeviceModel,
    task: Task,
    state: TrainingState,
    descent: Descent,
    loss: Loss,
    made: Mapping[str, Any],
) -> TrainingResult:
    final_a = task.current_a(device, state.controls_v)
    patterns, controls = len(task.targets), len(task.controls)
    per_point_s = state.estimator.time_per_point_s(controls)
    return TrainingResult(
        task=task,
        voltages_v=np.stack(state.voltages_v, axis=1),
        outputs_a=np.stack(state.outputs_a, axis=1),
        losses=np.stack(state.losses, axis=1),
        iterations=state.iterations,
        stopped=state.stopped,
        final_voltages_v=state.controls_v,
        final_outputs_a=final_a,
        final_losses=measured_losses(task, loss, final_a),
        evaluations_per_iteration=patterns * state.estimator.evaluations_per_point(controls),
        seconds_per_iteration=(
            None if per_point_s is None else patterns * (per_point_s + descent.ramp_s)
        ),
        provenance=made,
    )


def _key(made: Mapping[str, Any], task: Task, starts_v: np.ndarray) -> str:
    """What makes a training this one, as a hash."""
    patterns = hash_array(np.column_stack([task.patterns_v, task.targets]))
    wiring = [task.inputs, task.controls, task.held_v]
    text = json.dumps([made, patterns, wiring, hash_array(starts_v)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _checked_starts(starts_v: np.ndarray, ranges_v: np.ndarray) -> np.ndarray:
    starts_v = np.array(starts_v, float)
    if starts_v.ndim != 2 or starts_v.shape[1] != len(ranges_v) or not len(starts_v):
        raise InputError(
            "no starts", value=starts_v.shape, expected=f"voltages of shape (S, {len(ranges_v)})"
        )
    inside = (starts_v >= ranges_v[:, 0]) & (starts_v <= ranges_v[:, 1])
    if not inside.all():
        start, control = np.argwhere(~inside)[0]
        raise InputError(
            "a start outside the safe range",
            key=f"start {start}, control {control}",
            value=float(starts_v[start, control]),
            expected=f"{ranges_v[control, 0]:g} V to {ranges_v[control, 1]:g} V",
        )
    return starts_v
