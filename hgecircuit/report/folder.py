"""The report folder: what is in it, and writing it as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.report.data import build_data
from hgecircuit.report.markdown import build_markdown
from hgecircuit.report.plain import format_json
from hgecircuit.report.plots import PLOT_FILES, PLOT_FOLDER, Plot, write_plots
from hgecircuit.report.rows import Row, verdict_row
from hgecircuit.report.run_page import Schematic, build_run_page
from hgecircuit.report.staging import relative_files, staged
from hgecircuit.report.summary import summary_lines
from hgecircuit.report.three_way import RIG_FILE, TRAINING_FILE, write_three_way
from hgecircuit.report.waveforms import write_gradients, write_waveforms

DATA_FILE = "report.json"
TEXT_FILE = "report.md"
PAGE_FILE = "report.html"
WAVEFORM_FILE = "waveforms.nc"
GRADIENT_FILE = "gradients.nc"


@dataclass(frozen=True)
class Report:
    """A report that has been written.

    Attributes:
        title: The circuit's title.
        passed: Whether every verdict passed.
        rows: The verdict table as text.
        summary: What happened, in one line each.
        data: The content of ``report.json``.
        folder: Where the files are.
        files: The files written, relative to ``folder``.
    """

    title: str
    passed: bool
    rows: tuple[Row, ...]
    summary: tuple[str, ...]
    data: dict[str, Any]
    folder: Path
    files: tuple[Path, ...]


def write_report(
    verification: Verification,
    folder: Path,
    *,
    circuit_file: Path | None,
    command: str,
    study: Study | None = None,
    schematics: Sequence[Schematic] = (),
) -> Report:
    """Write ``report.json``, ``report.md``, ``report.html``, plots and netCDF files into a folder.

    All files are made aside and then renamed, ``report.json`` last: an interrupted report leaves
    the folder as it was. Files of an earlier report are replaced.

    Args:
        verification: What was found.
        folder: Where the files go; it exists.
        circuit_file: The circuit file, or None for a circuit from text.
        command: The command line to be recorded; empty for a call from Python.
        study: Random starts, or None.
        schematics: Drawings of the circuit for the page.

    Raises:
        InputError: The folder can't be written to, or the disk is full.
    """
    data = build_data(verification, study, circuit_file, command)
    rows = tuple(verdict_row(verdict) for verdict in verification.verdicts)
    summary = tuple(summary_lines(verification, study))
    with staged(folder, owned=(*PLOT_FILES, RIG_FILE, TRAINING_FILE), last=DATA_FILE) as scratch:
        (scratch / PLOT_FOLDER).mkdir()
        plots = write_plots(verification, study, scratch / PLOT_FOLDER)
        write_waveforms(verification, scratch / WAVEFORM_FILE)
        write_gradients(verification, scratch / GRADIENT_FILE)
        if verification.rig is not None:
            write_three_way(verification.rig, scratch)
        _write_text(scratch / TEXT_FILE, build_markdown(verification, study, data, plots))
        pictures = {plot.name: (plot, _read_svg(scratch, plot)) for plot in plots}
        page = build_run_page(verification, study, data, pictures, schematics)
        _write_text(scratch / PAGE_FILE, page)
        _write_text(scratch / DATA_FILE, format_json(data) + "\n")
        files = relative_files(scratch)
    return Report(data["title"], verification.passed, rows, summary, data, folder, tuple(files))


def _read_svg(folder: Path, plot: Plot) -> str:
    return (folder / PLOT_FOLDER / f"{plot.name}.svg").read_text(encoding="utf-8")


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
