"""Results that are kept, so that nothing is simulated twice."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hgecircuit.learner import Learner
from hgecircuit.record import code_sha256
from hgecircuit.run.base import Engine


def key_of(learner: Learner, engine: Engine, decks: Sequence[str], *more: object) -> str:
    """What a result depends on: netlists, settings, package sources, simulator."""
    text = json.dumps(
        [code_sha256(), engine.version, learner.spec.to_json(), list(decks), *more], sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()


def keep(file: Path, key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``make`` returns, or what it returned when ``file`` was written for the same key.

    Args:
        file: Where the result is kept.
        key: What it depends on.
        make: Does the work; returns plain data.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if found["key"] == key:
            return found["data"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # none, torn, or of another program: made again
    data = make()
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    part.write_text(json.dumps({"key": key, "data": data}) + "\n", encoding="utf-8")
    part.replace(file)
    # What is kept is read from here on as it will be read again.
    return json.loads(json.dumps(data))


def drop_raw(folder: Path) -> None:
    """Remove the simulator's raw files: ten megabytes each, and the netlists make them again."""
    for raw in folder.glob("*.raw"):
        raw.unlink()
