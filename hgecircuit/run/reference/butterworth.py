"""The low-pass of the lock-in: an n-th order Butterworth filter, exact between its samples.

H(s) = 1 / prod_k (1 - s / p_k) with the poles p_k = w_c exp(j pi (2k + n - 1) / (2n)), k = 1..n,
and w_c = 2 pi f_c (Butterworth 1930). The poles differ, so partial fractions give every response in
closed form: h(t) = sum_k r_k exp(p_k t).

Sampling is step-invariant: each sample is held for its sample period, as the converters of the
paper's rig hold theirs, and the continuous filter's output is taken at the end of a period. This
was chosen over the bilinear transform of ``scipy.signal.butter`` because the step response at t = T
is then exactly the one that "98 % settled" is defined by, no digits are lost where f_c is far below
the sample rate (the impulse response comes without recursion), and the attenuation at 2 f_m stays
close to the |H| of the paper's error model (at a fifth of the sample rate it is 6 % below the
continuous filter's, the bilinear transform's 35 %).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

from hgecircuit.errors import InputError

#: Readings of "98 % settled" (Boon 2025, "Comparison of sequential HGE with FD"): the step response
#: reaches 0.98 for the first time, or stays within 2 % of its end value from then on.
Settled = Literal["first", "stay"]

SETTLED_TO = 0.98
MAX_ORDER = 6


@dataclass(frozen=True)
class Butterworth:
    """A Butterworth low-pass with gain 1 at 0 Hz.

    Attributes:
        order: Number of poles, 1 to 6.
        cutoff_hz: Frequency f_c at which the power is halved, in Hz.
    """

    order: int
    cutoff_hz: float

    def __post_init__(self) -> None:
        _check_order(self.order)
        if not (np.isfinite(self.cutoff_hz) and self.cutoff_hz > 0):
            raise InputError(
                "no cutoff", key="cutoff_hz", value=self.cutoff_hz, expected="a frequency above 0"
            )

    def response(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """Complex frequency response H(j 2 pi f) of the continuous filter, shape as given."""
        s = 1j * np.asarray(frequency_hz, float)[..., None] / self.cutoff_hz
        return 1 / np.prod(1 - s / _poles(self.order), axis=-1)

    def step(self, time_s: np.ndarray | float) -> np.ndarray:
        """Response to a unit step at t = 0 from rest, shape as given; 0 before the step."""
        return _unit_step(self.order, 2 * np.pi * self.cutoff_hz * np.asarray(time_s, float))

    def impulse_response(self, samples: int, sample_rate_hz: float) -> np.ndarray:
        """Weights h[0..samples-1] of the sampled filter, from the newest sample to the oldest.

        h[k] = step((k + 1) / f_s) - step(k / f_s): the output after N samples is
        sum_k h[N - 1 - k] x[k], and the weights add up to the step response at N / f_s.

        Args:
            samples: Number of weights.
            sample_rate_hz: Sample rate f_s in Hz.
        """
        return np.diff(self.step(np.arange(samples + 1) / sample_rate_hz))

    @property
    def noise_bandwidth_hz(self) -> float:
        """Equivalent noise bandwidth in Hz, one-sided: f_c (pi / 2n) / sin(pi / 2n)."""
        angle = np.pi / (2 * self.order)
        return float(self.cutoff_hz * angle / np.sin(angle))


def cutoff_for_hz(order: int, time_s: float, settled: Settled) -> float:
    """Cutoff f_c in Hz of the filter that is 98 % settled at ``time_s``.

    Args:
        order: Number of poles.
        time_s: Measurement time T in s.
        settled: Reading of "98 % settled".
    """
    if not (np.isfinite(time_s) and time_s > 0):
        raise InputError("no measurement time", key="time_s", value=time_s, expected="above 0")
    return settling_angle(order, settled) / (2 * np.pi * time_s)


@lru_cache
def settling_angle(order: int, settled: Settled) -> float:
    """w_c T at which a Butterworth low-pass is 98 % settled, from its exact step response.

    Args:
        order: Number of poles.
        settled: ``first`` (the step response reaches 0.98) or ``stay`` (it is within 2 % for good).

    Returns:
        For the third order 3.663 and 6.637.
    """
    from scipy.optimize import brentq

    _check_order(order)
    if settled not in get_args(Settled):
        raise InputError("unknown reading of settled", value=settled, expected='"first" or "stay"')
    # By 60 the slowest pole of the sixth order has decayed to 1e-6; 0.01 is far below any ringing.
    grid = np.linspace(0, 60, 6001)
    tolerance = 1 - SETTLED_TO
    if settled == "first":
        before = int(np.argmax(_unit_step(order, grid) >= SETTLED_TO)) - 1
    else:
        before = int(np.flatnonzero(abs(_unit_step(order, grid) - 1) > tolerance)[-1])
    level = 1 + np.copysign(tolerance, _unit_step(order, grid[before]) - 1)
    angle = brentq(lambda t: float(_unit_step(order, t) - level), grid[before], grid[before + 1])
    return float(np.asarray(angle))


def _check_order(order: int) -> None:
    if order not in range(1, MAX_ORDER + 1):
        raise InputError("no filter order", key="order", value=order, expected="1 to 6")


def _poles(order: int) -> np.ndarray:
    """Poles p_k for w_c = 1, shape (order,)."""
    k = np.arange(1, order + 1)
    return np.exp(1j * np.pi * (2 * k + order - 1) / (2 * order))


def _unit_step(order: int, angle: np.ndarray | float) -> np.ndarray:
    """Step response at w_c t = ``angle``: 1 + sum_k r_k / p_k exp(p_k w_c t)."""
    poles = _poles(order)
    others = poles[:, None] - poles[None, :] + np.eye(order)
    residues = np.prod(-poles) / np.prod(others, axis=1)
    angle = np.maximum(np.asarray(angle, float), 0)
    total = np.ones(angle.shape)
    # one pole at a time: a million samples of all poles at once would take 100 MB
    for pole, residue in zip(poles, residues, strict=True):
        total += (residue / pole * np.exp(pole * angle)).real
    return total
