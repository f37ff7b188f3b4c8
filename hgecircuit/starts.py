"""Many random starts: how often does the circuit learn, and the digital reference beside it?"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hgecircuit.circuit.exam import build_exam
from hgecircuit.compare.learning import assess_learning, final_weights_v
from hgecircuit.compare.study import StartResult, Study
from hgecircuit.emit.deck import write_deck
from hgecircuit.learner import Learner
from hgecircuit.record import code_sha256
from hgecircuit.run.base import Engine, Progress, ProgressCallback
from hgecircuit.run.parallel import count_cores, run_jobs
from hgecircuit.run.simulate import simulate_deck


@dataclass(frozen=True)
class StartsPlan:
    """Which random starts to run.

    Attributes:
        seed: Seed of the starts.
        count: Number of starts.
        required_share: Smallest share that must be solved; None to report the share only.
    """

    seed: int
    count: int
    required_share: float | None = None


def run_starts(
    learner: Learner,
    plan: StartsPlan,
    folder: Path,
    engine: Engine,
    progress: ProgressCallback | None = None,
) -> Study:
    """Learn from every start, as many at a time as there are cores.

    A start whose netlist, limits, code and simulator are those of a result in ``folder`` is not
    run again, so a study that was stopped goes on.
    """
    starts_v = learner.random_starts_v(plan.seed, plan.count)
    jobs = [
        partial(run_start, learner, start_v, folder / f"{n:04d}", engine)
        for n, start_v in enumerate(starts_v)
    ]
    results = run_jobs(jobs, progress=progress)
    reference = learner.train_reference(starts_v)
    return Study(plan.seed, tuple(results), reference, learner.spec.limits)


def find_start(
    learner: Learner,
    folder: Path,
    engine: Engine,
    progress: ProgressCallback | None = None,
) -> tuple[Learner, tuple[StartResult, ...]]:
    """The circuit from its own start or, if that does not learn, from the first restart that does.

    As many starts at a time as there are cores; those behind the first that learns don't count.

    Args:
        learner: With ``start.restarts`` in its circuit file.
        folder: Where results are kept: a start that is finished is not run again.
        engine: The simulator.
        progress: Called with the share of restarts that are used up.

    Returns:
        The circuit from the start that learned (its own if none did), and the results of all
        starts up to it.
    """
    start, count = learner.spec.start, 1 + learner.spec.start.restarts
    assert start.seed is not None
    starts_v = learner.random_starts_v(start.seed, count)
    began, step = time.monotonic(), count_cores()
    tried: list[StartResult] = []
    for first in range(0, count, step):
        jobs = [
            partial(run_start, learner, starts_v[n], folder / f"{n:04d}", engine)
            for n in range(first, min(first + step, count))
        ]
        for result in run_jobs(jobs):
            tried.append(result)
            if result.solved:
                return learner.starting_at(result.start_v), tuple(tried)
        if progress is not None:
            progress(Progress(len(tried) / count, time.monotonic() - began))
    return learner, tuple(tried)


def run_start(learner: Learner, start_v: np.ndarray, folder: Path, engine: Engine) -> StartResult:
    """Learn from one start, shape (C,) in V; a result of the same run in ``folder`` is kept."""
    one = learner.starting_at(start_v)
    deck, timeout_s = one.deck(), one.spec.simulation.timeout_s
    key = _key(write_deck(deck), one, engine)
    file = folder / "result.json"
    known = _read_result(file, key)
    if known is not None:
        return known
    record = simulate_deck(deck, folder, timeout_s, engine)
    exam = build_exam(one.design, final_weights_v(one.design, record))
    answer = simulate_deck(exam.deck, folder, timeout_s, engine)
    exam_a = answer.at("y", exam.read_s) * exam.amperes_per_volt
    learning = assess_learning(one.design, record, exam_a, one.spec.limits)
    result = StartResult(
        start_v=start_v,
        final_v=learning.weights_v[-1],
        outputs_a=exam_a,
        loss=learning.exam_loss,
        margin_a=learning.exam_margin_a,
        solved=learning.solved,
        solved_s=learning.solved_s,
        wall_s=float(record.provenance["wall_s"]),
        points=int(record.provenance["points"]),
    )
    _write_result(file, key, result)
    for raw in folder.glob("*.raw"):
        raw.unlink()  # ten megabytes each; the netlist beside it makes them again
    return result


def _key(netlist: str, learner: Learner, engine: Engine) -> str:
    limits = learner.spec.limits.model_dump_json()
    text = "\n".join([netlist, limits, engine.version, code_sha256()])
    return hashlib.sha256(text.encode()).hexdigest()


def _write_result(file: Path, key: str, result: StartResult) -> None:
    values = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in vars(result).items()
    }
    part = file.with_suffix(".part")
    part.write_text(json.dumps({"key": key, **values}, indent=1) + "\n", encoding="utf-8")
    part.replace(file)


def _read_result(file: Path, key: str) -> StartResult | None:
    """The result in ``file`` when it is whole and was made by the same run, else None."""
    try:
        values: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if values["key"] != key:
            return None
        fields = {field.name: values[field.name] for field in dataclasses.fields(StartResult)}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    for name in ("start_v", "final_v", "outputs_a"):
        fields[name] = np.array(fields[name])
    return StartResult(**fields)
