"""Run folders: made once, recognised again, never somebody else's."""

from __future__ import annotations

import json
from pathlib import Path

from hgecircuit.errors import InputError

MARKER = "hgecircuit-run.json"
#: What the marker of a verification says; reports over many runs look for it.
VERIFICATION = "verification"


def prepare_folder(folder: Path, circuit: str, kind: str) -> Path:
    """Make a run folder, or take one that an earlier run of the same circuit made.

    Args:
        folder: The folder.
        circuit: Name of the circuit, kept in the folder's marker file.
        kind: What the run is, such as "verification", kept there too. A report of an earlier run
            is removed: from now on it would stand beside another run's netlist.

    Returns:
        The folder.

    Raises:
        InputError: It is a file, can't be written, or holds something else.
    """
    marker = folder / MARKER
    try:
        if folder.is_dir() and any(folder.iterdir()):
            owner = _read_owner(marker)
            if owner != (circuit, kind):
                raise InputError(
                    "the folder holds something else"
                    if owner is None
                    else f"the folder holds a {owner[1]} of the circuit {owner[0]}",
                    key="--out",
                    value=str(folder),
                    expected=f"a new folder, or one of an earlier {kind} of the same circuit",
                )
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"circuit": circuit, "kind": kind})
        marker.write_text(text + "\n", encoding="utf-8")
        for report in ("report.json", "report.md", "report.html"):
            (folder / report).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            f"the folder can't be written: {error.strerror or error}",
            key="--out",
            value=str(folder),
            expected="a folder that can be made and written",
        ) from error
    return folder


def _read_owner(marker: Path) -> tuple[str, str] | None:
    try:
        found = json.loads(marker.read_text(encoding="utf-8"))
        return str(found["circuit"]), str(found["kind"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
