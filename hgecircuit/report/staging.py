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
def staged(folder: Path, last: Sequence[str] = ()) -> Iterator[Path]:
    """A scratch folder whose files move into ``folder`` when the block ends without an error.

    It lies inside ``folder``, so every move is a rename: a file is there whole, or as it was
    before. After an error or Ctrl-C in the block, ``folder`` is as it was.

    Args:
        folder: Where the files belong; it exists.
        last: Names that move after all others, so that their presence means that all is there.

    Raises:
        InputError: ``folder`` can't be written to, or the disk is full.
    """
    try:
        scratch = Path(tempfile.mkdtemp(prefix=".report-", dir=folder))
        try:
            yield scratch
            names = [path.relative_to(scratch) for path in scratch.rglob("*") if path.is_file()]
            for name in sorted(names, key=lambda name: (str(name) in last, str(name))):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(scratch / name, folder / name)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise InputError(
            f"the report can't be written: {error.strerror or error}",
            file=folder,
            expected="a folder that can be written to, with room on its disk",
        ) from error
