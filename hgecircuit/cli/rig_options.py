"""Options and tables that the rig's commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.table import Table

    from hgecircuit.run.rigs.config import RigSpec

CONFIG_OPTION = click.option(
    "--config",
    type=click.Path(path_type=Path),
    required=True,
    help="Rig file (TOML): chassis, modules, electrodes, limits. See docs/rig.md.",
)
CALIBRATION_OPTION = click.option(
    "--calibration",
    type=click.Path(path_type=Path),
    help="File of `rig calibrate`: delay, drift, gain and phase. Without it: the rig file's gain, "
    "and no delay.",
)
REPLAY_OPTION = click.option(
    "--replay",
    type=click.Path(path_type=Path),
    help="A recorded run in the rig's place: a run's folder, its netCDF files, or a CSV.",
)


def load_spec(path: Path) -> RigSpec:
    """Read a rig file."""
    from hgecircuit.run.rigs.config_load import load_rig_spec

    return load_rig_spec(path)


def new_table(*headings: str) -> Table:
    """A table in the project's look, numbers to the right but for the first column."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for number, heading in enumerate(headings):
        table.add_column(heading, no_wrap=True, justify="right" if number else "left")
    return table


def show(*parts: Any) -> None:
    """Print tables and lines on standard output."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, str))
