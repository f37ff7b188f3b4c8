"""A rig for tests: a device behind a chain with delay, drift, gain and noise, all in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from hgecircuit.run.rigs.alignment import interpolate
from hgecircuit.run.rigs.base import Readings, Rig
from hgecircuit.run.rigs.safety import Limits


@dataclass
class BenchRig(Rig):
    """Puts out what it is given, and reads the device through a chain of known faults."""

    current_a: Callable[[np.ndarray], np.ndarray]
    limits: Limits
    gain_v_per_a: float = 1e8
    offset_v: float = 0.0
    latency_s: float = 0.0
    drift: float = 0.0
    noise_v: float = 0.0
    output_rate_hz: float = 1e4
    input_rate_hz: float = 1e4
    bandwidth_hz: float = np.inf
    fail: Callable[[np.ndarray], None] | None = None
    played: list[np.ndarray] = field(default_factory=list)
    provenance: Mapping[str, Any] = field(default_factory=lambda: {"kind": "bench"})

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(1)

    def __enter__(self) -> Self:
        self._present_v = np.zeros(self.limits.electrodes)
        return self

    def __exit__(self, *failure: object) -> None:
        self._present_v = None

    def _play(self, samples_v: np.ndarray) -> Readings:
        self.played.append(samples_v)
        if self.fail is not None:
            self.fail(samples_v)
        volts = self.gain_v_per_a * self.current_a(samples_v)
        if np.isfinite(self.bandwidth_hz):
            # a pole as a filter on the output's own clock; all waveforms begin and end at rest
            frequencies_hz = np.fft.rfftfreq(len(volts), 1 / self.output_rate_hz)
            pole = 1 / (1 + 1j * frequencies_hz / self.bandwidth_hz)
            volts = np.fft.irfft(np.fft.rfft(volts) * pole, len(volts))
        count = int(np.ceil(len(volts) / self.output_rate_hz * self.input_rate_hz))
        times_s = np.arange(count) / (self.input_rate_hz * (1 + self.drift)) - self.latency_s
        read_v = interpolate(volts, times_s * self.output_rate_hz) + self.offset_v
        read_v += self._random.normal(0, self.noise_v, count) if self.noise_v else 0
        return Readings(read_v[:, None], self.input_rate_hz, 0.0)
