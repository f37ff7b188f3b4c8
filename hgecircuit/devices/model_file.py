"""The project's own file format for device models: JSON, versioned, complete.

Every float is written with the digits that restore it exactly.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from hgecircuit.devices.network import NetworkDevice
from hgecircuit.errors import InputError

FORMAT = "hgecircuit-device"
VERSION = 1
_LARGEST_BYTES = 64_000_000


def save_model(model: NetworkDevice, path: str | Path) -> Path:
    """Write ``model`` as JSON; the file appears complete or not at all.

    Args:
        model: What to write.
        path: Ends in ``.json``.

    Returns:
        The path written.
    """
    target = Path(path)
    if target.suffix != ".json":
        raise InputError("not a model file's name", file=target, expected="a name ending in .json")
    text = _dumps(to_json(model))
    partial = target.with_name(target.name + ".partial")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(f"can't write: {error.strerror}", file=target) from error
    return target


def to_json(model: NetworkDevice) -> dict[str, Any]:
    """The model as plain data; the keys are the file format's, version 1."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": model.name,
        "activation": model.activation,
        "voltage_min_V": model.voltage_min_v.tolist(),
        "voltage_max_V": model.voltage_max_v.tolist(),
        "current_scale_A": model.current_scale_a,
        "current_offset_A": model.current_offset_a,
        "clip_A": None if model.clip_a is None else list(model.clip_a),
        "current_range_A": model.current_range_a,
        "provenance": dict(model.provenance),
        "layers": [
            {"weights": weights.tolist(), "biases": biases.tolist()}
            for weights, biases in zip(model.weights, model.biases, strict=True)
        ],
    }


def load_model(path: str | Path) -> NetworkDevice:
    """Read a model that :func:`save_model` wrote.

    Raises:
        InputError: No such file, not JSON, another format or version, a missing or bad value.
    """
    try:
        if os.path.getsize(path) > _LARGEST_BYTES:
            raise InputError("a device model file is at most 64 MB", file=path)
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"can't read: {error.strerror}", file=path) from error
    except UnicodeDecodeError as error:
        raise InputError("not a text file", file=path, expected="a model as JSON") from error
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not valid JSON: {error}", file=path) from error
    try:
        return _from_json(data)
    except InputError as error:
        raise InputError(
            error.problem,
            file=path,
            key=error.key,
            value=error.value,
            expected=error.expected,
        ) from error


def _from_json(data: object) -> NetworkDevice:
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise InputError("not a device model", key="format", value=found, expected=repr(FORMAT))
    if data.get("version") != VERSION:
        raise InputError(
            "a version that this program doesn't know",
            key="version",
            value=data.get("version"),
            expected=str(VERSION),
        )
    layers = _get(data, "layers", list)
    clip = _get(data, "clip_A", (list, type(None)))
    try:
        return NetworkDevice(
            name=_get(data, "name", str),
            weights=tuple(layer["weights"] for layer in layers),
            biases=tuple(layer["biases"] for layer in layers),
            activation=_get(data, "activation", str),
            current_scale_a=float(_get(data, "current_scale_A", (int, float))),
            voltage_min_v=_get(data, "voltage_min_V", list),
            voltage_max_v=_get(data, "voltage_max_V", list),
            current_offset_a=float(_get(data, "current_offset_A", (int, float))),
            clip_a=None if clip is None else (float(clip[0]), float(clip[1])),
            current_range_a=float(_get(data, "current_range_A", (int, float))),
            provenance=_get(data, "provenance", dict),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(f"not a network: {error}", key="layers") from error


def _get(data: dict[str, Any], key: str, kind: type | tuple[type, ...]) -> Any:
    if key not in data:
        raise InputError("a key is missing", key=key)
    if not isinstance(data[key], kind) or isinstance(data[key], bool):
        raise InputError("not the right kind of value", key=key, value=data[key])
    return data[key]


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number")


def _dumps(data: dict[str, Any]) -> str:
    """Indented, but one line per array of numbers, so that files can be read and compared."""
    layers = data["layers"]
    outer = {**data, "layers": "@layers@"}
    rows = []
    for layer in layers:
        weights = ",\n      ".join(json.dumps(row) for row in layer["weights"])
        rows.append(
            f'    {{\n      "weights": [\n      {weights}\n      ],\n'
            f'      "biases": {json.dumps(layer["biases"])}\n    }}'
        )
    text = json.dumps(outer, indent=2, allow_nan=False)
    return text.replace('"@layers@"', "[\n" + ",\n".join(rows) + "\n  ]") + "\n"
