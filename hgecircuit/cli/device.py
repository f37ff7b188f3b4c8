"""Command line: device models."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from hgecircuit.cli.output import JSON_OPTION, print_json, progress_display, refuse_inputs
from hgecircuit.errors import InputError

# Decks carry 12 digits, so a network's sums agree far better than this share of its range.
_SWEEP_LIMIT = 1e-6


@click.group()
def device() -> None:
    """Fit, import and sweep device models.

    A device model is a small neural network: electrode voltages in, output current out. The model
    `rnpu-compact` ships with the package; your own come from surrogate networks (.npz, .pt), from
    tables of measured currents (.csv), or from an earlier fit (.json).
    """


def _parse_sizes(_: click.Context, __: click.Parameter, text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a list of layer sizes such as 16,16") from error


def _parse_voltages(
    _: click.Context, option: click.Parameter, text: str | None
) -> list[float] | None:
    from hgecircuit.units import VOLTAGE, parse_quantity

    if text is None:
        return None
    try:
        return [parse_quantity(part.strip(), VOLTAGE) for part in text.split(",")]
    except InputError as error:
        raise click.BadParameter(str(error), param=option) from error


@device.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, help="Model file to write (.json)."
)
@click.option("--name", default="fitted", show_default=True, help="Name of the fitted model.")
@click.option(
    "--hidden",
    default="16,16",
    show_default=True,
    callback=_parse_sizes,
    help="Neurons in each hidden layer.",
)
@click.option("--activation", default="tanh", show_default=True, help="tanh, sigmoid or elu.")
@click.option(
    "--samples",
    default=300_000,
    show_default=True,
    help="Random points of a source model to fit to; a table has its own rows.",
)
@click.option(
    "--starts",
    default=4,
    show_default=True,
    help="Complete fits from other first weights; the best is kept.",
)
@click.option("--epochs", default=40, show_default=True, help="Passes over the samples.")
@click.option("--batch", default=128, show_default=True, help="Samples per step.")
@click.option("--learning-rate", default=0.01, show_default=True, help="Step size at the start.")
@click.option(
    "--gradient-weight",
    default=1.0,
    show_default=True,
    help="Weight of the derivative's error beside the current's.",
)
@click.option(
    "--held-out",
    default=0.1,
    show_default=True,
    help="Share of a table's rows kept for the fit errors.",
)
@click.option("--seed", default=1, show_default=True, help="Seed of everything random.")
@click.option("--origin", default="", help="Where SOURCE comes from, kept in the model's file.")
@JSON_OPTION
def fit(source: Path, output: Path, as_json: bool, **settings: Any) -> None:
    """Fit a compact smooth network to SOURCE, a model (.npz, .pt, .json) or a table (.csv).

    A table has the columns e0, e1, ... in V and current_A or current_nA. From a model the fit
    learns currents and derivatives. Ctrl-C ends the fit and keeps the best so far.
    """
    from hgecircuit.devices.fit import fit_device
    from hgecircuit.devices.fit_settings import FitSettings
    from hgecircuit.devices.formats import load_device
    from hgecircuit.devices.model_file import save_model
    from hgecircuit.devices.table import read_table
    from hgecircuit.run.base import Progress

    if output.suffix != ".json":
        raise InputError(
            "not a model file's name", key="--output", value=str(output), expected="a .json file"
        )
    refuse_inputs(output, source)
    chosen = FitSettings(**settings)
    command = chosen.command(str(source), str(output))
    data = read_table(source) if source.suffix == ".csv" else load_device(source)
    with progress_display(f"fit {source}", quiet=as_json) as progress:
        import time

        start = time.monotonic()

        def report(fraction: float, stage: str) -> None:
            progress(stage, Progress(fraction, time.monotonic() - start))

        result = fit_device(data, chosen, command=command, progress=report)
    save_model(result.device, output)
    errors = vars(result.errors)
    facts = {
        "file": str(output),
        "interrupted": result.interrupted,
        "errors": errors,
        "command": command,
    }
    _print(facts, as_json)


@device.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, help="Model file to write (.json)."
)
@click.option("--name", help="Name of the model; the file's name without it.")
@click.option(
    "--voltage-min",
    callback=_parse_voltages,
    help='Lower ends of the safe ranges where the file has none: "-1.2 V" or one per electrode, '
    "with commas.",
)
@click.option("--voltage-max", callback=_parse_voltages, help="Upper ends, likewise.")
@click.option("--activation", help="Activation where the file does not name it.")
@JSON_OPTION
def import_(
    file: Path,
    output: Path,
    name: str | None,
    voltage_min: list[float] | None,
    voltage_max: list[float] | None,
    activation: str | None,
    as_json: bool,
) -> None:
    """Import a surrogate network FILE (.npz, or .pt of either layout) as a model.

    Code inside a pickle is never run; a file that contains any is refused.
    """
    from hgecircuit.devices.formats import import_device
    from hgecircuit.devices.network import check_name

    if output.suffix != ".json":
        raise InputError(
            "not a model file's name", key="--output", value=str(output), expected="a .json file"
        )
    refuse_inputs(output, file)
    if name is not None:
        check_name(name)
    model = import_device(
        file,
        name=name,
        voltage_min_v=_one_or_all(voltage_min),
        voltage_max_v=_one_or_all(voltage_max),
        activation=activation,
        output=output,
    )
    facts = {
        "file": str(output),
        "name": model.name,
        "electrodes": model.electrodes,
        "hidden": list(model.hidden),
        "voltage_min_V": model.voltage_min_v.tolist(),
        "voltage_max_V": model.voltage_max_v.tolist(),
        "current_range_A": model.current_range_a,
    }
    _print(facts, as_json)


@device.command()
@click.argument("model")
@click.option(
    "--voltages",
    type=click.Path(path_type=Path),
    required=True,
    help="CSV with the columns e0, e1, ... in V.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="CSV to write: the voltages, current_A (Python) and simulated_current_A (ngspice).",
)
@click.option(
    "--allow-outside", is_flag=True, help="Accept voltages outside the model's safe ranges."
)
@JSON_OPTION
def sweep(model: str, voltages: Path, output: Path, allow_outside: bool, as_json: bool) -> None:
    """Evaluate MODEL (a shipped name or a file) in Python and in ngspice on the same voltages.

    The largest difference is a share of the model's current range; above 1e-6 the exit code is 1.
    """
    from hgecircuit.devices.formats import load_device
    from hgecircuit.devices.sweep import sweep as run_sweep
    from hgecircuit.devices.table import read_voltages
    from hgecircuit.run.engines.ngspice import Ngspice

    loaded = load_device(model)
    refuse_inputs(output, voltages, model)
    points_v = read_voltages(voltages, loaded.electrodes)
    engine = Ngspice()
    with tempfile.TemporaryDirectory(prefix="hgecircuit-") as folder:
        result = run_sweep(
            loaded,
            points_v,
            lambda deck, traces, name: engine.run(deck, Path(folder), traces=traces, name=name),
            allow_outside=allow_outside,
            file=voltages,
        )
    result.write(output)
    facts = {
        "file": str(output),
        "rows": len(points_v),
        "largest_difference": result.largest_difference,
        "limit": _SWEEP_LIMIT,
        "current_range_A": result.current_range_a,
        "engine": f"ngspice {engine.version}",
    }
    _print(facts, as_json)
    sys.exit(0 if result.largest_difference <= _SWEEP_LIMIT else 1)


def _one_or_all(values: list[float] | None) -> float | list[float] | None:
    return values[0] if values is not None and len(values) == 1 else values


def _print(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(facts)
        return
    for key, value in facts.items():
        if isinstance(value, dict):
            for inner, number in value.items():
                click.echo(f"{inner:24} {number}")
        else:
            click.echo(f"{key:24} {value}")
