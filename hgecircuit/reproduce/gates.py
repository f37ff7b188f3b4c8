"""All gates of two inputs on the device: trained from many starts, recorded, judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.reproduce.rig import load
from hgecircuit.reproduce.seeds import seed_for
from hgecircuit.reproduce.trainings import Recording, homodyne, pad_histories, record
from hgecircuit.reproduce.wirings import GATES, LABELLED, Searched
from hgecircuit.reproduce.workshop import Workshop
from hgecircuit.run.reference import Descent, ExactGradient, train
from hgecircuit.run.reference.tasks import GATE_NAMES, gate
from hgecircuit.run.reference.training import random_starts_v

_GROUP = 8


@dataclass(frozen=True, eq=False)
class Gates:
    """Sixteen gates, S starts each; a gate's chosen start is its first good one, else its first.

    Attributes:
        per_start: By name, shape (16, S): ``found`` and ``exact`` (whether every recorded sample is
            on its side, trained by HGE and by exact gradients), ``stopped``, ``iterations``,
            ``gap`` (recorded, in A), ``margin`` (undisturbed, in A), ``loss`` (undisturbed).
        losses: Measured loss at every iteration, shape (16, S, iterations).
        voltages_v: Control voltages before and after, shape (16, S, 2, 5).
        recordings: Of each gate's chosen start alone.
        searched: How the inputs' electrodes were found.
    """

    per_start: dict[str, np.ndarray]
    losses: np.ndarray
    voltages_v: np.ndarray
    recordings: list[Recording]
    searched: Searched

    @property
    def tables(self) -> list[str]:
        """Truth tables in the order of the first axis."""
        return list(GATE_NAMES)

    @property
    def labelled(self) -> np.ndarray:
        """Which gates have two labels, shape (16,) of bool."""
        return np.array([table in LABELLED for table in self.tables])

    @property
    def tried(self) -> np.ndarray:
        """Starts up to the first good one, it included, shape (16,); 0 where none was good."""
        return starts_tried(self.per_start["found"])

    def of_chosen(self, name: str) -> np.ndarray:
        """A value of every gate's chosen start, shape (16,)."""
        return self.per_start[name][np.arange(16), np.maximum(self.tried - 1, 0)]


def starts_tried(found: np.ndarray) -> np.ndarray:
    """Starts up to the first good one, it included, shape (gates,); 0 where none was good.

    Args:
        found: Which starts are good, shape (gates, S) of bool.
    """
    return np.where(found.any(axis=1), found.argmax(axis=1) + 1, 0)


def train_gate(table: str, starts: int, iterations: int, seed: int) -> dict[str, np.ndarray]:
    """Train one gate from some starts, by HGE and by exact gradients, and record the outputs.

    Args:
        table: Truth table.
        starts: Number of starts.
        iterations: At most.
        seed: Of starts and noise.
    """
    device, task = load(), gate(table, GATES.wiring())
    starts_v = random_starts_v(device, task, starts, seed_for(seed, "starts"))
    measurements = starts * len(task.targets) * iterations
    estimator = homodyne(len(task.controls), seed_for(seed, "noise"), measurements)
    descent = Descent(iterations=iterations)
    result = train(device, task, estimator, starts_v, descent=descent)
    exact = train(device, task, ExactGradient(), starts_v, descent=descent)
    made, ideal = (_record(table, one.final_voltages_v, seed) for one in (result, exact))
    return {
        "found": made.separated,
        "exact": ideal.separated,
        "stopped": result.stopped,
        "iterations": result.iterations,
        "gap": made.gap_a,
        "margin": result.margins_a,
        "loss": result.final_losses,
        "losses": pad_histories(result.losses, result.iterations, iterations),
        "voltages": np.stack([starts_v, result.final_voltages_v], axis=1),
    }


def train_all(workshop: Workshop, starts: int, iterations: int, searched: Searched) -> Gates:
    """Train all gates, eight starts per cell.

    Args:
        workshop: Where.
        starts: Starts per gate.
        iterations: At most.
        searched: How the inputs' electrodes were found.
    """
    group_size = min(_GROUP, starts)
    firsts = range(0, starts, group_size)
    seeds = {
        (table, first): seed_for(workshop.seed, "fig4a", table, first)
        for table in GATE_NAMES
        for first in firsts
    }
    shared = {"starts": group_size, "iterations": iterations}
    jobs = [{"table": table, "seed": seed, **shared} for (table, _), seed in seeds.items()]
    cells = dict(zip(seeds, workshop.run("trainings", train_gate, jobs), strict=True))

    def join(name: str) -> np.ndarray:
        parts = [
            np.concatenate([cells[table, first][name] for first in firsts]) for table in GATE_NAMES
        ]
        return np.array(parts)

    names = ("found", "exact", "stopped", "iterations", "gap", "margin", "loss")
    per_start = {name: join(name) for name in names}
    recordings = []
    for table, tried in zip(GATE_NAMES, starts_tried(per_start["found"]), strict=True):
        group, row = divmod(max(tried - 1, 0), group_size)
        cell = table, firsts[group]
        whole = _record(table, cells[cell]["voltages"][:, 1], seeds[cell])
        recordings.append(whole.only(row))
    return Gates(per_start, join("losses"), join("voltages"), recordings, searched)


def _record(table: str, controls_v: np.ndarray, seed: int) -> Recording:
    task = gate(table, GATES.wiring())
    return record(load(), task, controls_v, seed_for(seed, "recording"))
