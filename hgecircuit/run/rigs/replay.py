"""A recorded run in the rig's place: the same waveforms give the same readings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Self

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.base import Readings, Rig
from hgecircuit.run.rigs.recording import Entry
from hgecircuit.run.rigs.safety import Limits

#: Largest difference between what is asked for and what was recorded, in V: half of a 16-bit step
#: of +-10.5 V, below which the rig itself would have put out the same.
TOLERANCE_V = 1.6e-4


class ReplayRig(Rig):
    """A rig that answers from a recording.

    Its runs are taken in their order. A run that was recorded for something else, such as an
    earlier check, is passed over; a run that fits no later one is an error. One run at a time is in
    memory.

    Args:
        entries: The recorded runs.
        limits: Of the electrodes, which hold here as on the rig.
        source: Where the recording comes from, for messages and logs.

    Raises:
        InputError: There is no run, or one on other electrodes.
    """

    def __init__(self, entries: Iterator[Entry], limits: Limits, source: str | Path) -> None:
        self.limits, self._source, self._passed = limits, source, 0
        first = next(entries, None)
        if first is None:
            raise InputError("a recording without runs", file=source)
        recorded = first.waveform.voltages_v.shape[1]
        if recorded != limits.electrodes:
            raise InputError(
                "recorded on another number of electrodes",
                file=source,
                value=recorded,
                expected=f"{limits.electrodes}, as in the rig file",
            )
        self._entries = chain([first], entries)
        self.output_rate_hz = first.waveform.sample_rate_hz
        self.input_rate_hz = first.readings.input_rate_hz
        self.provenance: Mapping[str, Any] = {"kind": "replay"}

    def __enter__(self) -> Self:
        self._present_v = np.zeros(self.limits.electrodes)
        return self

    def __exit__(self, *failure: object) -> None:
        self._present_v = None

    def _play(self, samples_v: np.ndarray) -> Readings:
        expected: Entry | None = None
        for entry in self._entries:
            if _alike(entry.waveform.voltages_v, samples_v):
                self._passed += 1
                return entry.readings
            expected = expected or entry
        self._present_v = samples_v[-1]  # nothing has been put out anywhere
        raise InputError(
            f"run {self._passed} is not in the recording: {self._difference(expected, samples_v)}",
            file=self._source,
            expected="the circuit, the start, the settings and the calibration of the recording",
        )

    def _difference(self, expected: Entry | None, samples_v: np.ndarray) -> str:
        """What is unlike the run that should come next, for a message."""
        if expected is None:
            return f"it ends after {self._passed} runs"
        recorded_v = expected.waveform.voltages_v
        if recorded_v.shape != samples_v.shape:
            return f"{len(recorded_v)} samples there, {len(samples_v)} here"
        apart_v = abs(recorded_v - samples_v)
        sample, electrode = np.unravel_index(int(apart_v.argmax()), apart_v.shape)
        return (
            f"electrode {electrode} at {sample / self.output_rate_hz:.4g} s is at "
            f"{recorded_v[sample, electrode]:.6g} V there, "
            f"{samples_v[sample, electrode]:.6g} V here"
        )


def _alike(recorded_v: np.ndarray, samples_v: np.ndarray) -> bool:
    return recorded_v.shape == samples_v.shape and bool(
        (abs(recorded_v - samples_v) <= TOLERANCE_V).all()
    )
