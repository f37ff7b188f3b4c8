"""Devices by name or path: shipped models, the project's JSON, `.npz` networks, torch files."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.layers_file import is_layered, layered_from_json
from hgecircuit.devices.model_file import (
    load_model,
    naming_file,
    network_from_json,
    read_json,
    save_model,
)
from hgecircuit.devices.network import NetworkDevice
from hgecircuit.devices.state_dict import read_state_dict
from hgecircuit.devices.torch_file import LARGEST_BYTES, ZIP_ERRORS, read_torch_file
from hgecircuit.errors import InputError

DATA_FOLDER = Path(__file__).parent / "data"
# Models that the project ships, by the name that a circuit file uses.
SHIPPED = {"rnpu-compact": "rnpu-compact.json"}
_NANOAMPERE = 1e-9


def load_device(reference: str | Path, relative_to: str | Path | None = None) -> DeviceModel:
    """A device model by name or path.

    Args:
        reference: A key of :data:`SHIPPED`, or the path of a file whose suffix is in
            :data:`LOADERS`; a `.json` file may hold a network or a layered device.
        relative_to: Folder that a relative path starts from, such as the circuit file's.

    Raises:
        InputError: No such model or file, an unknown suffix, or a file that can't be used.
    """
    path = _find(reference, relative_to)
    if path.suffix.lower() != ".json":
        return _loader(path)(path)
    data = read_json(path)
    with naming_file(path):
        if is_layered(data):
            return layered_from_json(data, lambda member: load_network(member, path.parent))
        return network_from_json(data)


def load_network(reference: str | Path, relative_to: str | Path | None = None) -> NetworkDevice:
    """A single network by name or path; like :func:`load_device`, but no layered device."""
    path = _find(reference, relative_to)
    return _loader(path)(path)


def import_device(
    file: str | Path,
    *,
    name: str | None = None,
    voltage_min_v: Sequence[float] | float | None = None,
    voltage_max_v: Sequence[float] | float | None = None,
    activation: str | None = None,
    output: str | Path | None = None,
) -> NetworkDevice:
    """Read a model of any supported format, complete it, and save it as JSON.

    Args:
        file: A `.npz`, `.pt`, `.pth` or `.json` file.
        name: Name of the model; default the file's name.
        voltage_min_v: Lower ends of the safe ranges in V, one for all or one per electrode, instead
            of the file's.
        voltage_max_v: Upper ends in V.
        activation: Activation instead of the file's.
        output: Where to save the model; default is not to.

    Raises:
        InputError: The file can't be used, or holds no ranges and none are given.
    """
    path = Path(file)
    if not path.is_file():
        raise InputError("no such file", file=path)
    loader = _loader(path)
    model = loader(path, voltage_min_v, voltage_max_v, activation)
    model = dataclasses.replace(model, name=_clean_name(name) if name else model.name)
    if output is not None:
        save_model(model, output)
    return model


def load_npz(
    path: str | Path,
    voltage_min_v: Sequence[float] | float | None = None,
    voltage_max_v: Sequence[float] | float | None = None,
    activation: str | None = None,
) -> NetworkDevice:
    """A network from `.npz`: ``W0``.., ``b0``.., ``current_scale_nA``, ``voltage_min``, ``_max``.

    ``activation`` may be stored as text; without it the network is taken as ReLU.
    """
    arrays = _read_npz(path)
    count = sum(1 for key in arrays if re.fullmatch(r"W\d+", key))
    needed = [f"{kind}{index}" for index in range(max(count, 1)) for kind in "Wb"]
    for key in [*needed, "current_scale_nA"]:
        if key not in arrays:
            raise InputError("an array is missing", file=path, key=key)
    if arrays["current_scale_nA"].size != 1:
        raise InputError("not one number", file=path, key="current_scale_nA")
    stored = str(arrays["activation"]) if "activation" in arrays else "relu"
    fields = {
        "weights": tuple(arrays[f"W{index}"] for index in range(count)),
        "biases": tuple(arrays[f"b{index}"].reshape(-1) for index in range(count)),
        "activation": stored,
        "current_scale_a": float(arrays["current_scale_nA"].reshape(())) * _NANOAMPERE,
        "voltage_min_v": arrays.get("voltage_min"),
        "voltage_max_v": arrays.get("voltage_max"),
        "notes": {},
    }
    return _complete(path, fields, voltage_min_v, voltage_max_v, activation)


def load_torch(
    path: str | Path,
    voltage_min_v: Sequence[float] | float | None = None,
    voltage_max_v: Sequence[float] | float | None = None,
    activation: str | None = None,
) -> NetworkDevice:
    """A network from a torch state dictionary, old or new layout; no code in it is ever run."""
    fields = read_state_dict(read_torch_file(path), activation)
    return _complete(path, fields, voltage_min_v, voltage_max_v, activation)


def load_json(
    path: str | Path,
    voltage_min_v: Sequence[float] | float | None = None,
    voltage_max_v: Sequence[float] | float | None = None,
    activation: str | None = None,
) -> NetworkDevice:
    """The project's own format, see :mod:`hgecircuit.devices.model_file`."""
    model = load_model(path)
    if voltage_min_v is None and voltage_max_v is None and activation is None:
        return model
    return dataclasses.replace(
        model,
        voltage_min_v=_range(voltage_min_v, model.voltage_min_v, model.electrodes, path, "min"),
        voltage_max_v=_range(voltage_max_v, model.voltage_max_v, model.electrodes, path, "max"),
        activation=activation or model.activation,
        current_range_a=0.0,
    )


