"""What noise of the device's output leaves in a reading."""

from __future__ import annotations

import numpy as np

from hgecircuit.design.error_model.budget import BOUND_SIGMAS, Term, random_term
from hgecircuit.design.error_model.lock_in import LockIn
from hgecircuit.devices.noise import NoiseSpec

# The integral over frequency: steps per 1/T, reach beyond the carrier in 1/T, lowest frequency.
_STEPS = 20
_REACH = 60
_LOWEST = 1e-3
_LOW_POINTS = 400


def noise_variance(lock_in: LockIn, noise: NoiseSpec) -> np.ndarray:
    """Variance of every derivative, shape (C,), in (A/V)^2.

    sigma^2 = integral of S(f) (|W(f + f_m)|^2 + |W(f - f_m)|^2) df / a_m^2 over f > 0. White noise
    gives 2 B S / a_m^2 with the window's noise bandwidth B, as in Boon 2025, Eqs. 7 and 8; 1/f^n
    noise adds what the window's transient lets through near 0 Hz. Noise below a thousandth of 1/T
    doesn't count: within T it is direct current.

    Args:
        lock_in: The lock-in.
        noise: One-sided densities.
    """
    frequencies_hz = np.asarray(lock_in.frequencies_hz, float)
    gain = np.abs(lock_in.gain(frequencies_hz) * lock_in.references)
    variance = 2 * lock_in.window.noise_bandwidth_hz * noise.white_a2_per_hz * gain**2
    if noise.flicker_a2_per_hz:
        variance = variance + [_flicker(lock_in, noise, m) for m in range(lock_in.channels)]
    return variance / np.asarray(lock_in.amplitudes_v) ** 2


def noise_term(lock_in: LockIn, noise: NoiseSpec, points: int) -> Term:
    """Noise at every one of P operating points: the same, three standard deviations at most."""
    variance = np.broadcast_to(noise_variance(lock_in, noise), (points, lock_in.channels))
    return random_term("noise", variance, BOUND_SIGMAS * np.sqrt(variance))


def _flicker(lock_in: LockIn, noise: NoiseSpec, m: int) -> float:
    carrier_hz, time_s = float(lock_in.frequencies_hz[m]), lock_in.window.time_s
    low = np.geomspace(_LOWEST, 1 / _STEPS, _LOW_POINTS)
    high = np.arange(1, _STEPS * (carrier_hz * time_s + _REACH)) / _STEPS
    frequency_hz = np.concatenate([low, high[1:]]) / time_s
    density = noise.flicker_a2_per_hz * (noise.frequency_hz / frequency_hz) ** noise.exponent
    kernel = lock_in.kernel(frequency_hz, carrier_hz)
    power = np.abs(kernel.plus) ** 2 + np.abs(kernel.minus) ** 2
    power = power * np.abs(lock_in.gain(frequency_hz) * lock_in.references[m]) ** 2
    return float(np.trapezoid(density * power, frequency_hz))
