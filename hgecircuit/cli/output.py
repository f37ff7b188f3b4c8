"""What the commands print: progress and errors on standard error, results on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from hgecircuit.errors import HgeError, InputError

if TYPE_CHECKING:
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


def print_json(data: object) -> None:
    """Print data for programs."""
    click.echo(json.dumps(data, indent=2, allow_nan=False))


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        InputError: It can't be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    except OSError as error:
        raise InputError(
            f"the file can't be written: {error.strerror or error}",
            key="--output",
            value=str(path),
            expected="a file in a folder that exists",
        ) from error


def refuse_inputs(output: Path, *inputs: str | Path) -> None:
    """Refuse an output that is one of the inputs, which would be lost.

    Raises:
        InputError: It is.
    """
    for file in inputs:
        if Path(file).exists() and output.exists() and output.samefile(file):
            raise InputError(
                "the output would overwrite an input",
                key="--output",
                value=str(output),
                expected="another file",
            )


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
