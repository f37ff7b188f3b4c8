"""What the outputs put out over time: drives, and their log."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import floor, inf

import numpy as np

#: Length of the one sample of an output that a program sets; it is held from then on.
AT_ONCE_S = 1e-9
# Share of a sample by which rounding may misplace an instant.
_EPSILON = 1e-6


@dataclass
class Drive:
    """One generation: samples on some outputs from one instant on, each held until the next.

    Attributes:
        outputs: Indices of the outputs, shape (m,).
        samples: Voltages put out, shape (n, m); grown by :meth:`extend`.
        step_s: Time between samples.
        start_s: Instant of the first sample; None until a trigger.
        total: Samples to be generated; None for no end.
        regenerate: Whether the buffer is repeated when no new samples are there.
        buffer: Number of samples of the buffer, which is repeated.
        end_s: When it was stopped; infinity while it runs.
    """

    outputs: np.ndarray
    samples: np.ndarray
    step_s: float
    start_s: float | None = None
    total: int | None = 1
    regenerate: bool = True
    buffer: int = 1
    end_s: float = inf
    _dropped: int = field(default=0, init=False)

    @property
    def written(self) -> int:
        """Samples written since the start."""
        return self._dropped + len(self.samples)

    @property
    def limit(self) -> float:
        """Number of samples after which it ends, by count or because nothing is left."""
        total = inf if self.total is None else self.total
        return total if self.regenerate else min(total, self.written)

    def generated(self, time_s: float) -> int:
        """Samples put out until ``time_s``, the one that begins then included."""
        if self.start_s is None or time_s < self.start_s:
            return 0
        elapsed = min(time_s, self.end_s) - self.start_s
        return int(min(floor(elapsed / self.step_s + _EPSILON) + 1, self.limit))

    def time_of(self, count: float) -> float:
        """Instant at which sample number ``count``, from 0, begins; infinity before a trigger."""
        return inf if self.start_s is None else self.start_s + count * self.step_s

    def extend(self, samples: np.ndarray) -> None:
        """Append samples to what was written."""
        self.samples = np.concatenate([self.samples, samples])

    def shorten(self, written: int) -> None:
        """Take back samples that found no room."""
        self.samples = self.samples[: max(written - self._dropped, 0)]

    def forget(self, before_s: float) -> None:
        """Drop samples that were put out before an instant and will not be repeated."""
        keep = min(self.generated(before_s) - 1, self.written - self.buffer) - self._dropped
        # in large pieces, because each copies the rest
        if keep > max(10_000, len(self.samples) // 2):
            self.samples = self.samples[keep:].copy()
            self._dropped += keep

    def values(self, index: np.ndarray) -> np.ndarray:
        """Voltages of the samples of these numbers, shape (len(index), m)."""
        beyond = index - self.written
        ring = self.written - self.buffer + beyond % self.buffer
        place = np.where(beyond < 0, index, ring) - self._dropped
        return self.samples[np.clip(place, 0, len(self.samples) - 1)]

    def ring(self, count: int) -> np.ndarray:
        """The buffer as it will be repeated from sample number ``count`` on."""
        return self.values(np.arange(count, count + self.buffer))


class DriveLog:
    """All outputs' voltages over time, as far back as a reading may need them.

    Args:
        power_up_v: Voltages at time 0, shape (outputs,).
    """

    def __init__(self, power_up_v: np.ndarray) -> None:
        self._held_v = np.array(power_up_v, float)
        self._drives: list[Drive] = []
        self._stuck: list[tuple[int, float, float]] = []

    def add(self, drive: Drive) -> None:
        """Take up a drive that has started."""
        self._drives.append(drive)
        self._drives.sort(key=lambda each: each.start_s or 0.0)

    def stick(self, output: int, from_s: float, to_s: float) -> None:
        """Let an output keep its voltage for some time."""
        self._stuck.append((output, from_s, to_s))

    def voltages(self, times_s: np.ndarray) -> np.ndarray:
        """Voltages of all outputs, shape (len(times_s), outputs), at rising times."""
        volts = self._driven(times_s)
        for output, from_s, to_s in self._stuck:
            inside = (times_s >= from_s) & (times_s < to_s)
            if inside.any():
                volts[inside, output] = self._driven(np.array([from_s]))[0, output]
        return volts

    def _driven(self, times_s: np.ndarray) -> np.ndarray:
        volts = np.tile(self._held_v, (len(times_s), 1))
        for drive in self._drives:
            start_s = drive.start_s
            assert start_s is not None  # only started drives are in the log
            first = int(np.searchsorted(times_s, start_s - _EPSILON * drive.step_s))
            if first == len(times_s):
                continue
            elapsed = np.minimum(times_s[first:], drive.end_s) - start_s
            index = np.floor(elapsed / drive.step_s + _EPSILON)
            index = np.minimum(index, drive.limit - 1).astype(np.int64)
            volts[first:, drive.outputs] = drive.values(index)
        return volts

    def changes(self, from_s: float, to_s: float) -> np.ndarray:
        """Instants at which an output may change, rising, ``from_s`` put in front."""
        parts: list[np.ndarray] = [np.array([from_s])]
        for drive in self._drives:
            assert drive.start_s is not None
            low = max(floor((from_s - drive.start_s) / drive.step_s - _EPSILON) + 1, 0)
            high = drive.generated(to_s)
            if high > low:
                parts.append(drive.start_s + drive.step_s * np.arange(low, high))
        for _, start_s, end_s in self._stuck:
            edges = np.array([start_s, end_s])
            parts.append(edges[(edges > from_s) & (edges <= to_s)])
        return np.unique(np.concatenate(parts))

    def now(self, time_s: float) -> np.ndarray:
        """Voltages of all outputs at one instant, shape (outputs,)."""
        return self.voltages(np.array([time_s]))[0]

    def forget(self, before_s: float) -> None:
        """Drop what happened before an instant."""
        self._stuck = [each for each in self._stuck if each[2] > before_s]
        for drive in self._drives:
            drive.forget(before_s)
        while self._drives and self._over(self._drives[0], before_s):
            drive = self._drives.pop(0)
            self._held_v[drive.outputs] = drive.values(np.array([self._last(drive)]))[0]

    @staticmethod
    def _last(drive: Drive) -> int:
        return drive.generated(drive.end_s if drive.end_s < inf else drive.time_of(drive.limit)) - 1

    @staticmethod
    def _over(drive: Drive, time_s: float) -> bool:
        return min(drive.end_s, drive.time_of(drive.limit)) < time_s
