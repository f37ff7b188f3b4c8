"""Command line: schematics of a circuit."""

from __future__ import annotations

import re
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
    from hgecircuit.draw.page import Page

_KINDS = ("svg", "png", "pdf")
_MARK_WITHIN = 4096


@click.command()
@click.argument("circuit", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="File to write: .pdf for all sheets in one file; .svg or .png for one sheet with --sheet, "
    "else for one file per sheet, FILE-01-block-diagram.svg and so on.",
)
@click.option("--sheet", help="Only this sheet: its name, or that of a block on it.")
@click.option(
    "--nominal",
    is_flag=True,
    help="Draw nominal parts, as they are bought, where the circuit file gives them a spread.",
)
@JSON_OPTION
def draw(circuit: Path, output: Path, sheet: str | None, nominal: bool, as_json: bool) -> None:
    """Draw CIRCUIT's schematics: a block diagram, an index, one sheet per block, models.

    The sheets are drawn from the objects that write the netlist, and are read back and compared
    with it before anything is written: elements, values and connections. Blocks that are built
    alike share a sheet with a table of their values. A4, black and white; the same circuit file
    gives the same bytes.

    \b
      hgecircuit draw circuits/xor.toml -o xor.pdf
      hgecircuit draw circuits/xor_component.toml -o weight.svg --sheet weight_0
    """  # noqa: D301 - click needs the backspace itself to keep the lines apart
    from hgecircuit.draw.export import page_bytes, pdf_bytes
    from hgecircuit.learner import Learner

    kind = output.suffix.lower().removeprefix(".")
    if kind not in _KINDS:
        raise InputError(
            "not a drawing's name",
            key="--output",
            value=str(output),
            expected="a file that ends in .svg, .png or .pdf",
        )
    check_output(output, "--output")
    refuse_inputs(output, circuit)
    learner = Learner.from_file(circuit)
    model = learner.spec.model_path
    refuse_inputs(output, *([] if model is None else model_files(model)))
    drawings = (learner.nominal() if nominal else learner).drawings()
    problems = drawings.check()
    if problems:  # the package's own mistake, and no drawing is better than a wrong one
        raise RuntimeError("drawing and netlist differ: " + "; ".join(problems))
    pages = drawings.pages if sheet is None else drawings.find(sheet)
    if not pages:
        names = ", ".join(page.name for page in drawings.pages)
        raise InputError("no such sheet", key="--sheet", value=sheet, expected=f"one of {names}")
    files: dict[Path, bytes] = {}
    if kind == "pdf":
        files[output] = pdf_bytes(pages)
    elif sheet is not None and len(pages) == 1:
        files[output] = page_bytes(pages[0], kind)
    else:
        paths = [_sheet_path(output, page, drawings.pages) for page in pages]
        for path in paths:
            _refuse_foreign(path)
            refuse_inputs(path, circuit)
        files = {path: page_bytes(page, kind) for path, page in zip(paths, pages, strict=True)}
    for path, data in files.items():
        write_bytes(path, data)
    older = [] if kind == "pdf" or sheet is not None else _older(output, set(files))
    if as_json:
        facts = {
            "circuit": str(circuit),
            "files": [str(path) for path in files],
            "sheets": [{"name": page.name, "title": page.title} for page in pages],
            "left_out": drawings.left_out,
            "older_files": [str(path) for path in older],
        }
        print_json(facts)
        return
    for path in files:
        click.echo(str(path))
    click.echo(f"{len(pages)} sheets; the same elements, values and connections as the netlist")
    for name, reason in drawings.left_out.items():
        click.echo(f"not drawn as a circuit: {name}, {reason}")
    for path in older:
        click.echo(f"{path} is of an older set and no longer part of it", err=True)


def _sheet_path(output: Path, page: Page, pages: tuple[Page, ...]) -> Path:
    """A sheet's file, beside ``output`` and numbered as the sheet is."""
    number = pages.index(page) + 1
    digits = max(2, len(str(len(pages))))
    return output.with_name(f"{output.stem}-{number:0{digits}}-{page.name}{output.suffix}")


def _is_drawing(path: Path) -> bool:
    from hgecircuit.draw.export import MARK

    with path.open("rb") as file:
        return MARK.encode() in file.read(_MARK_WITHIN)


def _refuse_foreign(path: Path) -> None:
    """Refuse to write on a file that nobody named and that is no drawing.

    Raises:
        InputError: It is there and was not drawn by this command.
    """
    if path.is_file() and not _is_drawing(path):
        raise InputError(
            "a sheet would overwrite a file that is no drawing",
            key="--output",
            value=str(path),
            expected="another name, or a folder of its own",
        )


def _older(output: Path, written: set[Path]) -> list[Path]:
    """Sheets of the same name that an earlier run wrote and this one did not."""
    pattern = re.compile(rf"{re.escape(output.stem)}-\d+-[a-z0-9-]+{re.escape(output.suffix)}")
    return sorted(
        path
        for path in output.parent.iterdir()
        if pattern.fullmatch(path.name)
        and path not in written
        and path.is_file()
        and _is_drawing(path)
    )
