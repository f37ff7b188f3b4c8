"""From TOML text to a checked RigSpec."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from hgecircuit.run.rigs.config import RigSpec
from hgecircuit.run.rigs.config_checks import find_problems
from hgecircuit.spec.explain import explain
from hgecircuit.spec.load import set_override
from hgecircuit.spec.problems import SpecFileError
from hgecircuit.spec.source import Source, parse_toml, read_source

EXAMPLE = "circuits/rigs/virtual.toml"

_Spec = TypeVar("_Spec", bound=RigSpec)


class RigFileError(SpecFileError):
    """One or more mistakes in a rig file."""

    kind = "rig"


def load_rig_spec(path: str | Path, *, overrides: Mapping[str, Any] | None = None) -> RigSpec:
    """Read and check a rig file.

    Args:
        path: The TOML file.
        overrides: Values by dotted key, as the file would hold them, such as
            ``{"connection.port": 31764, "virtual.time": "real"}``. A table replaces the file's.

    Returns:
        The rig, every number in SI, with one value per electrode.

    Raises:
        InputError: Anything wrong, with file, line, key, value and accepted form; all mistakes
            are listed together.
    """
    return build_rig_spec(RigSpec, read_source(Path(path), "rig file", EXAMPLE), overrides or {})


def build_rig_spec(cls: type[_Spec], source: Source, overrides: Mapping[str, Any]) -> _Spec:
    """The rig of a text; see :func:`load_rig_spec`."""
    tables = copy.deepcopy(parse_toml(source))
    for key, value in overrides.items():
        set_override(tables, key, value, source)
    source = replace(source, overrides=frozenset(overrides), tables=tables)
    try:
        spec = cls.model_validate(tables)
    except ValidationError as error:
        raise RigFileError(explain(error, tables, cls), source) from error
    spec._source = source
    spec = _complete(spec)
    problems = find_problems(spec)
    if problems:
        raise RigFileError(problems, source)
    return spec


def _complete(spec: _Spec) -> _Spec:
    """The rig with one value per electrode; lists of a wrong length stay for the checks."""
    electrodes, count = spec.electrodes, len(spec.electrodes.channels)
    return spec.model_copy(
        update={
            "title": spec.title or spec.chassis.name,
            "electrodes": electrodes.model_copy(
                update={
                    "min_v": _spread(electrodes.min_v, count),
                    "max_v": _spread(electrodes.max_v, count),
                    "slew_limit_v_per_s": _spread(electrodes.slew_limit_v_per_s, count),
                }
            ),
            "virtual": spec.virtual.model_copy(
                update={"power_up_v": _spread(spec.virtual.power_up_v, count)}
            ),
        }
    )


def _spread(values: tuple[float, ...], count: int) -> tuple[float, ...]:
    return values * count if len(values) == 1 else values
