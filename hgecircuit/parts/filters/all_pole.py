"""Responses of a low-pass without zeros and with gain 1 at 0 Hz, from its poles.

H(s) = 1 / prod_k (1 - s / p_k). Responses in time come from partial fractions (distinct poles), or,
for n equal poles -p, from h(t) = p (pt)^(n-1) exp(-pt) / (n-1)!.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np


class AllPole(ABC):
    """A low-pass that is known by its poles, all distinct or all equal.

    Attributes:
        cutoff_hz: Frequency at which the power is halved, in Hz.
    """

    cutoff_hz: float

    @property
    @abstractmethod
    def poles_rad_s(self) -> np.ndarray:
        """Poles p_k, complex, shape (n,), in rad/s."""

    @property
    def equal_poles(self) -> bool:
        """Whether all poles are one."""
        poles = self.poles_rad_s
        return len(poles) > 1 and bool(np.all(poles == poles[0]))

    @property
    def residues_per_s(self) -> np.ndarray:
        """Residues r_k of H at distinct poles, shape (n,): h(t) = sum_k r_k exp(p_k t)."""
        poles = self.poles_rad_s
        others = poles[:, None] - poles[None, :] + np.eye(len(poles))
        return np.prod(-poles) / np.prod(others, axis=1)

    @property
    def delay_s(self) -> float:
        """Group delay at 0 Hz, -sum_k 1 / p_k, in s."""
        return float(-np.sum(1 / self.poles_rad_s).real)

    @property
    def noise_bandwidth_hz(self) -> float:
        """Equivalent noise bandwidth, one-sided: integral of h^2 over time, halved; in Hz."""
        poles = self.poles_rad_s
        if self.equal_poles:
            n, pole = len(poles), -poles[0].real
            return pole * math.factorial(2 * n - 2) / (math.factorial(n - 1) ** 2 * 4**n)
        residues = self.residues_per_s
        return float(np.sum(np.outer(residues, residues) / -np.add.outer(poles, poles)).real) / 2

    def response(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """H(j 2 pi f), complex, shape as given."""
        s = 2j * np.pi * np.asarray(frequency_hz, float)[..., None]
        return 1 / np.prod(1 - s / self.poles_rad_s, axis=-1)

    def attenuation_db(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """-20 log10 |H|, shape as given, in dB."""
        return -20 * np.log10(np.abs(self.response(frequency_hz)))

    def step(self, time_s: np.ndarray | float) -> np.ndarray:
        """Response to a unit step at t = 0, shape as given; 0 before it."""
        time_s = np.maximum(np.asarray(time_s, float), 0.0)
        poles = self.poles_rad_s
        if self.equal_poles:
            x = -poles[0].real * time_s
            terms = [x**k / math.factorial(k) for k in range(len(poles))]
            return 1 - np.exp(-x) * np.sum(terms, axis=0)
        shares = self.residues_per_s / poles
        return 1 + np.sum(shares * np.exp(poles * time_s[..., None]), -1).real

    def impulse_per_s(self, time_s: np.ndarray | float) -> np.ndarray:
        """Impulse response h(t) for t >= 0, shape as given, in 1/s."""
        time_s = np.asarray(time_s, float)
        poles = self.poles_rad_s
        if self.equal_poles:
            pole, n = -poles[0].real, len(poles)
            return (
                pole * (pole * time_s) ** (n - 1) * np.exp(-pole * time_s) / math.factorial(n - 1)
            )
        return np.sum(self.residues_per_s * np.exp(poles * time_s[..., None]), axis=-1).real


@dataclass(frozen=True)
class Poles(AllPole):
    """A low-pass with given poles, such as a network's with its op-amps.

    Attributes:
        values_rad_s: The poles.
        cutoff_hz: Nominal cut-off, in Hz.
    """

    values_rad_s: tuple[complex, ...]
    cutoff_hz: float

    @property
    def poles_rad_s(self) -> np.ndarray:
        """See :class:`AllPole`."""
        return np.array(self.values_rad_s)
