"""A rig made ready to measure: operating points in, currents on the outputs' clock out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.alignment import interpolate
from hgecircuit.run.rigs.base import Readings, Rig
from hgecircuit.run.rigs.calibration import Calibration
from hgecircuit.run.rigs.interrupts import Interrupts
from hgecircuit.run.rigs.recording import Entry, RunLog
from hgecircuit.run.rigs.safety import RigError
from hgecircuit.run.rigs.waveforms import (
    Drive,
    Pace,
    Waveform,
    build_waveform,
    samples_per_window,
)

# What interpolation needs beside the samples themselves, on either side, in samples.
_MARGIN_SAMPLES = 20
# A sample this close to the input's end counts as clipped: the converter's last code lies a step
# below it, and its own gain error another few 1e-4.
_NEAR_END = 0.999


@dataclass(frozen=True)
class Guard:
    """What stops a measurement.

    Attributes:
        input_range_v: Voltage of either sign at which the input, or its amplifier, is at its end.
        current_max_a: Current of either sign that must not be reached.
        monitor_error_v: How far a monitor may be from what its electrode should have.
    """

    input_range_v: float
    current_max_a: float
    monitor_error_v: float = np.inf

    def check(self, volts: np.ndarray, current_a: np.ndarray, rate_hz: float) -> None:
        """Refuse samples that are clipped or too large, wherever in the run.

        Args:
            volts: What the input read, shape (L,).
            current_a: The currents that this means, shape (L,).
            rate_hz: Rate of the samples.

        Raises:
            RigError: Tells when, and what to do.
        """
        rest = "the outputs are at 0 V"
        clipped = np.flatnonzero(abs(volts) >= _NEAR_END * self.input_range_v)
        if len(clipped):
            at_s = clipped[0] / rate_hz
            raise RigError(
                f"the input is clipped: {volts[clipped[0]]:.6g} V at {at_s:.4g} s and in "
                f"{len(clipped)} samples, its end is {self.input_range_v:g} V",
                advice="a converter of less gain, or narrower limits of the electrodes",
                outputs=rest,
            )
        large = np.flatnonzero(abs(current_a) >= self.current_max_a)
        if len(large):
            raise RigError(
                f"overload: {current_a[large[0]]:.4g} A at {large[0] / rate_hz:.4g} s and in "
                f"{len(large)} samples, safety.current_max is {self.current_max_a:.4g} A",
                advice="narrower limits of the electrodes, or a higher current_max if the device "
                "may have it",
                outputs=rest,
            )

    def check_monitors(self, written_v: np.ndarray, sensed_v: np.ndarray) -> None:
        """Refuse electrodes that did not follow their outputs.

        Args:
            written_v: Mean of what was put out in every window, shape (W, E).
            sensed_v: Mean of what the monitors showed then, shape (W, E).

        Raises:
            RigError: Names the worst one.
        """
        apart_v = abs(written_v - sensed_v)
        if (apart_v > self.monitor_error_v).any():
            window, electrode = np.unravel_index(int(apart_v.argmax()), apart_v.shape)
            raise RigError(
                f"electrode {electrode} does not follow its output: its monitor shows "
                f"{sensed_v[window, electrode]:.4g} V in place of "
                f"{written_v[window, electrode]:.4g} V",
                advice="check the wires and the module, then `hgecircuit rig zero`",
            )


@dataclass
class Apparatus:
    """A rig with its calibration, its pace, and where its runs are kept.

    Attributes:
        rig: The rig, in use.
        calibration: Of the chain from outputs to input.
        pace: Ramps and settling times at the rig's own rate.
        guard: What stops a measurement.
        interrupts: Signals to stop for, between two runs.
        log: Where runs are kept, or None.
        longest_s: Longest run, which is how long a signal may have to wait; more windows are put
            into several.
        record: Called with each run when it has been read.
    """

    rig: Rig
    calibration: Calibration
    pace: Pace
    guard: Guard
    interrupts: Interrupts = field(default_factory=Interrupts)
    log: RunLog | None = None
    longest_s: float = 10.0
    record: Callable[[Entry], None] | None = None

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Rig, calibration and pace, for results; the same in a run that goes on."""
        return {
            "rig": dict(self.rig.provenance),
            "calibration": self.calibration.to_json(),
            "ramp_s": self.pace.ramp_s,
            "settle_s": self.pace.settle_s,
        }

    def plan(
        self,
        points_v: np.ndarray,
        drives: Drive | Sequence[Drive],
        window_samples: int,
    ) -> Iterator[Waveform]:
        """The waveforms that a measurement consists of, each from 0 V to 0 V.

        Args:
            points_v: Electrode voltages of every window, shape (W, E), in V.
            drives: What is added: the same for all windows, or one each.
            window_samples: Samples in each window.

        Raises:
            InputError: Not even one window fits into the longest run, or a sine is too fast.
        """
        points_v = np.asarray(points_v, float)
        if not isinstance(drives, Sequence):
            drives = [drives] * len(points_v)
        pace, limits = self.pace, self.rig.limits
        each = samples_per_window(drives, window_samples, pace, limits)
        most = int(self.longest_s * pace.sample_rate_hz)
        count = max(1, (most - each) // each)
        at_zero_v = np.zeros(limits.electrodes)
        for first in range(0, len(points_v), count):
            part = slice(first, first + count)
            yield self.fitting(
                build_waveform(
                    points_v[part],
                    drives[part],
                    window_samples,
                    pace,
                    limits,
                    at_zero_v,
                )
            )

    def fitting(self, waveform: Waveform) -> Waveform:
        """The waveform, if it is short enough to be waited for.

        Raises:
            InputError: It is longer than the longest run.
        """
        if waveform.duration_s > self.longest_s:
            raise InputError(
                "a run too long to be waited for by who wants to stop it",
                value=f"{waveform.duration_s:.4g} s with its ramps",
                expected=f"at most {self.longest_s:g} s: a shorter measurement time",
            )
        return waveform

    def currents_a(
        self,
        points_v: np.ndarray,
        drives: Drive | Sequence[Drive],
        window_samples: int,
        label: str,
    ) -> np.ndarray:
        """Currents during every window, at the outputs' own sample times, shape (W, n), in A.

        Args:
            points_v: Electrode voltages of every window, shape (W, E), in V.
            drives: What is added: the same for all windows, or one each.
            window_samples: Samples in each window.
            label: What it is for, kept in the log.

        Raises:
            InputError: A voltage outside the limits; nothing was put out then.
            RigError: The rig failed, or its input was overloaded.
            StoppedError: A signal came; the outputs are at 0 V.
        """
        found = []
        for waveform in self.plan(points_v, drives, window_samples):
            self.interrupts.check()
            readings = self.rig.play(waveform)
            entry = Entry(label, waveform, readings)
            if self.log is not None:
                self.log.add(entry)
            if self.record is not None:
                self.record(entry)
            # what was read is worth keeping, but not worth going on for
            self.interrupts.check()
            found.append(self._windows_a(waveform, readings))
        return np.concatenate(found)

    def _windows_a(self, waveform: Waveform, readings: Readings) -> np.ndarray:
        """The windows of one run, shape (W, n), in A."""
        calibration, volts = self.calibration, readings.volts[:, 0]
        current_a = (volts - calibration.offset_v) / calibration.gain_v_per_a
        self.guard.check(volts, current_a, readings.input_rate_hz)
        indices = waveform.starts[:, None] + np.arange(waveform.window_samples)
        times_s = indices / waveform.sample_rate_hz
        positions = calibration.timing.positions(times_s, readings.input_rate_hz)
        if positions.size and positions.max() > len(volts) - 1:
            raise InputError(
                "the input ends before the last window has come through",
                value=f"{calibration.timing.latency_s:.4g} s of delay",
                expected="a tail behind the ramp to zero that is longer than the delay",
            )
        if readings.volts.shape[1] > 1 and len(indices):
            sensed_v = [
                interpolate(monitor, positions).mean(axis=1) for monitor in readings.volts.T[1:]
            ]
            written_v = waveform.voltages_v[indices].mean(axis=1)
            self.guard.check_monitors(written_v, np.column_stack(sensed_v))
        return interpolate(current_a, positions)


def make_pace(rig: Rig, calibration: Calibration, ramp_s: float, settle_s: float = 2e-3) -> Pace:
    """Ramps and settling times for a rig and its delay.

    The tail behind the ramp to zero lasts as long as the delay and the interpolation's reach.
    """
    margin_s = _MARGIN_SAMPLES / min(rig.output_rate_hz, rig.input_rate_hz)
    tail_s = max(0.0, calibration.timing.latency_s) + margin_s
    return Pace(rig.output_rate_hz, ramp_s, settle_s, tail_s)
