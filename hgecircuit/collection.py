"""Many circuits, one after the other: which results are kept from before, and a table of all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hgecircuit.errors import InputError
from hgecircuit.learner import Learner
from hgecircuit.pipeline import verify_to_folder
from hgecircuit.record import code_sha256
from hgecircuit.run.base import Engine, Progress
from hgecircuit.run.engines.ngspice import Ngspice
from hgecircuit.starts import StartsPlan

#: File in a circuit's folder that says what its report was made of.
KEY_FILE = "made-of.json"
#: Folders inside a folder of circuits that hold something else.
LEFT_OUT = frozenset({"rigs", "lessons"})


@dataclass(frozen=True)
class Entry:
    """One circuit of a collection, verified.

    Attributes:
        name: The circuit's name.
        folder: Where its report is.
        data: The content of ``report.json``.
        kept: Whether the report is from an earlier run of the same circuit, code and simulator.
    """

    name: str
    folder: Path
    data: Mapping[str, Any]
    kept: bool

    @property
    def passed(self) -> bool:
        """Whether every verdict passed."""
        return bool(self.data["passed"])


def find_circuits(paths: Sequence[Path]) -> list[Path]:
    """Circuit files as given, and those in folders, in order of their names.

    Folders called ``rigs`` (rig files) and ``lessons`` (circuits that fail on purpose) inside a
    folder are left out.

    Raises:
        InputError: A folder without a circuit file.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(
            each
            for each in path.rglob("*.toml")
            if LEFT_OUT.isdisjoint(each.relative_to(path).parts[:-1])
        )
        if not inside:
            raise InputError(
                "no circuit file in this folder",
                value=str(path),
                expected="a folder with .toml files, or a circuit file",
            )
        found.extend(inside)
    return found


def verify_kept(
    learner: Learner,
    folder: Path,
    *,
    plan: StartsPlan | None = None,
    again: bool = False,
    command: str = "",
    engine: Engine | None = None,
    progress: Callable[[str, Progress], None] | None = None,
) -> Entry:
    """Verify a circuit, unless its folder holds a report of the very same verification.

    The same means: the same netlist, settings, random starts, package sources and simulator. So a
    collection that was stopped goes on where it was. With ``again`` nothing is kept. The other
    arguments are those of :func:`hgecircuit.pipeline.verify_to_folder`.
    """
    engine = engine or Ngspice()
    key, file = _key(learner, plan, engine), folder / KEY_FILE
    data = None if again else _read_kept(folder, file, key)
    if data is not None:
        return Entry(learner.spec.name, folder, data, kept=True)
    file.unlink(missing_ok=True)
    report = verify_to_folder(
        learner, folder, plan=plan, command=command, engine=engine, progress=progress
    )
    file.write_text(json.dumps({"key": key}) + "\n", encoding="utf-8")
    return Entry(learner.spec.name, folder, report.data, kept=False)


def _key(learner: Learner, plan: StartsPlan | None, engine: Engine) -> str:
    text = json.dumps(
        [
            code_sha256(),
            learner.netlist(),
            learner.spec.to_json(),
            None if plan is None else vars(plan),
            engine.version,
        ],
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _read_kept(folder: Path, file: Path, key: str) -> Mapping[str, Any] | None:
    """The report in ``folder`` if it is whole and has this key, else None."""
    try:
        if json.loads(file.read_text(encoding="utf-8"))["key"] != key:
            return None
        return json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
