"""The race of HGE and its rivals: tuned on some starts, run from others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from hgecircuit.reproduce.rivals import (
    METHODS,
    PAPER,
    Tuning,
    per_success,
    ratio_per_success,
    train_rival,
)
from hgecircuit.reproduce.seeds import seed_for
from hgecircuit.reproduce.spread import Interval
from hgecircuit.reproduce.workshop import Workshop

#: The gate on which everything is tuned, from other starts, and one on which nothing is.
TABLES = ("0110", "0010")
#: HGE as the paper sets it, beside the tuned methods.
PAPER_HGE = "hge_paper"
#: What is tried in the tuning.
TUNING_STEPS_V, TUNING_RATES_V2 = (8e-3, 25e-3, 80e-3), (0.01, 0.02, 0.04, 0.08)
# What a quick workshop takes instead of tuning.
_UNTUNED = Tuning(25e-3, 0.02)
#: Starts of the tuning. With 12, chance picked for one method a setting that took a quarter more
#: time in the race than another.
TUNING_STARTS = 32
_STARTS, _QUICK_STARTS, _GROUP = 64, 3, 16

Results = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Compared:
    """Trainings of all methods from the same starts, and errors of gradients in the same time.

    Attributes:
        tunings: What each method was tuned to.
        results: By method and gate: ``converged``, ``measurements``, ``time_s``, ``iterations``,
            ``stopped``, ``final_loss``, each of shape (S,).
        over_noise: Relative errors, shape (factors, methods, steps).
        over_electrodes: Relative errors, shape (counts, methods, steps).
        seed: Of the bootstraps.
    """

    tunings: Mapping[str, Tuning]
    results: Mapping[tuple[str, str], Results]
    over_noise: np.ndarray
    over_electrodes: np.ndarray
    seed: int

    def words(self, method: str) -> str:
        """A method's name for people."""
        paper = method == PAPER_HGE
        return "HGE, parallel, paper's settings" if paper else METHODS[method].words

    def ratios(self, cost: str) -> dict[tuple[str, str], Interval]:
        """Cost per converged start of every other method over that of tuned parallel HGE."""
        return {
            (method, table): ratio_per_success(
                self.results[method, table], self.results["hge", table], cost, self.seed
            )
            for method, table in self.results
            if method != "hge"
        }


def tune(workshop: Workshop, iterations: int) -> dict[str, Tuning]:
    """The cheapest setting per converged start of XOR; sequential HGE takes the parallel one's.

    Args:
        workshop: Where; a quick one tries one setting of each method.
        iterations: At most.
    """
    grids = {
        name: [
            Tuning(*values, usual)
            for usual in ((False, True) if METHODS[name].falling else (False,))
            for values in product(TUNING_STEPS_V, TUNING_RATES_V2)
        ]
        for name in METHODS
        if name != "hge_sequential"
    }
    if workshop.quick:
        grids = {name: [_UNTUNED] for name in grids}
    cells = [(name, tuning) for name, grid in grids.items() for tuning in grid]
    jobs = [
        {
            "method": name,
            "table": TABLES[0],
            "tuning": tuning,
            "starts": workshop.count(TUNING_STARTS, 1),
            "iterations": iterations,
            "seed": seed_for(workshop.seed, "spsa", "tuning"),
        }
        for name, tuning in cells
    ]
    best: dict[str, tuple[float, Tuning]] = {}
    for (name, tuning), one in zip(cells, workshop.run("tuning", train_rival, jobs), strict=True):
        cost = per_success(one["time_s"], one["converged"])
        if name not in best or cost < best[name][0]:
            best[name] = (cost, tuning)
    best["hge_sequential"] = best["hge"]
    return {PAPER_HGE: PAPER, **{name: best[name][1] for name in METHODS}}


def train_all(
    workshop: Workshop, tunings: Mapping[str, Tuning], iterations: int
) -> dict[tuple[str, str], Results]:
    """Train all methods on both gates from the same starts.

    Args:
        workshop: Where.
        tunings: Settings by method.
        iterations: At most.
    """
    starts = workshop.count(_STARTS, _QUICK_STARTS)
    group = min(_GROUP, starts)
    cells = [
        (name, table, first)
        for name in tunings
        for table in TABLES
        for first in range(0, starts, group)
    ]
    jobs = [
        {
            "method": "hge" if name == PAPER_HGE else name,
            "table": table,
            "tuning": tunings[name],
            "starts": group,
            "iterations": iterations,
            "seed": seed_for(workshop.seed, "spsa", table, first),
        }
        for name, table, first in cells
    ]
    parts: dict[tuple[str, str], list[Results]] = {}
    for (name, table, _), one in zip(
        cells, workshop.run("trainings", train_rival, jobs), strict=True
    ):
        parts.setdefault((name, table), []).append(one)
    return {
        key: {name: np.concatenate([one[name] for one in found]) for name in found[0]}
        for key, found in parts.items()
    }
