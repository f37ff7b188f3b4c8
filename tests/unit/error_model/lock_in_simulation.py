"""Lock-ins simulated sample by sample from nothing but their weights: the error model's truth."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import signal

from hgecircuit.design.error_model import LockIn
from hgecircuit.design.error_model.windows import Window


@dataclass(frozen=True, eq=False)
class SampledWindow(Window):
    """Any window as weights on points of time: reading = sum of weight * product.

    Attributes:
        time_s: T.
        points_s: Equally spaced times from the moment the demodulators listen, shape (N,).
        weight: Weight of every point, shape (N,); the sum is the settled share of a constant.
    """

    time_s: float
    points_s: np.ndarray
    weight: np.ndarray

    @property
    def noise_bandwidth_hz(self) -> float:
        """One-sided bandwidth of a brick wall that passes as much white noise, in Hz."""
        step_s = float(self.points_s[1] - self.points_s[0])
        return float(np.sum(self.weight**2)) / step_s / 2

    def laplace(self, s_per_s: np.ndarray) -> np.ndarray:
        """Sum of weight exp(s t), complex, shape as given."""
        return np.exp(np.asarray(s_per_s)[..., None] * self.points_s) @ self.weight


def sampled_window(
    length_s: float, weight_per_s: Callable[[np.ndarray], np.ndarray], points: int
) -> SampledWindow:
    """A window from its weight per time, by the midpoint rule.

    Args:
        length_s: T.
        weight_per_s: w(t) in 1/s at times of shape (N,).
        points: Number of points N; a tone below a tenth of this per window is resolved.
    """
    time_s = (np.arange(points) + 0.5) * length_s / points
    return SampledWindow(length_s, time_s, weight_per_s(time_s) * length_s / points)


def butterworth_weights(time_s: float, points: int, cutoff_hz: float) -> SampledWindow:
    """A third-order Butterworth low-pass from rest, its weights from scipy's step response."""
    system = signal.butter(3, 2 * np.pi * cutoff_hz, analog=True)
    grid_s = np.linspace(0, time_s, points + 1)
    step = signal.step(system, T=grid_s)[1]
    middle_s = (np.arange(points) + 0.5) * time_s / points
    return SampledWindow(time_s, middle_s, np.diff(step)[::-1])


def reading(
    lock_in: LockIn, output: Callable[[np.ndarray], np.ndarray], starts: np.ndarray
) -> np.ndarray:
    """X_m / a_m of every channel, shape (C,), with oscillators of given phases at the start.

    Args:
        lock_in: Carriers and a window of samples.
        output: Output current of perturbations of shape (N, C), shape (N,).
        starts: Phase of every oscillator, shape (G,).
    """
    window = lock_in.window
    assert isinstance(window, SampledWindow)
    own = np.zeros(lock_in.channels) if lock_in.phases_rad is None else lock_in.phases_rad
    angle = 2 * np.pi * np.outer(window.points_s, lock_in.frequencies_hz)
    sines = np.sin(angle + own + starts[lock_in.groups])
    current = output(sines * lock_in.amplitudes_v)
    if lock_in.remove_mean:
        current = current - current.mean()
    return 2 * (window.weight * current) @ sines / lock_in.amplitudes_v


def every_phase(oscillators: int, steps: int) -> Iterator[np.ndarray]:
    """A grid over all phases; its mean is exact for products of fewer than ``steps`` sines."""
    turns = 2 * np.pi * np.arange(steps) / steps
    for phases in itertools.product(turns, repeat=oscillators):
        yield np.array(phases)
