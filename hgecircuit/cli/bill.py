"""Command line: what a circuit is made of."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hgecircuit.cli.output import JSON_OPTION, print_json


@click.command()
@click.argument("circuit", type=click.Path(path_type=Path))
@JSON_OPTION
def bill(circuit: Path, as_json: bool) -> None:
    """List what has to be bought for CIRCUIT, and what in it is only modelled.

    Chips, resistors, capacitors, diodes and transistors of all blocks at component fidelity, with
    nominal values; how many amplifiers, comparators or switches, and how many packages that is;
    supply power of the chips without load, unused parts of a package included. The device and the
    solver's helpers are no part of it. Blocks at ideal or behavioural fidelity, and what stands for
    references, clocks and pull-ups inside the others, are named below the table.

    \b
      hgecircuit bill circuits/xor.toml --json
    """  # noqa: D301 - click needs the backspace itself to keep the lines apart
    from hgecircuit.learner import Learner
    from hgecircuit.report.parts import BILL_HEADINGS, bill_json, bill_rows, bill_summary

    learner = Learner.from_file(circuit)
    found = learner.bill()
    if as_json:
        print_json({"circuit": str(circuit), "title": learner.spec.title, **bill_json(found)})
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    rows = bill_rows(found)
    if rows:
        table = Table(title=learner.spec.title, title_justify="left", box=box.SIMPLE_HEAD)
        for heading in BILL_HEADINGS:
            right = heading in ("quantity", "packages", "supply")
            table.add_column(heading, justify="right" if right else "left")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    else:
        console.print(learner.spec.title)
    for line in bill_summary(found):
        console.print(line)
