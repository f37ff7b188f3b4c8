"""Learning from random starts, each with the parts of one of the repeats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hgecircuit.learner import Learner
from hgecircuit.regress.gradients import with_started_oscillators
from hgecircuit.regress.kept import keep, key_of
from hgecircuit.regress.plan import Plan
from hgecircuit.run.base import Engine, ProgressCallback
from hgecircuit.run.parallel import run_jobs
from hgecircuit.starts import run_start


@dataclass(frozen=True)
class Outcomes:
    """What all starts of a circuit, or of its digital reference, came to.

    Attributes:
        solved: How many were solved.
        times_s: Simulated time until each stayed solved; infinite for those that did not.
        epochs: The same in epochs (circuit) or iterations (reference).
        losses: The paper's loss at the end; infinite where it is not a number.
        margins_a: Lowest 1 minus highest 0 at the end, in A; not a number for a constant gate.
        wall_s: Wall time of the simulation per simulated second, by start.
        points: Time points per simulated second, by start.
    """

    solved: int
    times_s: tuple[float, ...]
    epochs: tuple[float, ...]
    losses: tuple[float, ...]
    margins_a: tuple[float, ...]
    wall_s: tuple[float, ...] = ()
    points: tuple[float, ...] = ()


def measure_learning(
    learners: Sequence[Learner],
    plan: Plan,
    folder: Path,
    engine: Engine,
    progress: ProgressCallback | None = None,
) -> Outcomes:
    """Outcomes of the plan's starts; start n has the parts of repeat n modulo their number."""
    used = learners[: plan.starts]
    prepared = run_jobs(
        [
            partial(with_started_oscillators, learner, folder / f"repeat-{repeat:04d}", engine)
            for repeat, learner in enumerate(used)
        ]
    )
    starts_v = learners[0].random_starts_v(plan.starts_seed, plan.starts)
    jobs = [
        partial(run_start, prepared[n % len(prepared)], start_v, folder / f"{n:04d}", engine)
        for n, start_v in enumerate(starts_v)
    ]
    results = run_jobs(jobs, progress=progress)
    timing, epochs = learners[0].design.timing, learners[0].design.epochs
    simulated_s = timing.delay_s + epochs * timing.epoch_s
    times_s = tuple(_time_s(result.solved_s) for result in results)
    return Outcomes(
        sum(result.solved for result in results),
        times_s,
        tuple(max(time_s - timing.delay_s, 0.0) / timing.epoch_s for time_s in times_s),
        tuple(_finite(result.loss) for result in results),
        tuple(result.margin_a for result in results),
        tuple(result.wall_s / simulated_s for result in results),
        tuple(result.points / simulated_s for result in results),
    )


def train_reference(
    learner: Learner, plan: Plan, folder: Path, engine: Engine
) -> tuple[Outcomes, float]:
    """Outcomes of the digital reference from the same starts, and its time per iteration in s.

    Without starts it is trained from the circuit file's own.
    """
    key = key_of(learner, engine, [], "reference", plan.starts_seed, plan.starts)
    found = keep(folder / "reference.json", key, partial(_train, learner, plan))
    times_s = tuple(_time_s(time_s) for time_s in found["times_s"])
    counts = [float(count) for count in found["iterations"]]
    iterations = tuple(
        count if math.isfinite(time_s) else math.inf
        for count, time_s in zip(counts, times_s, strict=True)
    )
    losses = tuple(_finite(math.nan if loss is None else loss) for loss in found["losses"])
    margins_a = tuple(math.nan if one is None else one for one in found["margins_a"])
    outcomes = Outcomes(found["solved"], times_s, iterations, losses, margins_a)
    return outcomes, found["seconds_per_iteration"]


def _train(learner: Learner, plan: Plan) -> dict[str, Any]:
    limits = learner.spec.limits
    starts_v = learner.random_starts_v(plan.starts_seed, plan.starts)
    result = learner.train_reference(starts_v if plan.starts else learner.design.start_v[None])
    solved = result.solved(limits.loss, limits.margin_a)
    times_s = result.time_s
    assert times_s is not None  # its lock-in measures
    return {
        "solved": int(solved.sum()),
        "times_s": [
            float(time_s) if done else None for time_s, done in zip(times_s, solved, strict=True)
        ],
        "iterations": [int(count) for count in result.iterations],
        "losses": _plain(result.final_losses),
        "margins_a": _plain(result.margins_a),
        "seconds_per_iteration": result.seconds_per_iteration,
    }


def _plain(values: np.ndarray) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _time_s(time_s: float | None) -> float:
    return math.inf if time_s is None else time_s


def _finite(loss: float) -> float:
    return loss if math.isfinite(loss) else math.inf