LOADERS: dict[str, Callable[..., NetworkDevice]] = {
    ".json": load_json,
    ".npz": load_npz,
    ".pt": load_torch,
    ".pth": load_torch,
}


def _find(reference: str | Path, relative_to: str | Path | None) -> Path:
    text = str(reference)
    if text in SHIPPED:
        return DATA_FOLDER / SHIPPED[text]
    path = Path(relative_to or ".") / text
    _loader(path)  # an unknown suffix before a missing file
    if not path.is_file():
        raise InputError(
            "no such device model",
            key="device",
            value=text,
            expected=f"one of {', '.join(SHIPPED)}, or the path of a model file",
        )
    return path


def _loader(path: Path) -> Callable[..., NetworkDevice]:
    suffix = path.suffix.lower()
    if suffix == ".csv":
        raise InputError(
            "a table is not a model yet",
            file=path,
            expected="a model: fit one to the table with `hgecircuit device fit`",
        )
    if suffix not in LOADERS:
        raise InputError(
            "unknown kind of device model",
            key="device",
            value=str(path),
            expected=f"one of {', '.join(SHIPPED)}, or a file ending in {', '.join(LOADERS)}",
        )
    return LOADERS[suffix]


def _complete(
    path: str | Path,
    fields: dict[str, Any],
    voltage_min_v: Sequence[float] | float | None,
    voltage_max_v: Sequence[float] | float | None,
    activation: str | None,
) -> NetworkDevice:
    notes = fields.pop("notes")
    weights = fields["weights"]
    electrodes = weights[0].shape[-1] if weights and weights[0].ndim == 2 else 0
    for end, given in (("min", voltage_min_v), ("max", voltage_max_v)):
        key = f"voltage_{end}_v"
        fields[key] = _range(given, fields[key], electrodes, path, end)
    fields["activation"] = activation or fields["activation"]
    provenance = {
        "imported_from": Path(path).name,
        "sha256": hashlib.sha256(Path(path).read_bytes()).hexdigest(),
        **notes,
    }
    try:
        return NetworkDevice(name=_clean_name(Path(path).stem), provenance=provenance, **fields)
    except InputError as error:
        raise InputError(
            error.problem, file=path, key=error.key, value=error.value, expected=error.expected
        ) from error


def _range(
    given: Sequence[float] | float | None,
    stored: np.ndarray | None,
    electrodes: int,
    path: str | Path,
    end: str,
) -> np.ndarray:
    if given is None and stored is None:
        raise InputError(
            "the file holds no voltage ranges",
            file=path,
            key=f"voltage_{end}",
            expected=f"voltage_min and voltage_max, given for {electrodes} electrodes",
        )
    values = np.atleast_1d(np.asarray(stored if given is None else given, dtype=float))
    if given is not None and values.shape == (1,):
        values = np.repeat(values, electrodes)
    if values.shape != (electrodes,):
        raise InputError(
            "not one voltage per electrode",
            file=path,
            key=f"voltage_{end}",
            value=values.shape,
            expected=f"{electrodes} voltages",
        )
    return values


def _clean_name(text: str) -> str:
    """A name that netlists and file systems take."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60]
    return name or "device"


def _read_npz(path: str | Path) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > LARGEST_BYTES:
                raise InputError("a device model file is at most 64 MB", file=path)
            return {
                member.filename.removesuffix(".npy"): _read_npy(archive, member)
                for member in members
            }
    except ZIP_ERRORS as error:
        raise InputError(f"a damaged .npz file: {error}", file=path) from error


def _read_npy(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """One array; its header is checked against its size before anything is allocated for it."""
    with archive.open(member) as stream:
        content = stream.read(LARGEST_BYTES)
    buffer = io.BytesIO(content)
    if np.lib.format.read_magic(buffer) == (1, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(buffer)
    else:
        buffer.seek(0)
        np.lib.format.read_magic(buffer)
        shape, fortran, dtype = np.lib.format.read_array_header_2_0(buffer)
    if dtype.kind not in "fiubU":
        raise ValueError(f"{member.filename} holds {dtype}, not numbers")
    rest = content[buffer.tell() :]
    values = np.frombuffer(rest, dtype)
    return values.reshape(shape, order="F" if fortran else "C")
