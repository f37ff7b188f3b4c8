"""Command line: design a filter."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hgecircuit.cli.filter_options import filter_options
from hgecircuit.cli.output import (
    JSON_OPTION,
    check_output,
    print_json,
    progress_display,
    refuse_same,
)
from hgecircuit.errors import InputError

if TYPE_CHECKING:
    from hgecircuit.design.filters.design import FilterDesign
    from hgecircuit.design.filters.stages import Report

# Nothing is shown of what takes no longer.
_MOMENT_S = 1.0
_PLOT_FORMATS = ("png", "svg", "pdf")


@click.command(name="filter")
@filter_options
@JSON_OPTION
def filter_command(
    resistor_min: float,
    resistor_max: float,
    capacitor_min: float,
    capacitor_max: float,
    plot: Path | None,
    netlist: Path | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Design a low-pass: from what it must do to components that can be bought.

    Say how fast it must settle, or where it must cut off; what disturbs; and how good your parts
    are. The values of all components are picked together, so that the response comes as near to
    the ideal one as the series allow. Every figure is that of the exact network of these values
    with a real op-amp: settling, attenuation, Q, noise, sensitivities, the spread of random builds,
    and which of a table of well-known op-amps can do it.

    The paper's lock-in filter, a third-order Butterworth as RC and Sallen-Key section:

    \b
      hgecircuit filter --settle-time 0.1s --reject 40Hz --reject 400Hz

    Others, the last of which says what comes nearest to the impossible:

    \b
      hgecircuit filter --cutoff 1kHz --order 4 --response bessel --series E96
      hgecircuit filter --settle-time 0.1s --reject 40Hz --attenuation 60dB
    """  # noqa: D301
    from hgecircuit.design.filters.data import design_data
    from hgecircuit.design.filters.design import design_filter
    from hgecircuit.design.filters.request import FilterRequest

    _check_files(plot, netlist)
    request = FilterRequest(
        resistor_range_ohm=(resistor_min, resistor_max),
        capacitor_range_f=(capacitor_min, capacitor_max),
        **settings,
    )
    try:
        with _progress(quiet=as_json) as report:
            design = design_filter(request, report)
            data = design_data(design)
            files = _draw_files(design, plot, netlist)
    except KeyboardInterrupt:
        click.echo("\nstopped; no file was written", err=True)
        sys.exit(130)
    for kind, (path, content) in files.items():
        _write(path, content, f"--{kind}")
    data["files"] = {kind: str(path) for kind, (path, _) in files.items()}
    if as_json:
        print_json(data)
    else:
        _show(data)


def _check_files(plot: Path | None, netlist: Path | None) -> None:
    """Refuse files that can't be written before any time is spent."""
    for key, path in (("--plot", plot), ("--netlist", netlist)):
        if path is not None:
            check_output(path, key)
    if plot is not None and plot.suffix.lstrip(".").lower() not in _PLOT_FORMATS:
        raise InputError(
            "not a plot's name", key="--plot", value=str(plot), expected="a .png, .svg or .pdf file"
        )
    refuse_same(plot, netlist)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Report]:
    """Show how far a design has come, if it takes longer than a moment."""
    start_s = time.perf_counter()
    begun_s: dict[str, float] = {}
    with ExitStack() as stack:
        shown = []

        def report(stage: str, share: float) -> None:
            from hgecircuit.run.base import Progress

            now_s = time.perf_counter()
            if share == 0 or stage not in begun_s:
                begun_s[stage] = now_s
            if not shown and now_s - start_s > _MOMENT_S:
                shown.append(stack.enter_context(progress_display("filter", quiet=quiet)))
            for show in shown:
                show(stage, Progress(share, now_s - begun_s[stage]))

        yield report


def _draw_files(
    design: FilterDesign, plot: Path | None, netlist: Path | None
) -> dict[str, tuple[Path, bytes]]:
    """Path and content of every file asked for, by kind."""
    files = {}
    if netlist is not None:
        from hgecircuit.design.filters.netlist_text import write_netlist

        files["netlist"] = (netlist, write_netlist(design).encode())
    if plot is not None:
        from hgecircuit.report.filter_plots import render_filter

        files["plot"] = (plot, render_filter(design, plot.suffix.lstrip(".").lower()))
    return files


def _write(path: Path, content: bytes, key: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise InputError(
            f"the file can't be written: {error.strerror or error}",
            key=key,
            value=str(path),
            expected="a file in a folder that can be written to",
        ) from error
    finally:
        with suppress(OSError):  # it is gone when all went well
            part.unlink()


def _show(data: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    from hgecircuit.design.filters.tables import design_tables, headline, notes

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    console.print(headline(data), markup=False)
    for table in design_tables(data):
        shown = Table(title=table.title, title_justify="left")
        for heading in table.headings:
            shown.add_column(heading, overflow="fold")
        for row in table.rows:
            shown.add_row(*row, style="green" if row[-1] == "fits" else None)
        console.print(shown)
    for note in notes(data):
        console.print(note, markup=False)
    for kind, file in data["files"].items():
        console.print(f"{kind}: {file}", markup=False)
