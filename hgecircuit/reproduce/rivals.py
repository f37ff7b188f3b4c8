"""HGE and its rivals on one footing: the same rig, the same starts, what each measurement costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from hgecircuit.reproduce.rig import AMPLITUDE_V, NOISE, load
from hgecircuit.reproduce.seeds import seed_for
from hgecircuit.reproduce.spread import JUDGED, Interval
from hgecircuit.reproduce.trainings import TIME_S, carriers_hz, lock_in, rig
from hgecircuit.reproduce.wirings import XOR
from hgecircuit.run.reference import (
    Descent,
    FiniteDifference,
    GainSequence,
    GradientEstimator,
    HomodyneGradient,
    LockIn,
    Spsa,
    StepReading,
    train,
)
from hgecircuit.run.reference.descent import SCHEDULES
from hgecircuit.run.reference.tasks import gate
from hgecircuit.run.reference.training import random_starts_v

#: Directions of averaged SPSA.
DRAWS = 5
#: A converged start stopped at the paper's measured loss, and its undisturbed outputs have a loss
#: below this and a margin above that; a lucky reading alone doesn't count.
LARGEST_LOSS, LEAST_MARGIN_A = 0.05, 1e-9
# Exponent of the usual sequence of steps (Spall 1998).
_GAMMA = 0.101
_RESAMPLES = 2000


class Tuning(NamedTuple):
    """What is tuned.

    Attributes:
        amplitude_v: Amplitude or step.
        rate_v2: Learning rate of the first iteration.
        usual: Spall's falling sequences of step and rate instead of constant ones.
    """

    amplitude_v: float
    rate_v2: float
    usual: bool = False

    def words(self) -> str:
        """``8 mV, 0.02``."""
        kind = ", falling" if self.usual else ""
        return f"{1e3 * self.amplitude_v:g} mV, {self.rate_v2:g} V^2{kind}"


#: The paper's amplitude (Fig. 2d) and learning rate (Methods).
PAPER = Tuning(AMPLITUDE_V, 0.02)


@dataclass(frozen=True)
class Method:
    """A way to find gradients.

    Attributes:
        words: For people.
        make: From the steps over the iterations, number of patterns, seed and the rig.
        falling: Whether falling sequences are tried, too.
    """

    words: str
    make: Callable[[Any, int, int, int, dict[str, Any]], GradientEstimator]
    falling: bool = False


def _spsa(draws: int, common: bool) -> Callable[..., GradientEstimator]:
    def make(
        steps: Any, channels: int, patterns: int, seed: int, on: dict[str, Any]
    ) -> GradientEstimator:
        shared = patterns if common else 1
        return Spsa(StepReading(TIME_S), steps, draws, shared, seed, **on)

    return make


#: By name. SPSA takes one direction for all patterns, as if two losses were measured, or one for
#: each pattern, or averages over five.
METHODS: dict[str, Method] = {
    "hge": Method(
        "HGE, parallel", lambda step, m, k, seed, on: HomodyneGradient(lock_in(m, step), **on)
    ),
    "hge_sequential": Method(
        "HGE, sequential",
        lambda step, m, k, seed, on: HomodyneGradient(lock_in(m, step), sequential=True, **on),
    ),
    "differences": Method(
        "finite differences",
        lambda step, m, k, seed, on: FiniteDifference(StepReading(TIME_S), step, **on),
    ),
    "spsa": Method("SPSA", _spsa(1, True), True),
    "spsa_own": Method("SPSA, a direction per pattern", _spsa(1, False), True),
    "spsa_averaged": Method(f"SPSA, {DRAWS} directions averaged", _spsa(DRAWS, True), True),
}
SPSAS = tuple(name for name in METHODS if name.startswith("spsa"))


def train_rival(
    method: str,
    table: str,
    tuning: tuple[float, float, bool],
    starts: int,
    iterations: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """Train XOR's wiring on a gate with one method.

    Args:
        method: A key of :data:`METHODS`.
        table: Truth table.
        tuning: A :class:`Tuning`.
        starts: Number of starts.
        iterations: At most.
        seed: Of the starts, and with the method's name of noise and directions.
    """
    chosen, device, task = Tuning(*tuning), load(), gate(table, XOR.wiring())
    starts_v = random_starts_v(device, task, starts, seed_for(seed, "starts"))
    steps: Any = chosen.amplitude_v
    if chosen.usual:
        steps = GainSequence(chosen.amplitude_v, _GAMMA)
    rate = SCHEDULES["inverse" if chosen.usual else "constant"](chosen.rate_v2, iterations)
    patterns, channels = len(task.targets), len(task.controls)
    on = rig(seed_for(seed, method, "noise"), starts * patterns * iterations)
    estimator = METHODS[method].make(
        steps, channels, patterns, seed_for(seed, method, "directions"), on
    )
    result = train(device, task, estimator, starts_v, descent=Descent(rate, iterations))
    good = result.stopped & result.solved(LARGEST_LOSS, LEAST_MARGIN_A)
    assert result.time_s is not None
    return {
        "converged": good,
        "measurements": result.evaluations,
        "time_s": result.time_s,
        "iterations": result.iterations,
        "stopped": result.stopped,
        "final_loss": result.final_losses,
    }


def per_success(cost: np.ndarray, converged: np.ndarray) -> float:
    """Cost of all starts over the number that converged: what one costs with restarts."""
    return float(cost.sum() / converged.sum()) if converged.any() else float("inf")


def ratio_per_success(
    rival: dict[str, np.ndarray], own: dict[str, np.ndarray], cost: str, seed: int
) -> Interval:
    """A rival's cost per converged start over HGE's, from the same starts.

    The interval is a bootstrap over the starts, both methods' together, at ``JUDGED``.

    Args:
        rival: Results of the rival, each of shape (S,).
        own: Results of HGE.
        cost: ``measurements`` or ``time_s``.
        seed: Of the bootstrap.
    """

    def ratio(rows: np.ndarray) -> float:
        above, below = (
            per_success(one[cost][rows], one["converged"][rows]) for one in (rival, own)
        )
        return above / below if np.isfinite(below) else 0.0

    count = len(own["converged"])
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = [ratio(generator.integers(0, count, count)) for _ in range(_RESAMPLES)]
    low, high = np.quantile(drawn, [(1 - JUDGED) / 2, (1 + JUDGED) / 2], method="nearest")
    return Interval(ratio(np.arange(count)), float(low), float(high))


def equal_time(method: str, channels: int, step_v: float, on: dict[str, Any]) -> GradientEstimator:
    """A method that finishes a gradient by ``channels`` electrodes within 0.1 s.

    Args:
        method: ``hge``, ``hge_sequential``, ``differences``, ``spsa`` or ``spsa_averaged``.
        channels: Number of electrodes M.
        step_v: Amplitude or step.
        on: The rig.
    """
    rate_hz = NOISE.sample_rate_hz
    if method == "hge":
        return HomodyneGradient(lock_in(channels, step_v), **on)
    if method == "hge_sequential":
        phases, steps = (0.0,) * channels, (step_v,) * channels
        setup = LockIn(carriers_hz(channels), phases, steps, TIME_S / channels, rate_hz)
        return HomodyneGradient(setup, sequential=True, **on)
    if method == "differences":
        return FiniteDifference(StepReading(TIME_S / channels), step_v, **on)
    draws = DRAWS if method == "spsa_averaged" else 1
    return Spsa(StepReading(TIME_S / draws), step_v, draws, seed=1, **on)
