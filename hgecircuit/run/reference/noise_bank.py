"""A bank of first-order recursions that turns white samples into 1/f^n noise.

H(z) = d + sum_k r_k / (1 - p_k z^-1): every x_k[i] = p_k x_k[i-1] + e[i] is an AR(1) process (a
sampled Ornstein-Uhlenbeck process), all driven by the same white samples e of variance 1, and the
output is y = d e + sum_k r_k x_k. A common e needs one random number per sample where independent
processes need one per pole, and it allows weights of both signs: independent AR(1) processes fold
all noise above half the sample rate back, which for n = 2 is 2.5 times too much at half the rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

# One pole per factor 4 in frequency and a zero 4^(n/2) above it: the density ripples by 0.35 % at
# most (n = 1); with a factor of 8 by 4 %.
_SPACING = 4.0
# The first pole lies this factor below the lowest frequency. For n = 2 it takes a share of
# pi / _BELOW from the variance of the change over one period of the lowest frequency, for smaller n
# less.
_BELOW = 300.0
# Poles go on to this multiple of the highest warped frequency; with 4, the density is 5 % off.
_ABOVE = 32.0
# Order of the correction of the warped frequency: with 5, n = 2 is 0.04 % off at 0.48 of the sample
# rate and 1.1 % at half of it; with 3, 0.7 % and 2.7 %.
_CORRECTION_ORDER = 5
_GRID = 4096


class _Roots(NamedTuple):
    """Zeros and poles, each as its distance 1 - p from 1, which keeps poles near 1 exact."""

    zeros: np.ndarray
    poles: np.ndarray


@dataclass(frozen=True, eq=False)
class Ar1Bank:
    """The filter; frequencies are in multiples of the sample rate.

    Attributes:
        distances: 1 - p_k, shape (K,).
        weights: r_k, shape (K,).
        direct: d.
    """

    distances: np.ndarray
    weights: np.ndarray
    direct: float

    @staticmethod
    def flat(gain: float) -> Ar1Bank:
        """White samples times ``gain``."""
        return Ar1Bank(np.empty(0), np.empty(0), gain)

    @staticmethod
    def power_law(exponent: float, lowest: float) -> Ar1Bank:
        """|H(f)|^2 = f^-exponent from ``lowest`` to 1/2.

        Poles and zeros alternate evenly on a logarithmic axis (Keshner 1982, "1/f noise", Proc.
        IEEE 70, 212); with n = 2 each zero cancels the next pole and one pole is left.

        Args:
            exponent: n, above 0, up to 2.
            lowest: Lowest frequency over sample rate.
        """
        ladder, correction = _ladder(exponent, lowest), _correction(exponent)
        zeros = np.concatenate([ladder.zeros, correction.zeros])
        poles = np.concatenate([ladder.poles, correction.poles])
        bank = _partial_fractions(_Roots(zeros, poles))
        frequency = np.geomspace(lowest, 0.48, 64)
        error = np.log(bank.power_gain(frequency) * frequency**exponent)
        return bank.scaled(math.exp(-np.mean(error) / 2))

    @property
    def poles(self) -> int:
        """Number of poles K."""
        return len(self.distances)

    @property
    def variance(self) -> float:
        """Variance of the output for white samples of variance 1."""
        from_states = self.weights @ (1 / self._gaps) @ self.weights
        return float(self.direct**2 + 2 * self.direct * self.weights.sum() + from_states)

    def scaled(self, gain: float) -> Ar1Bank:
        """The same filter with ``gain`` times the output."""
        return replace(self, weights=self.weights * gain, direct=self.direct * gain)

    def power_gain(self, frequency: np.ndarray) -> np.ndarray:
        """|H(f)|^2 at frequencies in multiples of the sample rate, any shape."""
        turn = np.pi * np.asarray(frequency, float)[..., None]
        # 1 - p / z without the rounding of p near 1
        step = 2j * np.sin(turn) * np.exp(-1j * turn)
        terms = self.weights / (self.distances + (1 - self.distances) * step)
        return np.abs(self.direct + terms.sum(axis=-1)) ** 2

    def start(self, generator: np.random.Generator, rows: int) -> np.ndarray:
        """Stationary states p_k x_k[-1] of independent records, shape (rows, K).

        The states' covariance is 1 / (1 - p_j p_k). Its Cholesky factor is the Takenaka-Malmquist
        basis at the poles: L[k, m] = sqrt(1 - p_m^2) / (1 - p_m p_k) prod_{j<m} (p_k - p_j) /
        (1 - p_j p_k), exact where a numerical one fails, as the poles lie close together.
        """
        normal = generator.standard_normal((rows, self.poles))
        state = np.zeros((rows, self.poles))
        # column by column and not as a matrix product, whose rounding depends on the rows
        for m, column in enumerate(self._factor().T):
            state += normal[:, m, None] * column
        return state * (1 - self.distances)

    def run(self, white: np.ndarray, state: np.ndarray) -> np.ndarray:
        """The output of shape (R, N) for white samples (R, N); ``state`` (R, K) moves on in place.

        Every output depends on its own row's samples alone, in order, so that blocks of any size
        give the same bits.
        """
        from scipy.signal import lfilter

        output = self.direct * white
        for k in range(self.poles):
            pole = 1 - self.distances[k]
            process, last = lfilter([1.0], [1.0, -pole], white, zi=state[:, k : k + 1])
            state[:, k : k + 1] = last
            process *= self.weights[k]
            output += process
        return output

    @property
    def _gaps(self) -> np.ndarray:
        """1 - p_j p_k, shape (K, K)."""
        near, far = self.distances, self.distances[:, None]
        return near + far - near * far

    def _factor(self) -> np.ndarray:
        ratios = (self.distances - self.distances[:, None]) / self._gaps
        # column m holds the product of all ratios before m
        products = np.cumprod(np.hstack([np.ones((self.poles, 1)), ratios[:, :-1]]), axis=1)
        return np.sqrt(np.diag(self._gaps)) / self._gaps * products


def _ladder(exponent: float, lowest: float) -> _Roots:
    """Alternating poles and zeros for 1/F^n of the warped frequency F = sin(pi f) / pi.

    |1 - p exp(-2 pi i f)|^2 = (1 - p)^2 (1 + (F / F_p)^2) with F_p = (1 - p) / (2 pi sqrt(p)), as
    in continuous time.
    """
    first = math.pi * lowest / _BELOW
    count = math.ceil(math.log(_ABOVE / first) / math.log(_SPACING))
    poles = first * _SPACING ** np.arange(count)
    return _Roots(_distance(poles * _SPACING ** (exponent / 2)), _distance(poles))


def _distance(corner: np.ndarray) -> np.ndarray:
    """1 - p for (1 - p) / sqrt(p) = 2 ``corner``."""
    return 2 * corner / (np.sqrt(1 + corner**2) + corner)


def _correction(exponent: float) -> _Roots:
    """Poles and zeros that turn 1/F^n into 1/f^n: |C(f)|^2 = (F / f)^n, minimum phase.

    The Fourier coefficients of log |C| give the power series of log C, that gives the one of C
    (Oppenheim and Schafer, Discrete-Time Signal Processing, homomorphic chapter), and its Pade
    approximant has its poles and zeros alternating between -1 and 0.
    """
    order = _CORRECTION_ORDER
    angle = (np.arange(_GRID) + 0.5) * math.pi / _GRID
    log_gain = exponent * np.log(np.sin(angle / 2) / (angle / 2))
    cepstrum = np.cos(np.outer(np.arange(2 * order + 1), angle)) @ log_gain / _GRID
    series = np.ones(2 * order + 1)
    for m in range(1, 2 * order + 1):
        k = np.arange(1, m + 1)
        series[m] = (k * cepstrum[k]) @ series[m - k] / m
    rows = np.arange(1, order + 1)[:, None]
    system = series[order + rows - rows.T]
    denominator = np.append(1.0, np.linalg.solve(system, -series[order + 1 :]))
    numerator = np.convolve(series, denominator)[: order + 1]
    return _Roots(1 - np.roots(numerator).real, 1 - np.roots(denominator).real)


def _partial_fractions(roots: _Roots) -> Ar1Bank:
    """prod_k (1 - zero_k / z) / (1 - pole_k / z) as a sum."""
    zeros, poles = roots
    above = zeros - poles[:, None]
    below = poles - poles[:, None]
    np.fill_diagonal(below, 1 - poles)
    return Ar1Bank(poles, np.prod(above / below, axis=1), float(np.prod((1 - zeros) / (1 - poles))))
