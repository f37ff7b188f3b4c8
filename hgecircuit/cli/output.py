"""What the commands print: progress and errors on standard error, results on standard output."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from hgecircuit.errors import HgeError, InputError

if TYPE_CHECKING:
    from hgecircuit.collection import Entry
    from hgecircuit.report import Report
    from hgecircuit.run.base import Progress

JSON_OPTION = click.option(
    "--json", "as_json", is_flag=True, help="Print the result as JSON, for programs."
)
_STYLES = {"pass": "green", "fail": "bold red", "not_measured": "yellow"}


def fail(error: HgeError) -> NoReturn:
    """Print an error and end with its exit code."""
    click.echo(f"error: {error}", err=True)
    sys.exit(error.exit_code)


def command_line() -> str:
    """The command as it was typed, to be recorded."""
    return shlex.join(["hgecircuit", *sys.argv[1:]])


def print_json(data: object) -> None:
    """Print data for programs."""
    click.echo(json.dumps(data, indent=2, allow_nan=False))


def write_text(path: Path, text: str, key: str = "--output") -> None:
    """Write a file whole or not at all.

    Args:
        path: The file.
        text: What it shall hold.
        key: The option that names it.

    Raises:
        InputError: It can't be written.
    """
    write_bytes(path, text.encode(), key)


def write_bytes(path: Path, data: bytes, key: str = "--output") -> None:
    """Write a file whole or not at all.

    Args:
        path: The file.
        data: What it shall hold.
        key: The option that names it.

    Raises:
        InputError: It can't be written.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise InputError(
            f"the file can't be written: {error.strerror or error}",
            key=key,
            value=str(path),
            expected="a file in a folder that exists",
        ) from error
    finally:
        with suppress(OSError):  # it is gone when all went well
            part.unlink()


def check_output(path: Path, key: str) -> None:
    """Refuse a file that can't be written, before the work is done.

    Raises:
        InputError: It is a folder, or lies in none.
    """
    if path.is_dir():
        raise InputError("a folder", key=key, value=str(path), expected="the name of a file")
    if not path.parent.is_dir():
        raise InputError(
            "no such folder",
            key=key,
            value=str(path.parent),
            expected="a file in a folder that exists",
        )


def refuse_inputs(output: Path, *inputs: str | Path, key: str = "--output") -> None:
    """Refuse an output that is one of the inputs, which would be lost.

    Args:
        output: The file to be written.
        inputs: Files that are read; names that are no files are passed over.
        key: The option that names the output.

    Raises:
        InputError: It is.
    """
    for file in inputs:
        if Path(file).exists() and output.exists() and output.samefile(file):
            raise InputError(
                "the output would overwrite an input",
                key=key,
                value=str(output),
                expected="another file",
            )


def refuse_same(*outputs: Path | None) -> None:
    """Refuse outputs of which two are the same file, so that one of them would be lost.

    Args:
        outputs: Files to be written; None for those that are not.

    Raises:
        InputError: Two are the same.
    """
    seen: list[Path] = []
    for output in (one for one in outputs if one is not None):
        if any(_same_file(output, other) for other in seen):
            raise InputError(
                "two outputs are the same file",
                value=str(output),
                expected="a file of its own for each",
            )
        seen.append(output)


def _same_file(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


def model_files(reference: str | Path) -> list[Path]:
    """The files that a device model is read from; none for a shipped model.

    Args:
        reference: Name or path of a model that can be loaded.
    """
    from hgecircuit.devices.formats import SHIPPED
    from hgecircuit.devices.layers_file import is_layered
    from hgecircuit.devices.model_file import read_json

    path = Path(reference)
    if str(reference) in SHIPPED:
        return []
    data = read_json(path) if path.suffix.lower() == ".json" else None
    members = data["devices"].values() if is_layered(data) else []
    return [path, *(path.parent / one for one in members if isinstance(one, str))]


@contextmanager
def progress_display(title: str, *, quiet: bool) -> Iterator[Callable[[str, Progress], None]]:
    """Bars with remaining time on a terminal; one line per stage elsewhere; nothing when quiet."""
    if quiet:
        yield lambda stage, progress: None
        return
    if not sys.stderr.isatty():
        yield _StageLines(title).report
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (
        TextColumn("{task.description:32}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        Remaining(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, progress: Any) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=1.0)
            bars.update(tasks[stage], completed=progress.fraction)

        yield report


class _StageLines:
    """Progress where there is no terminal: a line when a stage starts, and every tenth of it."""

    def __init__(self, title: str) -> None:
        self._tenths: dict[str, int] = {}
        click.echo(title, err=True)

    def report(self, stage: str, progress: Progress) -> None:
        """Print the stage's progress when it has come a tenth further."""
        tenth = int(progress.fraction * 10)
        if tenth <= self._tenths.get(stage, -1):
            return
        self._tenths[stage] = tenth
        left = progress.remaining_s
        rest = f", {left:.0f} s left" if left and tenth < 10 else ""
        click.echo(f"  {stage}: {10 * tenth} % after {progress.elapsed_s:.1f} s{rest}", err=True)


def show_verdicts(report: Report) -> None:
    """Print the verdict table and name the files of a report."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    table = Table(title=report.title, title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("verdict", "value", "limit", "status"):
        table.add_column(heading, no_wrap=True)
    table.add_column("the limit comes from", overflow="fold")
    for row in report.rows:
        status = f"[{_STYLES[row.status]}]{row.status}[/]"
        table.add_row(row.name, row.value, row.limit, status, row.source)
    console.print(table)
    for line in report.summary:
        console.print(line)
    whole = [file.name for file in report.files if file.parent == Path()]
    pictures = len(report.files) - len(whole)
    console.print(f"report in {report.folder}: {', '.join(whole)} and {pictures} pictures in plots")


def show_collection(entries: Sequence[Entry]) -> None:
    """Print one line per circuit: what it learned, from where on, and which verdicts don't hold."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from hgecircuit.report.run_row import HEADINGS, count_starts, run_row

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("circuit", *HEADINGS[:-1]):
        table.add_column(heading, no_wrap=True)
    table.add_column(HEADINGS.result, overflow="fold")
    for entry in entries:
        row = run_row(entry.data)
        colour = "green" if entry.passed else "bold red"
        name = entry.name + (" (kept)" if entry.kept else "")
        table.add_row(name, *row[:-1], f"[{colour}]{row.result}[/]")
    console.print(table)
    passed = sum(entry.passed for entry in entries)
    starts = sum(count_starts(entry.data) for entry in entries)
    console.print(f"{passed} of {len(entries)} circuits passed, from {starts} starts; reports in")
    for entry in entries:
        console.print(f"  {entry.folder}", soft_wrap=True)
