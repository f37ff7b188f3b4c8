"""The sampled lock-in: perturbations, references, low-pass, derivatives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple, get_args

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.reference.butterworth import Butterworth, Settled
from hgecircuit.run.reference.channels import check_channels, check_coherent
from hgecircuit.run.reference.low_pass import Boxcar, LowPassKind, make_low_pass

#: What a derivative is made of: the in-phase part alone, or amplitude and sign.
Use = Literal["x", "amplitude"]

# How far the end of a period may be from a whole number of cycles, in parts of its cycles: rounding
# makes 3e-16 of it, and 1e-13 adds 1e-8 of a cycle in a hundred thousand.
_SAME_CYCLES = 1e-13


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

    The Butterworth filter is 98 % settled at T and nothing corrects for the rest: a derivative
    comes out 2 % low or high, see :attr:`settled_gain`, plus what the filter lets through at 2 f_m
    and at the other channels' frequencies. Coherent integration (``low_pass="boxcar"``) has neither
    fault: over whole periods a channel sees only itself, with gain 1.

    Two electrodes may share one frequency 90 degrees apart if X alone is used (Boon 2025, Methods).

    Attributes:
        frequencies_hz: f_m, shape (M,), below half the sample rate.
        phases_rad: phi_m, shape (M,).
        amplitudes_v: a_m, shape (M,).
        time_s: Measurement time T; rounded to whole samples.
        sample_rate_hz: Sample rate; the paper's rig takes 10 kHz at most.
        order: Order of the Butterworth low-pass; the paper's is 3. A boxcar has none.
        settled: Reading of "98 % settled" that fixes the Butterworth cutoff. A boxcar needs none.
        use: ``x`` for devices without delay; ``amplitude`` takes the amplitude from X and Y and the
            sign from the phase (rho_m in the paper).
        remove_mean: Subtract the mean of the samples first. Without it the output's direct current
            I_0, switched on at t = 0 and multiplied by the reference, leaves a transient of about
            2 I_0 h(T) / w_m at T: several percent for the paper's settings. The paper doesn't say;
            its authors' earlier public programs subtract the mean (BraiNEdarwin/SkyNEt,
            ``lock_in_gradient``).
        low_pass: ``butterworth`` as in the paper, or ``boxcar``: the mean over T, with every f_m a
            whole multiple of 1/T.
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
    low_pass: LowPassKind = "butterworth"

    def __post_init__(self) -> None:
        for key in ("frequencies_hz", "phases_rad", "amplitudes_v"):
            object.__setattr__(self, key, tuple(float(value) for value in getattr(self, key)))
        check_channels(self)
        if self.use not in get_args(Use):
            raise InputError(
                "unknown use", key="use", value=self.use, expected='"x" or "amplitude"'
            )
        if self.samples < 2:
            raise InputError(
                "too short", key="time_s", value=self.time_s, expected="two sample periods or more"
            )
        _ = self.filter  # checks low_pass, order and settled
        if self.low_pass == "boxcar":
            check_coherent(self)

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
        return self.filter.cutoff_hz

    @property
    def filter(self) -> Butterworth | Boxcar:
        """The low-pass."""
        return make_low_pass(self.low_pass, self.order, self.settled, self.measured_s)

    @property
    def settled_gain(self) -> float:
        """The low-pass's step response at T: 0.98, or 1.02 where ``stay`` ends an overshoot."""
        return float(self.filter.step(self.measured_s))

    @cached_property
    def period_samples(self) -> int:
        """Samples P after which all perturbations repeat; N if they don't within the measurement.

        A device without memory repeats its output too, so only P of N samples need its model.
        """
        periods = np.arange(1, self.samples)
        for frequency_hz in self.frequencies_hz:
            cycles = periods * (frequency_hz / self.sample_rate_hz)
            periods = periods[abs(cycles - np.rint(cycles)) <= _SAME_CYCLES * cycles]
        return int(periods[0]) if len(periods) else self.samples

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
        return self.perturbation_period_v()[np.arange(self.samples) % self.period_samples]

    def perturbation_period_v(self) -> np.ndarray:
        """The first period of the perturbations in V, shape (P, M)."""
        return self._references[:, : self.channels] * self.amplitudes_v

    def demodulate(self, current_a: np.ndarray) -> Quadratures:
        """Quadratures of an output current.

        Args:
            current_a: Samples in A, shape (..., N).
        """
        current_a = self._checked(current_a, self.samples)
        return self._mix(self._fold(current_a, self._decay), current_a.mean(axis=-1))

    def demodulate_period(self, current_a: np.ndarray) -> Quadratures:
        """Quadratures of an output current that repeats, from its first period.

        Args:
            current_a: Samples in A, shape (..., P).
        """
        current_a = self._checked(current_a, self.period_samples)
        return self._mix(current_a * self._folded_decay, self.mean_of_period_a(current_a))

    def mean_of_period_a(self, current_a: np.ndarray) -> np.ndarray:
        """Mean over all N samples in A, shape (...), of a current given by its first period.

        Args:
            current_a: Samples in A, shape (..., P).
        """
        each = np.ones(self.samples)
        return current_a @ (self._fold(each, each) / self.samples)

    def coupling(self) -> np.ndarray:
        """Exact weights of all channels in each: X_m = sum_n coupling[m, n] I_n, shape (M, M).

        I_n is the amplitude of the output at channel n's frequency and phase, as in
        I(t) = I_0 + sum_n I_n sin(2 pi f_n t + phi_n) of a linear device. The diagonal holds the
        settled gain and what is left at 2 f_m, the rest the crosstalk between parallel channels,
        all at t = T, with the filter's transient. (Without ``remove_mean`` I_0 adds to X_m too.)
        """
        return self.demodulate_period(self._references[:, : self.channels].T).x_a.T

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
    def _references(self) -> np.ndarray:
        """Sines (first M columns) and cosines over one period, shape (P, 2 M)."""
        time_s = np.arange(self.period_samples) / self.sample_rate_hz
        references = np.empty((len(time_s), 2 * self.channels))
        sines, cosines = references[:, : self.channels], references[:, self.channels :]
        # the angles are kept where the cosines go, so that no further array of this size is needed
        np.multiply.outer(time_s, 2 * np.pi * np.array(self.frequencies_hz), out=cosines)
        cosines += self.phases_rad
        np.sin(cosines, out=sines)
        np.cos(cosines, out=cosines)
        return references

    @cached_property
    def _decay(self) -> np.ndarray:
        """Twice the low-pass's weight of every sample at T, shape (N,)."""
        return 2 * self.filter.impulse_response(self.samples, self.sample_rate_hz)[::-1]

    @cached_property
    def _folded_decay(self) -> np.ndarray:
        """The weights of all samples that are alike, added up, shape (P,)."""
        return self._fold(np.ones(self.samples), self._decay)

    def _fold(self, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Sum of values (..., N) times weights (N,) over the periods, shape (..., P)."""
        period, rest = self.period_samples, self.samples % self.period_samples
        end = self.samples - rest
        folded = np.einsum(
            "...jp,jp->...p",
            values[..., :end].reshape(*values.shape[:-1], -1, period),
            weights[:end].reshape(-1, period),
        )
        folded[..., :rest] += values[..., end:] * weights[end:]
        return folded

    def _mix(self, weighted_a: np.ndarray, mean_a: np.ndarray) -> Quadratures:
        """Products with the references, added up; the mean's share is taken off behind them."""
        both = weighted_a @ self._references
        if self.remove_mean:
            both -= mean_a[..., None] * (self._folded_decay @ self._references)
        return Quadratures(both[..., : self.channels], both[..., self.channels :])

    def _checked(self, current_a: np.ndarray, samples: int) -> np.ndarray:
        current_a = np.asarray(current_a, float)
        if current_a.shape[-1:] != (samples,):
            raise InputError(
                "not one measurement, or not one period",
                value=current_a.shape,
                expected=f"samples of shape (..., {samples})",
            )
        return current_a
