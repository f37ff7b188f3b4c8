"""Supplement 3: an evolutionary search against HGE, with as many measurements of the device."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.reproduce.balls import CLAIMED_ACCURACY, Balls, run_starts
from hgecircuit.reproduce.base import Claim, PaperFigure, Reproduction
from hgecircuit.reproduce.data import dataset
from hgecircuit.reproduce.gates import train_gate
from hgecircuit.reproduce.searches import POPULATIONS, Searches, run_searches
from hgecircuit.reproduce.seeds import seed_for
from hgecircuit.reproduce.spread import JUDGED
from hgecircuit.reproduce.trainings import ITERATIONS, rig_settings, share_interval
from hgecircuit.reproduce.wirings import GATES, SPHERE, SPHERE_STOP
from hgecircuit.reproduce.workshop import Workshop
from hgecircuit.run.reference.tasks import gate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Under which both are compared: with slower noise neither comes near 94 % (see fig4b-d).
NOISE = "flat"
#: The gate: XOR, the hardest that Boon 2025, Fig. 4a shows.
TABLE = "0110"
# Measurements that a search may make, over those of one HGE start.
_LONG = 16
_STARTS, _RUNS, _LONG_RUNS, _GATE_STARTS, _GATE_GROUP = 12, 16, 4, 32, 8
_SOURCE = "Boon 2025, text on Supplementary Note 3"


@dataclass(frozen=True, eq=False)
class Compared:
    """HGE and searches, on the sphere and on a gate.

    Attributes:
        balls: HGE on the sphere.
        sphere: Searches with as many measurements as an HGE start, by population; then long ones.
        gates: HGE on the gate: ``found`` and ``iterations``, shape (S,).
        gate: Searches on the gate, by population.
        iterations: Of HGE, at most.
    """

    balls: Balls
    sphere: list[Searches]
    gates: dict[str, np.ndarray]
    gate: list[Searches]
    iterations: int

    @property
    def homodyne_good(self) -> np.ndarray:
        """HGE starts that classify the sphere as well as the paper says, shape (S,) of bool."""
        return self.balls.accuracy[:, 1] >= CLAIMED_ACCURACY


def make(workshop: Workshop) -> Reproduction:
    """HGE, then searches with the same number of measurements."""
    iterations = workshop.count(ITERATIONS, 20)
    balls = run_starts(workshop, (NOISE,), workshop.count(_STARTS, 2), iterations)[NOISE]
    runs = workshop.count(_RUNS, 2)
    kinds = [(population, iterations, runs) for population in POPULATIONS]
    if not workshop.quick:
        kinds.append((POPULATIONS[0], _LONG * iterations, _LONG_RUNS))
    sphere = run_searches(workshop, "", balls.points.training, kinds)
    gates = _train_gate(workshop, iterations)
    many = [(population, iterations, len(gates["found"])) for population in POPULATIONS]
    task = gate(TABLE, GATES.wiring())
    found = Compared(balls, sphere, gates, run_searches(workshop, TABLE, task, many), iterations)
    return Reproduction(
        (_fails(found, workshop.quick), _robust(found)),
        dataset(_axes(found), _variables(found)),
        partial(_draw, found),
        rig_settings() | _settings(found),
        _remarks(found),
    )


def _train_gate(workshop: Workshop, iterations: int) -> dict[str, np.ndarray]:
    """HGE on the gate."""
    starts = workshop.count(_GATE_STARTS, 2)
    group = min(_GATE_GROUP, starts)
    jobs = [
        {
            "table": TABLE,
            "starts": group,
            "iterations": iterations,
            "seed": seed_for(workshop.seed, "ga", TABLE, first),
        }
        for first in range(0, starts, group)
    ]
    cells = workshop.run("gate by HGE", train_gate, jobs)
    return {name: np.concatenate([cell[name] for cell in cells]) for name in cells[0]}


def _percent(accuracies: np.ndarray) -> str:
    shares = 100 * accuracies
    return f"{shares.min():.0f} to {shares.max():.1f} %, median {np.median(shares):.0f} %"


def _fails(found: Compared, quick: bool) -> Claim:
    parts = [
        f"{one.good.sum()} of {len(one.good)} searches of {one.budget} measurements "
        f"({one.members} members; {_percent(one.accuracy[:, 1])}; {one.reached.sum()} reached "
        f"E < {SPHERE_STOP:g})"
        for one in found.sphere
    ]
    solved = sum(int(one.good.sum()) for one in found.sphere)
    own = found.homodyne_good
    budget = found.iterations * len(found.balls.points.training.targets)
    return Claim(
        text='"the GA is not able to solve the sphere classification at all"',
        source=_SOURCE,
        claimed="never solved",
        found=f"solved by {'; '.join(parts)}. HGE: {own.sum()} of {len(own)} starts of at most "
        f"{budget} ({_percent(found.balls.accuracy[:, 1])}; {found.balls.stopped.sum()} reached "
        f"E < {SPHERE_STOP:g})",
        criterion=f"no search comes to {100 * CLAIMED_ACCURACY:g} % of the test points, the "
        "paper's accuracy with HGE (threshold from the training points)",
        agrees=(None if quick else True) if not solved else False,
        values={
            "solved": solved,
            "searches": [
                {
                    "members": one.members,
                    "budget": one.budget,
                    "runs": len(one.good),
                    "solved": int(one.good.sum()),
                    "reached": int(one.reached.sum()),
                    "test_accuracy": one.accuracy[:, 1].tolist(),
                    "final_loss": one.final_losses.tolist(),
                }
                for one in found.sphere
            ],
            "hge_solved": int(own.sum()),
            "hge_starts": len(own),
            "hge_test_accuracy": found.balls.accuracy[:, 1].tolist(),
        },
    )


def _robust(found: Compared) -> Claim:
    own = found.homodyne_good
    rivals = [one for one in found.sphere if one.budget == found.sphere[0].budget]
    best = max(rivals, key=lambda one: one.good.mean())
    higher, lower = (_exact_test(own, best.good, side) for side in ("greater", "less"))
    return Claim(
        text='"our HGE results are more robust to those obtained by a genetic algorithm"',
        source=_SOURCE,
        claimed="HGE solves the sphere more often",
        found=f"HGE {_share(own)}; evolution with as many measurements as one start "
        f"({best.members} members, the better population) {_share(best.good)}; {TABLE}: HGE "
        f"{_share(found.gates['found'])}, evolution "
        + ", ".join(f"{_share(one.good)} ({one.members} members)" for one in found.gate),
        criterion=f"share of runs over {100 * CLAIMED_ACCURACY:g} % on the sphere: Fisher's exact "
        f"test, one-sided, at {100 * (1 - JUDGED):.0f} %",
        agrees=True if higher < 1 - JUDGED else False if lower < 1 - JUDGED else None,
        values={
            "p_hge_higher": higher,
            "p_hge_lower": lower,
            "gate_found_hge": int(found.gates["found"].sum()),
            "gate_starts": len(found.gates["found"]),
            "gate_found": {str(one.members): int(one.good.sum()) for one in found.gate},
        },
    )


def _share(good: np.ndarray) -> str:
    interval = share_interval(int(good.sum()), len(good))
    return f"{good.sum()} of {len(good)} ({100 * interval.low:.0f} to {100 * interval.high:.0f} %)"


def _exact_test(own: np.ndarray, other: np.ndarray, side: str) -> float:
    from scipy.stats import fisher_exact

    table = [[int(one.sum()), int((~one).sum())] for one in (own.astype(bool), other.astype(bool))]
    found = fisher_exact(table, alternative=side)
    return float(found.pvalue)  # pyright: ignore[reportAttributeAccessIssue]


def _axes(found: Compared) -> dict:
    return {
        "start": (np.arange(len(found.homodyne_good)), "1", "HGE start on the sphere"),
        "iteration": (np.arange(found.iterations), "1", "HGE iteration, counted from 0"),
        "set": (["training", "test"], "1", "set of points"),
        "gate_start": (np.arange(len(found.gates["found"])), "1", "HGE start on the gate"),
    }


def _variables(found: Compared) -> dict[str, Any]:
    balls, gates = found.balls, found.gates
    variables: dict[str, Any] = {
        "hge_loss": (("start", "iteration"), balls.losses, "1", "measured loss, sphere"),
        "hge_iterations": ("start", balls.iterations, "1", "iterations measured, sphere"),
        "hge_measurements": ("start", balls.measurements, "1", "measurements, sphere"),
        "hge_accuracy": (("start", "set"), balls.accuracy, "1", "accuracy, sphere"),
        "hge_reached": ("start", balls.stopped.astype(np.int8), "1", "1 where the stop was met"),
        "gate_hge_found": ("gate_start", gates["found"].astype(np.int8), "1", "1 if found, gate"),
        "gate_hge_iterations": ("gate_start", gates["iterations"], "1", "iterations, gate"),
    }
    for task, searches in (("sphere", found.sphere), ("gate", found.gate)):
        for one in searches:
            name = f"{task}_{one.members}_members_{one.budget}"
            words = f"{task}, {one.members} members, {one.budget} measurements"
            run, generation = f"run_{name}", f"generation_{name}"
            variables |= {
                f"{name}_loss": ((run, generation), one.losses, "1", f"best loss, {words}"),
                f"{name}_measurements": (run, one.measurements, "1", f"measurements, {words}"),
                f"{name}_good": (run, one.good.astype(np.int8), "1", f"1 if solved, {words}"),
                f"{name}_reached": (run, one.reached.astype(np.int8), "1", f"stop met, {words}"),
                f"{name}_accuracy": ((run, "set"), one.accuracy, "1", f"accuracy, {words}"),
            }
    return variables


def _settings(found: Compared) -> dict[str, Any]:
    return {
        "gate": TABLE,
        "gate_inputs": list(GATES.inputs),
        "sphere_inputs": list(SPHERE.inputs),
        "iterations": found.iterations,
        "starts": len(found.homodyne_good),
        "method": "scipy.optimize.differential_evolution, best1bin, mutation 0.5 to 1, "
        "recombination 0.7, deferred updating, first population a Latin hypercube",
        "members": [one.members for one in found.sphere],
        "budgets": [one.budget for one in found.sphere],
        "runs": [len(one.good) for one in found.sphere],
    }


def _remarks(found: Compared) -> tuple[str, ...]:
    return (
        "The paper's genetic algorithm and its settings are in a supplement that isn't at hand. "
        "Here stands another evolutionary search, SciPy's differential evolution (Storn and Price "
        "1997) with 15 and with 5 members per control: what holds for it need not hold for theirs.",
        "An evaluation is one reading of 0.1 s here and there, the same 0.115 s with its ramp. "
        "The search reads with the device's noise, sampled at 2 kHz, and without converters.",
        f"The sphere as in fig4b-d (inputs on {SPHERE.words()}; radii of our own choice), the gate "
        "as in fig4a: found when all recorded samples are on their side.",
    )


def _draw(found: Compared) -> Figure:
    from hgecircuit.reproduce.ga_plot import draw

    return draw(found)


FIGURE = PaperFigure("ga", "evolutionary search against HGE on the sphere and on XOR", make)
