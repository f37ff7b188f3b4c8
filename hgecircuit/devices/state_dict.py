"""A network out of a saved torch state dictionary, in the layouts of the RNPU laboratories.

Old (SkyNEt): ``0.weight``, ``0.bias``, ``2.weight`` ... and an ``info`` entry with ``activation``
("ReLU"), ``amplification``, ``offset`` and ``amplitude``. New (brains-py): names that end in
``raw_model.0.weight`` ..., with or without a ``model_state_dict`` around them, a structure
dictionary (``D_in``, ``D_out``, ``hidden_sizes``, ``activation``), and beside it ``amplification``,
``voltage_ranges``, ``output_clipping`` or ``clipping_value``, and ``noise``. Both give the
current in nA as network output times amplification; clipping acts on that product.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from hgecircuit.devices.torch_file import TorchFile, plain_text
from hgecircuit.errors import InputError

_LAYER = re.compile(r"(?:(.*)\.)?(\d{1,3})\.(weight|bias)")
_ACTIVATION_NAMES = {
    "relu": "relu",
    "elu": "elu",
    "tanh": "tanh",
    "hardtanh": "hard-tanh",
    "sigmoid": "sigmoid",
}
_NANOAMPERE = 1e-9


def read_state_dict(saved: TorchFile, activation: str | None = None) -> dict[str, Any]:
    """Keyword arguments of a :class:`NetworkDevice`, as far as the file holds them.

    Returns:
        ``weights``, ``biases``, ``activation``, ``current_scale_a``, ``clip_a``,
        ``voltage_min_v``, ``voltage_max_v`` (None where the file has no ranges) and ``notes``.
    """
    if not isinstance(saved.data, Mapping):
        raise InputError("no state dictionary in it", file=saved.file, value=type(saved.data))
    entries = dict(_entries(saved.data))
    weights, biases = _layers(saved, entries)
    _check_structure(saved, entries, weights)
    low, high = _ranges(saved, entries)
    notes = {}
    if "amplification" not in entries:
        notes["amplification"] = "not in the file: 1 (current in nA)"
    if entries.get("noise") is not None:
        notes["noise"] = "the file's noise setting is not part of the model"
    return {
        "weights": weights,
        "biases": biases,
        "activation": activation or _activation(saved, entries),
        "current_scale_a": _number(saved, entries, "amplification", 1.0) * _NANOAMPERE,
        "clip_a": _clipping(saved, entries),
        "voltage_min_v": low,
        "voltage_max_v": high,
        "notes": notes,
    }


def _entries(data: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Every key below ``data`` with its value, outermost last so that it wins."""
    levels: list[list[tuple[str, Any]]] = []
    layer: list[Mapping[Any, Any]] = [data]
    seen: set[int] = {id(data)}
    while layer:
        items = [(str(key), value) for part in layer for key, value in part.items()]
        levels.append(items)
        inner = [value for _, value in items if isinstance(value, Mapping)]
        layer = [value for value in inner if id(value) not in seen]
        seen.update(id(value) for value in layer)
    for level in reversed(levels):
        for key, value in level:
            yield key, value
            if not _LAYER.fullmatch(key) and "." in key:
                # buffers of a saved module, such as `model.voltage_ranges`
                yield key.rsplit(".", 1)[1], value


def _layers(
    saved: TorchFile, entries: dict[str, Any]
) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    found: dict[int, dict[str, np.ndarray]] = {}
    prefixes = set()
    for key, value in entries.items():
        if match := _LAYER.fullmatch(key):
            prefixes.add(match[1])
            found.setdefault(int(match[2]), {})[match[3]] = saved.array(value, key)
    if len(prefixes) != 1 or any(len(layer) != 2 for layer in found.values()):
        raise InputError(
            "not one network's layers",
            file=saved.file,
            value=sorted(key for key in entries if _LAYER.fullmatch(key)),
            expected="0.weight, 0.bias, 2.weight, 2.bias ... with one common prefix",
        )
    order = sorted(found)
    return (
        tuple(found[index]["weight"] for index in order),
        tuple(found[index]["bias"].reshape(-1) for index in order),
    )


def _check_structure(
    saved: TorchFile, entries: dict[str, Any], weights: tuple[np.ndarray, ...]
) -> None:
    shapes = [weight.shape for weight in weights]
    if any(len(shape) != 2 for shape in shapes):
        raise InputError("a layer is not a matrix", file=saved.file, value=shapes)
    actual = {
        "D_in": [shapes[0][1]],
        "D_out": [shapes[-1][0]],
        "hidden_sizes": [shape[0] for shape in shapes[:-1]],
    }
    for key, sizes in actual.items():
        if key in entries:
            stated = saved.array(entries[key], key).reshape(-1).tolist()
            if stated != sizes:
                raise InputError(
                    "the structure says otherwise than the weights",
                    file=saved.file,
                    key=key,
                    value=stated,
                    expected=str(sizes),
                )
    if shapes[-1][0] != 1:
        raise InputError("only devices with one output are supported", file=saved.file, key="D_out")


def _activation(saved: TorchFile, entries: dict[str, Any]) -> str:
    text = plain_text(entries.get("activation"))
    name = _ACTIVATION_NAMES.get((text or "").lower().replace("-", "").replace("_", ""))
    if name is None:
        raise InputError(
            "unknown or missing activation",
            file=saved.file,
            key="activation",
            value=text,
            expected="one of " + ", ".join(_ACTIVATION_NAMES.values()),
        )
    return name


def _ranges(
    saved: TorchFile, entries: dict[str, Any]
) -> tuple[np.ndarray | None, np.ndarray | None]:
    if entries.get("voltage_ranges") is not None:
        ranges = saved.array(entries["voltage_ranges"], "voltage_ranges")
        if ranges.ndim != 2 or ranges.shape[1] != 2:
            raise InputError(
                "not a list of ranges",
                file=saved.file,
                key="voltage_ranges",
                value=ranges.shape,
                expected="a minimum and a maximum per electrode",
            )
        return ranges[:, 0], ranges[:, 1]
    if entries.get("offset") is not None and entries.get("amplitude") is not None:
        offset = saved.array(entries["offset"], "offset").reshape(-1)
        amplitude = saved.array(entries["amplitude"], "amplitude").reshape(-1)
        if offset.shape != amplitude.shape:
            raise InputError(
                "not of one length", file=saved.file, key="offset, amplitude", value=offset.shape
            )
        return offset - amplitude, offset + amplitude
    return None, None


def _clipping(saved: TorchFile, entries: dict[str, Any]) -> tuple[float, float] | None:
    for key in ("output_clipping", "clipping_value"):
        if entries.get(key) is not None:
            limits = saved.array(entries[key], key).reshape(-1)
            if len(limits) != 2:
                raise InputError("not two limits", file=saved.file, key=key, value=limits.tolist())
            # written as maximum and minimum by some versions and the other way by others
            return float(limits.min()) * _NANOAMPERE, float(limits.max()) * _NANOAMPERE
    return None


def _number(saved: TorchFile, entries: dict[str, Any], key: str, default: float) -> float:
    if entries.get(key) is None:
        return default
    values = saved.array(entries[key], key).reshape(-1)
    if len(values) != 1:
        raise InputError("not one number", file=saved.file, key=key, value=values.tolist())
    return float(values[0])
