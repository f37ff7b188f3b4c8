"""Layered devices as files: JSON beside the format of :mod:`hgecircuit.devices.model_file`.

``devices`` gives each member a label: the name of a shipped model, the path of a model file
(relative to this file), or a whole network. ``layers`` lists labels, ``connections`` what drives
which electrode, see :class:`hgecircuit.devices.layers_map.Connection`; one without ``gain_ohm`` and
``offset_V`` is mapped by :func:`hgecircuit.devices.layers_map.map_currents`. The least of a file::

    {"format": "hgecircuit-layered-device", "version": 1, "name": "two-layer",
     "devices": {"rnpu": "rnpu-compact"},
     "layers": [["rnpu", "rnpu"], ["rnpu"]],
     "connections": [{"to": [1, 0, 2], "sources": [[0, 0]]},
                     {"to": [1, 0, 3], "sources": [[0, 1]]}]}
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeGuard

from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.layers import LayeredDevice
from hgecircuit.devices.layers_map import MAPPING_SEED, Connection, Layers, map_currents
from hgecircuit.devices.model_file import (
    check_version,
    dumps_network,
    get_value,
    network_from_json,
    write_model_text,
)
from hgecircuit.devices.network import NetworkDevice
from hgecircuit.errors import InputError

FORMAT = "hgecircuit-layered-device"
_KEYS = ("format", "version", "name", "devices", "layers", "connections")
_MORE_KEYS = ("current_range_A", "provenance")
_CONNECTION_KEYS = ("to", "sources")
_MORE_CONNECTION_KEYS = ("weights", "gain_ohm", "offset_V", "clip", "mapping_seed")
# A layered device adds these to its provenance itself, so a file need not repeat them.
_DERIVED = ("devices", "connections", "mapping")


def is_layered(data: object) -> TypeGuard[dict[str, Any]]:
    """Whether a model file's content says that it is a layered device."""
    return isinstance(data, dict) and data.get("format") == FORMAT


def save_layered(model: LayeredDevice, path: str | Path) -> Path:
    """Write ``model`` with all its members as JSON; the file appears complete or not at all.

    Args:
        model: What to write.
        path: Ends in ``.json``.

    Returns:
        The path written.

    Raises:
        InputError: A member that is not a network, or a path that can't be written.
    """
    members: dict[str, NetworkDevice] = {}
    for member in model.members:
        if not isinstance(member.model, NetworkDevice):
            problem = "only layers of networks can be saved"
            raise InputError(problem, file=path, value=member.model.name)
        if all(member.model is not known for known in members.values()):
            members[f"{member.model.name} {len(members)}"] = member.model
    labels = {id(network): label for label, network in members.items()}
    data = {
        "format": FORMAT,
        "version": 1,
        "name": model.name,
        "devices": {label: f"@{label}@" for label in members},
        "layers": [[labels[id(each)] for each in layer] for layer in model.layers],
        "connections": [_connection_to_json(connection) for connection in model.connections],
        "current_range_A": model.current_range_a,
        "provenance": {k: v for k, v in model.provenance.items() if k not in _DERIVED},
    }
    text = json.dumps(data, allow_nan=False, indent=2) + "\n"
    for label, network in members.items():
        text = text.replace(f'"@{label}@"', dumps_network(network).strip(), 1)
    return write_model_text(text, path)


def layered_from_json(
    data: dict[str, Any], load_member: Callable[[str], DeviceModel]
) -> LayeredDevice:
    """A layered device from a file's content.

    Args:
        data: The content, see :func:`is_layered`.
        load_member: Loads a model by name or path; must refuse a layered one, which might hold
            itself.

    Raises:
        InputError: A missing, unknown or bad key, or anything wrong with a member.
    """
    _check_keys(data, _KEYS, _MORE_KEYS)
    check_version(data)
    devices = {
        label: _member(member, load_member, f"devices.{label}")
        for label, member in get_value(data, "devices", dict).items()
    }
    layers = [
        _layer(devices, layer, f"layers[{number}]")
        for number, layer in enumerate(get_value(data, "layers", list))
    ]
    connections = [
        _connection(layers, connection, f"connections[{index}]")
        for index, connection in enumerate(get_value(data, "connections", list))
    ]
    data = {"current_range_A": 0.0, "provenance": {}, **data}
    return LayeredDevice(
        name=get_value(data, "name", str),
        layers=tuple(tuple(layer) for layer in layers),
        connections=tuple(connections),
        current_range_a=_number(data["current_range_A"], "current_range_A"),
        provenance=get_value(data, "provenance", dict),
    )


