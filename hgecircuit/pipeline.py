"""The whole story, one line per stage: a circuit file in, verdicts out. Read this first."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hgecircuit.circuit.bench import GradientBench, build_bench, halve_step
from hgecircuit.circuit.block_bench import build_lowpass_bench, build_transient_bench
from hgecircuit.circuit.exams import build_exams
from hgecircuit.circuit.oscillator_bench import build_oscillator_bench, replay_oscillators
from hgecircuit.compare.blocks import (
    block_verdicts,
    built_oscillator_verdicts,
    lowpass_verdict,
)
from hgecircuit.compare.gradient import GradientResult, gradient_verdicts
from hgecircuit.compare.learning import (
    assess_learning,
    final_weights_v,
    headroom_verdict,
    learning_verdicts,
    restarts_verdict,
)
from hgecircuit.compare.offsets import has_offsets, offset_verdict
from hgecircuit.compare.sphere import assess_sphere, sphere_verdicts
from hgecircuit.compare.study import StartResult, study_verdicts
from hgecircuit.compare.three_way import three_way_verdicts
from hgecircuit.compare.verification import Verification
from hgecircuit.design.budget import gradient_budget, reference_budget, with_measured_step
from hgecircuit.design.design import CoherentDesign, ContinuousDesign, StreamDesign
from hgecircuit.design.size import operating_points_v
from hgecircuit.errors import InputError
from hgecircuit.learner import Learner
from hgecircuit.record import Record
from hgecircuit.report import Report, write_report
from hgecircuit.report.run_page.schematics import choose_schematics
from hgecircuit.rig_stage import RigStage, compare_three
from hgecircuit.run.base import Engine, Progress, ProgressCallback
from hgecircuit.run.engines.ngspice import Ngspice
from hgecircuit.run.folder import VERIFICATION, prepare_folder
from hgecircuit.run.simulate import simulate_deck, simulate_decks
from hgecircuit.starts import StartsPlan, find_start, run_starts

StageProgress = Callable[[str, Progress], None]


def verify(
    learner: Learner,
    folder: Path,
    *,
    engine: Engine | None = None,
    rig: RigStage | None = None,
    progress: StageProgress | None = None,
) -> Verification:
    """Simulate a learner and check it against its device model and the digital reference.

    Args:
        learner: From a circuit file.
        folder: Where decks and logs go.
        engine: The simulator; ngspice unless given.
        rig: A rig on which the same is measured and trained, or None.
        progress: Called with the stage's name and how far it is.

    Raises:
        MissingToolError: There is no ngspice.
        SimulatorError: A run failed or its result can't be trusted.
    """
    engine, clock = engine or Ngspice(), _Clock(progress)
    tried: tuple[StartResult, ...] = ()
    benches: dict[str, Record] = {}
    if learner.spec.blocks.oscillator == "component":
        with clock.stage("ngspice: oscillators start") as report:
            learner, benches["oscillators"] = start_oscillators(learner, folder, engine, report)
    if learner.spec.start.restarts:
        with clock.stage("ngspice: restarts until one learns") as report:
            learner, tried = find_start(learner, folder / "restarts", engine, report)
    design, spec, timeout_s = learner.design, learner.spec, learner.spec.simulation.timeout_s

    points_v = operating_points_v(design, spec.verification)
    gradient_bench = build_bench(design, points_v)
    halved = halve_step(gradient_bench)
    block_bench = build_transient_bench(design)
    decks = [learner.deck(), gradient_bench.deck, halved.deck, block_bench.deck]
    if isinstance(design, ContinuousDesign):
        decks.append(build_lowpass_bench(design))

    with clock.stage("ngspice: learner and benches") as report:
        records = simulate_decks(decks, folder, timeout_s, engine, report)
    benches |= {deck.name: record for deck, record in zip(decks, records, strict=True)}
    record = benches.pop("learner")
    exams = build_exams(design, final_weights_v(design, record))
    with clock.stage("ngspice: exam") as report:
        answers = simulate_decks([one.deck for one in exams], folder, timeout_s, engine, report)
    benches |= {one.deck.name: answer for one, answer in zip(exams, answers, strict=True)}
    exam_a, *test_a = (one.read_a(answer) for one, answer in zip(exams, answers, strict=True))
    with clock.stage("digital reference") as report:
        estimator = learner.reference_estimator()
        measured = estimator.measure(learner.device, points_v, design.task.controls)
        reference = learner.train_reference(design.start_v[None], progress=report)

    measured_on_rig = None
    if rig is not None:
        with clock.stage("rig") as report:
            measured_on_rig = rig.measure(learner, points_v, folder, report)

    with clock.stage("comparison"):
        simulated = read_gradient(gradient_bench, benches["gradient"])
        at_half_step = read_gradient(halved, benches["gradient_half_step"])
        gradient = GradientResult(
            points_v,
            simulated,
            measured.gradient_a_per_v,
            with_measured_step(gradient_budget(design, points_v), simulated, at_half_step),
            reference_budget(design, points_v, spec.reference.time_s, spec.reference.settled),
        )
        learning = assess_learning(design, record, exam_a, spec.limits)
        sphere = None
        if isinstance(design, StreamDesign):
            reference_v = reference.final_voltages_v[0]
            sphere = assess_sphere(design, learning, test_a[0], reference_v)
            learned = sphere_verdicts(design, sphere, spec.limits)
        else:
            learned = learning_verdicts(learning, spec.limits)
        verdicts = [
            *learned,
            *gradient_verdicts(gradient, spec.limits),
            *block_verdicts(design, block_bench, benches["blocks"]),
        ]
        if "oscillators" in benches:
            verdicts += built_oscillator_verdicts(design, benches["oscillators"])
        if tried:
            verdicts.insert(0, restarts_verdict(tried, spec.start.restarts))
        if isinstance(design, ContinuousDesign):
            verdicts.append(lowpass_verdict(design, benches["lowpass"]))
        else:
            verdicts.append(headroom_verdict(design, record))
        if isinstance(design, CoherentDesign) and has_offsets(design):
            verdicts.append(offset_verdict(design, gradient, record))
        three = None
        if measured_on_rig is not None:
            three = compare_three(learner, gradient, learning, reference, measured_on_rig, sphere)
            verdicts += three_way_verdicts(three, spec.limits)
    return Verification(
        learner,
        tuple(verdicts),
        gradient,
        learning,
        reference,
        record,
        benches,
        clock.wall_s,
        tried,
        three,
        sphere,
    )


def start_oscillators(
    learner: Learner, folder: Path, engine: Engine, progress: ProgressCallback | None = None
) -> tuple[Learner, Record]:
    """Start a learner's oscillators by themselves; its learning runs replay them if it says so.

    They take nothing from the learner but the load of their outputs, so what is replayed is what
    they would do: fundamental, harmonics and offset of every output, each at its own phase.
    """
    deck = build_oscillator_bench(learner.design)
    record = simulate_deck(deck, folder, learner.spec.simulation.timeout_s, engine, progress)
    if learner.spec.components.replay:
        learner = replace(learner, replayed=replay_oscillators(learner.design, record))
    return learner, record


def verify_to_folder(
    learner: Learner,
    folder: str | Path,
    *,
    plan: StartsPlan | None = None,
    command: str = "",
    engine: Engine | None = None,
    rig: RigStage | None = None,
    progress: StageProgress | None = None,
) -> Report:
    """Verify a learner and write its report.

    Args:
        learner: From a circuit file.
        folder: New, or of an earlier run of the same circuit.
        plan: Random starts to run as well.
        command: Command line to be recorded.
        engine: The simulator; ngspice unless given.
        rig: A rig on which the same is measured and trained, or None.
        progress: Called with the stage's name and how far it is.

    Raises:
        InputError: The folder holds something else.
        MissingToolError: There is no ngspice.
        SimulatorError: A run failed or its result can't be trusted.
    """
    if plan is not None and isinstance(learner.design, StreamDesign):
        raise InputError(
            "the sphere is learned from one start",
            file=learner.spec.file,
            key="--starts",
            value=plan.count,
            expected="no random starts; --start-seed chooses another start",
        )
    engine = engine or Ngspice()
    folder = prepare_folder(Path(folder), learner.spec.name, VERIFICATION)
    verification = verify(learner, folder, engine=engine, rig=rig, progress=progress)
    study = None
    if plan is not None:
        clock = _Clock(progress)
        with clock.stage(f"ngspice: {plan.count} random starts") as report:
            study = run_starts(verification.learner, plan, folder / "starts", engine, report)
        verdicts = (*verification.verdicts, *study_verdicts(study, plan.required_share))
        wall_s = {**verification.wall_s, **clock.wall_s}
        verification = replace(verification, verdicts=verdicts, wall_s=wall_s)
    written = write_report(
        verification,
        folder,
        circuit_file=learner.spec.file,
        command=command,
        study=study,
        schematics=choose_schematics(learner),
    )
    for raw in folder.glob("*.raw"):
        raw.unlink()  # their traces are in the report's netCDF files
    return written


def simulate_to_folder(
    learner: Learner,
    folder: str | Path,
    *,
    engine: Engine | None = None,
    progress: StageProgress | None = None,
) -> dict[str, Any]:
    """Run a learner and keep its waveforms; returns what was run and which files were written."""
    engine = engine or Ngspice()
    folder, clock = prepare_folder(Path(folder), learner.spec.name, "simulation"), _Clock(progress)
    with clock.stage("ngspice: learner") as report:
        record = learner.simulate(folder, engine=engine, progress=report)
    path = folder / "waveforms.nc"
    record.to_xarray().to_netcdf(path, engine="h5netcdf")
    for raw in folder.glob("*.raw"):
        raw.unlink()
    return {
        "circuit": learner.spec.name,
        "netlist": str(folder / "learner.cir"),
        "log": str(folder / "learner.log"),
        "waveforms": str(path),
        "simulated_s": float(record.time_s[-1]),
        "points": len(record.time_s),
        "wall_s": float(record.provenance["wall_s"]),
        "netlist_sha256": str(record.provenance["netlist_sha256"]),
    }


def read_gradient(bench: GradientBench, record: Record) -> np.ndarray:
    """Derivatives of shape (P, C) in A/V from the bench's record."""
    readings_v = np.stack([record.at(name, bench.read_s) for name in bench.traces], axis=-1)
    if bench.zero_s is not None:
        zeros_v = [record.at(name, bench.zero_s) for name in bench.traces]
        readings_v = readings_v - np.stack(zeros_v, axis=-1)
    return readings_v * bench.scale_a_per_v2


class _Clock:
    """Times the stages and passes their progress on."""

    def __init__(self, progress: StageProgress | None) -> None:
        self.wall_s: dict[str, float] = {}
        self._progress = progress

    def stage(self, name: str) -> _Stage:
        return _Stage(name, self)

    def report(self, name: str, progress: Progress) -> None:
        if self._progress is not None:
            self._progress(name, progress)


class _Stage:
    """One stage: a context manager that gives a progress callback and times itself."""

    def __init__(self, name: str, clock: _Clock) -> None:
        self._name, self._clock = name, clock

    def __enter__(self) -> Callable[[Progress], None]:
        self._start = time.monotonic()
        self._clock.report(self._name, Progress(0.0, 0.0))
        return lambda progress: self._clock.report(self._name, progress)

    def __exit__(self, failure: object, *_: object) -> None:
        wall_s = time.monotonic() - self._start
        self._clock.wall_s[self._name] = wall_s
        if failure is None:
            self._clock.report(self._name, Progress(1.0, wall_s))
