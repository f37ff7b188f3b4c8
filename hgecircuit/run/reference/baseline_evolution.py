"""Differential evolution on a device: a training that needs no gradient, for comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.losses import CorrelationLoss, Loss
from hgecircuit.run.reference.task import Task
from hgecircuit.run.reference.training import check_ranges, measured_losses
from hgecircuit.run.reference.training_provenance import describe, describe_device, versions
from hgecircuit.run.reference.training_result import TrainingResult

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel
    from hgecircuit.run.reference.estimators import NoiseSource

#: ``progress(generation, loss)``: the generation that was just measured (0 is the first
#: population) and the best loss so far.
Progress = Callable[[int, float], None]


@dataclass(frozen=True)
class Evolution:
    """Settings of SciPy's differential evolution (Storn and Price 1997, J. Glob. Optim. 11, 341).

    Strategy best1bin, a Latin hypercube as the first population, deferred updating (a rig, too,
    measures a whole population before the next one is made), no polishing, which would measure
    gradients by finite differences, and no other end than ``generations`` and ``stop_loss``.

    A reading lasts 0.1 s unless told otherwise, as long as the paper's measurement of a gradient.
    So one evaluation here and one there take the rig's time alike; what differs is how much each
    tells.

    Attributes:
        generations: Largest number of generations after the first population.
        population_per_control: Members of the population per control; SciPy's default is 15.
        mutation: Range from which each generation draws its differential weight; SciPy's default.
        recombination: Crossover probability; SciPy's default.
        stop_loss: The search ends once the best measured loss is below this.
        reading_s: Time over which one output is averaged.
        sample_rate_hz: Samples per second of a reading.
        ramp_s: Time to reach a pattern's voltages, with waiting (Boon 2025, Fig. 4a: 15 ms).
    """

    generations: int = 100
    population_per_control: int = 15
    mutation: tuple[float, float] = (0.5, 1.0)
    recombination: float = 0.7
    stop_loss: float = 0.008
    reading_s: float = 0.1
    sample_rate_hz: float = 1e4
    ramp_s: float = 0.015

    def __post_init__(self) -> None:
        for key, least in (("generations", 1), ("population_per_control", 1), ("samples", 1)):
            if not getattr(self, key) >= least:
                raise InputError(
                    "not usable", key=key, value=getattr(self, key), expected=f"{least} or above"
                )
        for key in ("stop_loss", "ramp_s"):
            value = getattr(self, key)
            if not (np.isfinite(value) and value >= 0):
                raise InputError("not usable", key=key, value=value, expected="0 or above")

    @property
    def samples(self) -> int:
        """Samples per reading."""
        return round(self.reading_s * self.sample_rate_hz)


def train_evolution(
    device: DeviceModel,
    task: Task,
    *,
    evolution: Evolution | None = None,
    loss: Loss | None = None,
    ranges_v: np.ndarray | None = None,
    seed: int = 0,
    noise: NoiseSource | None = None,
    progress: Progress | None = None,
) -> TrainingResult:
    """Search control voltages by differential evolution.

    The result has one start, and one "iteration" per generation, the first population being number
    0: the best voltages so far, their outputs as they were measured, and their loss. With noise the
    best is a lucky one, since no member is measured twice; the final outputs are without noise.

    The paper compares with a genetic algorithm of its own (Boon 2025, Supplementary Note 3). This
    is another evolutionary method in its place, from a well-kept library.

    Args:
        device: The device.
        task: Patterns, targets and electrodes.
        evolution: Settings.
        loss: The loss; the paper's unless given.
        ranges_v: Range of every control, shape (M, 2), in V; the device's safe one unless given.
        seed: Seed of the search.
        noise: Noise of the output, averaged over each reading.
        progress: Called after every generation.

    Raises:
        InputError: A task or ranges that don't fit the device.
    """
    from scipy.optimize import differential_evolution

    evolution, loss = evolution or Evolution(), loss or CorrelationLoss()
    task.check(device)
    ranges_v = check_ranges(device, task, ranges_v)
    made = _provenance(device, task, evolution, loss, ranges_v, noise, seed)
    search = _Search(device, task, evolution, loss, ranges_v, noise, progress)
    differential_evolution(
        search.measure,
        ranges_v,
        strategy="best1bin",
        maxiter=evolution.generations,
        popsize=evolution.population_per_control,
        tol=0,
        mutation=evolution.mutation,
        recombination=evolution.recombination,
        rng=seed,
        callback=search.stop,
        polish=False,
        init="latinhypercube",
        updating="deferred",
        vectorized=True,
    )
    return search.result(made)


class _Search:
    """What SciPy calls: measures a population, remembers the best."""

    def __init__(
        self,
        device: DeviceModel,
        task: Task,
        evolution: Evolution,
        loss: Loss,
        ranges_v: np.ndarray,
        noise: NoiseSource | None,
        progress: Progress | None,
    ) -> None:
        self._device, self._task, self._evolution = device, task, evolution
        self._loss, self._ranges_v, self._noise = loss, ranges_v, noise
        self._progress = progress
        self._best: list[tuple[np.ndarray, np.ndarray, float]] = []
        self._members = 0

    def measure(self, voltages_v: np.ndarray) -> np.ndarray:
        """Losses (P,) of a population given as columns, shape (M, P)."""
        # scaled from 0..1, a voltage may leave its range by rounding
        controls_v = np.clip(voltages_v.T, *self._ranges_v.T)
        output_a = self._task.current_a(self._device, controls_v)
        if self._noise is not None:
            noise_a = self._noise(output_a.size, self._evolution.samples)
            output_a = output_a + noise_a.mean(axis=1).reshape(output_a.shape)
        losses = measured_losses(self._task, self._loss, output_a)
        if not self._solved:
            # SciPy looks at the callback after the first generation at the earliest, so the first
            # population may be good enough already: what is measured then doesn't count
            self._members = len(losses)
            self._remember(controls_v, output_a, losses)
        return losses

    def stop(self, intermediate_result: object) -> bool:
        """SciPy's callback: whether to end the search."""
        return self._solved

    def result(self, made: Mapping[str, Any]) -> TrainingResult:
        """The search as a training of one start."""
        task, evolution = self._task, self._evolution
        voltages_v, outputs_a, losses = (np.array(part) for part in zip(*self._best, strict=True))
        final_a = task.current_a(self._device, voltages_v[-1:])
        evaluations = self._members * len(task.targets)
        seconds = evolution.samples / evolution.sample_rate_hz + evolution.ramp_s
        return TrainingResult(
            task=task,
            voltages_v=voltages_v[None],
            outputs_a=outputs_a[None],
            losses=losses[None],
            iterations=np.array([len(losses)]),
            stopped=np.array([self._solved]),
            final_voltages_v=voltages_v[-1:],
            final_outputs_a=final_a,
            final_losses=measured_losses(task, self._loss, final_a),
            evaluations_per_iteration=evaluations,
            seconds_per_iteration=evaluations * seconds,
            provenance=made,
        )

    @property
    def _solved(self) -> bool:
        return bool(self._best) and self._best[-1][2] < self._evolution.stop_loss

    def _remember(self, controls_v: np.ndarray, output_a: np.ndarray, losses: np.ndarray) -> None:
        winner = int(np.argmin(losses))
        if not self._best or losses[winner] < self._best[-1][2]:
            entry = (controls_v[winner], output_a[winner], float(losses[winner]))
        else:
            entry = self._best[-1]
        self._best.append(entry)
        if self._progress is not None:
            self._progress(len(self._best) - 1, entry[2])


def _provenance(
    device: DeviceModel,
    task: Task,
    evolution: Evolution,
    loss: Loss,
    ranges_v: np.ndarray,
    noise: NoiseSource | None,
    seed: int,
) -> dict[str, Any]:
    from scipy import __version__ as scipy_version

    return {
        "device": describe_device(device),
        "task": describe(task.made),
        "evolution": describe(evolution),
        "noise": describe(noise),
        "loss": describe(loss),
        "ranges_V": ranges_v.tolist(),
        "seeds": {"evolution": seed},
        "versions": {**versions(), "scipy": scipy_version},
    }
