"""Options and tables that the rig's commands share."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hgecircuit.cli.output import write_text
from hgecircuit.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from hgecircuit.run.rigs.calibration import Calibration
    from hgecircuit.run.rigs.config import RigSpec

_SETTINGS = "settings.json"

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


def same_settings(
    folder: Path, settings: Mapping[str, Any], spec: RigSpec, calibration: Calibration
) -> None:
    """Note what is trained in a run's folder; refuse a folder that holds another training.

    Raises:
        InputError: Its checkpoint would not be gone on with, and its log would be of two trainings.
    """
    rig = {key: value for key, value in spec.to_json().items() if key != "connection"}
    data = {**settings, "rig": rig, "calibration": calibration.to_json()}
    text = json.dumps(data, indent=2, sort_keys=True, default=str) + "\n"
    file = folder / _SETTINGS
    try:
        before = file.read_text(encoding="utf-8")
    except OSError:
        before = text
    if before != text:
        raise InputError(
            "the folder holds a training with other settings",
            key="--out",
            value=str(folder),
            expected="a new folder, or rig file, calibration and options as before",
        )
    write_text(file, text, "--out")


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
