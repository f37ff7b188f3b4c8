"""Run folders: made once, recognised again, never somebody else's."""

from __future__ import annotations

import json
from pathlib import Path

from hgecircuit.errors import InputError

MARKER = "hgecircuit-run.json"


def prepare_folder(folder: Path, circuit: str) -> Path:
    """Make a run folder, or take one that an earlier run of the same circuit made.

    Args:
        folder: The folder.
        circuit: Name of the circuit, kept in the folder's marker file.

    Returns:
        The folder.

    Raises:
        InputError: It is a file, can't be written, or holds something else.
    """
    marker = folder / MARKER
    try:
        if folder.is_dir() and any(folder.iterdir()):
            owner = _read_owner(marker)
            if owner != circuit:
                raise InputError(
                    "the folder holds something else"
                    if owner is None
                    else f"the folder holds a run of the circuit {owner}",
                    key="--out",
                    value=str(folder),
                    expected="a new folder, or one of an earlier run of the same circuit",
                )
        folder.mkdir(parents=True, exist_ok=True)
        marker.write_text(json.dumps({"circuit": circuit}) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"the folder can't be written: {error.strerror or error}",
            key="--out",
            value=str(folder),
            expected="a folder that can be made and written",
        ) from error
    return folder


def _read_owner(marker: Path) -> str | None:
    try:
        found = json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found.get("circuit") if isinstance(found, dict) else None
