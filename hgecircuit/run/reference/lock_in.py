"""The sampled lock-in: perturbations, references, low-pass, derivatives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple, get_args

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.reference.butterworth import Butterworth, Settled, cutoff_for_hz

#: What a derivative is made of: the in-phase part alone, or amplitude and sign.
Use = Literal["x", "amplitude"]


class Quadratures(NamedTuple):
    """In-phase and quadrature part of the output at every perturbation frequency.

    Attributes:
        x_a: Twice the filtered product with sin(2 pi f_m t + phi_m), shape (..., M), in A.
        y_a: Twice the filtered product with cos(2 pi f_m t + phi_m), shape (..., M), in A.
    """

    x_a: np.ndarray
    y_a: np.ndarray


@dataclass(frozen=True)
class LockIn:
    """A software lock-in with one channel per perturbed electrode (Boon 2025, Eqs. 3 to 5).

    Channel m perturbs its electrode by a_m sin(2 pi f_m t + phi_m). The sampled output current is
    multiplied by the references 2 sin(...) and 2 cos(...) of the same phase, low-passed from rest
    at t = 0 and read at t = T: X_m and Y_m. All that is linear in the samples, and only the value
    at T is wanted, so each is one weighted sum of the samples.

    The filter is 98 % settled at T and nothing corrects for the rest: a derivative comes out 2 %
    low or high, see :attr:`settled_gain`, plus what the filter lets through at 2 f_m and at the
    other channels' frequencies.

    Attributes:
        frequencies_hz: f_m, shape (M,), below half the sample rate.
        phases_rad: phi_m, shape (M,).
        amplitudes_v: a_m, shape (M,).
        time_s: Measurement time T; rounded to whole samples.
        sample_rate_hz: Sample rate; the paper's rig takes 10 kHz at most.
        order: Order of the Butterworth low-pass; the paper's is 3.
        settled: Reading of "98 % settled" that fixes the cutoff.
        use: ``x`` for devices without delay; ``amplitude`` takes the amplitude from X and Y and the
            sign from the phase (rho_m in the paper).
        remove_mean: Subtract the mean of the samples first. Without it the output's direct current
            I_0, switched on at t = 0 and multiplied by the reference, leaves a transient of about
            2 I_0 h(T) / w_m at T: several percent for the paper's settings. The paper doesn't say;
            its authors' earlier public programs subtract the mean (BraiNEdarwin/SkyNEt,
            ``lock_in_gradient``).
    """

    frequencies_hz: tuple[float, ...]
    phases_rad: tuple[float, ...]
    amplitudes_v: tuple[float, ...]
    time_s: float
    sample_rate_hz: float = 1e4
    order: int = 3
    settled: Settled = "first"
    use: Use = "x"
    remove_mean: bool = True

    def __post_init__(self) -> None:
        for key in ("frequencies_hz", "phases_rad", "amplitudes_v"):
            object.__setattr__(self, key, tuple(float(value) for value in getattr(self, key)))
        _check_channels(self)
        if self.use not in get_args(Use):
            raise InputError(
                "unknown use", key="use", value=self.use, expected='"x" or "amplitude"'
            )
        if self.samples < 2:
            raise InputError(
                "too short", key="time_s", value=self.time_s, expected="two sample periods or more"
            )
        _ = self.filter  # checks order and settled

    @property
    def channels(self) -> int:
        """Number of channels M."""
        return len(self.frequencies_hz)

    @property
    def samples(self) -> int:
        """Number of samples N in one measurement, at t = 0, 1/f_s, ..., (N - 1)/f_s."""
        return round(self.time_s * self.sample_rate_hz)

    @property
    def measured_s(self) -> float:
        """Measurement time as a whole number of samples, in s."""
        return self.samples / self.sample_rate_hz

    @property
    def cutoff_hz(self) -> float:
        """Cutoff of the low-pass in Hz."""
        return cutoff_for_hz(self.order, self.measured_s, self.settled)

    @property
    def filter(self) -> Butterworth:
        """The low-pass."""
        return Butterworth(self.order, self.cutoff_hz)

    @property
    def settled_gain(self) -> float:
        """The filter's step response at T: 0.98, or 1.02 where ``stay`` ends an overshoot."""
        return float(self.filter.step(self.measured_s))

    def channel(self, m: int) -> LockIn:
        """The lock-in with channel ``m`` alone."""
        return replace(
            self,
            frequencies_hz=(self.frequencies_hz[m],),
            phases_rad=(self.phases_rad[m],),
            amplitudes_v=(self.amplitudes_v[m],),
        )

    def perturbation_v(self) -> np.ndarray:
        """Perturbation of every channel at every sample in V, shape (N, M)."""
        return np.array(self.amplitudes_v) * np.sin(self._angles_rad())

    def demodulate(self, current_a: np.ndarray) -> Quadratures:
        """Quadratures of an output current.

        Args:
            current_a: Samples in A, shape (..., N).
        """
        current_a = np.asarray(current_a, float)
        if current_a.shape[-1:] != (self.samples,):
            raise InputError(
                "not one measurement",
                value=current_a.shape,
                expected=f"samples of shape (..., {self.samples})",
            )
        both = current_a @ self._weights
        return Quadratures(both[..., : self.channels], both[..., self.channels :])

    def coupling(self) -> np.ndarray:
        """Exact weights of all channels in each: X_m = sum_n coupling[m, n] I_n, shape (M, M).

        I_n is the amplitude of the output at channel n's frequency and phase, as in
        I(t) = I_0 + sum_n I_n sin(2 pi f_n t + phi_n) of a linear device. The diagonal holds the
        settled gain and what is left at 2 f_m, the rest the crosstalk between parallel channels,
        all at t = T, with the filter's transient. (Without ``remove_mean`` I_0 adds to X_m too.)
        """
        return self._weights[:, : self.channels].T @ np.sin(self._angles_rad())

    def derivative_a_per_v(self, quadratures: Quadratures) -> np.ndarray:
        """Derivatives dI/dV_m in A/V, shape (..., M): X / a, or rho sqrt(X^2 + Y^2) / a.

        Args:
            quadratures: X and Y of every channel, shape (..., M).
        """
        x, y = quadratures
        if self.use == "x":
            return x / self.amplitudes_v
        # rho = +1 for phases from -90 to 90 degrees, which is where X is not negative
        return np.where(x >= 0, 1.0, -1.0) * np.hypot(x, y) / self.amplitudes_v

    @cached_property
    def _weights(self) -> np.ndarray:
        """Weights of the samples in X (first M columns) and Y, shape (N, 2 M)."""
        reference = np.hstack([np.sin(self._angles_rad()), np.cos(self._angles_rad())])
        decay = self.filter.impulse_response(self.samples, self.sample_rate_hz)[::-1]
        weights = 2 * decay[:, None] * reference
        # sum_k w_k (I_k - mean I) = sum_k (w_k - mean w) I_k
        return weights - weights.mean(axis=0) if self.remove_mean else weights

    def _angles_rad(self) -> np.ndarray:
        time_s = np.arange(self.samples) / self.sample_rate_hz
        return 2 * np.pi * np.outer(time_s, self.frequencies_hz) + np.array(self.phases_rad)


