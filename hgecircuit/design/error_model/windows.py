"""How a lock-in weighs the time that it listens: finite windows, exact for every low-pass.

A lock-in that starts from rest at t = 0 and is read at t = T gives the reading
integral of w(t) x(t) dt over 0..T of its mixed signal x. For a low-pass with impulse response h,
w(t) = h(T - t); for a gated integrator w = 1/T. The window's transform

    W(f) = integral of w(t) exp(2 pi j f t) dt over 0..T

is what a tone of frequency f leaves in the reading. It takes the place of H(f) in Boon 2025, Eqs. 5
to 9, which hold for a filter that has listened forever: W(0) is the settled share, and away from
0 Hz W holds the filter's own transient, which H has not.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hgecircuit.parts.filters.all_pole import AllPole

# -3 dB of |sinc(f T)| lies at f T = 0.442946.
_GATE_CUTOFF = 0.44294647069820115


class Window(ABC):
    """How a lock-in weighs its time.

    Attributes:
        time_s: Its length T.
    """

    time_s: float

    @property
    @abstractmethod
    def noise_bandwidth_hz(self) -> float:
        """One-sided bandwidth of a brick wall that passes as much white noise, at t = T, in Hz."""

    @abstractmethod
    def laplace(self, s_per_s: np.ndarray) -> np.ndarray:
        """Integral of w(t) exp(s t) dt over 0..T, complex, shape as ``s_per_s`` (in 1/s)."""

    def transform(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """W(f), complex, shape as given."""
        return self.laplace(2j * np.pi * np.asarray(frequency_hz, float))

    def at(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """|W(f)|: reading, at most, of a tone of amplitude 1; shape as given."""
        return np.abs(self.transform(frequency_hz))

    def tail(self, frequency_hz: np.ndarray, tau_s: float, blank_s: float = 0.0) -> np.ndarray:
        """Transform of w(t) exp(-(t + blank) / tau), complex: a step's tail behind a high-pass.

        Args:
            frequency_hz: Carriers, shape (...).
            tau_s: Time constant of the high-pass.
            blank_s: Time from the step to the start of the window.
        """
        s = 2j * np.pi * np.asarray(frequency_hz, float) - 1 / tau_s
        return self.laplace(s) * math.exp(-blank_s / tau_s)

    @cached_property
    def settled_share(self) -> float:
        """W(0): reading of a constant of 1."""
        return float(np.real(self.transform(0.0)))


class FilterWindow(Window):
    """The window of a filter whose settled response is known too."""

    @property
    @abstractmethod
    def cutoff_hz(self) -> float:
        """Where the settled filter passes half the power, in Hz."""

    @property
    @abstractmethod
    def settled_noise_bandwidth_hz(self) -> float:
        """Noise bandwidth of the settled filter: f_enbw of Boon 2025, Eq. 7, in Hz."""

    @abstractmethod
    def response(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """H(f) of the settled filter, complex, shape as given."""

    def settled_transform(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """H(f) exp(2 pi j f T): what a tone that has lasted forever reads at t = T."""
        turn = np.exp(2j * np.pi * np.asarray(frequency_hz, float) * self.time_s)
        return self.response(frequency_hz) * turn


@dataclass(frozen=True)
class SettledWindow(Window):
    """A filter that has listened forever, read at t = T: H(f) exp(2 pi j f T) in the place of W.

    Attributes:
        filter: The filter.
        time_s: T.
    """

    filter: FilterWindow
    time_s: float

    @property
    def noise_bandwidth_hz(self) -> float:
        """f_enbw of the filter, in Hz."""
        return self.filter.settled_noise_bandwidth_hz

    def transform(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """H(f) exp(2 pi j f T), complex, shape as given."""
        return self.filter.settled_transform(frequency_hz)

    def laplace(self, s_per_s: np.ndarray) -> np.ndarray:
        """H(f) exp(s T) for imaginary s: what has lasted forever neither grows nor decays."""
        return self.transform(np.imag(s_per_s) / (2 * np.pi))


@dataclass(frozen=True)
class LowpassWindow(FilterWindow):
    """A low-pass that starts from rest and is read at T.

    With distinct poles p_k, h(t) = sum_k r_k exp(p_k t), so that the transform is
    sum_k r_k (exp(s T) - exp(p_k T)) / (s - p_k). For n equal poles -a it is
    exp(s T) (a / (a + s))^n P(n, (a + s) T) with the regularised incomplete gamma function P.

    Attributes:
        lowpass: The filter.
        time_s: T.
    """

    lowpass: AllPole
    time_s: float

    @property
    def cutoff_hz(self) -> float:
        """Cut-off of the low-pass, in Hz."""
        return self.lowpass.cutoff_hz

    @property
    def settled_noise_bandwidth_hz(self) -> float:
        """f_enbw of the low-pass, in Hz."""
        return self.lowpass.noise_bandwidth_hz

    @property
    def noise_bandwidth_hz(self) -> float:
        """Half the integral of h^2 over 0..T, in Hz."""
        poles = self._poles
        if self._equal:
            n, a = len(poles), -poles[0].real
            share = float(np.real(_gamma(2 * n - 1, np.array(2 * a * self.time_s))))
            return self.lowpass.noise_bandwidth_hz * share
        sums = np.add.outer(poles, poles)
        weights = np.outer(self._residues, self._residues)
        return float(np.real(np.sum(weights * np.expm1(sums * self.time_s) / sums))) / 2

    def response(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """H(f), complex, shape as given."""
        return self.lowpass.response(frequency_hz)

    def laplace(self, s_per_s: np.ndarray) -> np.ndarray:
        """Integral of h(T - t) exp(s t) dt over 0..T, complex, shape as given."""
        s, poles = np.asarray(s_per_s, complex), self._poles
        end = np.exp(s * self.time_s)
        if self._equal:
            n, a = len(poles), -poles[0].real
            return end * (a / (a + s)) ** n * _gamma(n, (a + s) * self.time_s)
        # One pole at a time: the arrays of a trade-off have a million frequencies.
        total = np.zeros_like(s)
        for pole, residue in zip(poles, self._residues, strict=True):
            total += residue * (end - np.exp(pole * self.time_s)) / (s - pole)
        return total

    @cached_property
    def _poles(self) -> np.ndarray:
        return self.lowpass.poles_rad_s

    @cached_property
    def _residues(self) -> np.ndarray:
        return self.lowpass.residues_per_s

    @cached_property
    def _equal(self) -> bool:
        return self.lowpass.equal_poles


@dataclass(frozen=True)
class GateWindow(FilterWindow):
    """An integrator that is reset, listens for T, and is read: w = 1/T, |W| = |sinc(f T)|.

    It forgets everything before its gate, so that settled and finite figures are the same.

    Attributes:
        time_s: T.
    """

    time_s: float

    @property
    def cutoff_hz(self) -> float:
        """Where |sinc(f T)|^2 is one half, in Hz."""
        return _GATE_CUTOFF / self.time_s

    @property
    def noise_bandwidth_hz(self) -> float:
        """1 / (2 T), in Hz."""
        return 1 / (2 * self.time_s)

    @property
    def settled_noise_bandwidth_hz(self) -> float:
        """1 / (2 T), in Hz."""
        return self.noise_bandwidth_hz

    def response(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """exp(-j pi f T) sinc(f T), complex, shape as given."""
        cycles = np.asarray(frequency_hz, float) * self.time_s
        return np.exp(-1j * np.pi * cycles) * np.sinc(cycles)

    def laplace(self, s_per_s: np.ndarray) -> np.ndarray:
        """(exp(s T) - 1) / (s T), complex, shape as given."""
        x = np.asarray(s_per_s, complex) * self.time_s
        # sinh(x/2) / (x/2) keeps its digits at 0, and is exactly 0 at whole cycles through sinc.
        cycles = x.imag / (2 * np.pi)
        whole = np.exp(1j * np.pi * cycles) * np.sinc(cycles)
        damped = np.where(x == 0, 1.0, np.expm1(x) / np.where(x == 0, 1.0, x))
        return np.where(x.real == 0, whole, damped)


def _gamma(n: int, z: np.ndarray) -> np.ndarray:
    """Regularised lower incomplete gamma function P(n, z) of whole n and complex z."""
    terms, term = np.ones_like(z, complex), np.ones_like(z, complex)
    for k in range(1, n):
        term = term * z / k
        terms = terms + term
    return 1 - np.exp(-z) * terms
