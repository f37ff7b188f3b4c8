"""The sphere task on the device by parallel HGE: what Fig. 4b-d and its rivals share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hgecircuit.losses import CorrelationLoss, accuracy, best_threshold
from hgecircuit.reproduce.rig import load
from hgecircuit.reproduce.seeds import seed_for
from hgecircuit.reproduce.trainings import homodyne, pad_histories, read_outputs
from hgecircuit.reproduce.wirings import SPHERE, SPHERE_RATE, SPHERE_STOP
from hgecircuit.reproduce.workshop import Workshop
from hgecircuit.run.reference import Descent, train
from hgecircuit.run.reference.tasks import Split, sphere
from hgecircuit.run.reference.training import random_starts_v

#: Training and test points (Boon 2025, Fig. 4b).
POINTS, QUICK_POINTS = (300, 1000), (60, 200)
#: Accuracy at the best threshold (Boon 2025, text on Fig. 4c).
CLAIMED_ACCURACY = 0.94
_GROUP = 2


@dataclass(frozen=True, eq=False)
class Balls:
    """The sphere task, trained from S starts.

    Attributes:
        points: Training and test points.
        losses: Measured losses, shape (S, iterations); NaN after the stop.
        clean_losses: Losses at the same voltages without perturbation and noise.
        voltages_v: Voltages they were measured at, shape (S, iterations, 4).
        final_voltages_v: Shape (S, 4).
        final_losses: Without perturbation and noise, shape (S,).
        iterations: Shape (S,).
        stopped: Shape (S,) of bool.
        accuracy: At the threshold that is best on the training points as the rig reads them:
            training and test points, shape (S, 2).
    """

    points: Split
    losses: np.ndarray
    clean_losses: np.ndarray
    voltages_v: np.ndarray
    final_voltages_v: np.ndarray
    final_losses: np.ndarray
    iterations: np.ndarray
    stopped: np.ndarray
    accuracy: np.ndarray

    @property
    def chosen(self) -> int:
        """The first start that reached the stop, as on a rig; without one, the lowest loss."""
        reached = np.flatnonzero(self.stopped)
        return int(reached[0]) if len(reached) else int(np.argmin(self.final_losses))

    @property
    def measurements(self) -> np.ndarray:
        """Measurements of 0.1 s by every start, shape (S,)."""
        return self.iterations * len(self.points.training.targets)


def make_points(seed: int, quick: bool) -> Split:
    """Training and test points of a workshop's seed."""
    return sphere(SPHERE.wiring(), seed_for(seed, "sphere"), QUICK_POINTS if quick else POINTS)


def train_sphere(
    workshop_seed: int, quick: bool, starts: int, iterations: int, seed: int
) -> dict[str, np.ndarray]:
    """Train from some starts.

    Args:
        workshop_seed: Fixes the points.
        quick: Fewer points.
        starts: Number of starts.
        iterations: At most.
        seed: Of starts and noise.
    """
    device, points = load(), make_points(workshop_seed, quick)
    task = points.training
    starts_v = random_starts_v(device, task, starts, seed_for(seed, "starts"))
    measurements = starts * len(task.targets) * iterations
    estimator = homodyne(len(task.controls), seed_for(seed, "noise"), measurements)
    descent = Descent(SPHERE_RATE, iterations, SPHERE_STOP)
    result = train(device, task, estimator, starts_v, descent=descent)
    clean = CorrelationLoss().value(
        task.current_a(device, result.voltages_v), np.array(task.targets)
    )
    scores = [
        score(points, controls_v, seed_for(seed, "reading", start))
        for start, controls_v in enumerate(result.final_voltages_v)
    ]
    histories = {"losses": result.losses, "clean_losses": clean, "voltages_v": result.voltages_v}
    padded = {name: pad_histories(values, iterations) for name, values in histories.items()}
    ended = np.arange(iterations) >= result.iterations[:, None]
    for values in padded.values():
        values[ended] = np.nan
    return padded | {
        "final_voltages_v": result.final_voltages_v,
        "final_losses": result.final_losses,
        "iterations": result.iterations,
        "stopped": result.stopped,
        "accuracy": np.array(scores),
    }


def run_starts(workshop: Workshop, starts: int, iterations: int) -> Balls:
    """Train from many starts, two per cell."""
    group = min(_GROUP, starts)
    jobs = [
        {
            "workshop_seed": workshop.seed,
            "quick": workshop.quick,
            "starts": group,
            "iterations": iterations,
            "seed": seed_for(workshop.seed, "sphere", first),
        }
        for first in range(0, starts, group)
    ]
    cells = workshop.run(train_sphere, jobs)
    joined = {name: np.concatenate([cell[name] for cell in cells]) for name in cells[0]}
    return Balls(make_points(workshop.seed, workshop.quick), **joined)


def score(points: Split, controls_v: np.ndarray, seed: int) -> tuple[float, float]:
    """Accuracy on training and test points, threshold from the training points.

    Args:
        points: Both.
        controls_v: Control voltages, shape (M,), in V.
        seed: Of the readings' noise.
    """
    (training_a, training), (test_a, test) = read_both(points, controls_v, seed)
    best = best_threshold(training_a, training)
    return float(best.accuracy), float(accuracy(test_a, test, best.threshold_a))


def read_both(
    points: Split, controls_v: np.ndarray, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Outputs as the rig reads them in A, and targets: training, then test points.

    The test points are read right after the training points, so slow noise goes on between them.
    """
    training, test = points
    both = replace(
        training,
        patterns_v=training.patterns_v + test.patterns_v,
        targets=training.targets + test.targets,
    )
    output_a = read_outputs(load(), both, controls_v, seed)
    count = len(training.targets)
    return [
        (output_a[:count], np.array(training.targets)),
        (output_a[count:], np.array(test.targets)),
    ]
