"""Complete waveforms: ramps, windows with perturbations, and the ramp to zero, in one buffer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.safety import Limits

# Ramps are this much slower than the slew limit, so that rounding never breaks it.
_BELOW = 1 - 1e-9


@dataclass(frozen=True)
class Pace:
    """How a waveform moves between its windows.

    Attributes:
        sample_rate_hz: Rate of the outputs, as the rig has coerced it.
        ramp_s: Shortest time from one setting to the next (Boon 2025, Fig. 4a: 15 ms); a ramp that
            would be faster than the slew limit takes longer.
        settle_s: Time before and behind every window with the window's setting and perturbation,
            so that delays and the input's filter see nothing of the ramps.
        tail_s: Time at 0 V behind the ramp to zero, for the last samples to come through.
    """

    sample_rate_hz: float
    ramp_s: float = 0.015
    settle_s: float = 2e-3
    tail_s: float = 5e-3

    def __post_init__(self) -> None:
        for key, usable in (
            ("sample_rate_hz", self.sample_rate_hz > 0),
            ("ramp_s", self.ramp_s > 0),
            ("settle_s", self.settle_s >= 0),
            ("tail_s", self.tail_s >= 0),
        ):
            value = getattr(self, key)
            if not (usable and np.isfinite(value)):
                raise InputError("not usable", key=key, value=value, expected="a positive number")

    def samples(self, time_s: float) -> int:
        """Number of samples that last at least ``time_s``; rounding takes none away."""
        return math.ceil(time_s * self.sample_rate_hz - 1e-6)


@dataclass(frozen=True)
class Waveform:
    """What one hardware-timed run puts out, and where in it something is measured.

    Attributes:
        voltages_v: Voltages of all electrodes, shape (N, E), in V. They begin at the present ones
            and end at 0 V.
        sample_rate_hz: Rate of the samples.
        starts: First sample of every window, shape (W,).
        window_samples: Samples in each window.
    """

    voltages_v: np.ndarray
    sample_rate_hz: float
    starts: np.ndarray
    window_samples: int

    @property
    def samples(self) -> int:
        """Number of samples N."""
        return len(self.voltages_v)

    @property
    def duration_s(self) -> float:
        """Time that it takes, in s."""
        return self.samples / self.sample_rate_hz


class Drive(Protocol):
    """What is added to the settings of a window, as a function of time."""

    @property
    def amplitudes_v(self) -> np.ndarray:
        """Largest value of either sign on every electrode, shape (E,), in V."""
        ...

    @property
    def slew_v_per_s(self) -> np.ndarray:
        """Fastest change on every electrode, shape (E,), in V/s."""
        ...

    def at(self, times_s: np.ndarray) -> np.ndarray:
        """Values in V, shape (n, E), at times from the window's start, shape (n,)."""
        ...


@dataclass(frozen=True)
class Perturbation:
    """Sines on the electrodes, in phase with the start of every window.

    Attributes:
        frequencies_hz: Of every electrode, shape (E,).
        phases_rad: At the window's first sample, shape (E,).
        amplitudes_v: Shape (E,); 0 for an electrode without.
    """

    frequencies_hz: np.ndarray
    phases_rad: np.ndarray
    amplitudes_v: np.ndarray

    @classmethod
    def none(cls, electrodes: int) -> Perturbation:
        """No perturbation."""
        zero = np.zeros(electrodes)
        return cls(zero, zero, zero)

    def at(self, times_s: np.ndarray) -> np.ndarray:
        """The sines in V, shape (n, E), at times from the window's start, shape (n,)."""
        angles = np.multiply.outer(times_s, 2 * np.pi * self.frequencies_hz) + self.phases_rad
        return self.amplitudes_v * np.sin(angles)

    @property
    def slew_v_per_s(self) -> np.ndarray:
        """Fastest change of each electrode's sine, 2 pi f a, in V/s, shape (E,)."""
        return 2 * np.pi * self.frequencies_hz * self.amplitudes_v


