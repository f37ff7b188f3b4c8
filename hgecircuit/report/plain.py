"""Numbers for people and for JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from hgecircuit.units import format_quantity

NOT_MEASURED = "not measured"
# Units that take an SI prefix; all others are written behind the plain number.
_PREFIXED = {"A", "V", "s", "Hz", "Ω", "F", "A/V", "W", "J"}


def to_plain(value: Any) -> Any:
    """Data that JSON holds exactly: numpy values become Python's, what is not finite becomes None.

    Raises:
        TypeError: Something that is neither a number, text, a list nor a mapping.
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    raise TypeError(f"not plain data: {value!r}")


def format_json(data: Any, indent: int = 0) -> str:
    """JSON text, indented, with every list of numbers or texts on one line.

    Raises:
        ValueError: A number that is not finite.
    """
    inner, outer = " " * (indent + 2), " " * indent
    if isinstance(data, dict) and data:
        items = [f"{json.dumps(k)}: {format_json(v, indent + 2)}" for k, v in data.items()]
        return "{\n" + ",\n".join(inner + item for item in items) + f"\n{outer}}}"
    if isinstance(data, list) and any(isinstance(item, dict | list) for item in data):
        items = [format_json(item, indent + 2) for item in data]
        return "[\n" + ",\n".join(inner + item for item in items) + f"\n{outer}]"
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def format_value(value: float | str | None, unit: str) -> str:
    """A value with its unit for a table: ``3.2 nA``, ``0.0139``, ``0.004 dB``, ``0110``.

    Args:
        value: In ``unit``; text is returned as it is, None is not measured.
        unit: SI unit, "1" for a ratio, or the word for what the text is.
    """
    if value is None:
        return NOT_MEASURED
    if isinstance(value, str):
        return value
    if math.isnan(value):
        return "not a number"
    if unit == "1":
        # A cosine close to 1 needs its distance from 1 to be seen.
        return f"{value:.6f}" if 0.99 < abs(value) < 1 else f"{value:.4g}"
    if unit in _PREFIXED:
        return format_quantity(value, unit)
    return f"{value:.4g} {unit}"


def format_share(share: float) -> str:
    """A ratio as a percentage; below a billionth it is rounding and shown as 0."""
    return "0 %" if abs(share) < 1e-9 else f"{100 * share:.3g} %"
