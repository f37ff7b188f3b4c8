"""Binary raw files of ngspice, read through a memory map.

A file is a text header (``Title``, ``Plotname``, ``Flags``, ``No. Variables``, ``No. Points``,
``Variables``), the line ``Binary:``, then one row per point: float64, or pairs of float64 for an AC
analysis. Version 44 adds a ``Command`` line. ngspice writes ``No. Points: 0`` first and
puts the real number in at the end, so a run that was killed leaves 0 and its rows.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hgecircuit.errors import SimulatorError

_BINARY = b"\nBinary:\n"
_HEADER_LIMIT_BYTES = 16_000_000
_SCALES = {"time", "frequency"}


@dataclass(frozen=True)
class RawPlot:
    """One plot of a raw file.

    Attributes:
        kind: ngspice's name of the analysis, such as ``Transient Analysis``.
        names: Vector names in lower case, in the file's order; an operating point has no scale.
        rows: Memory map of shape (points, vectors), float64 or complex128.
    """

    kind: str
    names: tuple[str, ...]
    rows: np.ndarray

    @property
    def scale(self) -> np.ndarray:
        """A copy of the axis, shape (points,): time in s, frequency in Hz, or the swept value."""
        if self.kind == "Operating Point":
            return np.zeros(len(self.rows))
        # The imaginary part of a frequency is never written by ngspice: it is what memory held.
        return np.real(self.rows[:, 0]).copy()

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.names

    def __getitem__(self, name: str) -> np.ndarray:
        """A copy of the vector ``name``, shape (points,)."""
        return np.array(self.rows[:, self.names.index(name.lower())])


def read_raw(path: Path) -> RawPlot:
    """Read a raw file that holds exactly one finished plot.

    Raises:
        SimulatorError: No such file, another format, or rows that don't fit the header.
    """
    header, offset = _read_header(path)
    plot = _map_rows(path, header, offset)
    points = _number(header, "No. Points", path)
    if points == 0:
        raise SimulatorError(
            f"{path.name} holds no finished analysis (its header says 0 points, "
            f"{len(plot.rows)} rows can be recovered)",
            folder=path.parent,
        )
    size = path.stat().st_size - offset
    row_size = plot.rows.itemsize * len(plot.names)
    if points * row_size != size:
        raise SimulatorError(
            f"{path.name} is damaged: {points} points need {points * row_size} bytes, it has {size}"
            " (a full disk, `.options interp`, or several analyses in one deck)",
            folder=path.parent,
        )
    return plot


def recover_raw(path: Path) -> RawPlot:
    """Read what an interrupted run left: every complete row up to where time stops rising.

    The rows are only as good as the run was: nothing is checked beyond the file's own form.

    Raises:
        SimulatorError: No such file, another format, or not one complete row.
    """
    header, offset = _read_header(path)
    plot = _map_rows(path, header, offset)
    rows = plot.rows
    if plot.names[0] in _SCALES and len(rows):
        axis = np.real(rows[:, 0])
        good = np.isfinite(axis) & np.concatenate([[True], np.diff(axis) >= 0])
        rows = rows if good.all() else rows[: int(np.argmin(good))]
    if not len(rows):
        raise SimulatorError(f"{path.name} holds no complete row", folder=path.parent)
    return RawPlot(plot.kind, plot.names, rows)


def _read_header(path: Path) -> tuple[Mapping[str, str], int]:
    """Header fields (the variable table under ``Variables``) and the offset of the first row."""
    try:
        with path.open("rb") as file:
            start = file.read(_HEADER_LIMIT_BYTES)
    except FileNotFoundError:
        raise SimulatorError(f"no raw file {path.name} was written", folder=path.parent) from None
    end = start.find(_BINARY)
    if end < 0:
        raise SimulatorError(f"{path.name} is not a binary raw file", folder=path.parent)
    lines = start[:end].decode("utf-8", errors="replace").split("\n")
    header: dict[str, str] = {}
    for number, line in enumerate(lines):
        key, _, value = line.partition(":")
        if key == "Variables":
            header[key] = "\n".join(lines[number + 1 :])
            break
        header[key] = value.strip()
    return header, end + len(_BINARY)


def _map_rows(path: Path, header: Mapping[str, str], offset: int) -> RawPlot:
    table = [line.split() for line in header.get("Variables", "").split("\n") if line.strip()]
    variables = _number(header, "No. Variables", path)
    if variables != len(table) or any(len(entry) < 2 for entry in table) or not table:
        raise SimulatorError(f"{path.name}: its variable table is damaged", folder=path.parent)
    kind = np.dtype(np.complex128 if "complex" in header.get("Flags", "") else np.float64)
    points = (os.path.getsize(path) - offset) // (kind.itemsize * variables)
    shape = (points, variables)
    rows = np.memmap(path, kind, "r", offset, shape) if points else np.empty(shape, kind)
    return RawPlot(header.get("Plotname", ""), tuple(entry[1].lower() for entry in table), rows)


def _number(header: Mapping[str, str], key: str, path: Path) -> int:
    text = header.get(key, "")
    if not text.isascii() or not text.isdigit():
        raise SimulatorError(f"{path.name}: no number behind {key!r}", folder=path.parent)
    return int(text)
