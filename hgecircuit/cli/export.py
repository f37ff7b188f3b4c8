"""Command line: a circuit for the tools that designers use."""

from __future__ import annotations

from pathlib import Path

import click

from hgecircuit.cli.output import (
    JSON_OPTION,
    check_output,
    model_files,
    print_json,
    refuse_inputs,
    write_text,
)


@click.command()
@click.argument("circuit", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "tool",
    required=True,
    type=click.Choice(["kicad", "ltspice", "ngspice"]),
    help="kicad: a schematic (.kicad_sch) of what is bought; ltspice, ngspice: the learner's "
    "netlist.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write.",
)
@click.option(
    "--start-seed",
    type=click.IntRange(0),
    help="Draw the control voltages at the start from this seed, in place of the file's start.",
)
@JSON_OPTION
def export(circuit: Path, tool: str, output: Path, start_seed: int | None, as_json: bool) -> None:
    """Hand CIRCUIT over to KiCad, LTspice or ngspice.

    Values may be changed there: `hgecircuit verify --netlist FILE CIRCUIT` reads them back. The
    netlist for ngspice is that of `hgecircuit netlist`; docs/export.md says what each file holds.

    \b
      hgecircuit export circuits/xor_component.toml --to kicad -o xor.kicad_sch
      hgecircuit export circuits/xor.toml --to ltspice -o xor.net
    """  # noqa: D301 - click needs the backspace itself to keep the lines apart
    from hgecircuit.learner import Learner

    check_output(output, "--output")
    learner = Learner.from_file(circuit, start_seed=start_seed)
    model = learner.spec.model_path
    refuse_inputs(output, circuit, *([] if model is None else model_files(model)))
    made = learner.export(tool)
    write_text(output, made.text)
    if as_json:
        print_json(
            {"circuit": str(circuit), "to": tool, "file": str(output), "notes": list(made.notes)}
        )
        return
    click.echo(f"{output}: {made.summary}")
    for note in made.notes:
        click.echo(note)