def _check_channels(lock_in: LockIn) -> None:
    """Refuse channels that don't fit together or that the sample rate can't carry."""
    frequencies = np.array(lock_in.frequencies_hz)
    amplitudes = np.array(lock_in.amplitudes_v)
    if not len(frequencies) == len(amplitudes) == len(lock_in.phases_rad) > 0:
        raise InputError(
            "channels don't fit together",
            value=(len(frequencies), len(lock_in.phases_rad), len(amplitudes)),
            expected="one frequency, one phase and one amplitude per channel",
        )
    if not (np.isfinite(lock_in.sample_rate_hz) and lock_in.sample_rate_hz > 0):
        raise InputError("no sample rate", key="sample_rate_hz", value=lock_in.sample_rate_hz)
    if not (np.isfinite(lock_in.time_s) and lock_in.time_s > 0):
        raise InputError("no measurement time", key="time_s", value=lock_in.time_s)
    limit_hz = lock_in.sample_rate_hz / 2
    for m, frequency_hz in enumerate(frequencies):
        if not 0 < frequency_hz < limit_hz:
            raise InputError(
                "no perturbation frequency",
                key=f"frequencies_hz[{m}]",
                value=frequency_hz,
                expected=f"above 0, below half the sample rate ({limit_hz:g} Hz)",
            )
        if not (np.isfinite(amplitudes[m]) and amplitudes[m] > 0):
            raise InputError(
                "no amplitude", key=f"amplitudes_v[{m}]", value=amplitudes[m], expected="above 0"
            )
        if not np.isfinite(lock_in.phases_rad[m]):
            raise InputError("no phase", key=f"phases_rad[{m}]", value=lock_in.phases_rad[m])
