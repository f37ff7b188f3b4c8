"""Command line: the rig, real or virtual. Each command is a module of its own."""

from __future__ import annotations

import click

from hgecircuit.cli.rig_calibrate import calibrate
from hgecircuit.cli.rig_check import check, zero
from hgecircuit.cli.rig_export import export
from hgecircuit.cli.rig_run import run
from hgecircuit.cli.rig_serve import serve
from hgecircuit.cli.rig_train import train


@click.group()
def rig() -> None:
    """Measure on a rig: an NI cDAQ chassis with the device on it, or a virtual one.

    A rig file (TOML) says which electrode is on which channel, and what must never happen;
    docs/rig.md lists its keys.
    """


for command in (calibrate, check, export, run, serve, train, zero):
    rig.add_command(command)
