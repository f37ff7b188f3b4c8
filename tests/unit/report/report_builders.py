"""A verification of real classes around a made-up run, so that no simulator is needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from hgecircuit.compare.gradient import GradientResult, gradient_verdicts
from hgecircuit.compare.learning import assess_learning, learning_verdicts
from hgecircuit.compare.sphere import assess_sphere, sphere_verdicts
from hgecircuit.compare.study import StartResult, Study
from hgecircuit.compare.three_way import three_way_verdicts
from hgecircuit.compare.verdict import Sense, Verdict
from hgecircuit.compare.verification import Verification
from hgecircuit.design.budget import gradient_budget, reference_budget
from hgecircuit.design.design import CoherentDesign, Design, GatedDesign, StreamDesign
from hgecircuit.design.size import operating_points_v
from hgecircuit.learner import Learner
from hgecircuit.losses import mark_gate
from hgecircuit.record import Record
from hgecircuit.rig_stage import RigMeasurement, compare_three
from hgecircuit.run.reference import Quadratures, TrainingResult
from hgecircuit.run.rigs.alignment import Timing
from hgecircuit.run.rigs.calibration import Calibration
from hgecircuit.run.rigs.virtual_stand import virtual_spec

CIRCUITS = Path(__file__).parents[3] / "circuits"
SMALL = {"loop.epochs": 6, "reference.iterations": 5, "verification.operating_points": 20}
LATCHED_SHARE = 0.6
NOT_MEASURED = Verdict("block.made_up", None, 1.0, Sense.AT_MOST, "V", "a made-up | limit")


def make_learner(name: str, **overrides: object) -> Learner:
    return Learner.from_file(CIRCUITS / f"{name}.toml", overrides={**SMALL, **overrides})


def make_verification(learner: Learner) -> Verification:
    design, spec = learner.design, learner.spec
    record = make_run(design)
    final_v = np.array([record[f"w{m}"][-1] for m in design.channels])
    exam_a = design.device.current_a(design.task.electrode_voltages_v(final_v))
    learning = assess_learning(design, record, exam_a, spec.limits)
    points_v = operating_points_v(design, spec.verification)
    budget = gradient_budget(design, points_v)
    exact = budget.exact_a_per_v
    reference = reference_budget(design, points_v, spec.reference.time_s, spec.reference.settled)
    gradient = GradientResult(points_v, 1.002 * exact, 0.99 * exact, budget, reference)
    trained = learner.train_reference(design.start_v[None])
    sphere, test_a = None, None
    if isinstance(design, StreamDesign):
        test_a = design.device.current_a(design.test.electrode_voltages_v(final_v))
        sphere = assess_sphere(design, learning, test_a, trained.final_voltages_v[0])
        learned = sphere_verdicts(design, sphere, spec.limits)
    else:
        learned = learning_verdicts(learning, spec.limits)
    made = make_rig(learner, points_v, trained, test_a)
    rig = compare_three(learner, gradient, learning, trained, made, sphere)
    verdicts = [
        *learned,
        *gradient_verdicts(gradient, spec.limits),
        *three_way_verdicts(rig, spec.limits),
    ]
    return Verification(
        learner,
        (*verdicts, NOT_MEASURED),
        gradient,
        learning,
        trained,
        record,
        {"gradient": make_bench("acc0", 100), "lowpass": make_sweep()},
        {"ngspice": 1.5, "comparison": 0.01},
        sphere=sphere,
        rig=rig,
    )


def make_rig(
    learner: Learner, points_v: np.ndarray, trained: TrainingResult, test_a: np.ndarray | None
) -> RigMeasurement:
    """A rig that sees the exact derivatives with a little gain, delay and noise."""
    lock_in = learner.reference_estimator().lock_in
    controls = list(learner.design.task.controls)
    gradient = learner.device.gradient_a_per_v(points_v)[:, controls]
    x_a = gradient * lock_in.amplitudes_v
    noise = np.random.default_rng(3).normal(0, 1e-11, (2, 4, *x_a.shape))
    return RigMeasurement(
        lock_in,
        Quadratures(1.01 * x_a + noise[0], 0.02 * x_a + noise[1]),
        trained,
        test_a,
        Calibration(Timing(), 2e7, uncertainty={"phase_rad": 1e-4}, provenance={"kind": "made up"}),
        virtual_spec(learner.device),
        "a made-up | rig",
        True,
    )


def make_run(design: Design) -> Record:
    """Weights that walk to the middle of their ranges, and traces of the topology around them."""
    stop_s = design.timing.delay_s + design.epochs * design.timing.epoch_s
    time_s = np.linspace(0.0, stop_s, 3001)
    walked = np.clip(time_s / stop_s - 0.1, 0, 0.5)[:, None]
    middle_v = np.array([(weight.minimum_v + weight.maximum_v) / 2 for weight in design.weights])
    weights_v = design.start_v + walked * (middle_v - design.start_v)
    held_v = design.iv.gain_ohm * design.device.current_a(
        design.task.electrode_voltages_v(weights_v)
    )
    traces = {f"w{m}": weights_v[:, m] for m in design.channels}
    if isinstance(design, StreamDesign):
        shown = (time_s / design.timing.slot_s).astype(int) % len(design.patterns)
        traces["yh"] = held_v[np.arange(len(time_s)), shown]
        traces["mean"] = held_v.mean(axis=1)
        traces |= {"theta": -walked[:, 0], "e": traces["yh"] - traces["mean"]}
    else:
        traces |= {f"y{k}": held_v[:, k] for k in design.patterns}
        traces["y"] = held_v[:, 0]
    family = "acc" if isinstance(design, GatedDesign) else "g"
    wave_v = np.sin(40 * np.pi * time_s / stop_s)
    traces |= {f"{family}{m}": (m + 1) * wave_v for m in design.channels}
    if isinstance(design, CoherentDesign):
        traces["open"] = np.where(time_s < LATCHED_SHARE * stop_s, 1.0, 0.0)
    return Record(time_s, traces, _made("learner"))


def make_bench(trace: str, points: int) -> Record:
    return Record(np.linspace(0, 1e-3, points), {trace: np.linspace(0, 1, points)}, _made(trace))


def make_sweep() -> Record:
    frequency_hz = np.geomspace(1.0, 1e4, 40)
    return Record(frequency_hz, {"out": 1 / (1 + 1j * frequency_hz / 100)}, _made("lowpass"))


def _made(name: str) -> dict[str, object]:
    return {
        "engine": "ngspice",
        "version": "39",
        "netlist_sha256": name.encode().hex().ljust(64, "0"),
        "options": {"method": "trap"},
        "wall_s": 1.0,
        "warnings": (),
    }


def make_study(verification: Verification, count: int = 4) -> Study:
    """Every second start solved."""
    learner, limits = verification.learner, verification.learner.spec.limits
    starts_v = learner.random_starts_v(7, count)
    reference = learner.train_reference(starts_v)
    results = []
    for n, start_v in enumerate(starts_v):
        outputs_a = np.array([0.0, 8e-9, 9e-9, 1e-9]) * (1 if n % 2 == 0 else -1)
        targets = learner.design.task.targets
        scales = limits.loss_scale_a, learner.design.separation_min_a
        marks = mark_gate(outputs_a, targets, *scales)
        loss, margin = float(marks.loss), float(marks.margin_a)
        solved = n % 2 == 0
        solved_s = 0.25 if solved else None
        results.append(
            StartResult(start_v, start_v / 2, outputs_a, loss, margin, solved, solved_s, 2.0, 1000)
        )
    return Study(7, tuple(results), reference, limits)


def with_trace(verification: Verification, name: str, trace: np.ndarray) -> Verification:
    record = verification.record
    traces = {**record.traces, name: trace}
    return replace(verification, record=Record(record.time_s, traces, record.provenance))