def build_waveform(
    points_v: np.ndarray,
    drives: Sequence[Drive],
    window_samples: int,
    pace: Pace,
    limits: Limits,
    present_v: np.ndarray,
) -> Waveform:
    """From the present voltages through all settings, each with its window, to zero.

    In front of each window the voltages go to its setting in a straight ramp, in which its sines
    come up and the last one's go down, so that no electrode ever jumps. A sine runs through
    settling times and window as through one.

    Args:
        points_v: Setting of every window, shape (W, E), in V.
        drives: What is added in each window, W of them.
        window_samples: Samples in each window.
        pace: Rate and times.
        limits: Of the electrodes; they decide how long ramps must be.
        present_v: Voltages now, shape (E,), in V.

    Raises:
        InputError: A perturbation that is faster than the slew limit by itself.
    """
    points_v = np.asarray(points_v, float)
    none = Perturbation.none(points_v.shape[1])
    settle = pace.samples(pace.settle_s)
    room_v_per_s = _room(drives, pace, limits)
    parts, starts, written = [], [], 0
    last_v = np.asarray(present_v, float)
    last: Drive = none
    settings_v = [*points_v, np.zeros_like(last_v)]
    for point_v, drive in zip(settings_v, [*drives, none], strict=True):
        ramp = _ramp_samples(point_v - last_v, pace, room_v_per_s)
        share = np.arange(1, ramp + 1)[:, None] / ramp
        times_s = np.arange(ramp) / pace.sample_rate_hz
        behind_s = (window_samples + settle) / pace.sample_rate_hz
        before_s = (settle + ramp) / pace.sample_rate_hz
        # without the clip, rounding could leave a limit on which both settings lie
        moving_v = np.clip(
            (1 - share) * last_v + share * point_v,
            np.minimum(last_v, point_v),
            np.maximum(last_v, point_v),
        )
        moving_v += (1 - share) * last.at(times_s + behind_s)
        moving_v += share * drive.at(times_s - before_s)
        parts.append(moving_v)
        written += ramp
        if len(starts) < len(points_v):
            starts.append(written + settle)
            steady = np.arange(-settle, window_samples + settle) / pace.sample_rate_hz
            parts.append(point_v + drive.at(steady))
            written += len(steady)
        last_v, last = point_v, drive
    # the ramp's last sample is 0 V exactly: (1 - 1) x + 1 x 0, with no sine
    parts.append(np.zeros((pace.samples(pace.tail_s), len(last_v))))
    # the first sample is what is there now, as an output that starts puts it out at once
    parts.insert(0, np.asarray(present_v, float)[None])
    return Waveform(
        np.concatenate(parts), pace.sample_rate_hz, np.array(starts, int) + 1, window_samples
    )


def ramp_to_zero(present_v: np.ndarray, pace: Pace, limits: Limits) -> Waveform:
    """From the present voltages straight to zero, with no window."""
    none = np.zeros((0, limits.electrodes))
    return build_waveform(none, [], 0, pace, limits, present_v)


def samples_per_window(
    drives: Sequence[Drive], window_samples: int, pace: Pace, limits: Limits
) -> int:
    """Most samples that one more window takes, whichever of the settings come before it."""
    reach_v = limits.maximum_v - limits.minimum_v
    ramp = _ramp_samples(reach_v, pace, _room(drives, pace, limits))
    return ramp + window_samples + 2 * pace.samples(pace.settle_s)


def _room(drives: Sequence[Drive], pace: Pace, limits: Limits) -> np.ndarray:
    """What the perturbations leave of the slew limit for ramps, in V/s, shape (E,)."""
    # (1 - s) u + s w with s' = 1 / ramp changes by max(|u'|, |w'|) + (|u| + |w|) / ramp at most
    needs = np.zeros(limits.electrodes)
    largest_v = np.zeros(limits.electrodes)
    for drive in drives:
        needs = np.maximum(needs, drive.slew_v_per_s)
        largest_v = np.maximum(largest_v, drive.amplitudes_v)
    needs = needs + 2 * largest_v / pace.ramp_s
    room = _BELOW * limits.slew_v_per_s - needs
    if not (room > 0).all():
        electrode = int(np.argmin(room))
        raise InputError(
            "the perturbation alone is too fast",
            key=f"electrode {electrode}",
            value=f"up to {needs[electrode]:.4g} V/s where one sine follows another",
            expected=f"less than the slew limit of {limits.slew_v_per_s[electrode]:.4g} V/s",
        )
    return room


def _ramp_samples(change_v: np.ndarray, pace: Pace, room_v_per_s: np.ndarray) -> int:
    """Samples of a ramp that keeps its shortest time and the slew limit."""
    needed_s = float((abs(change_v) / room_v_per_s).max(initial=0.0))
    return max(1, pace.samples(pace.ramp_s), math.ceil(needed_s * pace.sample_rate_hz))
