"""Checks between keys that need only the circuit file and the file system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hgecircuit.spec.ball import DIMENSIONS, BallTask
from hgecircuit.spec.block_checks import block_problems
from hgecircuit.spec.carrier_rules import RELATIVE, Carriers, carrier_problems
from hgecircuit.spec.circuit import MODEL_SUFFIXES, CircuitSpec
from hgecircuit.spec.loop import StreamLoop
from hgecircuit.spec.loop_checks import loop_problems
from hgecircuit.spec.problems import Problem, counted
from hgecircuit.spec.signals import (
    ExplicitPlan,
    GolombPlan,
    QuadraturePlan,
)
from hgecircuit.units import format_quantity

# Fewer samples can't show a settling low-pass; more would fill the memory for no gain.
FEWEST_REFERENCE_SAMPLES, MOST_REFERENCE_SAMPLES = 10, 1_000_000


def find_problems(spec: CircuitSpec) -> list[Problem]:
    """Every mistake that needs more than one key to see."""
    problems = [
        *_task_problems(spec),
        *_limit_problems(spec),
        *_electrode_problems(spec),
        *_level_problems(spec),
        *_control_problems(spec),
        *_model_problems(spec),
        *loop_problems(spec),
        *block_problems(spec),
        *_sampling_problems(spec),
    ]
    plan = spec.perturbation
    if not isinstance(plan, ExplicitPlan):
        return [*problems, *_grid_problems(spec, plan)]
    lengths = [*_explicit_length_problems(spec, plan)]
    if not lengths:
        carriers = Carriers(plan.frequencies_hz, plan.phases_rad)
        problems += carrier_problems(spec, carriers)
    return [*problems, *lengths]


def _length_problem(
    spec: CircuitSpec, key: str, values: Sequence[object] | None, count: int, per: str
) -> Iterator[Problem]:
    if values is not None and len(values) != count:
        yield Problem(
            key,
            f"{counted(len(values), 'value')} for {counted(count, per[:-1])}",
            spec.source.written(key),
            f"one per entry of device.{per}",
        )


def _task_problems(spec: CircuitSpec) -> Iterator[Problem]:
    task, inputs = spec.task, len(spec.device.inputs)
    if isinstance(task, BallTask) != isinstance(spec.loop, StreamLoop):
        yield Problem(
            "task.kind",
            f"does not fit the {spec.loop.kind} loop",
            task.kind,
            '"sphere"' if isinstance(spec.loop, StreamLoop) else '"table"',
        )
        return
    if isinstance(task, BallTask):
        if inputs != DIMENSIONS:
            yield Problem(
                "device.inputs",
                f"{counted(inputs, 'input')} for points of {DIMENSIONS} coordinates",
                list(spec.device.inputs),
                f"{DIMENSIONS} electrodes",
            )
        return
    for index, pattern in enumerate(task.patterns):
        key = f"task.patterns[{index}]"
        if len(pattern) != inputs:
            yield Problem(
                key,
                f"{counted(len(pattern), 'character')} for {counted(inputs, 'input')}",
                pattern,
                "one character per entry of device.inputs",
            )
        if pattern in task.patterns[:index]:
            yield Problem(key, "the same pattern twice", pattern, "every pattern once")
    if len(task.targets) != len(task.patterns):
        yield Problem(
            "task.targets",
            f"{counted(len(task.targets), 'target')} for {len(task.patterns)} patterns",
            task.targets,
            "one 0 or 1 per pattern",
        )


def _limit_problems(spec: CircuitSpec) -> Iterator[Problem]:
    """Keys of `[limits]` and `[start]` that belong to the other kind of task."""
    sphere = isinstance(spec.task, BallTask)
    names = ("limits.loss", "limits.margin") if sphere else ("limits.accuracy",)
    for name in names:
        written = spec.source.written(name)
        if written is not None:
            yield Problem(
                name,
                f'has no effect with task.kind = "{spec.task.kind}"',
                written,
                "no such key",
            )
    if sphere and spec.start.restarts:
        yield Problem(
            "start.restarts",
            "the sphere is learned from one start",
            spec.start.restarts,
            "no such key; --start-seed chooses another start",
        )


def _electrode_problems(spec: CircuitSpec) -> Iterator[Problem]:
    device = spec.device
    used: set[int] = set()
    for name, electrodes in (("inputs", device.inputs), ("controls", device.controls)):
        for index, electrode in enumerate(electrodes):
            if electrode in used:
                yield Problem(
                    f"device.{name}[{index}]",
                    "electrode used twice",
                    electrode,
                    "every electrode once in device.inputs and device.controls",
                )
            used.add(electrode)


def _level_problems(spec: CircuitSpec) -> Iterator[Problem]:
    device, inputs = spec.device, len(spec.device.inputs)
    lengths = [
        *_length_problem(spec, "device.logic_low", device.logic_low_v, inputs, "inputs"),
        *_length_problem(spec, "device.logic_high", device.logic_high_v, inputs, "inputs"),
    ]
    yield from lengths
    if lengths:
        return
    levels = zip(device.inputs, device.logic_low_v, device.logic_high_v, strict=True)
    for index, (electrode, low_v, high_v) in enumerate(levels):
        if low_v == high_v:
            yield Problem(
                "device.logic_high",
                f"0 and 1 have the same voltage on electrode {electrode}",
                spec.source.written(f"device.logic_high[{index}]"),
                "a voltage other than logic_low",
            )


def _control_problems(spec: CircuitSpec) -> Iterator[Problem]:
    device, controls = spec.device, len(spec.device.controls)
    low_v, high_v = device.control_min_v, device.control_max_v
    lengths = [
        *_length_problem(spec, "device.control_min", low_v, controls, "controls"),
        *_length_problem(spec, "device.control_max", high_v, controls, "controls"),
        *_length_problem(
            spec, "perturbation.amplitude", spec.perturbation.amplitude_v, controls, "controls"
        ),
        *_length_problem(spec, "start.voltages", spec.start.voltages_v, controls, "controls"),
    ]
    yield from lengths
    if not lengths and low_v is not None and high_v is not None:
        for index, electrode in enumerate(device.controls):
            if low_v[index] >= high_v[index]:
                yield Problem(
                    "device.control_max",
                    f"not above control_min on electrode {electrode}",
                    spec.source.written(f"device.control_max[{index}]"),
                    "a voltage above control_min",
                )
    if spec.start.restarts and spec.start.voltages_v is not None:
        yield Problem(
            "start.restarts",
            "restarts beside start voltages would all be the same",
            spec.start.restarts,
            "start.seed instead of start.voltages",
        )
    if spec.start.seed is not None and spec.start.voltages_v is not None:
        yield Problem(
            "start.seed",
            "a seed beside start voltages has no effect",
            spec.start.seed,
            "either seed or voltages",
        )


def _model_problems(spec: CircuitSpec) -> Iterator[Problem]:
    model, path = spec.device.model, spec.model_path
    expected = f"a shipped model's name, or a file ending in {', '.join(MODEL_SUFFIXES)}"
    if path is None:
        if "/" in model or "." in model:
            yield Problem("device.model", "not a known kind of model file", model, expected)
        return
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
    except OSError:
        is_file = is_folder = False
    if is_folder:
        yield Problem("device.model", f"{path} is a folder", model, expected)
    elif not is_file:
        yield Problem("device.model", f"no such file: {path}", model, expected)


def _explicit_length_problems(spec: CircuitSpec, plan: ExplicitPlan) -> Iterator[Problem]:
    controls = len(spec.device.controls)
    yield from _length_problem(
        spec, "perturbation.frequencies", plan.frequencies_hz, controls, "controls"
    )
    if spec.source.written("perturbation.phases") is not None:
        yield from _length_problem(
            spec, "perturbation.phases", plan.phases_rad, controls, "controls"
        )


def _grid_problems(spec: CircuitSpec, plan: QuadraturePlan | GolombPlan) -> Iterator[Problem]:
    if plan.lowest_hz < plan.spacing_hz * (1 - RELATIVE):
        # Its own harmonics and differences would fall on it, whatever the other carriers are.
        key = "perturbation.lowest"
        yield Problem(
            key,
            "below the spacing of the carriers",
            spec.source.written(key) or format_quantity(plan.lowest_hz, "Hz", 6),
            f"at least {format_quantity(plan.spacing_hz, 'Hz', 6)}, or a smaller spacing",
        )


def _sampling_problems(spec: CircuitSpec) -> Iterator[Problem]:
    noise, reference = spec.device.noise, spec.reference
    if noise is not None and noise.white_a2_per_hz == noise.flicker_a2_per_hz == 0:
        yield Problem(
            "device.noise",
            "a noise table without noise",
            None,
            'white = "1e-7 nA^2/Hz", flicker = "1e-5 nA^2/Hz" or both; or no such table',
        )
    samples = round(reference.time_s * reference.sample_rate_hz)
    if not FEWEST_REFERENCE_SAMPLES <= samples <= MOST_REFERENCE_SAMPLES:
        yield Problem(
            "reference.time",
            f"{samples} samples at reference.sample_rate",
            spec.source.written("reference.time"),
            f"{FEWEST_REFERENCE_SAMPLES} to {MOST_REFERENCE_SAMPLES} samples",
        )
