"""Command line: the paper's design figures from the error model."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from hgecircuit.cli.output import JSON_OPTION, print_json, write_text
from hgecircuit.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from hgecircuit.design.error_model.figures import Figure2d, Figure3b

_SQUARE_NANO = 1e18
# Some digits less than a float has, so that all machines write the same bytes.
_DIGITS = 9


class Reproduction(NamedTuple):
    """A figure of the paper, made again.

    Attributes:
        facts: Claim, what was found, whether they agree.
        columns: Data by column name.
        draw: Makes the picture.
    """

    facts: dict[str, Any]
    columns: dict[str, Any]
    draw: Callable[[], Figure]


def _figure_3b() -> Reproduction:
    from hgecircuit.design.error_model.figures import (
        DOMINATES,
        MEDIAN,
        MEETS,
        figure_3b,
        settings,
    )
    from hgecircuit.report.design_plots import draw_figure_3b

    data: Figure3b = figure_3b()
    crossovers = [
        {
            "settled": reading,
            "signal_ratio": ratio,
            "meets_Hz": data.meets_hz[reading, ratio],
            "crosstalk_below_rest_Hz": data.dominates_hz[reading, ratio],
        }
        for reading, ratio in data.meets_hz
    ]
    found_hz = data.meets_hz["first", MEDIAN]
    facts = {
        "figure": "3b",
        "source": "Boon 2025, Fig. 3b",
        "claim": "the parallel error meets the sequential error from about 40 Hz spacing",
        "criterion": f"settled parallel error (Eq. 10) at most {MEETS} times the sequential one "
        f"(Eq. 8) at all wider spacings, signal ratio {MEDIAN}, first reading of 98 % settled",
        "second_criterion": f"at most {DOMINATES:g} times: crosstalk no longer the larger part",
        "found": f"{found_hz:.1f} Hz",
        "found_Hz": found_hz,
        "agrees": data.agrees,
        "crossovers": crossovers,
        "settings": settings(data.quantities),
    }
    columns: dict[str, Any] = {"spacing_Hz": data.spacings_hz}
    for reading in data.sequential:
        columns[f"{reading}_sequential_nA2_per_V2"] = data.sequential[reading] * _SQUARE_NANO
        for (one, ratio), values in data.parallel.items():
            if one == reading:
                name = f"{reading}_parallel_ratio_{ratio:g}_nA2_per_V2"
                columns[name] = values * _SQUARE_NANO
        name = f"{reading}_parallel_ratio_{MEDIAN:g}_at_T_nA2_per_V2"
        columns[name] = data.at_time[reading] * _SQUARE_NANO
    return Reproduction(facts, columns, lambda: draw_figure_3b(data))


def _figure_2d() -> Reproduction:
    from hgecircuit.design.error_model.figures import figure_2d, settings
    from hgecircuit.report.design_plots import draw_figure_2d

    data: Figure2d = figure_2d()
    facts = {
        "figure": "2d, analytic line",
        "source": "Boon 2025, Fig. 2d",
        "claim": "the variance of HGE decreases with 1/T",
        "criterion": "slope of log(error) over log(T) within 10 % of -1, both readings",
        "found": f"slope {data.slopes['first']:.3f}",
        "slopes": data.slopes,
        "agrees": data.agrees,
        "settings": settings(data.quantities) | {"time_s": [0.01, 1.0]},
    }
    columns: dict[str, Any] = {"time_s": data.times_s}
    for reading in data.settled:
        columns[f"{reading}_settled_nA2_per_V2"] = data.settled[reading] * _SQUARE_NANO
        columns[f"{reading}_at_T_nA2_per_V2"] = data.at_time[reading] * _SQUARE_NANO
    return Reproduction(facts, columns, lambda: draw_figure_2d(data))


#: Figures by name.
FIGURES: dict[str, Callable[[], Reproduction]] = {
    "fig3b": _figure_3b,
    "fig2d-analytic": _figure_2d,
}


@click.command()
@click.argument("figure")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for picture and data. Default: runs/<figure>.",
)
@JSON_OPTION
def reproduce(figure: str, out: Path | None, as_json: bool) -> None:
    """Make a FIGURE of the paper again, and check what the paper says of it.

    Writes the picture (PNG and SVG), its data (CSV) and the claim with the number found (JSON).
    Exit code 1 when they disagree.

    \b
      fig3b            expected error over carrier spacing: parallel meets sequential near 40 Hz
      fig2d-analytic   expected error over measurement time: falls with 1/T
    """  # noqa: D301 - click needs the backspace itself to keep the lines apart
    if figure not in FIGURES:
        import difflib

        near = difflib.get_close_matches(figure, FIGURES, 1, 0.3)
        nearest = f"; the nearest is {near[0]}" if near else ""
        raise InputError(
            "no such figure", key="FIGURE", value=figure, expected=", ".join(FIGURES) + nearest
        )
    folder = out or Path("runs") / figure
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"the folder can't be made: {error.strerror or error}", key="--out", value=str(folder)
        ) from error
    made = FIGURES[figure]()
    files = _write(made, folder, figure)
    facts = {**made.facts, "files": [str(file) for file in files]}
    if as_json:
        print_json(facts)
    else:
        click.echo(f"{facts['source']}: {facts['claim']}")
        click.echo(f"found: {facts['found']} ({facts['criterion']})")
        click.echo("agrees" if facts["agrees"] else "does not agree")
        for file in files:
            click.echo(f"  {file}")
    sys.exit(0 if facts["agrees"] else 1)


def _write(made: Reproduction, folder: Path, name: str) -> list[Path]:
    from hgecircuit.report.design_plots import write_figure

    files = [folder / f"{name}.{kind}" for kind in ("png", "svg", "csv", "json")]
    write_figure(made.draw, files[:2])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(made.columns)
    for row in zip(*made.columns.values(), strict=True):
        writer.writerow([f"{value:.{_DIGITS}g}" for value in row])
    write_text(files[2], text.getvalue())
    write_text(files[3], json.dumps(made.facts, indent=2, allow_nan=False) + "\n")
    return files
