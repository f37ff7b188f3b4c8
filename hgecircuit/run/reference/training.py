"""Gradient descent on a device as in the paper, from many starts at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.losses import CorrelationLoss, Loss, margin_a, truth_table
from hgecircuit.run.reference.descent import Descent
from hgecircuit.run.reference.estimators import GradientEstimator
from hgecircuit.run.reference.task import Task

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel

#: ``progress(iteration, losses)``: the iteration that was just measured (from 0) and the latest
#: loss of every start, shape (S,).
Progress = Callable[[int, np.ndarray], None]


@dataclass(frozen=True)
class TrainingResult:
    """Histories and outcome of S starts with M controls and K patterns.

    Histories are as long as the longest start, I iterations; a start that has stopped repeats its
    last entry, and ``iterations`` tells how many of its entries were measured.

    Attributes:
        task: What was trained.
        voltages_v: Control voltages at which iteration i was measured, shape (S, I, M), in V.
        outputs_a: Outputs measured there, shape (S, I, K), in A.
        losses: Losses of those outputs, shape (S, I).
        iterations: Number of iterations measured by every start, shape (S,).
        stopped: Whether a start ended by the stop loss, shape (S,) of bool.
        final_voltages_v: Control voltages at the end, shape (S, M), in V.
        final_outputs_a: Outputs there with the perturbation off and no noise, shape (S, K), in A.
        final_losses: Losses of the final outputs, shape (S,).
        time_s: Simulated time of every start, shape (S,), in s: iterations x patterns x
            (measurement + ramp). None for exact gradients, which no measurement stands behind.
    """

    task: Task
    voltages_v: np.ndarray
    outputs_a: np.ndarray
    losses: np.ndarray
    iterations: np.ndarray
    stopped: np.ndarray
    final_voltages_v: np.ndarray
    final_outputs_a: np.ndarray
    final_losses: np.ndarray
    time_s: np.ndarray | None

    @property
    def margins_a(self) -> np.ndarray:
        """Lowest 1 minus highest 0 of the final outputs in A, shape (S,)."""
        return margin_a(self.final_outputs_a, np.array(self.task.targets))

    @property
    def truth_tables(self) -> np.ndarray:
        """Bits of the final outputs, threshold halfway between the class means, shape (S, K)."""
        return truth_table(self.final_outputs_a, np.array(self.task.targets))

    def solved(self, max_loss: float, min_margin_a: float, judge: Loss | None = None) -> np.ndarray:
        """Which starts ended with a loss below and a margin above these limits, shape (S,) of bool.

        Args:
            max_loss: Limit of the judging loss at the final outputs.
            min_margin_a: Limit of the margin in A.
            judge: The judging loss; the paper's unless given, whatever was trained with.
        """
        judged = (judge or CorrelationLoss()).value(
            self.final_outputs_a, np.array(self.task.targets)
        )
        return (judged < max_loss) & (self.margins_a > min_margin_a)


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
) -> TrainingResult:
    """Train from every start, all starts in one batch.

    The losses are those of the outputs that the estimator measures, as on the rig; only the final
    outputs are those of the undisturbed device.

    Args:
        device: The device.
        task: Patterns, targets and electrodes.
        estimator: How outputs and gradients are found.
        starts_v: Control voltages to start from, shape (S, M), in V.
        descent: The update law; the paper's for gates unless given.
        loss: The loss; the paper's unless given.
        ranges_v: Safe range of every control, shape (M, 2), in V; the device's unless given.
        progress: Called after every iteration.

    Raises:
        InputError: Task, starts or ranges that don't fit the device.
    """
    descent, loss = descent or Descent(), loss or CorrelationLoss()
    task.check(device)
    ranges_v = _checked_ranges(device, task, ranges_v)
    controls_v = _checked_starts(starts_v, ranges_v)
    targets = np.array(task.targets, float)
    history = _History(len(controls_v), len(task.controls), len(targets))
    active = np.arange(len(controls_v))
    for iteration in range(descent.iterations):
        output_a, gradient = _measure(device, task, estimator, controls_v[active])
        losses = loss.value(output_a, targets)
        history.add(active, controls_v[active], output_a, losses)
        if progress is not None:
            progress(iteration, history.losses[-1])
        going = losses >= descent.stop_loss
        history.stopped[active[~going]] = True
        active = active[going]
        if not len(active):
            break
        slope = loss.derivative_per_a(output_a[going], targets)
        gradient_per_v = np.einsum("sk,skm->sm", slope, gradient[going])
        controls_v[active] = descent.move_v(controls_v[active], gradient_per_v, ranges_v)
    final_a = device.current_a(task.voltages_v(controls_v, device.electrodes))
    per_point_s = estimator.time_per_point_s(len(task.controls))
    visits = history.iterations * len(targets)
    return TrainingResult(
        task=task,
        voltages_v=np.stack(history.voltages_v, axis=1),
        outputs_a=np.stack(history.outputs_a, axis=1),
        losses=np.stack(history.losses, axis=1),
        iterations=history.iterations,
        stopped=history.stopped,
        final_voltages_v=controls_v,
        final_outputs_a=final_a,
        final_losses=loss.value(final_a, targets),
        time_s=None if per_point_s is None else visits * (per_point_s + descent.ramp_s),
    )


@dataclass
class _History:
    """What was measured so far; each entry starts as a copy of the one before."""

    starts: int
    controls: int
    patterns: int
    voltages_v: list[np.ndarray] = field(default_factory=list)
    outputs_a: list[np.ndarray] = field(default_factory=list)
    losses: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.iterations = np.zeros(self.starts, int)
        self.stopped = np.zeros(self.starts, bool)

    def add(
        self, active: np.ndarray, controls_v: np.ndarray, output_a: np.ndarray, losses: np.ndarray
    ) -> None:
        for entries, values in (
            (self.voltages_v, controls_v),
            (self.outputs_a, output_a),
            (self.losses, losses),
        ):
            # All starts are active in the first iteration, so nothing stays unset.
            entry = entries[-1].copy() if entries else np.empty_like(values)
            entry[active] = values
            entries.append(entry)
        self.iterations[active] += 1


def _measure(
    device: DeviceModel, task: Task, estimator: GradientEstimator, controls_v: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Outputs (S, K) and gradients (S, K, M) at control voltages (S, M)."""
    points_v = task.voltages_v(controls_v, device.electrodes)
    measured = estimator.measure(device, points_v.reshape(-1, device.electrodes), task.controls)
    shape = points_v.shape[:2]
    return measured.output_a.reshape(shape), measured.gradient_a_per_v.reshape(*shape, -1)


def _checked_ranges(device: DeviceModel, task: Task, ranges_v: np.ndarray | None) -> np.ndarray:
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
