"""Command line: what a circuit is made of."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hgecircuit.cli.output import (
    JSON_OPTION,
    check_output,
    model_files,
    print_json,
    refuse_inputs,
    write_bytes,
)
from hgecircuit.errors import InputError

if TYPE_CHECKING:
    from hgecircuit.emit.bom import Bom


@click.command()
@click.argument("circuit", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write, in the format of its ending: .csv, .xlsx or .html. Without it a short "
    "table is printed.",
)
@JSON_OPTION
def bom(circuit: Path, output: Path | None, as_json: bool) -> None:
    """List what has to be bought for CIRCUIT, and what in it is only modelled.

    Chips, resistors, capacitors, diodes and transistors of all blocks at component fidelity, with
    nominal values, tolerance, E series, a package suggestion, designators and places in the
    netlist; how many amplifiers, comparators or switches, and how many packages that is; supply
    power of the chips without load, unused parts of a package included; totals. The device and the
    solver's helpers are no part of it. Blocks at ideal or behavioural fidelity, and what stands for
    references, clocks and pull-ups inside the others, are named below the table.

    \b
      hgecircuit bom circuits/xor_component.toml -o xor.xlsx
    """  # noqa: D301 - click needs the backspace itself to keep the lines apart
    from hgecircuit.emit.bom import FORMATS, bom_file, make_bom
    from hgecircuit.learner import Learner
    from hgecircuit.report.parts import bill_json, bill_summary

    if output is not None:
        if output.suffix.lower() not in FORMATS:
            raise InputError(
                "the file's ending names no format",
                key="--output",
                value=str(output),
                expected=f"one that ends in {', '.join(FORMATS)}",
            )
        check_output(output, "--output")
    learner = Learner.from_file(circuit)
    bill = learner.bill()
    made = make_bom(learner.spec.title, bill, learner.spec.components)
    if output is not None:
        model = learner.spec.model_path
        refuse_inputs(output, circuit, *([] if model is None else model_files(model)))
        write_bytes(output, bom_file(made, output.suffix.lower()))
    if as_json:
        facts = {"circuit": str(circuit), "title": learner.spec.title, **bill_json(bill)}
        facts["lines"] = [
            {**line, **_more(one)} for line, one in zip(facts["lines"], made.lines, strict=True)
        ]
        print_json({**facts, "file": None if output is None else str(output)})
        return
    if output is None:
        _show(made)
    for line in bill_summary(bill):
        click.echo(line)
    if output is not None:
        click.echo(f"{output}: {len(made.lines)} lines")


def _more(line: object) -> dict[str, object]:
    """What a line of the bill of materials has beside the bill's."""
    from hgecircuit.emit.bom import BomLine

    assert isinstance(line, BomLine)
    return {
        "designators": list(line.designators),
        "part_number": line.part_number,
        "tolerance": line.tolerance,
        "series": line.series,
        "package": line.package.name,
        "footprint": line.package.footprint,
        "note": line.package.note,
        "places": list(line.places),
    }


def _show(made: Bom) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from hgecircuit.units import format_quantity

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    if not made.lines:
        console.print(made.title, markup=False)
        return
    table = Table(box=box.SIMPLE_HEAD)
    headings = ("kind", "value", "tolerance", "series", "package", "quantity", "to buy", "supply")
    for heading in headings:
        right = heading in ("tolerance", "quantity", "to buy", "supply")
        table.add_column(heading, justify="right" if right else "left")
    for line in made.lines:
        unknown = "unknown" if line.source else ""
        table.add_row(
            line.kind,
            line.value,
            "" if line.tolerance is None else f"{100 * line.tolerance:.4g} %",
            line.series,
            line.package.name,
            str(line.quantity),
            str(line.packages),
            unknown if line.supply_w is None else format_quantity(line.supply_w, "W"),
        )
    console.print(made.title, markup=False)
    console.print(table)
