"""The paper's analytic error of an extracted derivative (Boon 2025, Eqs. 7 to 10)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hgecircuit.run.reference.lock_in import LockIn


class ErrorPower(NamedTuple):
    """Undesired power in the filtered, mixed signal of every channel, shape (..., M), in A^2.

    Attributes:
        double_frequency: P_2f, what the filter leaves at 2 f_m (Eq. 7).
        noise: P_noise of white noise around f_m (Eq. 7).
        parallel: P_p, what the filter leaves of the other channels (Eq. 9).
    """

    double_frequency: np.ndarray
    noise: np.ndarray
    parallel: np.ndarray


def error_power(
    lock_in: LockIn, responses_a: np.ndarray, noise_density_a2_per_hz: float = 0.0
) -> ErrorPower:
    """Undesired power of every channel.

    P_2f = |H(2 f_m)|^2 I_m^2 / 4, P_noise = f_enbw S_N / 2 and
    P_p = sum_{n != m} I_n^2 / 4 (|H(f_m + f_n)|^2 + |H(f_m - f_n)|^2). The tones' powers are
    squared amplitudes, so they are the worst case over their phases, twice the mean. The filter
    counts as settled; direct current, harmonics and intermodulation of a curved device are not
    covered. Read from rest at t = T, the filter's own transient is larger than these remains: for
    T = 0.1 s, ``first`` and 40 Hz spacing the crosstalk is 2.2 % rms where Eq. 9 gives 0.3 % at
    worst, and what is left at 2 f_m is 0.06 % where Eq. 7 gives 1e-7 (600 Hz).
    :meth:`~hgecircuit.run.reference.LockIn.coupling` has the exact figures. A boxcar has no such
    transient: over whole periods P_2f and P_p are zero, and f_enbw = 1 / (2 T).

    Args:
        lock_in: Frequencies and filter.
        responses_a: Amplitudes I_m of the output at the perturbation frequencies, shape (..., M),
            in A.
        noise_density_a2_per_hz: One-sided density S_N of the output noise in A^2/Hz.
    """
    power = np.asarray(responses_a, float) ** 2 / 4
    frequency = np.array(lock_in.frequencies_hz)
    low_pass = lock_in.filter
    double = power * _gain(lock_in, 2 * frequency)
    noise = np.full(power.shape, low_pass.noise_bandwidth_hz * noise_density_a2_per_hz / 2)
    m, n = frequency[:, None], frequency[None, :]
    leak = _gain(lock_in, m + n) + _gain(lock_in, m - n)
    np.fill_diagonal(leak, 0)
    return ErrorPower(double, noise, power @ leak)


def mean_square_error(
    lock_in: LockIn,
    responses_a: np.ndarray,
    noise_density_a2_per_hz: float = 0.0,
    *,
    sequential: bool = False,
) -> np.ndarray:
    """Expected squared error of every derivative in (A/V)^2, shape (..., M).

    MSE_m = 4 (P_2f + P_noise) / a_m^2 (Eq. 8); in parallel P_p is added (Eq. 10).

    Args:
        lock_in: Frequencies, amplitudes and filter.
        responses_a: Amplitudes I_m of the output at the perturbation frequencies, shape (..., M),
            in A.
        noise_density_a2_per_hz: One-sided density S_N of the output noise in A^2/Hz.
        sequential: Whether the channels are measured one after the other.
    """
    double, noise, parallel = error_power(lock_in, responses_a, noise_density_a2_per_hz)
    total = double + noise if sequential else double + noise + parallel
    return 4 * total / np.array(lock_in.amplitudes_v) ** 2


def _gain(lock_in: LockIn, frequency_hz: np.ndarray) -> np.ndarray:
    """|H(f)|^2."""
    return np.abs(lock_in.filter.response(frequency_hz)) ** 2
