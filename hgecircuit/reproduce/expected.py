"""What the error model expects of a derivative's variance: lines for the simulated points.

Nothing here samples: the window of the continuous filter is integrated over the noise's density,
independent of the reference that makes the points.
"""

from __future__ import annotations

import numpy as np

from hgecircuit.design.error_model import FilterWindow, LockIn, paper_errors, window_for
from hgecircuit.design.error_model.noise import noise_variance
from hgecircuit.devices.noise import NoiseSpec

# Frequencies of the integral for differences, in 1/T: below the first, noise is direct current;
# behind the last, a low-pass and the density's own fall leave less than 1e-6.
_LOWEST, _STEP, _HIGHEST = 1e-3, 0.02, 200.0
_LOW_POINTS = 400


def lock_in_window(time_s: float, settled: str) -> FilterWindow:
    """The paper's third-order Butterworth low-pass, read at T from rest."""
    return window_for("butterworth", time_s, order=3, settled=settled)


def homodyne_variance(
    noise: NoiseSpec,
    time_s: float,
    frequency_hz: float,
    amplitude_v: float,
    settled: str,
    *,
    remove_mean: bool = True,
) -> float:
    """Variance of a lock-in's derivative in (A/V)^2, exact for its finite window.

    Args:
        noise: Density of the output's noise.
        time_s: T.
        frequency_hz: The carrier.
        amplitude_v: The perturbation's amplitude.
        settled: Reading of "98 % settled".
        remove_mean: Whether the mean of the samples is subtracted first.
    """
    window = lock_in_window(time_s, settled)
    carrier, amplitude = np.array([frequency_hz]), np.array([amplitude_v])
    lock_in = LockIn(carrier, amplitude, window, remove_mean=remove_mean)
    return float(noise_variance(lock_in, noise)[0])


def paper_variance(
    noise: NoiseSpec,
    time_s: float,
    frequency_hz: float,
    amplitude_v: float,
    settled: str,
    derivative_a_per_v: float,
) -> float:
    """The paper's expected squared error (Boon 2025, Eq. 8) in (A/V)^2.

    Args:
        noise: Density of the output's noise; its value at the carrier counts.
        time_s: T.
        frequency_hz: The carrier.
        amplitude_v: The perturbation's amplitude.
        settled: Reading of "98 % settled".
        derivative_a_per_v: The derivative, for what is left at twice the carrier.
    """
    errors = paper_errors(
        lock_in_window(time_s, settled),
        np.array([frequency_hz]),
        np.array([amplitude_v]),
        np.array([derivative_a_per_v]),
        noise.density_a2_per_hz(frequency_hz),
    )
    return float(errors.sequential[0])


def difference_variance(noise: NoiseSpec, time_s: float, amplitude_v: float, settled: str) -> float:
    """Variance of a central difference in (A/V)^2, each half of T read through the low-pass.

    sigma^2 = integral of S(f) |W(f)|^2 4 sin(pi f T / 2)^2 df / (2 a)^2 over f > 0, W the window of
    one half. S = c / f^n gives T^(n-1): constant for n = 1, growing for n = 1.5.

    Args:
        noise: Density of the output's noise.
        time_s: T, both halves together.
        amplitude_v: Step a.
        settled: Reading of "98 % settled".
    """
    low = np.geomspace(_LOWEST, _STEP, _LOW_POINTS)[:-1]
    frequency_hz = np.concatenate([low, np.arange(_STEP, _HIGHEST, _STEP)]) / time_s
    window = lock_in_window(time_s / 2, settled)
    turned = 4 * np.sin(np.pi * frequency_hz * time_s / 2) ** 2
    power = np.abs(window.transform(frequency_hz)) ** 2 * turned
    density = noise.density_a2_per_hz(frequency_hz)
    return float(np.trapezoid(density * power, frequency_hz)) / (2 * amplitude_v) ** 2
