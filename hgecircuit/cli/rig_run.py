"""`rig run`: train a circuit's task on a rig."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hgecircuit.cli.output import JSON_OPTION, print_json, progress_display, write_text
from hgecircuit.cli.rig_options import (
    CALIBRATION_OPTION,
    CONFIG_OPTION,
    REPLAY_OPTION,
    load_spec,
    new_table,
    same_settings,
    show,
)

if TYPE_CHECKING:
    import numpy as np

    from hgecircuit.learner import Learner
    from hgecircuit.on_rig import RigLearner
    from hgecircuit.run.reference import TrainingResult
    from hgecircuit.run.rigs.config import RigSpec


@click.command()
@click.argument("circuit", type=click.Path(path_type=Path))
@CONFIG_OPTION
@CALIBRATION_OPTION
@REPLAY_OPTION
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for log, training and result. Default: runs/<circuit's name>-rig.",
)
@click.option(
    "--sequential", is_flag=True, help="Perturb one electrode after the other, not all at once."
)
@click.option(
    "--start-seed",
    type=click.IntRange(0),
    help="Draw the control voltages at the start from this seed, in place of the file's start.",
)
@click.option(
    "--iterations", type=click.IntRange(1), help="Most iterations, in place of the circuit file's."
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Show what the first iteration would put out; connect to nothing, write no folder.",
)
@JSON_OPTION
def run(
    circuit: Path,
    config: Path,
    calibration: Path | None,
    replay: Path | None,
    out: Path | None,
    sequential: bool,
    start_seed: int | None,
    iterations: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Train the task of CIRCUIT on a rig, by the paper's scheme.

    The lock-in, the update law and the stop are those of the circuit file's digital reference; the
    outputs and derivatives are measured. Everything written and read goes to the folder's `log`.
    After a stop the same command goes on where it was. Every run of the outputs begins and ends
    at 0 V; Ctrl-C waits for that.

    Exit codes: 0 solved, 1 not solved, 2 bad input, 3 the rig failed, 129, 130 or 143
    stopped.
    """
    from hgecircuit.learner import Learner
    from hgecircuit.run.rigs.calibration import Calibration, load_calibration

    changes = {} if iterations is None else {"reference.iterations": iterations}
    learner = Learner.from_file(circuit, start_seed=start_seed, overrides=changes)
    spec = load_spec(config)
    measured = None if calibration is None else load_calibration(calibration)
    measured = measured or Calibration.nominal(spec.volts_per_ampere)
    if dry_run:
        _show_plan(learner, spec, measured, sequential, as_json)
        return
    folder = _folder(out or Path("runs") / f"{learner.spec.name}-rig", learner)
    result, test_a, rig = _train(
        learner, spec, measured, folder, replay, sequential, as_json, circuit
    )
    facts = _facts(learner, result, test_a, rig, folder)
    write_text(folder / "result.json", json.dumps(facts, indent=2) + "\n", "--out")
    if as_json:
        print_json(facts)
    else:
        _show_result(facts)
    sys.exit(0 if facts["solved"] else 1)


def _train(
    learner: Learner,
    spec: RigSpec,
    calibration: Any,
    folder: Path,
    replay: Path | None,
    sequential: bool,
    quiet: bool,
    circuit: Path,
) -> tuple[TrainingResult, np.ndarray | None, dict[str, Any]]:
    """Train, and keep the history; returns it, outputs at test points, and what the rig is."""
    from hgecircuit.on_rig import RigLearner
    from hgecircuit.run.reference import write_history
    from hgecircuit.run.rigs.opening import make_rig, open_apparatus

    settings = {
        "circuit": learner.spec.to_json(),
        "start_V": learner.design.start_v.tolist(),
        "sequential": sequential,
    }
    same_settings(folder, settings, spec, calibration)
    rig = make_rig(spec, replay)
    title = f"rig run {circuit}"
    with (
        progress_display(title, quiet=quiet) as progress,
        open_apparatus(
            spec, rig, calibration=calibration, log=None if replay else folder / "log"
        ) as apparatus,
    ):
        bench = RigLearner(learner, apparatus, sequential)
        result = bench.train(
            learner.design.start_v[None],
            checkpoint=folder / "checkpoint.npz",
            progress=lambda done: progress("training on the rig", done),
        )
        test_a = bench.test_outputs_a(result.final_voltages_v[0])
        provenance = dict(apparatus.provenance)
    write_history(result, folder / "training.nc")
    return result, test_a, provenance


def _folder(folder: Path, learner: Learner) -> Path:
    from hgecircuit.run.folder import prepare_folder

    return prepare_folder(folder, learner.spec.name, "rig run")


def _facts(
    learner: Learner,
    result: TrainingResult,
    test_a: np.ndarray | None,
    rig: dict[str, Any],
    folder: Path,
) -> dict[str, Any]:
    time_s = result.time_s
    return {
        "circuit": learner.spec.name,
        **_learned(learner, result, test_a),
        "loss": float(result.final_losses[0]),
        "outputs_A": result.final_outputs_a[0].tolist(),
        "controls_V": result.final_voltages_v[0].tolist(),
        "iterations": int(result.iterations[0]),
        "stopped_by_loss": bool(result.stopped[0]),
        "measured_s": None if time_s is None else float(time_s[0]),
        "rig": rig["rig"],
        "calibrated": rig["calibration"]["provenance"],
        "folder": str(folder),
    }


