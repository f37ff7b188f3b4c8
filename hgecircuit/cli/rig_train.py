"""`rig train`: the paper's own tasks on a rig."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hgecircuit.cli.amounts import Amount
from hgecircuit.cli.output import JSON_OPTION, print_json, progress_display, write_text
from hgecircuit.cli.rig_options import (
    CALIBRATION_OPTION,
    CONFIG_OPTION,
    REPLAY_OPTION,
    load_spec,
    same_settings,
    show,
)
from hgecircuit.errors import InputError
from hgecircuit.units import FREQUENCY, TIME, VOLTAGE

if TYPE_CHECKING:
    import numpy as np

    from hgecircuit.run.reference import LockIn, Task, TrainingResult
    from hgecircuit.run.rigs.apparatus import Apparatus

# Learning rate and stop of gates, and of the sphere (Boon 2025, Methods).
_GATE, _BALL = (0.02, 0.008), (0.015, 0.2)
_BALLS = ("ring", "sphere")


@click.command()
@click.argument("task")
@CONFIG_OPTION
@CALIBRATION_OPTION
@REPLAY_OPTION
@click.option("--inputs", required=True, help="Electrodes that carry the inputs, such as 2,3,6.")
@click.option(
    "--share",
    default="0.1,0.9",
    show_default=True,
    help="Lowest and highest input as shares of the electrode's limits.",
)
@click.option(
    "--points", type=click.IntRange(2), default=300, show_default=True, help="Training points."
)
@click.option(
    "--test-points", type=click.IntRange(2), default=1000, show_default=True, help="Test points."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the points.")
@click.option(
    "--start-seed", type=click.IntRange(0), default=1, show_default=True, help="Of the start."
)
@click.option(
    "--amplitude", type=Amount(VOLTAGE), default="20 mV", show_default=True, help="Of the sines."
)
@click.option(
    "--top-frequency",
    type=Amount(FREQUENCY),
    default="1 kHz",
    show_default=True,
    help="Highest carrier; the others lie below it.",
)
@click.option(
    "--spacing", type=Amount(FREQUENCY), default="40 Hz", show_default=True, help="Of the carriers."
)
@click.option(
    "--time", type=Amount(TIME), default="0.1 s", show_default=True, help="Measurement time T."
)
@click.option("--iterations", type=click.IntRange(1), default=300, show_default=True)
@click.option("--learning-rate", type=float, help="In V^2; 0.02 for gates, 0.015 for the others.")
@click.option("--stop-loss", type=float, help="0.008 for gates, 0.2 for the others.")
@click.option("--sequential", is_flag=True, help="One electrode after the other.")
@click.option("--out", type=click.Path(path_type=Path), help="Default: runs/rig-<task>.")
@JSON_OPTION
def train(
    task: str,
    config: Path,
    calibration: Path | None,
    replay: Path | None,
    out: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Train TASK on a rig as in Boon 2025, Fig. 4: a gate of two inputs (its outputs for 00, 01, 10
    and 11, such as 0110), `ring` (two inputs) or `sphere` (three).

    All electrodes that carry no input are trained, from voltages drawn from --start-seed. Ring and
    sphere have training and test points; their accuracy is that at the best threshold. After a stop
    the same command goes on.

    Exit codes: 0 the stop loss was reached, 1 not, 2 bad input, 3 the rig failed, 129, 130
    or 143 stopped.
    """  # noqa: D205 - one sentence that click shows as one
    from hgecircuit.run.folder import prepare_folder
    from hgecircuit.run.reference import write_history
    from hgecircuit.run.reference.tasks import GATE_NAMES
    from hgecircuit.run.rigs.calibration import Calibration, load_calibration
    from hgecircuit.run.rigs.opening import make_rig, open_apparatus

    if task not in (*GATE_NAMES, *_BALLS):
        raise InputError(
            "no task of the paper",
            key="TASK",
            value=task,
            expected='four bits such as "0110", ring or sphere; '
            "`hgecircuit rig run` trains circuit files",
        )
    spec = load_spec(config)
    measured = None if calibration is None else load_calibration(calibration)
    measured = measured or Calibration.nominal(spec.volts_per_ampere)
    folder = prepare_folder(out or Path("runs") / f"rig-{task}", task, "rig training")
    same_settings(folder, {"task": task, **options}, spec, measured)
    with (
        progress_display(f"rig train {task}", quiet=as_json) as progress,
        open_apparatus(
            spec,
            make_rig(spec, replay),
            calibration=measured,
            log=None if replay else folder / "log",
        ) as apparatus,
    ):
        found, result = _train(apparatus, task, options, folder, progress)
    write_history(result, folder / "training.nc")
    facts = {"task": task, **found, "folder": str(folder)}
    write_text(folder / "result.json", json.dumps(facts, indent=2) + "\n", "--out")
    if as_json:
        print_json(facts)
    else:
        show(*(f"{key:18} {value}" for key, value in facts.items()))
    sys.exit(0 if facts["stopped_by_loss"] else 1)


