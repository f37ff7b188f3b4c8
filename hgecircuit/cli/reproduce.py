"""Command line: the paper's figures, made again."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hgecircuit.cli.output import JSON_OPTION, print_json, progress_display

if TYPE_CHECKING:
    from hgecircuit.reproduce.base import PaperFigure
    from hgecircuit.reproduce.workshop import Workshop

ALL = "all"
_STYLES = {"agrees": "green", "differs": "bold red", "not judged": "yellow"}


@click.command()
@click.argument("figure")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for picture and data. Default: runs/<figure>, or runs/<figure>-quick.",
)
@click.option("--quick", is_flag=True, help="Fewer repetitions and starts: a look, not the record.")
@click.option("--seed", type=click.IntRange(0), default=2025, show_default=True, help="Seed.")
@JSON_OPTION
def reproduce(figure: str, out: Path | None, quick: bool, seed: int, as_json: bool) -> None:
    """Make a FIGURE of the paper again, or all, and check what the paper says of it.

    Writes the picture (PNG and SVG), its data (netCDF, and CSV where it is a table) and every claim
    with the number found (JSON). An interrupted command goes on where it stopped. Exit code 1 when
    a claim differs.

    \b
      fig1c            variance under 1/f noise: HGE at three frequencies against differences (FD)
      fig2c            density of the device's noise, as all simulations of the device use it
      fig2d            variance over measurement time on the device: HGE falls with 1/T, FD doesn't
      fig2d-analytic   expected error over measurement time: falls with 1/T
      fig2e            one derivative over perturbation amplitude: HGE against FD
      fig3b            expected error over carrier spacing: parallel meets sequential near 40 Hz
      fig3c            sequential against parallel derivatives, 10 Hz apart: off the diagonal
      fig3d            the same, 40 Hz apart: on the diagonal
      fig4a            all 16 gates of two inputs, trained by HGE on the device
      fig4b-d          inner ball and outer shell told apart, trained by HGE
      spsa             measurements and time to converge: HGE against SPSA (Supplementary Note 4)
      ga               evolutionary search against HGE (Supplementary Note 3)
      layers           HGE at the last output of devices that feed devices (Supplementary Note 5)
      all              every figure, each in a folder of its own
    """  # noqa: D301 - click needs the backspace itself to keep the lines apart
    from hgecircuit.reproduce import FIGURES, find_figure
    from hgecircuit.reproduce.folder import PARTS, make_folder
    from hgecircuit.reproduce.workshop import Workshop

    folder = out or Path("runs") / (f"{figure}-quick" if quick else figure)
    workshop = Workshop(quick=quick, seed=seed)
    names = list(FIGURES) if figure == ALL else [figure]
    places = {name: folder / name if figure == ALL else folder for name in names}
    figures = {name: find_figure(name) for name in names}
    for name, place in places.items():
        make_folder(place, name)
    with progress_display(f"reproduce {figure}", quiet=as_json) as report:
        found = []
        for name, place in places.items():
            stage = replace(
                workshop,
                parts=place / PARTS,
                progress=lambda words, progress, name=name: report(f"{name}, {words}", progress),
            )
            found.append(_make(figures[name], place, stage))
    if as_json:
        print_json(found if figure == ALL else found[0])
    else:
        _show(found)
    sys.exit(0 if all(facts["agrees"] for facts in found) else 1)


def _make(figure: PaperFigure, folder: Path, workshop: Workshop) -> dict[str, Any]:
    """Make one figure and write its folder; its facts with its files."""
    from hgecircuit.reproduce.folder import describe, write_reproduction

    made = figure.make(workshop)
    files = write_reproduction(figure, made, workshop, folder)
    return {**describe(figure, made, workshop), "files": [str(file) for file in files]}


def _show(found: list[dict[str, Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("figure", "the paper says", "claimed", "found"):
        table.add_column(heading, overflow="fold")
    table.add_column("", no_wrap=True)
    for facts in found:
        for claim in facts["claims"]:
            table.add_row(facts["figure"], *_row(claim))
    console.print(table)
    for facts in found:
        for remark in facts["remarks"]:
            console.print(f"{facts['figure']}: {remark}")
        folder = Path(facts["files"][0]).parent
        names = ", ".join(Path(file).name for file in facts["files"])
        console.print(f"{facts['figure']} in {folder}: {names}", soft_wrap=True)


def _row(claim: Mapping[str, str]) -> tuple[str, ...]:
    status = claim["status"]
    return claim["text"], claim["claimed"], claim["found"], f"[{_STYLES[status]}]{status}[/]"
