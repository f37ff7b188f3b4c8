"""Between outputs and input: the device, its noise, the current-to-voltage converter, the filter.

The device has no memory and the outputs are steps, so its current is a row of steps as well, and
the converter's single pole answers each with an exponential that is known at every instant:
y(t) = u_k + (y_k - u_k) exp(-(t - t_k) / tau), tau = 1 / (2 pi bandwidth). Nothing is integrated
numerically, and the input may be sampled at any instants, or averaged over any intervals.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.signal import lfilter

from hgecircuit.devices.base import DeviceModel
from hgecircuit.run.rigs.virtual.drives import DriveLog

# After so many time constants a step has settled to 2e-18 of itself.
_SETTLED = 40.0
# Relative difference of steps that count as equally long.
_EQUAL = 1e-5
# Averages per period of the comb filter: the first stage is exact, the others run on them. With 8
# the second stage's gain is within 0.3 % at half the sample rate, and exact at its notches.
_STAGE = 8


@dataclass(frozen=True)
class _Steps:
    """Where the outputs change, what the converter goes to then, and how far it is from there."""

    edges_s: np.ndarray
    target_v: np.ndarray
    rest_v: np.ndarray


@dataclass
class Bench:
    """The analog side of the rig.

    Attributes:
        device: The device; its electrodes are the outputs ``electrodes``.
        electrodes: Index of each electrode's output in the log.
        volts_per_ampere: Gain of the converter with its sign.
        offset_v: Output offset of the converter.
        bandwidth_hz: Frequency of its pole.
        noise_a: Next samples of the noise current at a rate, or None.
    """

    device: DeviceModel
    electrodes: np.ndarray
    volts_per_ampere: float
    offset_v: float
    bandwidth_hz: float
    noise_a: Callable[[float, int], np.ndarray] | None = None
    _noise_state: dict[float, float] = field(default_factory=dict, init=False)

    @property
    def memory_s(self) -> float:
        """How far back a reading looks."""
        return _SETTLED * self._tau_s

    @property
    def _tau_s(self) -> float:
        return 1 / (2 * np.pi * self.bandwidth_hz)

    def output_v(self, log: DriveLog, times_s: np.ndarray) -> np.ndarray:
        """The converter's output without noise at rising instants, same shape."""
        steps = self._steps(log, times_s[0], times_s[-1])
        index = np.searchsorted(steps.edges_s, times_s, side="right") - 1
        decay = np.exp(-(times_s - steps.edges_s[index]) / self._tau_s)
        return steps.target_v[index] + steps.rest_v[index] * decay

    def filtered_v(
        self, log: DriveLog, start_s: float, step_s: float, samples: int, order: int
    ) -> np.ndarray:
        """The converter's output behind a comb filter whose first notch is the sample rate.

        The filter averages over one sample period, ``order`` times. A sample is the average up to
        its instant.

        Args:
            log: What the outputs do.
            start_s: Instant of the first sample.
            step_s: Time between samples.
            samples: Number of samples.
            order: Number of averages; 0 for none.

        Returns:
            Shape (samples,), in V, without noise.
        """
        if order == 0:
            return self.output_v(log, start_s + step_s * np.arange(samples))
        before = order * _STAGE
        # the stages behind the first are sums, so their shifts of half an average are missing
        shift = before + (order - 1) / 2
        grid = start_s + step_s * (np.arange((samples - 1) * _STAGE + before + 1) - shift) / _STAGE
        means = np.diff(self._integral(log, grid)) * (_STAGE / step_s)
        kernel = np.ones(1)
        for _ in range(order):
            kernel = np.convolve(kernel, np.ones(_STAGE) / _STAGE)
        # pad to `before` taps, oldest first; the kernel is symmetric
        taps = np.concatenate([np.zeros(before - len(kernel)), kernel])
        windows = np.lib.stride_tricks.sliding_window_view(means, before)[::_STAGE]
        return windows @ taps

    def _integral(self, log: DriveLog, times_s: np.ndarray) -> np.ndarray:
        """Integral of the converter's output over time, in V s, up to rising instants."""
        steps = self._steps(log, times_s[0], times_s[-1])
        tau_s = self._tau_s
        lengths = np.diff(steps.edges_s)
        whole = steps.target_v[:-1] * lengths - steps.rest_v[:-1] * tau_s * np.expm1(
            -lengths / tau_s
        )
        sums = np.concatenate([[0.0], np.cumsum(whole)])
        index = np.searchsorted(steps.edges_s, times_s, side="right") - 1
        part_s = times_s - steps.edges_s[index]
        rest = steps.rest_v[index] * tau_s * np.expm1(-part_s / tau_s)
        return sums[index] + steps.target_v[index] * part_s - rest

    def _steps(self, log: DriveLog, from_s: float, to_s: float) -> _Steps:
        edges = log.changes(from_s - self.memory_s, to_s)
        target = self._settled_v(log.voltages(edges)[:, self.electrodes])
        state = _follow(target, np.diff(edges), self._tau_s)
        return _Steps(edges, target, state - target)

    def noise_v(self, rate_hz: float, samples: int) -> np.ndarray:
        """The next samples of noise at the converter's output, through its pole."""
        if self.noise_a is None:
            return np.zeros(samples)
        pole = np.exp(-1 / (rate_hz * self._tau_s))
        state = [pole * self._noise_state.get(rate_hz, 0.0)]
        noise_v = self.volts_per_ampere * self.noise_a(rate_hz, samples)
        shaped, _ = lfilter([1 - pole], [1, -pole], noise_v, zi=state)
        self._noise_state[rate_hz] = float(shaped[-1])
        return np.asarray(shaped)

    def _settled_v(self, voltages_v: np.ndarray) -> np.ndarray:
        return self.volts_per_ampere * self.device.current_a(voltages_v) + self.offset_v


def _follow(target: np.ndarray, steps_s: np.ndarray, tau_s: float) -> np.ndarray:
    """State of the pole at each edge: settled at the first, then following its steps."""
    decay = np.exp(-steps_s / tau_s)
    state = np.empty(len(target))
    state[0] = target[0]
    # stretches of equal steps, each a recursion with one coefficient
    uneven = np.flatnonzero(np.abs(np.diff(steps_s)) > _EQUAL * steps_s[:-1]) + 1
    bounds = [0, *uneven.tolist(), len(steps_s)] if len(steps_s) else [0]
    for start, end in itertools.pairwise(bounds):
        pole = decay[start]
        follow, _ = lfilter([1 - pole], [1, -pole], target[start:end], zi=[pole * state[start]])
        state[start + 1 : end + 1] = follow
    return state
