"""Files that appear complete or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hgecircuit.errors import InputError


@contextmanager
def staged(folder: Path, *, owned: Sequence[str] = (), last: str = "") -> Iterator[Path]:
    """A scratch folder whose files move into ``folder`` when the block ends without an error.

    It lies inside ``folder``, so every move is a rename: a file is there whole, or as it was
    before. After an error or Ctrl-C in the block, ``folder`` is as it was.

    Args:
        folder: Where the files belong; it exists.
        owned: Relative names that belong to these files: those that the block did not make are
            left from an earlier run, and are removed.
        last: Name that moves after all others, so that its presence means that all is there.

    Raises:
        InputError: ``folder`` can't be written to, or the disk is full.
    """
    try:
        scratch = Path(tempfile.mkdtemp(prefix=".report-", dir=folder))
        try:
            yield scratch
            names = relative_files(scratch)
            for name in sorted(names, key=lambda name: (name == Path(last), name)):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(scratch / name, folder / name)
            for name in {Path(name) for name in owned} - set(names):
                (folder / name).unlink(missing_ok=True)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise InputError(
            f"the report can't be written: {error.strerror or error}",
            file=folder,
            expected="a folder that can be written to, with room on its disk",
        ) from error


def relative_files(folder: Path) -> list[Path]:
    """All files below ``folder``, relative to it, in order."""
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
