"""Command line: the index over runs."""

from __future__ import annotations

from pathlib import Path

import click

from hgecircuit.cli.output import JSON_OPTION, print_json
from hgecircuit.errors import InputError


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("runs"))
@JSON_OPTION
def index(folder: Path, as_json: bool) -> None:
    """Write index.html over all verifications below FOLDER (runs, unless given).

    One line per run: circuit, verdict, key figures, date, and a link to its report.html. It reads
    what is there and runs nothing. A folder of circuits verified at once gets its index by itself.
    """
    from hgecircuit.report.index_page import INDEX_FILE, write_index

    if not folder.is_dir():
        raise InputError(
            "no such folder", key="FOLDER", value=str(folder), expected="a folder of runs"
        )
    runs = write_index(folder)
    file = folder / INDEX_FILE
    if as_json:
        lines = [
            {
                "folder": run.folder.as_posix(),
                "circuit": run.name,
                "page": run.page,
                "status": None if run.row is None else run.status.value,
            }
            for run in runs
        ]
        print_json({"file": str(file), "runs": lines})
        return
    click.echo(f"{file}: {len(runs)} {'run' if len(runs) == 1 else 'runs'}; open it in a browser")
