"""The low-passes that a reading may come through: a Butterworth filter, or plain integration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.reference.butterworth import Butterworth, Settled, cutoff_for_hz

#: Kinds of low-pass: the paper's Butterworth filter, or the mean over the whole measurement.
LowPassKind = Literal["butterworth", "boxcar"]

# sin(pi x) / (pi x) = 1 / sqrt(2)
_HALF_POWER = 0.442946470689452


@dataclass(frozen=True)
class Boxcar:
    """The mean over the last T seconds: coherent integration. Same methods as a Butterworth.

    H(f) = sin(pi f T) / (pi f T) exp(-j pi f T), with zeros at every whole multiple of 1/T.

    Attributes:
        time_s: Integration time T in s.
    """

    time_s: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.time_s) and self.time_s > 0):
            raise InputError(
                "no measurement time", key="time_s", value=self.time_s, expected="above 0"
            )

    @property
    def cutoff_hz(self) -> float:
        """Frequency at which the power is halved, in Hz: 0.443 / T."""
        return _HALF_POWER / self.time_s

    @property
    def noise_bandwidth_hz(self) -> float:
        """Equivalent noise bandwidth in Hz, one-sided: 1 / (2 T)."""
        return 1 / (2 * self.time_s)

    def response(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """Complex frequency response H(j 2 pi f), shape as given."""
        turns = np.asarray(frequency_hz, float) * self.time_s
        return np.sinc(turns) * np.exp(-1j * np.pi * turns)

    def step(self, time_s: np.ndarray | float) -> np.ndarray:
        """Response to a unit step at t = 0 from rest, shape as given: t / T from 0 to 1."""
        return np.clip(np.asarray(time_s, float) / self.time_s, 0.0, 1.0)

    def impulse_response(self, samples: int, sample_rate_hz: float) -> np.ndarray:
        """Weights of the samples, from the newest to the oldest: 1 / (T f_s) each, within T.

        Args:
            samples: Number of weights.
            sample_rate_hz: Sample rate f_s in Hz.
        """
        inside = self.time_s * sample_rate_hz
        return np.clip(inside - np.arange(samples), 0.0, 1.0) / inside


def make_low_pass(
    kind: LowPassKind, order: int, settled: Settled, time_s: float
) -> Butterworth | Boxcar:
    """The low-pass that is read ``time_s`` after its input starts.

    Args:
        kind: Butterworth or boxcar.
        order: Order of the Butterworth filter.
        settled: Reading of "98 % settled" that fixes the Butterworth filter's cutoff.
        time_s: When it is read, in s.

    Raises:
        InputError: An unknown kind, order or reading of settled; no time.
    """
    if kind not in get_args(LowPassKind):
        raise InputError(
            "unknown low-pass", key="low_pass", value=kind, expected='"butterworth" or "boxcar"'
        )
    if kind == "boxcar":
        return Boxcar(time_s)
    return Butterworth(order, cutoff_for_hz(order, time_s, settled))
