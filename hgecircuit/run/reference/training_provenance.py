"""How a training was made, as plain data: every setting, seed and version."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import platform
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit import __version__

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel

_LARGEST_ARRAY = 32
_FINGERPRINT_POINTS = 64


def describe(value: Any) -> Any:
    """Settings as data that JSON holds: dataclasses by their fields, with the name of their class.

    Something with a ``provenance`` of its own, such as a noise source, is described by that. Of
    large arrays the hash stays, of functions the name.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist() if value.size <= _LARGEST_ARRAY else {"sha256": hash_array(value)}
    if isinstance(value, Mapping):
        return {str(key): describe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [describe(item) for item in value]
    if isinstance(value, functools.partial):
        parts = [value.func, value.args, value.keywords]
        return {"class": "partial", "parts": describe(parts)}
    if isinstance(value, np.random.Generator):
        return {"class": "Generator", "state": describe(value.bit_generator.state)}
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    kind = {"class": type(value).__qualname__}
    if isinstance(getattr(value, "provenance", None), Mapping):
        return kind | describe(value.provenance)
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return kind | {name: describe(getattr(value, name)) for name in names}
    return kind | describe(getattr(value, "__dict__", {}))


def describe_device(device: DeviceModel) -> dict[str, Any]:
    """A device's name, and the hash of its currents at points spread over its safe ranges.

    A measured device would give other currents each time; what is on the rig stands for it.
    """
    if device.measured:
        return {"name": device.name, "provenance": describe(device.provenance)}
    generator = np.random.Generator(np.random.PCG64(0))
    points_v = generator.uniform(
        device.voltage_min_v, device.voltage_max_v, (_FINGERPRINT_POINTS, device.electrodes)
    )
    return {
        "name": device.name,
        "currents_sha256": hash_array(device.current_a(points_v)),
        "provenance": describe(device.provenance),
    }


def versions() -> dict[str, str]:
    """Versions of what makes the numbers."""
    return {
        "hgecircuit": __version__,
        "Python": platform.python_version(),
        "numpy": np.__version__,
    }


def hash_array(values: np.ndarray) -> str:
    """The sha256 of an array's shape and numbers."""
    values = np.ascontiguousarray(values)
    head = f"{values.dtype.str} {values.shape} ".encode()
    return hashlib.sha256(head + values.tobytes()).hexdigest()
