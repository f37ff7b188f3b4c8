"""From TOML text to a checked CircuitSpec."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from hgecircuit.errors import InputError
from hgecircuit.spec.checks import find_problems
from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.complete import complete
from hgecircuit.spec.explain import explain
from hgecircuit.spec.problems import CircuitFileError, raise_problems
from hgecircuit.spec.source import Source, parse_toml, read_source

_Spec = TypeVar("_Spec", bound=CircuitSpec)


def load_circuit_spec(
    path: str | Path, *, overrides: Mapping[str, Any] | None = None
) -> CircuitSpec:
    """Read and check a circuit file.

    Args:
        path: The TOML file.
        overrides: Values by dotted key, as the file would hold them, such as
            ``{"lock_in.time": "1 ms", "start": {"seed": 7}}``. A table replaces the file's table.

    Returns:
        The circuit, every number in SI.

    Raises:
        InputError: Anything wrong, with file, line, key, value and accepted form; all mistakes
            are listed together.
    """
    return build_spec(CircuitSpec, read_source(Path(path)), overrides or {})


def build_spec(cls: type[_Spec], source: Source, overrides: Mapping[str, Any]) -> _Spec:
    """The circuit of a text; see :func:`load_circuit_spec`."""
    tables = parse_toml(source)
    for key, value in overrides.items():
        set_override(tables, key, value, source)
    tables = _with_name_and_filter(tables, source)
    source = replace(source, overrides=frozenset(overrides), tables=tables)
    try:
        spec = cls.model_validate(tables)
    except ValidationError as error:
        raise CircuitFileError(explain(error, tables, cls), source) from error
    spec._source = source
    spec = complete(spec)
    raise_problems(find_problems(spec), source)
    return spec


def set_override(tables: dict[str, Any], dotted: str, value: object, source: Source) -> None:
    """Set a value by its dotted key in the tables of a file.

    Raises:
        InputError: A part of the key is no table.
    """
    *parents, last = dotted.split(".")
    for parent in parents:
        tables = tables.setdefault(parent, {})
        if not isinstance(tables, dict):
            raise InputError(
                "is not a table, so nothing can be set in it",
                file=source.file,
                key=dotted,
                value=value,
            )
    tables[last] = copy.deepcopy(value)


def _with_name_and_filter(tables: dict[str, Any], source: Source) -> dict[str, Any]:
    """The defaults that must be known before the tables are read."""
    filled = copy.deepcopy(tables)
    name = source.file.name.removesuffix(".toml") if source.file else "circuit"
    filled.setdefault("name", name)
    lock_in, loop = filled.setdefault("lock_in", {}), filled.get("loop")
    continuous = isinstance(loop, dict) and loop.get("kind") == "continuous"
    if isinstance(lock_in, dict):
        lock_in.setdefault("filter", "butterworth" if continuous else "gate")
    return filled
