"""Recorded runs: everything written and read, as netCDF files that replay and export understand."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.base import Readings
from hgecircuit.run.rigs.waveforms import Waveform

FORMAT = 1
_KIND = "hgecircuit rig recording"
# The fastest level: written sines are nearly incompressible, so that higher ones gain nothing.
_COMPRESSION: dict[str, Any] = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
_EXPECTED = "a recording of `hgecircuit rig`: a netCDF file, or the folder log of a run"


@dataclass(frozen=True)
class Entry:
    """One hardware-timed run.

    Attributes:
        label: What it was for, such as ``iteration 12``.
        waveform: What was put out, and where its windows are.
        readings: What was read meanwhile.
    """

    label: str
    waveform: Waveform
    readings: Readings


@dataclass(frozen=True)
class Recording:
    """Runs one after the other on the same electrodes and inputs.

    Attributes:
        entries: The runs.
        provenance: Rig, task, calibration and versions, as plain data.
    """

    entries: tuple[Entry, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)


def write_recording(recording: Recording, file: Path) -> None:
    """Write a recording as netCDF; the file appears complete or not at all.

    Dimensions: ``run``; ``sample`` and ``input_sample`` (all runs', one after the other);
    ``electrode``; ``input`` (the current's converter, then monitors); ``window`` (all runs').

    Raises:
        InputError: The file can't be written.
    """
    import h5netcdf

    partial = file.with_name(file.name + ".partial")
    try:
        with h5netcdf.File(partial, "w") as out:
            _fill(out, recording)
        os.replace(partial, file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(f"can't write: {error.strerror or error}", file=file) from error


def recording_files(path: Path) -> list[Path]:
    """The netCDF files of a recording, in order: the file, or those in the folder of a run.

    Args:
        path: A file, a folder ``log``, or the folder of a run that has one.

    Raises:
        InputError: There is none.
    """
    if path.is_dir():
        for folder in (path / "log", path):
            files = sorted(folder.glob("[0-9]*.nc"))
            if files:
                return files
        raise InputError("no recorded run in the folder", file=path, expected=_EXPECTED)
    if not path.is_file():
        raise InputError("no such file", file=path, expected=_EXPECTED)
    return [path]


def read_entries(path: Path) -> Iterator[Entry]:
    """The runs of a recording, one file of it in memory at a time; a CSV file as well.

    Raises:
        InputError: The path holds none, or what is no recording.
    """
    if path.suffix.lower() == ".csv":
        from hgecircuit.run.rigs.recording_csv import read_csv

        yield from read_csv(path)
        return
    for file in recording_files(path):
        yield from read_recording(file).entries


def read_recording(file: Path) -> Recording:
    """Read one netCDF file.

    Raises:
        InputError: It is no recording, or its parts don't fit together.
    """
    import h5netcdf

    try:
        with h5netcdf.File(file, "r") as stored:
            if stored.attrs.get("kind") != _KIND or int(stored.attrs.get("format", 0)) != FORMAT:
                raise InputError("not a recording of this format", file=file, expected=_EXPECTED)
            values = {name: variable[...] for name, variable in stored.variables.items()}
            provenance = json.loads(str(stored.attrs["provenance"]))
        return Recording(tuple(_entries(values)), provenance)
    except (OSError, KeyError, ValueError, IndexError, TypeError, AttributeError) as error:
        raise InputError(
            f"not a recording that can be read: {error}", file=file, expected=_EXPECTED
        ) from error


def _fill(out: Any, recording: Recording) -> None:
    entries = recording.entries
    waveforms = [entry.waveform for entry in entries]
    readings = [entry.readings for entry in entries]
    out.attrs["kind"] = _KIND
    out.attrs["format"] = FORMAT
    out.attrs["provenance"] = json.dumps(recording.provenance, allow_nan=False)
    written_v = np.concatenate([waveform.voltages_v for waveform in waveforms])
    read_v = np.concatenate([each.volts for each in readings])
    starts = np.concatenate([waveform.starts for waveform in waveforms]).astype(np.int64)
    out.dimensions = {
        "run": len(entries),
        "sample": len(written_v),
        "electrode": written_v.shape[1],
        "input_sample": len(read_v),
        "input": read_v.shape[1],
        "window": len(starts),
    }
    labels = np.array([entry.label for entry in entries], object)
    windows = [len(waveform.starts) for waveform in waveforms]
    for name, dimensions, values, about in (
        ("written_V", ("sample", "electrode"), written_v, "V, put out"),
        ("read_V", ("input_sample", "input"), read_v, "V, read"),
        ("samples", ("run",), [len(w.voltages_v) for w in waveforms], "1, samples put out"),
        ("input_samples", ("run",), [len(r.volts) for r in readings], "1, samples read"),
        ("output_rate_Hz", ("run",), [w.sample_rate_hz for w in waveforms], "Hz, as coerced"),
        ("input_rate_Hz", ("run",), [r.input_rate_hz for r in readings], "Hz, as coerced"),
        ("started_s", ("run",), [r.started_s for r in readings], "s, of Unix time"),
        ("label", ("run",), labels, "1, what the run was for"),
        ("windows", ("run",), windows, "1, windows in the run"),
        ("window_samples", ("run",), [w.window_samples for w in waveforms], "1, of each window"),
        ("window_start", ("window",), starts, "1, sample of its run with which it begins"),
    ):
        units, _, long_name = about.partition(", ")
        array = np.asarray(values)
        if array.dtype == object:
            import h5py

            variable = out.create_variable(name, dimensions, h5py.string_dtype())
            variable[...] = array
        else:
            packed = _COMPRESSION if array.ndim == 2 and array.size else {}
            variable = out.create_variable(name, dimensions, array.dtype, data=array, **packed)
        variable.attrs["units"] = units
        variable.attrs["long_name"] = long_name


def _entries(values: Mapping[str, np.ndarray]) -> Iterator[Entry]:
    """Split what is stored in one piece; what doesn't add up is a ValueError."""
    written_v, read_v = (np.asarray(values[name], float) for name in ("written_V", "read_V"))
    written = _split(written_v, values["samples"])
    read = _split(read_v, values["input_samples"])
    starts = _split(np.asarray(values["window_start"], int), values["windows"])
    for run in range(len(values["samples"])):
        rate_hz = float(values["output_rate_Hz"][run])
        samples = int(values["window_samples"][run])
        last = int(starts[run].max(initial=0)) + samples
        if not (rate_hz > 0 and samples >= 0) or (len(starts[run]) and last > len(written[run])):
            raise ValueError(f"run {run} has windows beyond its end, or no rate")
        label = values["label"][run]
        yield Entry(
            label.decode() if isinstance(label, bytes) else str(label),
            Waveform(written[run], rate_hz, starts[run], samples),
            Readings(
                read[run], float(values["input_rate_Hz"][run]), float(values["started_s"][run])
            ),
        )


def _split(values: np.ndarray, lengths: Sequence[int] | np.ndarray) -> list[np.ndarray]:
    lengths = np.asarray(lengths, int)
    if (lengths < 0).any() or lengths.sum() != len(values):
        raise ValueError("the runs' lengths don't add up to what is stored")
    return np.split(values, np.cumsum(lengths)[:-1])


class RunLog:
    """A folder that takes one netCDF file per hardware-timed run, as soon as it has ended.

    A file is written while the next run goes on, in a thread, because it takes as long as all the
    rest of a run's overhead. A program that is killed loses at most the run that had just ended;
    one that resumes goes on counting.

    Args:
        folder: Made when missing.
        provenance: Plain data that every file gets.
        afresh: Remove what an earlier log has left there.

    Raises:
        InputError: The folder can't be made.
    """

    def __init__(
        self, folder: Path, provenance: Mapping[str, Any], *, afresh: bool = False
    ) -> None:
        self.folder, self._provenance = folder, dict(provenance)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for file in folder.glob("[0-9]*.nc") if afresh else ():
                file.unlink()
        except OSError as error:
            raise InputError(f"can't be made: {error.strerror or error}", file=folder) from error
        numbers = [int(file.stem) for file in folder.glob("*.nc") if file.stem.isdecimal()]
        self._next = max(numbers, default=-1) + 1
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="rig-log")
        self._pending: Future[None] | None = None

    @property
    def entries(self) -> int:
        """Number of the next run, which is how many there are in an unbroken log."""
        return self._next

    def add(self, entry: Entry) -> None:
        """Take one run, once the one before is written.

        Raises:
            InputError: The one before could not be written.
        """
        self._wait()
        file = self.folder / f"{self._next:06d}.nc"
        recording = Recording((entry,), self._provenance)
        self._pending = self._writer.submit(write_recording, recording, file)
        self._next += 1

    def close(self) -> None:
        """Wait until all is written.

        Raises:
            InputError: The last run could not be written.
        """
        try:
            self._wait()
        finally:
            self._writer.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()