def _connection_to_json(connection: Connection) -> dict[str, Any]:
    return {
        "to": list(connection.to),
        "sources": [list(source) for source in connection.sources],
        "weights": list(connection.weights),
        "gain_ohm": connection.gain_ohm,
        "offset_V": connection.offset_v,
        "clip": connection.clip,
        "mapping_seed": connection.mapping_seed,
    }


def _connection(layers: Layers, data: object, key: str) -> Connection:
    try:
        if not isinstance(data, dict):
            raise InputError("not a connection", value=data, expected="an object")
        _check_keys(data, _CONNECTION_KEYS, _MORE_CONNECTION_KEYS)
        layer, device, electrode = _numbers(get_value(data, "to", list), 3, "to")
        to, sources = (layer, device, electrode), []
        for source in get_value(data, "sources", list):
            layer, device = _numbers(source, 2, "sources")
            sources.append((layer, device))
        data = {"weights": [], "clip": "soft", "mapping_seed": None, **data}
        weights = [_number(weight, "weights") for weight in get_value(data, "weights", list)]
        clip = get_value(data, "clip", str)
        seed = get_value(data, "mapping_seed", (int, type(None)))
        if seed is not None and seed < 0:
            raise InputError("no seed", key="mapping_seed", value=seed, expected="0 or above")
        if "gain_ohm" not in data and "offset_V" not in data:
            seed = MAPPING_SEED if seed is None else seed
            return map_currents(layers, to, sources, weights, clip=clip, seed=seed)
        gain_ohm = _number(get_value(data, "gain_ohm", object), "gain_ohm")
        offset_v = _number(get_value(data, "offset_V", object), "offset_V")
        return Connection(to, tuple(sources), tuple(weights), gain_ohm, offset_v, clip, seed)
    except InputError as error:
        raise _inside(error, key) from error


def _member(data: object, load_member: Callable[[str], DeviceModel], key: str) -> DeviceModel:
    try:
        return load_member(data) if isinstance(data, str) else network_from_json(data)
    except InputError as error:
        if not isinstance(data, str):
            raise _inside(error, key) from error
        where = (error.file, error.key) if error.file else ()
        problem = ": ".join([*(part for part in where if part), error.problem])
        value = error.value if error.file else data
        raise InputError(problem, key=key, value=value, expected=error.expected) from error


def _layer(devices: dict[str, DeviceModel], labels: object, key: str) -> list[DeviceModel]:
    for label in _list(labels, key):
        if not isinstance(label, str) or label not in devices:
            expected = "one of the labels in devices: " + ", ".join(devices)
            raise InputError("no such device", key=key, value=label, expected=expected)
    return [devices[label] for label in _list(labels, key)]


def _check_keys(data: dict[str, Any], needed: Collection[str], more: Collection[str]) -> None:
    for key in needed:
        if key not in data:
            raise InputError("a key is missing", key=key)
    for key in data:
        if key not in needed and key not in more:
            raise InputError("unknown key", key=key, expected=", ".join((*needed, *more)))


def _list(value: object, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise InputError("not a list", key=key, value=value)
    return value


def _numbers(value: object, count: int, key: str) -> list[int]:
    numbers = _list(value, key)
    if len(numbers) != count or not all(type(number) is int for number in numbers):
        form = "[layer, device, electrode]" if count == 3 else "[layer, device]"
        raise InputError("not a place", key=key, value=value, expected=f"{form}, counted from 0")
    return numbers


def _number(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError("not a number", key=key, value=value)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InputError("too large a number", key=key)
    return number


def _inside(error: InputError, key: str) -> InputError:
    """The same error, one level up."""
    where = f"{key}.{error.key}" if error.key else key
    return InputError(error.problem, key=where, value=error.value, expected=error.expected)
