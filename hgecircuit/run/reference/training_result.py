"""What a training came to: histories, outcome, cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hgecircuit.losses import CorrelationLoss, Loss, margin_a, truth_table
from hgecircuit.run.reference.task import Task


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
        evaluations_per_iteration: Measurements of the device in one iteration of one start, over
            all patterns; 0 for exact gradients.
        seconds_per_iteration: Simulated time of one iteration of one start in s, ramps included;
            None for exact gradients, which no measurement stands behind.
        provenance: How it was made: device, task, estimator, loss, update law, seeds, versions.
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
    evaluations_per_iteration: int
    seconds_per_iteration: float | None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def evaluations(self) -> np.ndarray:
        """Measurements of the device by every start, shape (S,)."""
        return self.iterations * self.evaluations_per_iteration

    @property
    def time_s(self) -> np.ndarray | None:
        """Simulated time of every start in s, shape (S,); None for exact gradients."""
        seconds = self.seconds_per_iteration
        return None if seconds is None else self.iterations * seconds

    @property
    def best(self) -> int:
        """The start with the lowest final loss; the first of several."""
        return int(np.argmin(self.final_losses))

    @property
    def margins_a(self) -> np.ndarray:
        """Lowest 1 minus highest 0 of the final outputs in A, shape (S,); NaN for a constant."""
        if self.task.constant:
            return np.full(len(self.final_outputs_a), np.nan)
        return margin_a(self.final_outputs_a, np.array(self.task.targets))

    @property
    def truth_tables(self) -> np.ndarray:
        """Bits of the final outputs, shape (S, K) of bool.

        The threshold is halfway between the class means; for a constant gate it is where that gate
        needs it, see :class:`~hgecircuit.run.reference.task.Task`.
        """
        targets = np.array(self.task.targets)
        if self.task.constant:
            return np.broadcast_to(targets > 0, self.final_outputs_a.shape)
        return truth_table(self.final_outputs_a, targets)

    def solved(self, max_loss: float, min_margin_a: float, judge: Loss | None = None) -> np.ndarray:
        """Which starts ended with a loss below and a margin above these limits, shape (S,) of bool.

        A constant gate is always solved.

        Args:
            max_loss: Limit of the judging loss at the final outputs.
            min_margin_a: Limit of the margin in A.
            judge: The judging loss; the paper's unless given, whatever was trained with.
        """
        if self.task.constant:
            return np.ones(len(self.final_outputs_a), bool)
        judged = (judge or CorrelationLoss()).value(
            self.final_outputs_a, np.array(self.task.targets)
        )
        return (judged < max_loss) & (self.margins_a > min_margin_a)


@dataclass(frozen=True)
class Restarts:
    """What it takes to try one start after the other until one is good.

    Attributes:
        tried: Number of starts tried, the good one included.
        succeeded: Whether there was a good one.
        chosen: The first good start; without one, that with the lowest final loss.
        iterations: Iterations of all starts tried.
        evaluations: Measurements of the device by all starts tried.
        time_s: Simulated time of all starts tried, in s; None for exact gradients.
    """

    tried: int
    succeeded: bool
    chosen: int
    iterations: int
    evaluations: int
    time_s: float | None


def count_restarts(result: TrainingResult, good: np.ndarray) -> Restarts:
    """Take the starts of a training in their order, as restarts on a rig.

    Args:
        result: A training from S starts, which know nothing of each other.
        good: Which starts count as good, shape (S,) of bool, such as ``result.solved(...)``.
    """
    found = np.flatnonzero(good)
    tried = int(found[0]) + 1 if len(found) else len(good)
    time_s = result.time_s
    return Restarts(
        tried=tried,
        succeeded=bool(len(found)),
        chosen=tried - 1 if len(found) else result.best,
        iterations=int(result.iterations[:tried].sum()),
        evaluations=int(result.evaluations[:tried].sum()),
        time_s=None if time_s is None else float(time_s[:tried].sum()),
    )


def join_results(results: Sequence[TrainingResult]) -> TrainingResult:
    """Trainings of the same task in the same way, from different starts, as one.

    Histories are made as long as the longest; task, costs and provenance are the first one's.
    """
    first = results[0]
    length = max(result.losses.shape[1] for result in results)

    def join(name: str) -> np.ndarray:
        return np.concatenate([getattr(result, name) for result in results])

    def join_histories(name: str) -> np.ndarray:
        padded = []
        for result in results:
            history = getattr(result, name)
            rest = np.repeat(history[:, -1:], length - history.shape[1], axis=1)
            padded.append(np.concatenate([history, rest], axis=1))
        return np.concatenate(padded)

    return TrainingResult(
        task=first.task,
        voltages_v=join_histories("voltages_v"),
        outputs_a=join_histories("outputs_a"),
        losses=join_histories("losses"),
        iterations=join("iterations"),
        stopped=join("stopped"),
        final_voltages_v=join("final_voltages_v"),
        final_outputs_a=join("final_outputs_a"),
        final_losses=join("final_losses"),
        evaluations_per_iteration=first.evaluations_per_iteration,
        seconds_per_iteration=first.seconds_per_iteration,
        provenance=first.provenance,
    )
