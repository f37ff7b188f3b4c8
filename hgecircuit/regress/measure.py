"""One circuit, measured: all its figures, and the digital reference's beside them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hgecircuit.compare.energy import Times
from hgecircuit.compare.figures import Figure
from hgecircuit.learner import Learner
from hgecircuit.regress.figures import (
    gradient_figures,
    information,
    learning_figures,
    part_figures,
    reference_values,
)
from hgecircuit.regress.gradients import Reading, bench_text, measure_gradients
from hgecircuit.regress.learning import Outcomes, measure_learning, train_reference
from hgecircuit.regress.plan import Plan, read_repeats
from hgecircuit.run.base import Engine, Progress

StageProgress = Callable[[str, Progress], None]
AS_IS, ALL_IDEAL = "as-is", "all-ideal"


@dataclass(frozen=True)
class Bench:
    """What measuring needs.

    Attributes:
        folder: Where results are kept.
        engine: The simulator.
        progress: Called with the stage's name and how far it is.
    """

    folder: Path
    engine: Engine
    progress: StageProgress

    def stage(self, name: str) -> Callable[[Progress], None]:
        """The callback of one stage."""
        return lambda progress: self.progress(name, progress)


@dataclass(frozen=True)
class Measured:
    """A circuit and its figures.

    Attributes:
        path: The circuit file.
        plan: Seeds, starts, repeats.
        learners: One per repeat.
        figures: All figures.
        reference: Values of the digital reference, by the figures' names.
        iteration_s: Time of one of its iterations.
        ideal: Gradients of the circuit with every block ideal, one per repeat.
        failures: What the circuit does not keep of its own limits, in words.
    """

    path: Path
    plan: Plan
    learners: tuple[Learner, ...]
    figures: tuple[Figure, ...]
    reference: Mapping[str, float]
    iteration_s: float
    ideal: tuple[Reading, ...]
    failures: tuple[str, ...]

    @property
    def name(self) -> str:
        """The circuit's name."""
        return self.learners[0].spec.name

    @property
    def settings(self) -> dict[str, Any]:
        """All settings of the circuit file in SI."""
        return self.learners[0].spec.to_json()

    @property
    def file_sha256(self) -> str:
        """Hash of the circuit file's text."""
        return hashlib.sha256(self.learners[0].spec.source.text.encode()).hexdigest()

    @property
    def times(self) -> Times:
        """Time of an update and median time to the solution, the digital reference's as well."""
        name = "learning.time_s"
        figure = self.figure(name)
        return Times(
            self.learners[0].design.timing.epoch_s,
            _finite(None if figure is None else figure.value),
            self.iteration_s,
            _finite(self.reference.get(name)),
        )

    def figure(self, name: str) -> Figure | None:
        """A figure by its name."""
        return next((figure for figure in self.figures if figure.name == name), None)


def measure(path: Path, learners: tuple[Learner, ...], plan: Plan, bench: Bench) -> Measured:
    """Measure a circuit.

    Args:
        path: The circuit file.
        learners: One per repeat, of :func:`hgecircuit.regress.plan.read_repeats`.
        plan: Seeds, starts, repeats.
        bench: Folder, simulator, progress.

    Raises:
        SimulatorError: A run failed or its result can't be trusted.
    """
    first, folder = learners[0], bench.folder / AS_IS
    readings = read_gradients(learners, AS_IS, bench)
    blocks = dict.fromkeys((f"blocks.{name}" for name in _block_names(first)), "ideal")
    ideal_learners = read_repeats(path, plan, blocks)
    ideal = read_gradients(ideal_learners, ALL_IDEAL, bench)
    outcomes = read_learning(learners, AS_IS, plan, bench) if plan.starts else None
    bench.stage("digital reference")(Progress(0.0, 0.0))
    trained, iteration_s = train_reference(first, plan, folder, bench.engine)
    bench.stage("digital reference")(Progress(1.0, 0.0))
    bill = first.bill()
    figures = [
        *gradient_figures(readings, ideal),
        *([] if outcomes is None else learning_figures(outcomes)),
        *part_figures(first, bill),
        *information(first, outcomes, bill),
    ]
    electrodes = first.design.device.electrodes
    reference = reference_values(
        readings, trained if plan.starts else None, iteration_s, electrodes
    )
    return Measured(
        path,
        plan,
        learners,
        tuple(figures),
        reference,
        iteration_s,
        tuple(ideal),
        _failures(readings, outcomes),
    )


def read_gradients(learners: tuple[Learner, ...], tag: str, bench: Bench) -> list[Reading]:
    """Gradients of all repeats; ``tag`` names the variant in folder and progress."""
    stage = bench.stage("gradient" if tag == AS_IS else f"gradient, {tag}")
    return measure_gradients(learners, bench.folder / tag / "gradient", bench.engine, stage)


def read_learning(learners: tuple[Learner, ...], tag: str, plan: Plan, bench: Bench) -> Outcomes:
    """Outcomes of all starts; ``tag`` names the variant in folder and progress."""
    stage = bench.stage("random starts" + ("" if tag == AS_IS else f", {tag}"))
    return measure_learning(learners, plan, bench.folder / tag / "starts", bench.engine, stage)


def not_ideal(learner: Learner) -> list[str]:
    """Blocks of a circuit that are modelled with errors or built of parts."""
    blocks = learner.spec.blocks
    return [name for name in _block_names(learner) if getattr(blocks, name) != "ideal"]


def same_bench(one: tuple[Learner, ...], other: tuple[Learner, ...]) -> bool:
    """Whether two variants have the same gradient benches."""
    return all(bench_text(a) == bench_text(b) for a, b in zip(one, other, strict=True))


def same_circuit(one: tuple[Learner, ...], other: tuple[Learner, ...]) -> bool:
    """Whether two variants have the same learning netlists."""
    return all(a.netlist() == b.netlist() for a, b in zip(one, other, strict=True))


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _block_names(learner: Learner) -> list[str]:
    return [name for name in type(learner.spec.blocks).model_fields if name != "fidelity"]


def _failures(readings: list[Reading], outcomes: Outcomes | None) -> tuple[str, ...]:
    outside = sum(not reading.within for reading in readings)
    found = []
    if outside:
        found.append(f"gradient outside its own budget in {outside} of {len(readings)} repeats")
    if outcomes is not None and not outcomes.solved:
        found.append(f"none of {len(outcomes.times_s)} starts solved")
    return tuple(found)
