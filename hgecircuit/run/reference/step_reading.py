"""Two settled readings of the output: half the measurement time at each of two settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.reference.butterworth import Butterworth, Settled
from hgecircuit.run.reference.low_pass import Boxcar, LowPassKind, make_low_pass


@dataclass(frozen=True)
class StepReading:
    """How the paper's finite differences read the output (Boon 2025, Fig. 2d and its text).

    The electrodes stand at one setting for T/2 and at another for the next T/2. The sampled output
    goes through the lock-in's low-pass, from rest in each half, and is read at the half's end, when
    the filter is 98 % settled: two samples within T. As in the lock-in nothing corrects for what is
    missing, so a difference comes out 2 % low or high, see :attr:`settled_gain`. The noise runs on
    from one half to the next.

    Attributes:
        time_s: Time T of both readings together; each half is rounded to whole samples.
        sample_rate_hz: Sample rate; the paper's rig takes 10 kHz at most.
        order: Order of the Butterworth low-pass; the paper's is 3. A boxcar has none.
        settled: Reading of "98 % settled" that fixes the Butterworth cutoff. A boxcar needs none.
        low_pass: ``butterworth`` as in the paper, or ``boxcar``: the mean over each half.
    """

    time_s: float
    sample_rate_hz: float = 1e4
    order: int = 3
    settled: Settled = "first"
    low_pass: LowPassKind = "butterworth"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.sample_rate_hz) and self.sample_rate_hz > 0):
            raise InputError("no sample rate", key="sample_rate_hz", value=self.sample_rate_hz)
        if not (np.isfinite(self.time_s) and self.samples_per_half >= 1):
            raise InputError(
                "no measurement time",
                key="time_s",
                value=self.time_s,
                expected="two sample periods or more",
            )
        _ = self.filter  # checks low_pass, order and settled

    @property
    def samples_per_half(self) -> int:
        """Number of samples in each half."""
        return round(self.time_s * self.sample_rate_hz / 2)

    @property
    def measured_s(self) -> float:
        """Time of both readings as a whole number of samples, in s."""
        return 2 * self.samples_per_half / self.sample_rate_hz

    @property
    def filter(self) -> Butterworth | Boxcar:
        """The low-pass."""
        return make_low_pass(self.low_pass, self.order, self.settled, self.measured_s / 2)

    @property
    def settled_gain(self) -> float:
        """The low-pass's step response at T/2: 0.98, or 1.02 where ``stay`` ends an overshoot."""
        return float(self.filter.step(self.measured_s / 2))

    def difference_a(self, current_a: np.ndarray) -> np.ndarray:
        """First reading minus second in A, shape (...).

        Args:
            current_a: Samples of both halves in A, shape (..., 2, samples per half).
        """
        first, second = np.moveaxis(np.asarray(current_a, float), -2, 0)
        return (first - second) @ self._weights

    @cached_property
    def _weights(self) -> np.ndarray:
        return self.filter.impulse_response(self.samples_per_half, self.sample_rate_hz)[::-1]