def _learned(learner: Learner, result: TrainingResult, test_a: np.ndarray | None) -> dict[str, Any]:
    """What was learned, judged as the circuit is: by test points where the task has them."""
    from hgecircuit.compare.sphere import accuracy_from
    from hgecircuit.design.design import StreamDesign

    limits, design = learner.spec.limits, learner.design
    if test_a is not None and isinstance(design, StreamDesign):
        found = accuracy_from(design, result.final_outputs_a[0], test_a)
        return {
            "solved": bool(found.test >= limits.accuracy),
            "accuracy_training": float(found.training),
            "accuracy_test": float(found.test),
            "accuracy_wanted": limits.accuracy,
            "test_outputs_A": test_a.tolist(),
        }
    return {
        "solved": bool(result.solved(limits.loss, limits.margin_a)[0]),
        "targets": "".join(str(int(target)) for target in result.task.targets),
        "truth_table": "".join(str(int(bit)) for bit in result.truth_tables[0]),
        "margin_A": float(result.margins_a[0]),
    }


def _show_result(facts: dict[str, Any]) -> None:
    from hgecircuit.units import format_quantity

    if "accuracy_test" in facts:
        show(
            f"{facts['circuit']} on the rig: {'solved' if facts['solved'] else 'not solved'}; "
            f"{100 * facts['accuracy_test']:.1f} % of the test points "
            f"({100 * facts['accuracy_training']:.1f} % of the training points) after "
            f"{facts['iterations']} iterations; wanted {100 * facts['accuracy_wanted']:g} %",
            f"loss {facts['loss']:.4g}, measurement time {facts['measured_s']:.4g} s with its "
            "ramps",
            f"in {facts['folder']}: log, training.nc, result.json",
        )
        return
    outputs = ", ".join(format_quantity(value, "A") for value in facts["outputs_A"])
    show(
        f"{facts['circuit']} on the rig: {'solved' if facts['solved'] else 'not solved'}; learned "
        f"{facts['truth_table']} of {facts['targets']} in {facts['iterations']} iterations",
        f"loss {facts['loss']:.4g}, margin {format_quantity(facts['margin_A'], 'A')}, outputs "
        f"{outputs} with the perturbation off",
        f"measurement time {facts['measured_s']:.4g} s with its ramps",
        f"in {facts['folder']}: log, training.nc, result.json",
    )


def _show_plan(
    learner: Learner, spec: RigSpec, calibration: Any, sequential: bool, as_json: bool
) -> None:
    from hgecircuit.on_rig import RigLearner, describe_waveforms
    from hgecircuit.run.rigs.opening import DryRig, open_apparatus
    from hgecircuit.run.rigs.safety import check_samples

    with open_apparatus(spec, DryRig(spec), calibration=calibration) as apparatus:
        bench = RigLearner(learner, apparatus, sequential)
        starts_v: np.ndarray = learner.design.start_v[None]
        waveforms = bench.first_waveforms(starts_v)
        for waveform in waveforms:
            limits, rate_hz = apparatus.rig.limits, waveform.sample_rate_hz
            check_samples(waveform.voltages_v, limits, rate_hz, apparatus.rig.present_v)
        facts = describe_waveforms(waveforms, bench, spec.electrodes.channels)
        facts |= _whole_training(bench, facts["duration_s"])
    if as_json:
        print_json(facts)
        return
    table = new_table("electrode", "channel", "role", "carrier", "lowest", "highest", "limits")
    table.add_column("fastest change", no_wrap=True, justify="right")
    for one in facts["electrodes"]:
        carrier = "" if one["carrier_Hz"] is None else f"{one['carrier_Hz']:g} Hz"
        if carrier:
            carrier += f", {1e3 * one['amplitude_V']:g} mV"
        table.add_row(
            str(one["electrode"]),
            one["channel"],
            one["role"],
            carrier,
            f"{one['lowest_V']:.4f} V",
            f"{one['highest_V']:.4f} V",
            f"{one['min_V']:g} V to {one['max_V']:g} V",
            f"{one['slew_V_per_s']:.0f} of {one['slew_limit_V_per_s']:.0f} V/s",
        )
    show(
        f"the first iteration: {facts['windows']} windows in {facts['runs']} run(s) of the "
        f"outputs, {facts['samples']} samples at {facts['sample_rate_Hz']:g} Hz, "
        f"{facts['duration_s']:.4g} s, from 0 V to 0 V",
        table,
        "every sample is inside its limits; nothing was sent",
        f"at most {facts['most_iterations']} iterations, {facts['longest_training_s']:.4g} s",
    )


def _whole_training(bench: RigLearner, iteration_s: float) -> dict[str, Any]:
    iterations = bench.learner.reference_descent().iterations
    return {
        "most_iterations": iterations,
        "longest_training_s": iterations * iteration_s,
    }
