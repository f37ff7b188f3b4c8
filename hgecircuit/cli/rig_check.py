"""`rig check` and `rig zero`: what is there, and outputs that were left somewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from hgecircuit.cli.output import JSON_OPTION, print_json
from hgecircuit.cli.rig_options import CONFIG_OPTION, load_spec, new_table, show
from hgecircuit.errors import InputError
from hgecircuit.units import VOLTAGE, parse_quantity


@click.command()
@CONFIG_OPTION
@JSON_OPTION
def check(config: Path, as_json: bool) -> None:
    """Tell what is in the chassis and whether it may be used; nothing is put out.

    Product types against the rig file, sessions that a killed program has left, notes about
    outputs that were left moving. Exit code 1 if a run would be refused.
    """
    from hgecircuit.run.rigs.discovery import discover
    from hgecircuit.run.rigs.rig_file import connect
    from hgecircuit.run.rigs.zero import find_obstacles

    spec = load_spec(config)
    connection = connect(spec)
    try:
        found = discover(connection, spec)
        obstacles = find_obstacles(spec, connection)
    finally:
        connection.close()
    good = all(one.good for one in found) and not obstacles
    facts: dict[str, Any] = {
        "place": connection.place,
        "usable": good,
        "found": [{**vars(one), "good": one.good} for one in found],
        "obstacles": obstacles,
    }
    if as_json:
        print_json(facts)
        sys.exit(0 if good else 1)
    table = new_table("name", "slot", "in the rig file", "there", "")
    for one in found:
        words = "missing" if not one.product else one.product
        words += " (simulated by the driver)" if one.simulated else ""
        table.add_row(
            one.name, str(one.slot or ""), one.wanted, words, "good" if one.good else "differs"
        )
    differences = [one.difference for one in found if not one.good]
    reasons = [f"not usable: {each}" for each in (*differences, *obstacles)]
    show(f"rig at {connection.place}", table, *reasons)
    if good:
        show("usable")
    sys.exit(0 if good else 1)


@click.command()
@CONFIG_OPTION
@click.option(
    "--present",
    help='Voltages of all electrodes now, as a voltmeter shows them: "0.1 V, 0 V, ...". Without '
    "it, only outputs whose last waveform has ended are taken for 0 V.",
)
@JSON_OPTION
def zero(config: Path, present: str | None, as_json: bool) -> None:
    """Bring outputs that were left somewhere to 0 V by a ramp, and clear what was left.

    Sessions of a killed program are waited for, as every waveform ends with its own ramp, and
    closed. Outputs that stand still elsewhere are ramped from --present.
    """
    from hgecircuit.run.rigs.zero import bring_home

    spec = load_spec(config)
    voltages = None if present is None else _parse(present, len(spec.electrodes.channels))
    words = bring_home(spec, voltages)
    if as_json:
        print_json({"steps": words})
    else:
        show(*words)


def _parse(text: str, count: int) -> list[float]:
    values = [parse_quantity(part.strip(), VOLTAGE) for part in text.split(",")]
    if len(values) != count:
        raise InputError(
            "not one voltage per electrode",
            key="--present",
            value=text,
            expected=f"{count} voltages with commas between",
        )
    return values
