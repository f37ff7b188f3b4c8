"""Which electrodes, ranges and settings let the coherent loop learn all gates of two inputs?

Every choice is tried in numbers (:mod:`hgecircuit.run.twin`) from many random starts on each of the
16 truth tables. What counts is how many starts a set of circuits may be expected to need that draws
start after start until each gate has learned: sum over the gates of 1 / (share of starts that
learn it).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np

from hgecircuit.design.design import CoherentDesign
from hgecircuit.devices.base import DeviceModel
from hgecircuit.errors import InputError
from hgecircuit.learner import Learner
from hgecircuit.losses import mark_gate
from hgecircuit.parts.affine_readout import AffineReadout
from hgecircuit.run.base import ProgressCallback
from hgecircuit.run.parallel import run_jobs
from hgecircuit.run.twin import run_twin
from hgecircuit.spec.loop import CoherentLoop
from hgecircuit.spec.runs import LimitsSpec

#: Outputs for 00, 01, 10, 11.
GATES = tuple(f"{number:04b}" for number in range(16))
PATTERNS = ("00", "01", "10", "11")


@dataclass(frozen=True)
class Choice:
    """What is tried.

    Attributes:
        inputs: Electrodes of the two inputs; empty for those of the circuit file.
        share: Logic 0 and 1 as shares of each input's safe range.
        settings: Other values by dotted key, as the circuit file would hold them.
    """

    inputs: tuple[int, ...] = ()
    share: tuple[float, float] = (0.0, 1.0)
    settings: tuple[tuple[str, Any], ...] = ()

    def overrides(self, device: DeviceModel) -> dict[str, Any]:
        """The values to be set in the circuit file."""
        values = dict(self.settings)
        if self.inputs:
            values["device.inputs"] = list(self.inputs)
            others = set(range(device.electrodes)) - set(self.inputs)
            values["device.controls"] = sorted(others)
            for key, share in zip(("logic_low", "logic_high"), self.share, strict=True):
                values[f"device.{key}"] = [f"{one:.3f} V" for one in self._level_v(device, share)]
        return values

    def _level_v(self, device: DeviceModel, share: float) -> np.ndarray:
        low_v, high_v = (
            ends[list(self.inputs)] for ends in (device.voltage_min_v, device.voltage_max_v)
        )
        return low_v + share * (high_v - low_v)


@dataclass(frozen=True)
class Score:
    """How a choice did.

    Attributes:
        choice: The choice.
        levels_v: Logic 0 and 1 of each input, shape (2, inputs), in V.
        solved: Share of starts that learned each gate, by truth table.
        epochs: Median epochs to the solution of those starts; None where none learned.
        margin_a: Smallest margin of those starts in A; None where none learned.
        accumulator_peak_v: Largest accumulator voltage of any start.
        starts: Number of starts.
    """

    choice: Choice
    levels_v: np.ndarray
    solved: Mapping[str, float]
    epochs: Mapping[str, float | None]
    margin_a: Mapping[str, float | None]
    accumulator_peak_v: float
    starts: int

    @property
    def gates(self) -> int:
        """Gates that any start learned."""
        return sum(share > 0 for share in self.solved.values())

    @property
    def expected_starts(self) -> float:
        """Starts that the gates of :attr:`gates` need together."""
        return sum(1 / share for share in self.solved.values() if share > 0)

    @property
    def hardest(self) -> str:
        """The gate with the smallest share, the first of several."""
        return min(self.solved, key=lambda table: self.solved[table])

    @property
    def rank_key(self) -> tuple[int, float]:
        """Sorts the best first: most gates, then fewest starts."""
        return -self.gates, self.expected_starts


def find_choices(
    device: DeviceModel,
    pairs: Sequence[tuple[int, ...]] | None,
    shares: Sequence[tuple[float, float]],
    variations: Mapping[str, Sequence[Any]],
) -> list[Choice]:
    """Every combination.

    Args:
        device: Its electrodes.
        pairs: Pairs of input electrodes; None for all, an empty list for the circuit file's own
            inputs and levels.
        shares: Ranges for each pair.
        variations: Values to be tried, by dotted key.

    Raises:
        InputError: An electrode that the device lacks.
    """
    if pairs is None:
        pairs = list(combinations(range(device.electrodes), 2))
    for pair in pairs:
        if max(pair) >= device.electrodes:
            raise InputError(
                f"{device.name} has {device.electrodes} electrodes",
                value=pair,
                expected=f"0 to {device.electrodes - 1}",
            )
    wirings = list(product(pairs, shares)) or [((), (0.0, 1.0))]
    settings = [
        tuple(zip(variations, values, strict=True)) for values in product(*variations.values())
    ]
    return [Choice(*wiring, chosen) for wiring in wirings for chosen in settings]


def search_gates(
    file: Path,
    choices: Iterable[Choice],
    starts: int,
    seed: int,
    progress: ProgressCallback | None = None,
) -> list[Score]:
    """Try every choice, on all cores; the best first.

    Args:
        file: The circuit file whose values hold where a choice sets none.
        choices: What to try.
        starts: Random starts per gate.
        seed: Their seed.
        progress: Called with the share that is done.

    Raises:
        InputError: The circuit is no coherent loop with the four patterns of two inputs, or a
            choice does not fit it.
    """
    jobs = [partial(score_choice, file, choice, starts, seed) for choice in choices]
    for job in (jobs[0], jobs[-1]):
        _learner(file, job.args[1])  # mistakes come before the work and from this process
    return sorted(run_jobs(jobs, processes=True, progress=progress), key=lambda one: one.rank_key)


def score_choice(file: Path, choice: Choice, starts: int, seed: int) -> Score:
    """Try one choice; for the arguments see :func:`search_gates`."""
    learner = _learner(file, choice)
    design, limits = learner.design, learner.spec.limits
    assert isinstance(design, CoherentDesign)
    starts_v = learner.random_starts_v(seed, starts)
    solved: dict[str, float] = {}
    epochs: dict[str, float | None] = {}
    margin_a: dict[str, float | None] = {}
    peak_v = 0.0
    for table in GATES:
        run = run_twin(with_targets(design, table), starts_v)
        since, margins_a = _judge(design, table, run.outputs_a, limits)
        good = since < len(run.outputs_a)
        solved[table] = float(good.mean())
        epochs[table] = float(np.median(since[good])) if good.any() else None
        margin_a[table] = float(margins_a[good].min()) if good.any() else None
        peak_v = max(peak_v, float(run.accumulator_peak_v.max()))
    levels_v = np.stack([design.task.low_v, design.task.high_v])
    return Score(choice, levels_v, solved, epochs, margin_a, peak_v, starts)


def with_targets(design: CoherentDesign, table: str) -> CoherentDesign:
    """The same learner for another truth table."""
    assert isinstance(design.readout, AffineReadout)
    bits = tuple(int(bit) for bit in table)
    task = replace(design.task, targets=np.array(bits, dtype=float))
    return replace(design, task=task, readout=replace(design.readout, targets=bits))


def _judge(
    design: CoherentDesign, table: str, outputs_a: np.ndarray, limits: LimitsSpec
) -> tuple[np.ndarray, np.ndarray]:
    """Epoch since which each start stays solved (N + 1 for never), and its last margin in A."""
    targets = np.array([int(bit) for bit in table], dtype=float)
    marks = mark_gate(outputs_a, targets, limits.loss_scale_a, design.separation_min_a)
    bad = ~((marks.loss < limits.loss) & (marks.margin_a > limits.margin_a))
    last_bad = len(bad) - 1 - bad[::-1].argmax(axis=0)
    return np.where(bad.any(axis=0), last_bad + 1, 0), marks.margin_a[-1]


def _learner(file: Path, choice: Choice) -> Learner:
    plain = Learner.from_file(file)
    if not isinstance(plain.design, CoherentDesign):
        raise InputError(
            "only the coherent loop can be tried in numbers",
            file=file,
            key="loop.kind",
            value=plain.spec.loop.kind,
            expected='"coherent"',
        )
    loop = plain.spec.loop
    if not isinstance(loop, CoherentLoop) or loop.error != "affine":
        raise InputError(
            "only the affine error circuit can be tried in numbers",
            file=file,
            key="loop.error",
            value=getattr(loop, "error", None),
            expected='"affine"',
        )
    if plain.spec.task.patterns != PATTERNS:
        raise InputError(
            "not the patterns of a gate of two inputs",
            file=file,
            key="task.patterns",
            value=list(plain.spec.task.patterns),
            expected=str(list(PATTERNS)),
        )
    overrides = choice.overrides(plain.device)
    return Learner.from_file(file, overrides=overrides) if overrides else plain