def _train(
    apparatus: Apparatus, name: str, options: Mapping[str, Any], folder: Path, progress: Any
) -> tuple[dict[str, Any], TrainingResult]:
    import numpy as np

    from hgecircuit.losses import CorrelationLoss
    from hgecircuit.run.reference import Descent, random_starts_v
    from hgecircuit.run.rigs.training import device_for, train_task

    training, test = _tasks(apparatus, name, options)
    lock_in = _lock_in(apparatus, len(training.controls), options)
    rate, stop = _BALL if name in _BALLS else _GATE
    device = device_for(apparatus, training, lock_in)
    result = train_task(
        apparatus,
        training,
        lock_in,
        random_starts_v(device, training, 1, options["start_seed"]),
        descent=Descent(
            options["learning_rate"] or rate,
            options["iterations"],
            stop if options["stop_loss"] is None else options["stop_loss"],
        ),
        loss=CorrelationLoss(),
        sequential=options["sequential"],
        checkpoint=folder / "checkpoint.npz",
        progress=lambda done: progress("training on the rig", done),
    )
    facts: dict[str, Any] = {
        "stopped_by_loss": bool(result.stopped[0]),
        "iterations": int(result.iterations[0]),
        "loss": float(result.final_losses[0]),
        "controls_V": result.final_voltages_v[0].tolist(),
        "measured_s": None if result.time_s is None else float(result.time_s[0]),
    }
    if test is None:
        bits = "".join(str(int(bit)) for bit in result.truth_tables[0])
        return {**facts, "truth_table": bits, "margin_A": float(result.margins_a[0])}, result
    outputs_a = test.current_a(device, result.final_voltages_v[0])
    return {**facts, **_accuracies(result, np.asarray(outputs_a), test)}, result


def _accuracies(result: TrainingResult, outputs_a: np.ndarray, test: Task) -> dict[str, float]:
    import numpy as np

    from hgecircuit.losses import accuracy, best_threshold

    training = best_threshold(result.final_outputs_a[0], np.array(result.task.targets))
    targets = np.array(test.targets)
    return {
        "accuracy_training": float(training.accuracy),
        "accuracy_test": float(accuracy(outputs_a, targets, training.threshold_a)),
        "accuracy_test_best": float(best_threshold(outputs_a, targets).accuracy),
    }


def _tasks(apparatus: Apparatus, name: str, options: Mapping[str, Any]) -> tuple[Task, Task | None]:
    """Training points and test points; a gate has no test points."""
    import numpy as np

    from hgecircuit.run.reference import Wiring, gate, ring, sphere
    from hgecircuit.run.rigs.estimator import RigDevice

    limits = apparatus.rig.limits
    inputs = _numbers(options["inputs"], int, "--inputs")
    low, high = _numbers(options["share"], float, "--share", 2)
    whole = RigDevice(apparatus, "rig", 0.1, np.zeros(limits.electrodes))
    wiring = Wiring.on(whole, inputs, (low, high))
    points = options["points"], options["test_points"]
    if name == "ring":
        return ring(wiring, options["seed"], points)
    if name == "sphere":
        return sphere(wiring, options["seed"], points)
    return gate(name, wiring), None


def _lock_in(apparatus: Apparatus, channels: int, options: Mapping[str, Any]) -> LockIn:
    from hgecircuit.run.reference import LockIn

    lowest_hz = options["top_frequency"] - (channels - 1) * options["spacing"]
    if not lowest_hz > 0:
        raise InputError(
            "carriers below 0 Hz",
            key="--spacing",
            value=f"{options['spacing']:g} Hz",
            expected=f"room for {channels} carriers below {options['top_frequency']:g} Hz",
        )
    return LockIn(
        tuple(lowest_hz + m * options["spacing"] for m in range(channels)),
        (0.0,) * channels,
        (options["amplitude"],) * channels,
        options["time"],
        sample_rate_hz=apparatus.pace.sample_rate_hz,
    )


def _numbers(text: str, kind: Any, key: str, count: int | None = None) -> list[Any]:
    try:
        numbers = [kind(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or (count is not None and len(numbers) != count):
        raise InputError("not numbers with commas", key=key, value=text, expected="such as 0.1,0.9")
    return numbers
