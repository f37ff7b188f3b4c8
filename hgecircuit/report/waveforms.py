"""Waveforms and gradients as netCDF, through xarray."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit import __version__
from hgecircuit.compare.verification import Verification
from hgecircuit.design.design import ContinuousDesign
from hgecircuit.record import Record
from hgecircuit.report.provenance import device_sha256

if TYPE_CHECKING:
    import xarray

# The fastest level: higher ones take up to ten times as long for a few percent of the size.
_COMPRESSION = {"zlib": True, "complevel": 1, "shuffle": True}
# What a trace's leading letters stand for; the number behind them counts controls or patterns.
_OF_CONTROLS = {
    "w": "control voltage",
    "acc": "accumulator",
    "g": "low-passed lock-in output",
    "s": "carrier",
}
_OF_PATTERNS = {"y": "held output", "e": "readout error", "d": "loss derivative"}
_NAMED_TRACES = {
    "yh": "held output of the point that is shown",
    "mean": "running mean of the held outputs",
    "theta": "logarithm of the readout's gain",
    "e": "readout error of the point that is shown",
    "y": "output of the current-to-voltage converter",
    "move": "gate of the weights: the limited step's share of 1 V, or of the transfer's time",
    "open": "latch, 1 V while learning",
    "out": "output of the low-pass",
    "w": "weight integrator under test",
    "acc": "accumulator under test",
}


def write_waveforms(verification: Verification, path: Path) -> None:
    """Write the learning run with its epoch table, and every bench as a group of its own.

    Time is float64, since a float32 can't tell the steps of a long run apart. Traces are float32:
    its 6e-8 of relative rounding is far below the solver's tolerance, and halves the file.
    """
    root = _record_dataset(verification, verification.record).merge(_epoch_table(verification))
    if isinstance(verification.learner.design, ContinuousDesign):
        root["y"].attrs["long_name"] = "low-passed output of the current-to-voltage converter"
    root.attrs |= _attributes(verification, verification.record.provenance)
    _write(root, path, "w", None)
    for name, bench in verification.benches.items():
        group = _record_dataset(verification, bench)
        group.attrs |= _attributes(verification, bench.provenance)
        _write(group, path, "a", name)


def write_gradients(verification: Verification, path: Path) -> None:
    """Write operating points, derivatives and error bounds, all float64."""
    import xarray

    result, task = verification.gradient, verification.learner.design.task
    both = {"measured": result.measured, "exact": result.exact, "reference": result.reference}
    bounds = {"bound": result.budget, "reference_bound": result.reference_budget}
    variables: dict[str, Any] = {
        "point_V": (("point", "electrode"), result.points_v, {"units": "V"}),
        "cosine": ("point", result.cosines, {"units": "1"}),
    }
    for name, values in both.items():
        variables[f"{name}_A_per_V"] = (("point", "control"), values, {"units": "A/V"})
    coordinates: dict[str, Any] = {"control": np.array(task.controls)}
    for name, budget in bounds.items():
        term = f"{name}_term"
        terms = np.stack(list(budget.terms_a_per_v.values()))
        units = {"units": "A/V"}
        variables[f"{name}_A_per_V"] = (("point", "control"), budget.bound_a_per_v, units)
        variables[f"{term}s_A_per_V"] = ((term, "point", "control"), terms, units)
        coordinates[term] = list(budget.terms_a_per_v)
    coordinates["electrode"] = np.arange(result.points_v.shape[1])
    dataset = xarray.Dataset(variables, coordinates)
    made = verification.benches["gradient"].provenance if "gradient" in verification.benches else {}
    dataset.attrs |= _attributes(verification, made)
    _write(dataset, path, "w", None)


def _record_dataset(verification: Verification, record: Record) -> xarray.Dataset:
    """A record with units; complex traces of a sweep as two real ones, over frequency."""
    import xarray

    sweep = any(np.iscomplexobj(trace) for trace in record.traces.values())
    axis, unit = ("frequency_Hz", "Hz") if sweep else ("time_s", "s")
    variables: dict[str, Any] = {}
    for name, trace in record.traces.items():
        parts = (
            {f"{name}_real": np.real(trace), f"{name}_imag": np.imag(trace)}
            if sweep
            else {name: trace}
        )
        for key, values in parts.items():
            attributes = {"units": "V", "long_name": describe_trace(verification, name)}
            variables[key] = (axis, np.asarray(values, np.float32), attributes)
    coordinates = {axis: (axis, np.asarray(record.time_s, np.float64), {"units": unit})}
    return xarray.Dataset(variables, coordinates)


def describe_trace(verification: Verification, name: str) -> str:
    """What a trace is, with the electrode or the pattern that its number stands for."""
    if name in _NAMED_TRACES:
        return _NAMED_TRACES[name]
    learner = verification.learner
    letters, number = name.rstrip("0123456789"), name.lstrip("abcdefghijklmnopqrstuvwxyz_")
    if letters in _OF_CONTROLS:
        return f"{_OF_CONTROLS[letters]} of electrode {learner.design.task.controls[int(number)]}"
    if letters in _OF_PATTERNS:
        return f"{_OF_PATTERNS[letters]} of pattern {learner.spec.task.patterns[int(number)]}"
    return f"voltage of node {name}"


def _epoch_table(verification: Verification) -> xarray.Dataset:
    """State at the start and at the end of every epoch, as the device model sees it."""
    import xarray

    learning, task = verification.learning, verification.learner.design.task
    return xarray.Dataset(
        {
            "epoch_weights_V": (("epoch", "control"), learning.weights_v, {"units": "V"}),
            "epoch_outputs_A": (("epoch", "pattern"), learning.outputs_a, {"units": "A"}),
            "epoch_loss": ("epoch", learning.losses, {"units": "1"}),
            "epoch_margin_A": ("epoch", learning.margins_a, {"units": "A"}),
            "epoch_end_s": ("epoch", learning.epoch_end_s, {"units": "s"}),
            "target": ("pattern", learning.targets, {"units": "1"}),
        },
        {
            "epoch": np.arange(len(learning.epoch_end_s)),
            "control": np.array(task.controls),
            "pattern": list(verification.learner.spec.task.patterns),
        },
    )


def _attributes(verification: Verification, made: Mapping[str, Any]) -> dict[str, Any]:
    learner = verification.learner
    return {
        "title": learner.spec.title,
        "source": f"hgecircuit {__version__}",
        "circuit": learner.spec.name,
        "device": learner.device.name,
        "device_sha256": device_sha256(learner.device) or "",
        "ohm_of_converter": learner.design.iv.gain_ohm,
        **{key: _attribute(value) for key, value in made.items()},
    }


def _attribute(value: object) -> str | float | int:
    """Attributes of netCDF are text or numbers; all else is kept as JSON."""
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(value, str | float | int) else json.dumps(value)


def _write(dataset: xarray.Dataset, path: Path, mode: Any, group: str | None) -> None:
    encoding = {
        str(name): dict(_COMPRESSION)
        for name, variable in dataset.variables.items()
        if variable.dtype.kind == "f" and variable.ndim and variable.size
    }
    # xarray would add a fill value, whose NaN says nothing about complete data.
    for name in encoding:
        encoding[name]["_FillValue"] = None
    dataset.to_netcdf(path, mode=mode, group=group, engine="h5netcdf", encoding=encoding)
