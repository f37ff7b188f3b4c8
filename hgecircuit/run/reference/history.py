"""A training as an xarray data set and a netCDF file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.reference.training_result import TrainingResult

if TYPE_CHECKING:
    import xarray

# The fastest level: higher ones take longer for a few percent of the size.
_COMPRESSION = {"zlib": True, "complevel": 1, "shuffle": True, "_FillValue": None}


def to_dataset(result: TrainingResult) -> xarray.Dataset:
    """Histories and outcome with units, and in the attributes how they were made.

    Dimensions: ``start``, ``iteration``, ``control`` (electrode numbers), ``pattern``, ``input``
    (electrode numbers). Behind its ``iterations`` entries a start's history repeats the last one.
    Provenance is kept as one JSON text per part.
    """
    import xarray

    task = result.task
    variables: dict[str, Any] = {
        "voltage_V": (
            ("start", "iteration", "control"),
            result.voltages_v,
            _about("V", "measured at"),
        ),
        "output_A": (("start", "iteration", "pattern"), result.outputs_a, _about("A", "measured")),
        "loss": (("start", "iteration"), result.losses, _about("1", "of the measured outputs")),
        "iterations": ("start", result.iterations, _about("1", "iterations measured")),
        "stopped": (
            "start",
            result.stopped.astype(np.int8),
            _about("1", "1 where the stop loss ended the training"),
        ),
        "evaluations": ("start", result.evaluations, _about("1", "measurements of the device")),
        "final_voltage_V": (
            ("start", "control"),
            result.final_voltages_v,
            _about("V", "at the end"),
        ),
        "final_output_A": (
            ("start", "pattern"),
            result.final_outputs_a,
            _about("A", "at the end, undisturbed, without noise"),
        ),
        "final_loss": ("start", result.final_losses, _about("1", "of the final outputs")),
        "target": ("pattern", np.array(task.targets, float), _about("1", "wanted output")),
        "pattern_V": (
            ("pattern", "input"),
            np.array(task.patterns_v),
            _about("V", "input voltages"),
        ),
    }
    if result.time_s is not None:
        variables["time_s"] = ("start", result.time_s, _about("s", "simulated time"))
    if task.labelled:
        margin = _about("A", "lowest 1 minus highest 0 of the final outputs")
        variables["margin_A"] = ("start", result.margins_a, margin)
    coordinates = {
        "start": np.arange(len(result.iterations)),
        "iteration": np.arange(result.losses.shape[1]),
        "control": np.array(task.controls),
        "input": np.array(task.inputs),
    }
    attributes: dict[str, Any] = {
        "evaluations_per_iteration": result.evaluations_per_iteration,
        "held_V": json.dumps(dict(task.held_v)),
    }
    if result.seconds_per_iteration is not None:
        attributes["seconds_per_iteration"] = result.seconds_per_iteration
    attributes |= {key: json.dumps(part) for key, part in result.provenance.items()}
    return xarray.Dataset(variables, coordinates, attributes)


def write_history(result: TrainingResult, path: Path) -> None:
    """Write :func:`to_dataset` as netCDF; the file appears complete or not at all.

    Raises:
        InputError: The file can't be written.
    """
    dataset = to_dataset(result)
    encoding = {
        str(name): dict(_COMPRESSION)
        for name, variable in dataset.variables.items()
        if variable.dtype.kind == "f"
    }
    partial = path.with_name(path.name + ".partial")
    try:
        dataset.to_netcdf(partial, engine="h5netcdf", encoding=encoding)
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(f"can't write: {error.strerror or error}", file=path) from error


def _about(units: str, long_name: str) -> dict[str, str]:
    return {"units": units, "long_name": long_name}
