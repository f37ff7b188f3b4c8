"""The gradient bench of every repeat, and the oscillators that the learners replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hgecircuit.circuit.bench import build_bench, halve_step
from hgecircuit.compare.gradient import GradientResult, gradient_verdicts
from hgecircuit.compare.verdict import Status
from hgecircuit.design.budget import gradient_budget, reference_budget, with_measured_step
from hgecircuit.design.size import operating_points_v
from hgecircuit.emit.deck import write_deck
from hgecircuit.learner import Learner
from hgecircuit.parts.oscillators import RecordedBank
from hgecircuit.parts.oscillators.base import Tone
from hgecircuit.pipeline import read_gradient, start_oscillators
from hgecircuit.regress.kept import drop_raw, keep, key_of
from hgecircuit.run.base import Engine, ProgressCallback
from hgecircuit.run.parallel import run_jobs
from hgecircuit.run.simulate import simulate_deck


@dataclass(frozen=True)
class Reading:
    """The gradient of one repeat.

    Attributes:
        error: Norm of measured minus exact over the norm of exact, over all points and channels.
        cosine: Median cosine to the exact gradient.
        sure: Number of derivatives that the error budget can resolve.
        right: How many of them have the right sign.
        within: Whether the circuit's own gradient verdicts all pass.
        terms: Error budget: every term as a share of the gradient, by name; the time step's is
            measured.
        total: Their sum.
        reference_error: Error of the digital reference's lock-in at the same points.
        reference_terms: Its error budget.
        reference_total: Their sum.
        measured_a_per_v: Derivatives, shape (P, C).
        exact_norm_a_per_v: Norm of the exact derivatives.
        points: Time points that the simulator computed.
        simulated_s: Simulated time.
        wall_s: Wall time of the simulation.
    """

    error: float
    cosine: float
    sure: int
    right: int
    within: bool
    terms: dict[str, float]
    total: float
    reference_error: float
    reference_terms: dict[str, float]
    reference_total: float
    measured_a_per_v: list[list[float]]
    exact_norm_a_per_v: float
    points: int
    simulated_s: float
    wall_s: float

    def distance(self, other: Reading) -> float:
        """Norm of the difference of two circuits' gradients at the same points, as a share."""
        difference = np.subtract(self.measured_a_per_v, other.measured_a_per_v)
        return float(np.linalg.norm(difference)) / self.exact_norm_a_per_v


def bench_text(learner: Learner) -> str:
    """The gradient bench's netlist, with the oscillators themselves."""
    points_v = operating_points_v(learner.design, learner.spec.verification)
    return write_deck(build_bench(learner.design, points_v).deck)


def measure_gradients(
    learners: Sequence[Learner],
    folder: Path,
    engine: Engine,
    progress: ProgressCallback | None = None,
) -> list[Reading]:
    """Readings of all repeats, as many at a time as there are cores; kept in ``folder``."""
    jobs = [
        partial(_measure, learner, folder / f"{repeat:04d}", engine)
        for repeat, learner in enumerate(learners)
    ]
    return run_jobs(jobs, progress=progress)


def with_started_oscillators(learner: Learner, folder: Path, engine: Engine) -> Learner:
    """The learner with its own oscillators, started and recorded, where it is to replay them."""
    if learner.spec.blocks.oscillator != "component" or not learner.spec.components.replay:
        return learner

    def start() -> dict[str, Any]:
        started, _ = start_oscillators(learner, folder, engine)
        drop_raw(folder)
        assert started.replayed is not None
        return vars(started.replayed)

    key = key_of(learner, engine, [learner.netlist()], "oscillators")
    found = keep(folder / "oscillators.json", key, start)
    tones = tuple(tuple(Tone(*tone) for tone in port) for port in found.pop("tones"))
    names = ("frequencies_hz", "phases_rad", "reference_lag_rad", "offsets_v")
    rows = {name: tuple(found[name]) for name in names}
    return replace(learner, replayed=RecordedBank(**rows, tones=tones, locked=found["locked"]))


def _measure(learner: Learner, folder: Path, engine: Engine) -> Reading:
    key = key_of(learner, engine, [bench_text(learner)], "gradient")
    return Reading(**keep(folder / "gradient.json", key, partial(_run, learner, folder, engine)))


def _run(learner: Learner, folder: Path, engine: Engine) -> dict[str, Any]:
    learner, spec = with_started_oscillators(learner, folder, engine), learner.spec
    design, timeout_s = learner.design, spec.simulation.timeout_s
    shown = design if learner.replayed is None else design.with_oscillators(learner.replayed)
    points_v = operating_points_v(design, spec.verification)
    bench = build_bench(shown, points_v)
    halved = halve_step(bench)
    record = simulate_deck(bench.deck, folder, timeout_s, engine)
    measured = read_gradient(bench, record)
    finer = read_gradient(halved, simulate_deck(halved.deck, folder, timeout_s, engine))
    drop_raw(folder)
    digital = learner.reference_estimator().measure(learner.device, points_v, design.task.controls)
    result = GradientResult(
        points_v,
        measured,
        digital.gradient_a_per_v,
        with_measured_step(gradient_budget(design, points_v), measured, finer),
        reference_budget(design, points_v, spec.reference.time_s, spec.reference.settled),
    )
    sure = int((np.abs(result.exact) > result.budget.resolution_a_per_v).sum())
    verdicts = gradient_verdicts(result, spec.limits)
    exact_norm = float(np.linalg.norm(result.exact))
    reading = Reading(
        error=result.relative_error(result.exact),
        cosine=float(np.median(result.cosines)),
        sure=sure,
        right=sure - result.sign_errors,
        within=all(verdict.status is Status.PASS for verdict in verdicts),
        terms={name: result.budget.relative(name) for name in result.budget.terms_a_per_v},
        total=result.budget.relative(),
        reference_error=float(np.linalg.norm(result.reference - result.exact)) / exact_norm,
        reference_terms={
            name: result.reference_budget.relative(name)
            for name in result.reference_budget.terms_a_per_v
        },
        reference_total=result.reference_budget.relative(),
        measured_a_per_v=measured.tolist(),
        exact_norm_a_per_v=exact_norm,
        points=int(record.provenance["points"]),
        simulated_s=float(record.time_s[-1]),
        wall_s=float(record.provenance["wall_s"]),
    )
    return vars(reading)
