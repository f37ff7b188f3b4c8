"""The baseline file: figures of earlier runs, and everything that is needed to judge by them."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hgecircuit import __version__
from hgecircuit.compare.figures import Figure, Kind
from hgecircuit.errors import InputError
from hgecircuit.record import code_sha256
from hgecircuit.regress.measure import Measured
from hgecircuit.regress.plan import MOST_REPEATS, Plan
from hgecircuit.report.plain import format_json, to_plain
from hgecircuit.run.base import Engine

FORMAT = "hgecircuit-regression-baseline"
VERSION = 1
_EXPECTED = "a file that `hgecircuit regress --baseline FILE --update` wrote"
# A start that never got there: JSON has no infinity.
_NEVER = "never"


@dataclass(frozen=True)
class Entry:
    """One circuit of a baseline.

    Attributes:
        plan: Seeds, starts, repeats.
        figures: Its figures.
        settings: All settings of its file in SI.
        made: When and by what: time, versions, hashes.
    """

    plan: Plan
    figures: tuple[Figure, ...]
    settings: Mapping[str, Any]
    made: Mapping[str, Any]


def read_baseline(file: Path) -> dict[str, Entry]:
    """The circuits of a baseline by name.

    Raises:
        InputError: No such file, none of this format and version, or not whole.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"the baseline can't be read: {error.strerror or error}",
            file=file,
            key="--baseline",
            expected="a baseline; --update makes one",
        ) from error
    except (ValueError, RecursionError) as error:
        raise _refused(file, "not a baseline: no JSON") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise _refused(file, "not a baseline")
    if data.get("version") != VERSION:
        raise InputError(
            "a baseline of another version",
            file=file,
            key="version",
            value=data.get("version"),
            expected=f"{VERSION}; make it again with --update in another file",
        )
    try:
        return {str(name): _read_entry(entry) for name, entry in data["circuits"].items()}
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _refused(file, f"a baseline that is not whole: {error!r}") from error


def write_baseline(file: Path, entries: Mapping[str, Entry]) -> None:
    """Write a baseline whole or not at all.

    Raises:
        InputError: It can't be written.
    """
    data = {
        "format": FORMAT,
        "version": VERSION,
        "circuits": {name: _entry_json(entries[name]) for name in sorted(entries)},
    }
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        part.write_text(format_json(to_plain(data)) + "\n", encoding="utf-8", newline="\n")
        part.replace(file)
    except OSError as error:
        raise InputError(
            f"the baseline can't be written: {error.strerror or error}",
            file=file,
            key="--baseline",
            expected="a file in a folder that exists",
        ) from error
    finally:
        with suppress(OSError):  # it is gone when all went well
            part.unlink()


def entry_of(measured: Measured, engine: Engine) -> Entry:
    """What a baseline keeps of a circuit."""
    made = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "hgecircuit": __version__,
        "code_sha256": code_sha256(),
        "simulator": engine.version,
        "file": measured.path.name,
        "file_sha256": measured.file_sha256,
    }
    return Entry(measured.plan, measured.figures, measured.settings, made)


def _refused(file: Path, problem: str) -> InputError:
    return InputError(problem, file=file, key="--baseline", expected=_EXPECTED)


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "plan": vars(entry.plan),
        "made": dict(entry.made),
        "settings": dict(entry.settings),
        "figures": [
            {
                "name": figure.name,
                "unit": figure.unit,
                "kind": str(figure.kind),
                "higher_is_worse": figure.higher_is_worse,
                "values": [value if math.isfinite(value) else _NEVER for value in figure.values],
                "text": figure.text,
            }
            for figure in entry.figures
        ],
    }


def _read_entry(data: Mapping[str, Any]) -> Entry:
    seed, starts, repeats = (data["plan"][name] for name in ("seed", "starts", "repeats"))
    if not all(type(value) is int and value >= 0 for value in (seed, starts, repeats)):
        raise ValueError("plan")
    if not 1 <= repeats <= MOST_REPEATS:
        raise ValueError("repeats")
    figures = tuple(_read_figure(figure) for figure in data["figures"])
    if not figures:
        raise ValueError("no figures")
    return Entry(Plan(seed, starts, repeats), figures, dict(data["settings"]), dict(data["made"]))


def _read_figure(data: Mapping[str, Any]) -> Figure:
    kind, higher = Kind(data["kind"]), data["higher_is_worse"]
    values = tuple(_read_value(value) for value in data["values"])
    texts = (data["name"], data["unit"], data["text"])
    if type(higher) is not bool or not all(isinstance(text, str) for text in texts):
        raise TypeError(f"figure {data['name']!r}")
    if kind in (Kind.MEAN, Kind.EXACT) and not all(map(math.isfinite, values)):
        raise ValueError(f"a value of {data['name']!r} is not finite")
    if kind is Kind.SHARE and not _is_share(values):
        raise ValueError(f"share {data['name']!r}")
    return Figure(data["name"], data["unit"], kind, values, higher, data["text"])


def _is_share(values: tuple[float, ...]) -> bool:
    whole = all(math.isfinite(value) and value == int(value) for value in values)
    return len(values) == 2 and whole and 0 <= values[0] <= values[1]


def _read_value(value: object) -> float:
    if value == _NEVER:
        return math.inf
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"value {value!r}")
    return float(value)
