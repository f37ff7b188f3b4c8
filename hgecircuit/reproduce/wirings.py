"""Which electrodes carry the inputs: searches with exact gradients, and what they found.

The paper's electrodes and its -0.7 V to 0.7 V don't fit this device: another device, of which five
electrodes are safe from -1.2 V to 0.6 V and two from -0.7 V to 0.3 V. So pairs and triples are
compared by training from random starts with the model's exact gradients, without noise; the figures
then train from other starts, with HGE.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from hgecircuit.losses import accuracy, best_threshold
from hgecircuit.reproduce.rig import load
from hgecircuit.reproduce.seeds import seed_for
from hgecircuit.reproduce.trainings import record
from hgecircuit.reproduce.workshop import Workshop
from hgecircuit.run.reference import Descent, ExactGradient, train
from hgecircuit.run.reference.tasks import GATE_NAMES, Wiring, gate, sphere
from hgecircuit.run.reference.training import random_starts_v

Share = tuple[float, float]


class Choice(NamedTuple):
    """Inputs, and the part of their safe ranges that they use.

    Attributes:
        inputs: Electrodes, counted from 0.
        share: Lowest and highest input as shares of the safe range.
    """

    inputs: tuple[int, ...]
    share: Share

    def wiring(self) -> Wiring:
        """On the device."""
        return Wiring.on(load(), self.inputs, self.share)

    def words(self) -> str:
        """``electrodes 2 (-1.02 to 0.42 V), 3 (-1.02 to 0.42 V), counted from 0``."""
        spans_v = self.wiring().spans_v
        each = [
            f"{electrode} ({low:.3g} to {high:.3g} V)"
            for electrode, (low, high) in zip(self.inputs, spans_v, strict=True)
        ]
        return f"electrodes {', '.join(each)}, counted from 0"


#: What :func:`search_pairs` and :func:`search_triples` rank first.
GATES = Choice((2, 3), (0.1, 0.9))
SPHERE = Choice((2, 3, 6), (0.1, 0.9))
#: Where nearly every start learns XOR (`circuits/xor.toml` uses it too): to compare speed.
XOR = Choice((1, 4), (0.05, 0.95))
SHARES: tuple[Share, ...] = ((0.1, 0.9), (0.2, 0.8))
#: Gates with two labels.
LABELLED = tuple(table for table in GATE_NAMES if len(set(table)) == 2)
#: Learning rate and stop of the sphere (Boon 2025, Methods).
SPHERE_RATE, SPHERE_STOP = 0.015, 0.2


class Searched(NamedTuple):
    """A search: choices, and what each came to.

    Attributes:
        choices: What was tried.
        results: Shape (choices, ...).
    """

    choices: list[Choice]
    results: np.ndarray

    def found_scores(self) -> np.ndarray:
        """For shares by gate: number of gates found and mean share, shape (choices, 2)."""
        return np.column_stack([(self.results > 0).sum(axis=1), self.results.mean(axis=1)])

    def rank(self, choice: Choice, scores: np.ndarray) -> int:
        """Place of a choice, from 1, by scores of shape (choices, keys), the first key first."""
        mine = tuple(scores[self.choices.index(choice)])
        return 1 + sum(tuple(row) > mine for row in scores)


def try_pair(
    inputs: Sequence[int], share: Sequence[float], starts: int, iterations: int, seed: int
) -> dict[str, np.ndarray]:
    """Share of starts from which each of the 14 gates is found, shape (14,)."""
    device, wiring = load(), Choice(tuple(inputs), (share[0], share[1])).wiring()
    found = []
    for table in LABELLED:
        task = gate(table, wiring)
        starts_v = random_starts_v(device, task, starts, seed_for(seed, table))
        descent = Descent(iterations=iterations)
        result = train(device, task, ExactGradient(), starts_v, descent=descent)
        made = record(device, task, result.final_voltages_v, seed_for(seed, table, "recording"))
        found.append(made.separated.mean())
    return {"found": np.array(found)}


def try_triple(
    inputs: Sequence[int], share: Sequence[float], starts: int, iterations: int, seed: int
) -> dict[str, np.ndarray]:
    """Share of starts that reach the stop, and accuracy of the best: training, test points."""
    device = load()
    points = sphere(Choice(tuple(inputs), (share[0], share[1])).wiring(), seed_for(seed, "points"))
    starts_v = random_starts_v(device, points.training, starts, seed_for(seed, "starts"))
    descent = Descent(SPHERE_RATE, iterations, SPHERE_STOP)
    result = train(device, points.training, ExactGradient(), starts_v, descent=descent)
    best = best_threshold(result.final_outputs_a[result.best], np.array(points.training.targets))
    test_a = points.test.current_a(device, result.final_voltages_v[result.best])
    tested = accuracy(test_a, np.array(points.test.targets), best.threshold_a)
    return {"result": np.array([result.stopped.mean(), best.accuracy, tested])}


def search_pairs(workshop: Workshop, starts: int, iterations: int) -> Searched:
    """All pairs, judged by :func:`try_pair`; a quick workshop tries only the chosen one."""
    choices = _choices(workshop, 2, GATES)
    jobs = _jobs(workshop, "pair", choices, starts, iterations)
    return Searched(
        choices, np.array([one["found"] for one in workshop.run("electrodes", try_pair, jobs)])
    )


def search_triples(workshop: Workshop, starts: int, iterations: int) -> Searched:
    """All triples, judged by :func:`try_triple`; a quick workshop tries only the chosen one."""
    choices = _choices(workshop, 3, SPHERE)
    jobs = _jobs(workshop, "triple", choices, starts, iterations)
    return Searched(
        choices, np.array([one["result"] for one in workshop.run("electrodes", try_triple, jobs)])
    )


def _choices(workshop: Workshop, inputs: int, chosen: Choice) -> list[Choice]:
    if workshop.quick:
        return [chosen]
    sets = combinations(range(load().electrodes), inputs)
    return [Choice(electrodes, share) for electrodes in sets for share in SHARES]


def _jobs(
    workshop: Workshop, name: str, choices: list[Choice], starts: int, iterations: int
) -> list[dict]:
    return [
        {
            "inputs": choice.inputs,
            "share": choice.share,
            "starts": starts,
            "iterations": iterations,
            "seed": seed_for(workshop.seed, "search", name, *choice.inputs, *choice.share),
        }
        for choice in choices
    ]
