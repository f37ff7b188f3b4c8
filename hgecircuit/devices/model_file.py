"""The project's own file format for device models: JSON, versioned, complete.

Every float is written with the digits that restore it exactly.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
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
    return write_model_text(dumps_network(model), path)


def write_model_text(text: str, path: str | Path) -> Path:
    """Write a model file's text; the file appears complete or not at all.

    Raises:
        InputError: Another suffix than ``.json``, or it can't be written.
    """
    target = Path(path)
    if target.suffix != ".json":
        raise InputError("not a model file's name", file=target, expected="a name ending in .json")
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
    with naming_file(path):
        return network_from_json(read_json(path))


def read_json(path: str | Path) -> object:
    """The content of a model file.

    Raises:
        InputError: No such file, too large, or not JSON.
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
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not valid JSON: {error}", file=path) from error


@contextmanager
def naming_file(path: str | Path) -> Iterator[None]:
    """Adds the file to every :class:`InputError` that leaves the block."""
    try:
        yield
    except InputError as error:
        raise InputError(
            error.problem,
            file=path,
            key=error.key,
            value=error.value,
            expected=error.expected,
        ) from error


def network_from_json(data: object) -> NetworkDevice:
    """The network from a model file's content.

    Raises:
        InputError: Another format or version, a missing or bad value.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise InputError("not a device model", key="format", value=found, expected=repr(FORMAT))
    check_version(data)
    layers = get_value(data, "layers", list)
    clip = get_value(data, "clip_A", (list, type(None)))
    try:
        return NetworkDevice(
            name=get_value(data, "name", str),
            weights=tuple(layer["weights"] for layer in layers),
            biases=tuple(layer["biases"] for layer in layers),
            activation=get_value(data, "activation", str),
            current_scale_a=float(get_value(data, "current_scale_A", (int, float))),
            voltage_min_v=get_value(data, "voltage_min_V", list),
            voltage_max_v=get_value(data, "voltage_max_V", list),
            current_offset_a=float(get_value(data, "current_offset_A", (int, float))),
            clip_a=None if clip is None else (float(clip[0]), float(clip[1])),
            current_range_a=float(get_value(data, "current_range_A", (int, float))),
            provenance=get_value(data, "provenance", dict),
        )
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise InputError(f"not a network: {error}", key="layers") from error


def check_version(data: dict[str, Any]) -> None:
    """Refuse a version of the format that this program doesn't know."""
    if data.get("version") != VERSION:
        raise InputError(
            "a version that this program doesn't know",
            key="version",
            value=data.get("version"),
            expected=str(VERSION),
        )


def get_value(data: dict[str, Any], key: str, kind: type | tuple[type, ...]) -> Any:
    """The value of ``key``, which must be there and of that kind."""
    if key not in data:
        raise InputError("a key is missing", key=key)
    if not isinstance(data[key], kind) or isinstance(data[key], bool):
        raise InputError("not the right kind of value", key=key, value=data[key])
    return data[key]


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number")


def dumps_network(model: NetworkDevice) -> str:
    """A network's file: indented, but one line per array of numbers, to be read and compared."""
    data = to_json(model)
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
