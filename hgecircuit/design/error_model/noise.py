"""What noise of the device's output leaves in a reading."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hgecircuit.design.error_model.budget import BOUND_SIGMAS, Term, random_term
from hgecircuit.design.error_model.lock_in import LockIn
from hgecircuit.design.error_model.windows import FilterWindow
from hgecircuit.devices.noise import NoiseSpec

# Everything below is in cycles per T. |W|^2 has no detail finer than one cycle, so that 20 steps
# resolve it. Near 0 the density needs finer ones; far from 0 and from the carrier, where less than
# a hundredth of the noise comes from, steps grow with the distance. Lowest frequency: within T it
# is direct current.
_LOWEST = 1e-3
_STEPS = 20
_LOW_RATIO, _FAR_RATIO = 1.01, 1.05
# Around 0 and around the carrier every cycle is resolved this far; what lies this many times
# farther above the carrier doesn't count.
_REACH = 60
_FARTHEST = 1000.0
# The table for many carriers: cells per cycle, its largest carrier, and how far cells go on beyond
# the largest carrier that is asked for.
_CELLS, _TABLE, _MARGIN = 64, 4096, 200


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
    cycles, weight = _nodes(carrier_hz * time_s)
    frequency_hz = cycles / time_s
    density = noise.flicker_a2_per_hz * (noise.frequency_hz / frequency_hz) ** noise.exponent
    kernel = lock_in.kernel(frequency_hz, carrier_hz)
    power = np.abs(kernel.plus) ** 2 + np.abs(kernel.minus) ** 2
    power = power * np.abs(lock_in.gain(frequency_hz) * lock_in.references[m]) ** 2
    return float(np.sum(weight * density * power)) / time_s


def _nodes(carrier: float) -> tuple[np.ndarray, np.ndarray]:
    """Places and weights of the integral over frequency for a carrier, all in cycles per T.

    Their number grows with the logarithm of the carrier only.
    """
    above = math.ceil(carrier) + _REACH
    below = math.floor(carrier) - _REACH
    pieces = [_rising(_LOWEST, 1.0, _LOW_RATIO)]
    if below > 2 * _REACH:
        middle = carrier / 2
        pieces += [
            _even(1, _REACH),
            _rising(_REACH, middle, _FAR_RATIO),
            carrier - _rising(carrier - below, carrier - middle, _FAR_RATIO)[::-1],
            _even(below, above),
        ]
    else:
        pieces.append(_even(1, above))
    reach = above - carrier
    pieces.append(carrier + _rising(reach, reach * _FARTHEST, _FAR_RATIO))
    steps = [np.diff(cycles) for cycles in pieces]
    weights = [(np.append(step, 0.0) + np.append(0.0, step)) / 2 for step in steps]
    return np.concatenate(pieces), np.concatenate(weights)


def _rising(low: float, high: float, ratio: float) -> np.ndarray:
    """From ``low`` to ``high`` in equal ratios, at most ``ratio``."""
    count = math.ceil(math.log(high / low) / math.log(ratio))
    return low * (high / low) ** (np.arange(count + 1) / count)


def _even(low: int, high: int) -> np.ndarray:
    return np.arange(low * _STEPS, high * _STEPS + 1) / _STEPS


@dataclass(frozen=True, eq=False)
class FlickerTable:
    """The same integral for all carriers at once: what 1/f^n noise leaves in a window of T = 1.

    The integral is the convolution of |x|^-n with |W(x)|^2. Both are taken on a fine grid of
    cycles per T, |x|^-n as its mean over every cell, so that one Fourier transform gives all
    carriers.

    Attributes:
        window: The window, with T = 1 s.
        exponent: n.
        most_cycles: Largest carrier, in cycles per T.
    """

    window: FilterWindow
    exponent: float
    most_cycles: float

    def at(self, cycles: np.ndarray) -> np.ndarray:
        """Integral of x^-n (|W(x + c)|^2 + |W(x - c)|^2) dx for carriers c, shape as given.

        Far above the window's bandwidth it is 2 B c^-n, with the noise bandwidth B, and what the
        window's transient lets through near 0 Hz, which falls with c^-2 and repeats every cycle.
        """
        cycles = np.asarray(cycles, float)
        far = cycles > _TABLE
        # In place of a far carrier the last cycle of the table, at the same part of a cycle.
        known = np.where(far, _TABLE - 1 + cycles % 1.0, cycles)
        value = np.interp(known, np.arange(len(self._values)) / _CELLS, self._values)
        if not far.any():
            return value
        known, beyond = np.maximum(known, 1.0), np.maximum(cycles, 1.0)
        carrier = 2 * self.window.noise_bandwidth_hz
        leak = (value - carrier * known**-self.exponent) * (known / beyond) ** 2
        return np.where(far, carrier * beyond**-self.exponent + leak, value)

    @cached_property
    def _values(self) -> np.ndarray:
        count = math.ceil((min(self.most_cycles, _TABLE) + _MARGIN) * _CELLS)
        power = np.abs(self.window.transform(np.arange(count + 1) / _CELLS)) ** 2
        edges = np.append(_LOWEST, (np.arange(count + 1) + 0.5) / _CELLS)
        cells = np.diff(_antiderivative(edges, self.exponent))
        cells[0] *= 2  # both sides of 0
        spectrum = np.fft.rfft(_mirrored(cells)) * np.fft.rfft(_mirrored(power))
        return np.fft.irfft(spectrum, 2 * count)[: count + 1]


def _antiderivative(x: np.ndarray, exponent: float) -> np.ndarray:
    """Of x^-n."""
    if exponent == 1:
        return np.log(x)
    return x ** (1 - exponent) / (1 - exponent)


def _mirrored(values: np.ndarray) -> np.ndarray:
    """A function given from 0 on, continued to the other side of 0, for a Fourier transform."""
    return np.concatenate([values, values[-2:0:-1]])
