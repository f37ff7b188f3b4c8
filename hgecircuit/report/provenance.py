"""How a report's numbers were made: versions, seeds, hashes, command."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hgecircuit import __version__
from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.layers import LayeredDevice
from hgecircuit.devices.model_file import to_json
from hgecircuit.devices.network import NetworkDevice
from hgecircuit.record import Record, code_sha256
from hgecircuit.spec.ball import BallTask
from hgecircuit.spec.circuit import CircuitSpec

_LIBRARIES = ("PySpice", "numpy", "scipy", "xarray", "h5netcdf", "matplotlib")
# Of a model's file only these are not parameters.
_NOT_PARAMETERS = {"name", "provenance"}


def build_provenance(
    verification: Verification, study: Study | None, circuit_file: Path | None, command: str
) -> dict[str, Any]:
    """Everything that is needed to make the same numbers again."""
    learner, record = verification.learner, verification.record
    spec = learner.spec
    runs = {"learner": record, **verification.benches}
    noise = spec.device.noise
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "versions": {
            "hgecircuit": __version__,
            "code_sha256": code_sha256(),
            "Python": platform.python_version(),
            **{name: version(name) for name in _LIBRARIES},
            str(record.provenance.get("engine", "simulator")): record.provenance.get("version"),
        },
        "platform": {
            "system": platform.system(),
            "release": platform.release(),
            "machine": platform.machine(),
            "implementation": platform.python_implementation(),
        },
        "seeds": {
            "start": spec.start.seed,
            "points": spec.task.seed if isinstance(spec.task, BallTask) else None,
            "operating_points": spec.verification.seed,
            "noise": None if noise is None else noise.seed,
            "starts": None if study is None else study.seed,
        },
        "circuit": _circuit(spec, circuit_file),
        "device": {
            "name": learner.device.name,
            "sha256": device_sha256(learner.device),
            "provenance": dict(learner.device.provenance),
        },
        "runs": {name: _run(record) for name, record in runs.items()},
        "wall_s": dict(verification.wall_s),
    }


def device_sha256(device: DeviceModel) -> str | None:
    """Hash of a network's parameters as canonical JSON, of layers with the hashes of their devices.

    None for a model of another kind.
    """
    if isinstance(device, LayeredDevice):
        layers = [[device_sha256(model) for model in layer] for layer in device.layers]
        return _sha256(_canonical([layers, [str(each) for each in device.connections]]))
    if not isinstance(device, NetworkDevice):
        return None
    data = to_json(device)
    return _sha256(_canonical({key: data[key] for key in data.keys() - _NOT_PARAMETERS}))


def _circuit(spec: CircuitSpec, circuit_file: Path | None) -> dict[str, Any]:
    text, settings = spec.source.text, spec.to_json()
    return {
        "file": None if circuit_file is None else circuit_file.name,
        # Of the text that was read; the file may have been edited since.
        "sha256": _sha256(text) if text else None,
        "overrides": sorted(spec.source.overrides),
        "spec": settings,
        "spec_sha256": _sha256(_canonical(settings)),
    }


def _run(record: Record) -> dict[str, Any]:
    made: Mapping[str, Any] = record.provenance
    return {
        "engine": made.get("engine"),
        "version": made.get("version"),
        "netlist_sha256": made.get("netlist_sha256"),
        "options": dict(made.get("options", {})),
        "points": len(record.time_s),
        "wall_s": made.get("wall_s"),
        "warnings": list(made.get("warnings", ())),
    }


def _canonical(data: object) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
