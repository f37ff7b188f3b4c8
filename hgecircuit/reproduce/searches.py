"""Evolutionary searches on the device, measured as the rig would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hgecircuit.reproduce.balls import CLAIMED_ACCURACY, NOISES, make_points, read, score
from hgecircuit.reproduce.rig import NOISE, load
from hgecircuit.reproduce.seeds import seed_for
from hgecircuit.reproduce.trainings import FLATTENED, pad_histories, record
from hgecircuit.reproduce.wirings import GATES, SPHERE_STOP
from hgecircuit.reproduce.workshop import Workshop
from hgecircuit.run.reference import Descent, Task
from hgecircuit.run.reference.baseline_evolution import Evolution, train_evolution
from hgecircuit.run.reference.noise import NoiseStream
from hgecircuit.run.reference.tasks import gate

#: Members of the population per control: SciPy's default, and as few as still work.
POPULATIONS = (15, 5)
#: The searches' noise is that of the "flat" sphere.
FLAT_BELOW_HZ = NOISES["flat"] or 0.0
# Readings average the noise, so what is faster than this changes nothing.
_READING_RATE_HZ = 2e3


@dataclass(frozen=True, eq=False)
class Searches:
    """Evolutionary searches of one kind.

    Attributes:
        population_per_control: Members of the population per control.
        budget: Measurements that each may make.
        members: Members of the population.
        losses: Best measured loss after every generation, shape (R, generations + 1); NaN after
            the stop.
        measurements: Made, shape (R,).
        final_losses: Without noise, shape (R,).
        reached: Whether the measured loss fell below the stop, shape (R,) of bool.
        good: Whether the task was solved, shape (R,) of bool.
        accuracy: Of training and test points, shape (R, 2); NaN for a gate.
    """

    population_per_control: int
    budget: int
    members: int
    losses: np.ndarray
    measurements: np.ndarray
    final_losses: np.ndarray
    reached: np.ndarray
    good: np.ndarray
    accuracy: np.ndarray


def search(
    table: str, quick: bool, workshop_seed: int, population: int, generations: int, seed: int
) -> dict[str, np.ndarray]:
    """One evolutionary search on a gate, or on the sphere if ``table`` is empty.

    Args:
        table: Truth table, or nothing.
        quick: Fewer points.
        workshop_seed: Fixes the points.
        population: Members per control.
        generations: At most, after the first population.
        seed: Of search and noise.
    """
    device = load()
    points = None if table else make_points(workshop_seed, quick)
    task = gate(table, GATES.wiring()) if points is None else points.training
    spec = replace(NOISE, seed=seed_for(seed, "noise"), sample_rate_hz=_READING_RATE_HZ)
    stop = SPHERE_STOP if points else Descent().stop_loss
    result = train_evolution(
        device,
        task,
        evolution=Evolution(
            generations, population, stop_loss=stop, sample_rate_hz=_READING_RATE_HZ
        ),
        seed=seed_for(seed, "search") % 2**32,
        noise=NoiseStream(spec, FLATTENED * FLAT_BELOW_HZ),
    )
    controls_v = result.final_voltages_v[0]
    if points is None:
        good = record(device, task, controls_v[None], seed_for(seed, "recording")).separated[0]
        scores = (np.nan, np.nan)
    else:
        scores = score(read(points, controls_v, seed_for(seed, "reading"), FLAT_BELOW_HZ))
        good = scores[1] >= CLAIMED_ACCURACY
    return {
        "losses": pad_histories(result.losses, result.iterations, generations + 1)[0],
        "measurements": result.evaluations[0],
        "final_losses": result.final_losses[0],
        "reached": result.stopped[0],
        "good": np.array(good),
        "accuracy": np.array(scores),
    }


def run_searches(
    workshop: Workshop, table: str, task: Task, kinds: Sequence[tuple[int, int, int]]
) -> list[Searches]:
    """Search again and again with the same budget.

    Args:
        workshop: Where.
        table: Truth table, or nothing for the sphere.
        task: That of the table, or of the sphere.
        kinds: Members per control; settings of the controls that may be measured (the first
            population and one generation are measured in any case); number of searches.
    """
    controls, patterns = len(task.controls), len(task.targets)
    generations = [
        max(1, evaluations // (population * controls) - 1) for population, evaluations, _ in kinds
    ]
    jobs = [
        {
            "table": table,
            "quick": workshop.quick,
            "workshop_seed": workshop.seed,
            "population": population,
            "generations": count,
            "seed": seed_for(workshop.seed, "ga", table or "sphere", population, count, run),
        }
        for (population, _, runs), count in zip(kinds, generations, strict=True)
        for run in range(runs)
    ]
    cells = iter(workshop.run(f"{'gate' if table else 'sphere'} by evolution", search, jobs))
    found = []
    for (population, _, runs), count in zip(kinds, generations, strict=True):
        mine = [next(cells) for _ in range(runs)]
        joined = {key: np.array([cell[key] for cell in mine]) for key in mine[0]}
        members = population * controls
        found.append(Searches(population, members * (count + 1) * patterns, members, **joined))
    return found
