"""Measured current-voltage tables and voltage lists as CSV; errors name file, row and column.

An I-V table has a header ``e0,e1,...`` (electrode voltages in V, counted from 0, in this order)
and one more column, ``current_nA`` or ``current_A``. A voltage list has the electrodes only.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hgecircuit.errors import InputError

_CURRENT_COLUMNS = {"current_nA": 1e-9, "current_A": 1.0}
_LARGEST_BYTES = 1_000_000_000


@dataclass(frozen=True, eq=False)
class Table:
    """A measured I-V table.

    Attributes:
        voltages_v: Shape (n, M), in V.
        currents_a: Shape (n,), in A.
        file: Where it was read from.
        sha256: Hash of that file.
    """

    voltages_v: np.ndarray
    currents_a: np.ndarray
    file: str
    sha256: str


def read_table(path: str | Path) -> Table:
    """Read an I-V table.

    Raises:
        InputError: No such file, another header, a cell that is not a finite number, too few rows,
            or an electrode that never changes.
    """
    text, digest = _read_text(path)
    header, rows = _read_cells(path, text)
    scale = _CURRENT_COLUMNS.get(header[-1])
    if scale is None or len(header) < 2:
        raise InputError(
            "not a current-voltage table",
            file=path,
            key="header",
            value=",".join(header),
            expected="e0,e1,... and one last column current_nA or current_A",
        )
    _check_electrodes(path, header[:-1])
    values = np.array(rows)
    if len(values) < 10:
        raise InputError("too few rows to fit", file=path, value=len(values), expected="10 or more")
    flat = np.flatnonzero(np.ptp(values[:, :-1], axis=0) == 0)
    if len(flat):
        raise InputError("this electrode's voltage never changes", file=path, key=f"e{flat[0]}")
    return Table(values[:, :-1], values[:, -1] * scale, str(path), digest)


def read_voltages(path: str | Path, electrodes: int) -> np.ndarray:
    """Read a list of electrode voltages, shape (n, electrodes), in V.

    Raises:
        InputError: As :func:`read_table`, or another number of electrodes.
    """
    text, _ = _read_text(path)
    header, rows = _read_cells(path, text)
    _check_electrodes(path, header)
    if len(header) != electrodes:
        raise InputError(
            "not one column per electrode",
            file=path,
            key="header",
            value=",".join(header),
            expected=",".join(f"e{index}" for index in range(electrodes)),
        )
    if not rows:
        raise InputError("no rows of voltages", file=path)
    return np.array(rows)


def write_columns(path: str | Path, header: Sequence[str], columns: np.ndarray) -> None:
    """Write a CSV file whose numbers read back exactly.

    Args:
        path: File to write.
        header: Column names.
        columns: Shape (n, columns).
    """
    lines = [",".join(header)]
    lines += [",".join(repr(float(value)) for value in row) for row in columns]
    try:
        Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"can't write: {error.strerror}", file=path) from error


def _read_text(path: str | Path) -> tuple[str, str]:
    try:
        with open(path, "rb") as stream:
            content = stream.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise InputError(f"can't read: {error.strerror}", file=path) from error
    if len(content) > _LARGEST_BYTES:
        raise InputError("a table is at most 1 GB", file=path)
    try:
        return content.decode("utf-8-sig"), hashlib.sha256(content).hexdigest()
    except UnicodeDecodeError as error:
        raise InputError("not a text file", file=path, expected="CSV in UTF-8") from error


def _read_cells(path: str | Path, text: str) -> tuple[list[str], list[list[float]]]:
    reader = csv.reader(io.StringIO(text))
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not header:
            raise InputError("an empty file", file=path, expected="a header line e0,e1,...")
        rows = [
            _read_row(path, header, reader.line_num, cells)
            for cells in reader
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", file=path, key=f"row {reader.line_num}") from error
    return header, rows


def _read_row(path: str | Path, header: list[str], line: int, cells: list[str]) -> list[float]:
    if len(cells) != len(header):
        raise InputError(
            "another number of cells than the header",
            file=path,
            key=f"row {line}",
            value=len(cells),
            expected=str(len(header)),
        )
    return [
        _read_cell(path, line, column, cell) for column, cell in zip(header, cells, strict=True)
    ]


def _read_cell(path: str | Path, line: int, column: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(
            "not a finite number",
            file=path,
            key=f"row {line}, column {column}",
            value=cell,
            expected="a plain number, such as -0.35",
        )
    return value


def _check_electrodes(path: str | Path, names: list[str]) -> None:
    expected = [f"e{index}" for index in range(len(names))]
    if names != expected:
        raise InputError(
            "electrode columns must be counted from 0 and in order",
            file=path,
            key="header",
            value=",".join(names),
            expected=",".join(expected),
        )
