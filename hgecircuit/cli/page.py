"""Command line: the interactive design page."""

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
@click.argument("circuit", required=False, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("design.html"),
    show_default=True,
    help="File to write.",
)
@JSON_OPTION
def page(circuit: Path | None, output: Path, as_json: bool) -> None:
    """Write one HTML file in which quantities move and everything else follows.

    Carriers, filter, amplitude, noise and device on one side; spectrum, error terms and component
    values on the other. It needs a browser and nothing else. It starts from CIRCUIT's quantities,
    or from the paper's operating point.

    \b
      hgecircuit page -o design.html
      hgecircuit page circuits/xor.toml -o xor.html
    """  # noqa: D301 - click needs the backspace itself to keep the lines apart
    from hgecircuit.report.page import PageStart, design_page, start_of_circuit

    check_output(output, "--output")
    start = PageStart()
    if circuit is not None:
        from hgecircuit.learner import Learner

        refuse_inputs(output, circuit)
        learner = Learner.from_file(circuit)
        model = learner.spec.model_path
        refuse_inputs(output, *([] if model is None else model_files(model)))
        start = start_of_circuit(learner.spec, learner.design)
    text = design_page(start)
    write_text(output, text)
    if as_json:
        facts = {"file": str(output), "bytes": len(text.encode()), "title": start.title}
        print_json({**facts, "note": start.note, "start": start.values()})
        return
    click.echo(f"{output}: open it in a browser")
