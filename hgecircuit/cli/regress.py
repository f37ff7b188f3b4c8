"""Command line: circuits against their baseline and each other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hgecircuit.cli.output import (
    JSON_OPTION,
    check_output,
    command_line,
    print_json,
    progress_display,
    refuse_inputs,
)
from hgecircuit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from hgecircuit.regress.run import Result

_STYLES = {"worse": "bold red", "missing": "bold red", "better": "green", "same": "dim"}
_UNCHANGED = ("same", "information")


@click.command()
@click.argument("circuits", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with the figures of earlier runs; without it circuits are only compared with each "
    "other.",
)
@click.option(
    "--update", is_flag=True, help="Write the new figures into the baseline; makes it if needed."
)
@click.option(
    "--blame/--no-blame",
    default=None,
    help="Make one block at a time ideal and rank them: always, or never. By default when a figure "
    "got worse.",
)
@click.option(
    "--starts",
    type=click.IntRange(0, 10_000),
    help="Random starts per circuit. Default: the baseline's, or 20.",
)
@click.option(
    "--repeats",
    type=click.IntRange(1, 1000),
    help="Repeats with other draws of the parts, operating points and noise. Default: the "
    "baseline's, or 5.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 1_000_000),
    help="Moves all seeds: 0 for those of the circuit file. Default: the baseline's, or 0.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs/regress"),
    show_default=True,
    help="Folder for the report and for results that are kept.",
)
@JSON_OPTION
def regress(
    circuits: tuple[Path, ...],
    baseline: Path | None,
    update: bool,
    blame: bool | None,
    starts: int | None,
    repeats: int | None,
    seed: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """Compare CIRCUITS (files, or folders of them) with their baseline and with each other.

    Measures every circuit's gradient error and its terms, learning success and time from random
    starts, component counts and supply power, beside the digital reference from the same starts.
    Repeats with other draws of the parts and other operating points give each figure's natural
    spread, and limits follow from it. A figure beyond its limit fails, and one block at a time is
    then made ideal to find out which one it is.

    The same seeds give the same figures, so an unchanged circuit is reported as the same. Runs
    whose netlist, limits, code and simulator are unchanged are kept; a command that was stopped
    goes on where it was.

    \b
      hgecircuit regress circuits/ --baseline circuits/baseline.json --update
      hgecircuit regress circuits/ --baseline circuits/baseline.json

    Exit codes: 0 nothing is worse, 1 a figure got worse or is missing (without a baseline: a
    circuit breaks its own limits), 2 bad input, 3 the simulator failed.
    """  # noqa: D301 - click needs the backspace itself to keep the lines apart
    from hgecircuit.collection import find_circuits
    from hgecircuit.regress.baseline import entry_of, read_baseline, write_baseline
    from hgecircuit.regress.report import write_report
    from hgecircuit.regress.run import plans_of
    from hgecircuit.regress.run import regress as run_regression
    from hgecircuit.run.engines.ngspice import Ngspice
    from hgecircuit.run.folder import prepare_folder

    if update and baseline is None:
        raise InputError("--update needs --baseline", expected="--baseline FILE --update")
    files = find_circuits(circuits)
    known = {}
    if baseline is not None:
        check_output(baseline, "--baseline")
        refuse_inputs(baseline, *files, key="--baseline")
        if baseline.exists() or not update:
            known = read_baseline(baseline)
    plans = plans_of(files, known, starts, repeats, seed)
    engine = Ngspice()
    folder = prepare_folder(out, "several circuits", "regression")
    with progress_display(f"regress {' '.join(map(str, circuits))}", quiet=as_json) as progress:
        results = run_regression(plans, known, folder, engine, progress, blame=blame)
    data = write_report(results, folder, engine, command_line())
    if baseline is not None and update:
        entries = {one.measured.name: entry_of(one.measured, engine) for one in results}
        write_baseline(baseline, {**known, **entries})
    if as_json:
        print_json(data)
    else:
        _show(results)
        click.echo(f"report in {folder}: report.json, report.md")
        if update:
            click.echo(f"baseline written: {baseline}")
    sys.exit(0 if update or all(result.passed for result in results) else 1)


def _show(results: Sequence[Result]) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    _show_variants(console, results)
    for result in results:
        if result.before is not None:
            _show_judgements(console, result)
        if result.blames:
            _show_blames(console, result)
    for result in results:
        style = "green" if result.passed else "bold red"
        console.print(f"{result.measured.name}: [{style}]{result.verdict}[/]")


def _show_variants(console: Console, results: Sequence[Result]) -> None:
    from hgecircuit.regress.rows import references, side_by_side

    names = [result.measured.name for result in results]
    if len(results) > 1:
        console.print(f"Better and worse in this table: against {names[0]}.", markup=False)
    columns = [*names, *(heading for heading, _ in references(results))]
    table = _table(("figure",), columns, ())
    for name, cells in side_by_side(results):
        table.add_row(name, *(_marked(cell.text, cell.change) for cell in cells))
    console.print(table)


def _show_judgements(console: Console, result: Result) -> None:
    from hgecircuit.compare.figures import Kind
    from hgecircuit.regress.rows import LEGEND, baseline_line, change_rows, judged_rows

    console.print(baseline_line(result), markup=False)
    for key, old, new in change_rows(result):
        console.print(f"  changed: {key}: {old} -> {new}", markup=False)
    rows = judged_rows(result)
    shown = [(one, cells) for one, cells in rows if str(one.change) not in _UNCHANGED]
    if shown:
        table = _table(("figure",), ("baseline", "now", "limit"), ("", "limit by"))
        for one, (before, now, limit, kind) in shown:
            table.add_row(one.name, before, now, limit, _styled(str(one.change)), kind)
        console.print(table)
        for kind in dict.fromkeys(Kind(cells[3]) for _, cells in shown):
            if kind in LEGEND:
                console.print(f"  {LEGEND[kind]}", markup=False)
    same = sum(str(one.change) == "same" for one, _ in rows)
    console.print(f"  {same} figures are the same as in the baseline")


def _show_blames(console: Console, result: Result) -> None:
    """The ranking for the first figure, and a line for each other one; the report has them all."""
    from hgecircuit.regress.rows import blame_line, blame_rows

    first = result.blames[0]
    console.print(f"\n{result.measured.name}, which block? {blame_line(first)}", markup=False)
    table = _table(("block made ideal",), ("figure then", "comes back"), ("repaired",))
    for row in blame_rows(first):
        table.add_row(*row)
    if first.swaps:
        console.print(table)
    if first.without_effect:
        console.print(f"  not in its netlist: {', '.join(first.without_effect)}")
    for blame in result.blames[1:]:
        console.print(f"  {blame_line(blame)}", markup=False)


def _table(names: Sequence[str], numbers: Sequence[str], words: Sequence[str]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for heading in names:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right")
    for heading in words:
        table.add_column(heading)
    return table


def _marked(text: str, change: object) -> str:
    return text if change is None else f"{text} ({_styled(str(change))})"


def _styled(change: str) -> str:
    style = _STYLES.get(change)
    return change if style is None else f"[{style}]{change}[/]"
