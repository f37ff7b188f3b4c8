"""Recordings as CSV, for labs with other programs: one row per sample, outputs beside the input.

Columns: ``run`` (whole numbers that rise), ``time_s`` (from the start of its run, evenly spaced),
``e0_V``, ``e1_V``, ... (what was put out) and ``read_V`` (the input at the same time). Outputs and
input have one rate.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.base import Readings
from hgecircuit.run.rigs.recording import Entry
from hgecircuit.run.rigs.waveforms import Waveform

_EXPECTED = "the columns run, time_s, e0_V, e1_V, ..., read_V"
# Digits that tell 24-bit readings and microvolts of an output apart.
_DIGITS = "%.10g"
# How evenly samples must be spaced, in parts of a step: ten digits of the time allow for this.
_EVEN = 1e-3


def write_csv(entries: Iterable[Entry], file: Path) -> int:
    """Write runs as CSV; returns how many. The file appears complete or not at all.

    Raises:
        InputError: Outputs and input have different rates, or the file can't be written.
    """
    part = file.with_name(f"{file.name}.partial")
    count = 0
    try:
        with part.open("w", encoding="utf-8", newline="\n") as stream:
            for run, entry in enumerate(entries):
                rows = _rows(run, entry, file)
                if not run:
                    electrodes = (f"e{n}_V" for n in range(rows.shape[1] - 3))
                    stream.write(",".join(["run", "time_s", *electrodes, "read_V"]) + "\n")
                np.savetxt(
                    stream, rows, fmt=["%d", *[_DIGITS] * (rows.shape[1] - 1)], delimiter=","
                )
                count += 1
        os.replace(part, file)
    except OSError as error:
        raise InputError(f"can't write: {error.strerror or error}", file=file) from error
    finally:
        part.unlink(missing_ok=True)
    return count


def read_csv(file: Path) -> Iterator[Entry]:
    """The runs in a CSV file.

    Raises:
        InputError: Columns or rows that are no recording; names the row.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"can't be read: {error}", file=file, expected=_EXPECTED) from error
    header, _, body = text.partition("\n")
    names = [name.strip() for name in header.split(",")]
    electrodes = len(names) - 3
    wanted = ["run", "time_s", *(f"e{n}_V" for n in range(electrodes)), "read_V"]
    if electrodes < 1 or names != wanted:
        raise InputError(
            "not the columns of a recording", file=file, value=header[:80], expected=_EXPECTED
        )
    if not body.strip():
        raise InputError("no rows", file=file, expected="a row per sample")
    try:
        rows = np.loadtxt(io.StringIO(body), delimiter=",", ndmin=2, comments=None)
    except ValueError as error:
        raise InputError(f"not numbers: {error}", file=file, expected=_EXPECTED) from error
    if rows.shape[1] != len(names):
        raise InputError("rows of another length than the header", file=file, expected=_EXPECTED)
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(bad):
        raise InputError("not finite", file=file, key=f"row {bad[0] + 2}", expected="numbers")
    if (np.diff(rows[:, 0]) < 0).any():
        raise InputError("runs out of order", file=file, key="run", expected="numbers that rise")
    for part in np.split(rows, np.flatnonzero(np.diff(rows[:, 0])) + 1):
        yield _entry(part, file)


def _rows(run: int, entry: Entry, file: Path) -> np.ndarray:
    waveform, readings = entry.waveform, entry.readings
    if waveform.sample_rate_hz != readings.input_rate_hz:
        raise InputError(
            "outputs and input have different rates",
            file=file,
            value=(waveform.sample_rate_hz, readings.input_rate_hz),
            expected="a netCDF file (.nc), which holds any rates",
        )
    count = min(waveform.samples, len(readings.volts))
    times_s = np.arange(count) / waveform.sample_rate_hz
    return np.column_stack(
        [np.full(count, run), times_s, waveform.voltages_v[:count], readings.volts[:count, 0]]
    )


def _entry(rows: np.ndarray, file: Path) -> Entry:
    run, times_s = int(rows[0, 0]), rows[:, 1]
    steps_s = np.diff(times_s)
    if len(steps_s) < 1 or not (steps_s > 0).all():
        raise InputError(
            "time that doesn't rise", file=file, key=f"run {run}", expected="two rows or more"
        )
    step_s = float(steps_s.mean())
    if (abs(steps_s - step_s) > _EVEN * step_s).any():
        raise InputError(
            "samples that are not evenly spaced", file=file, key=f"run {run}", expected=_EXPECTED
        )
    # ten digits of the time give the rate to a part in a million; nobody has set it finer
    rate_hz = float(f"{1 / step_s:.7g}")
    written_v = np.ascontiguousarray(rows[:, 2:-1])
    return Entry(
        f"run {run}",
        Waveform(written_v, rate_hz, np.zeros(0, int), 0),
        Readings(np.ascontiguousarray(rows[:, -1:]), rate_hz, 0.0),
    )
