"""Error budget of the extracted gradient: what the circuit's own equations allow, term by term.

Every term is a bound in A/V on |measured - dI/dV_m| at each operating point; `verify` takes its
limits from the norm of their sum over all points and channels. One term is an estimate: the
solver's step error is counted in the channel that causes it, while a strong channel's also reaches
weak ones (`resolution_a_per_v` allows for that). The filter terms are Boon 2025, Eqs. 5 to 9, with
the lock-in's finite time window W(f) in the place of |H(f)|, so that settling is part of them, and
amplitudes in the place of mean squares.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from hgecircuit.design.design import (
    BENCH_ERROR_V,
    CoherentDesign,
    CommonDesign,
    ContinuousDesign,
    Design,
)
from hgecircuit.parts.filters.butterworth3 import Butterworth3, settled_cutoff_hz

# Length of the record from which curvature is taken, in periods of the closest beat, and its
# samples per cycle of the highest carrier (products up to the seventh order stay below half the
# rate).
_BEATS = 8
_SAMPLES_PER_CYCLE = 16
# Points of the midpoint rule for W(f); any tone below a tenth of this per window is resolved.
_WINDOW_POINTS = 4000


@dataclass(frozen=True)
class GradientBudget:
    """Bounds on the error of the extracted gradient.

    Attributes:
        exact_a_per_v: The device model's exact derivatives at the operating points, shape (P, C).
        terms_a_per_v: Bound of every term, shape (P, C), by name.
    """

    exact_a_per_v: np.ndarray
    terms_a_per_v: Mapping[str, np.ndarray]

    @property
    def bound_a_per_v(self) -> np.ndarray:
        """Sum of all terms, shape (P, C)."""
        return np.sum(list(self.terms_a_per_v.values()), axis=0)

    @property
    def resolution_a_per_v(self) -> np.ndarray:
        """Smallest derivative whose sign is sure, shape (P, C).

        The bound, plus the strongest channel's step error at the same point.
        """
        steps = self.terms_a_per_v.get("time step")
        strongest = 0.0 if steps is None else steps.max(axis=1, keepdims=True)
        return self.bound_a_per_v + strongest

    def relative(self, term: str | None = None) -> float:
        """One term, or the sum, as a share of the gradient: norm over norm, over all points."""
        error = self.bound_a_per_v if term is None else self.terms_a_per_v[term]
        return float(np.linalg.norm(error) / np.linalg.norm(self.exact_a_per_v))

    @property
    def cosine(self) -> float:
        """Least median cosine: an error of relative norm q costs at most 1 - sqrt(1 - q^2)."""
        exact, bound = self.exact_a_per_v, self.bound_a_per_v
        share = np.linalg.norm(bound, axis=1) / np.linalg.norm(exact, axis=1)
        return float(np.median(np.sqrt(np.clip(1 - share**2, 0, None))))


def gradient_budget(design: Design, points_v: np.ndarray) -> GradientBudget:
    """Budget of the gradient bench at operating points of shape (P, M), in V."""
    frequencies_hz = np.asarray(design.bank.frequencies_hz) * (1 + design.bank.frequency_error)
    lock_in = (
        _gate_window(design) if isinstance(design, CoherentDesign) else _lowpass_window(design)
    )
    budget = _lock_in_budget(design, points_v, lock_in, frequencies_hz)
    exact = budget.exact_a_per_v
    step_a = _previous(_step(design, points_v))[:, None]
    parts = {
        "pattern step": step_a
        * lock_in.of_step(frequencies_hz)
        * 2
        / np.asarray(design.amplitudes_v),
        "time step": np.abs(exact) * _time_step(design),
        "parts": np.abs(exact) * _scale_error(design) + _offset_a_per_v(design),
    }
    if design.noise is not None:
        parts["noise"] = np.broadcast_to(_noise_a_per_v(design, lock_in), exact.shape)
    return GradientBudget(exact, {**budget.terms_a_per_v, **parts})


def reference_budget(
    design: CommonDesign, points_v: np.ndarray, time_s: float, settled: str
) -> GradientBudget:
    """Budget of a digital lock-in with the same carriers that starts from rest at every point.

    Args:
        design: Carriers, amplitudes, device.
        points_v: Operating points, shape (P, M), in V.
        time_s: Measurement time T.
        settled: Reading of "98 % settled", ``first`` or ``stay``.
    """
    lowpass = Butterworth3(settled_cutoff_hz(time_s, settled))
    lock_in = _window(time_s, lambda t: lowpass.impulse_response_per_s(time_s - t))
    return _lock_in_budget(design, points_v, lock_in, np.asarray(design.bank.frequencies_hz))


def _lock_in_budget(
    design: CommonDesign, points_v: np.ndarray, lock_in: _Window, frequencies_hz: np.ndarray
) -> GradientBudget:
    """What any lock-in with this window makes of the device: filter terms and curvature."""
    exact = design.device.gradient_a_per_v(points_v)[:, list(design.task.controls)]
    curve = _curvature(design, points_v, exact)
    amplitudes_v = np.asarray(design.amplitudes_v)
    products_a = curve.residual_a[:, None] * lock_in.at(_closest_beat_hz(frequencies_hz))
    if lock_in.dc_coupled:
        products_a = products_a + curve.rectified_a[:, None] * lock_in.at(frequencies_hz)
    terms = {
        "settling": np.abs(1 - lock_in.settled) * np.abs(exact) + lock_in.memory * _previous(exact),
        "second harmonic": np.abs(exact) * lock_in.at(2 * frequencies_hz),
        "parallel channels": _parallel(
            design, lock_in, frequencies_hz, np.abs(exact) * amplitudes_v
        )
        / amplitudes_v,
        "curvature": np.abs(curve.shift_a_per_v),
        "intermodulation": products_a * 2 / amplitudes_v,
    }
    return GradientBudget(exact, terms)


def _previous(values: np.ndarray) -> np.ndarray:
    """Magnitudes at the point before; nothing comes before the first."""
    return np.concatenate([np.zeros_like(values[:1]), np.abs(values[:-1])])


def _step(design: CommonDesign, points_v: np.ndarray) -> np.ndarray:
    """Change of the output current from each point to the next, shape (P,), in A."""
    current_a = design.device.current_a(points_v)
    return np.append(np.diff(current_a), 0.0)


def _parallel(
    design: CommonDesign, lock_in: _Window, frequencies_hz: np.ndarray, signal_a: np.ndarray
) -> np.ndarray:
    """Other channels' amplitudes seen through the window, shape (P, C) (Boon 2025, Eq. 7)."""
    phases_rad = np.asarray(design.bank.phases_rad)
    leak = np.zeros((len(frequencies_hz), len(frequencies_hz)))
    for m, frequency_hz in enumerate(frequencies_hz):
        leak[m] = lock_in.at(frequencies_hz + frequency_hz)
        difference = lock_in.at(frequencies_hz - frequency_hz)
        # A partner on the same frequency appears as a constant, times the cosine of its phase.
        shared = np.isclose(frequencies_hz, frequency_hz, rtol=1e-9)
        leak[m] += np.where(
            shared, np.abs(np.cos(phases_rad - phases_rad[m])) * lock_in.settled, difference
        )
        leak[m, m] = 0.0
    return signal_a @ leak.T


def _time_step(design: CommonDesign) -> np.ndarray:
    """Relative error of the trapezoidal rule at every carrier, (w h)^2/12, shape (C,)."""
    angle = 2 * np.pi * np.asarray(design.bank.frequencies_hz) * design.simulation.max_step_s
    return angle**2 / 12


def _scale_error(design: Design) -> float:
    """Relative gain error of oscillator (twice), multiplier and accumulator leak."""
    gain = design.bank.amplitude_v**2 * (1 + design.multiplier.scale_error)
    leak = 0.0
    if isinstance(design, CoherentDesign):
        slowest = min(part.tau_s * part.dc_gain for part in design.accumulators)
        leak = design.timing.gate_s / slowest
    return abs(gain - 1) + leak


def _offset_a_per_v(design: Design) -> np.ndarray:
    """Offsets of multiplier, accumulator and low-pass as a derivative, shape (C,), in A/V."""
    signal = design.iv.gain_ohm * np.asarray(design.amplitudes_v) * design.chain_gain / 2
    if isinstance(design, CoherentDesign):
        offset_v = abs(design.multiplier.output_offset_v) + abs(design.accumulators[0].offset_v)
        # Offsets are integrated while the gate is closed too: an edge before it, two behind it.
        open_share = 1 + 3 * design.timing.edge_s / design.timing.gate_s
        return offset_v * open_share / (BENCH_ERROR_V * signal)
    offset_v = abs(design.multiplier.output_offset_v) + abs(design.lowpass.offset_v)
    return offset_v / signal


def _noise_a_per_v(design: Design, lock_in: _Window) -> np.ndarray:
    """Three standard deviations of the device's noise behind the lock-in, shape (C,), in A/V.

    Boon 2025, Eq. 7: P_noise = f_enbw S_N / 2, with the window's own noise bandwidth.
    """
    assert design.noise is not None
    density = design.noise.density_a2_per_hz(np.asarray(design.bank.frequencies_hz))
    power_a2 = lock_in.noise_bandwidth_hz * density / 2
    return 3 * 2 * np.sqrt(power_a2) / np.asarray(design.amplitudes_v)


@dataclass(frozen=True)
class _Curvature:
    """What a curved device adds: shapes (P, C) in A/V, (P,) in A, (P,) in A."""

    shift_a_per_v: np.ndarray
    residual_a: np.ndarray
    rectified_a: np.ndarray


def _curvature(design: CommonDesign, points_v: np.ndarray, exact: np.ndarray) -> _Curvature:
    """Response of the device model to all carriers at once, against its derivative.

    The model's output under the full perturbation is demodulated over many beats of the closest
    carriers with a Hann window: what it differs from a_m dI/dV_m is curvature (third order and up,
    and products that fall on a carrier); what is left at other frequencies is intermodulation.
    """
    frequencies_hz = np.asarray(design.bank.frequencies_hz)
    amplitudes_v = np.asarray(design.amplitudes_v)
    length_s = _BEATS / _closest_beat_hz(frequencies_hz)
    samples = math.ceil(_SAMPLES_PER_CYCLE * frequencies_hz.max() * length_s)
    time_s = np.arange(samples) * length_s / samples
    angle = 2 * np.pi * frequencies_hz[:, None] * time_s
    carriers = np.sin(angle + np.asarray(design.bank.phases_rad)[:, None])
    window = np.hanning(samples + 1)[:-1]
    window /= window.sum()
    controls = list(design.task.controls)
    shift, residual, rectified = np.empty_like(exact), [], []
    for p, point_v in enumerate(points_v):
        voltages_v = np.repeat(point_v[None], samples, axis=0)
        voltages_v[:, controls] += (amplitudes_v[:, None] * carriers).T
        change_a = design.device.current_a(voltages_v) - design.device.current_a(point_v)
        measured = 2 * (carriers * window) @ change_a / amplitudes_v
        shift[p] = measured - exact[p]
        mean_a = window @ change_a
        rest_a = change_a - mean_a - (measured * amplitudes_v) @ carriers
        residual.append(math.sqrt(2 * float(window @ rest_a**2)))
        rectified.append(abs(float(mean_a)))
    return _Curvature(shift, np.array(residual), np.array(rectified))


def _closest_beat_hz(frequencies_hz: np.ndarray) -> float:
    distinct = np.unique(np.round(frequencies_hz, 9))
    return float(min([distinct.min(), *np.diff(distinct)]))


@dataclass(frozen=True)
class _Window:
    """The lock-in's weight over the time T it listens: reading = sum of weight * product.

    Attributes:
        time_s: Midpoints of the time axis from the moment the demodulators listen, shape (N,).
        weight: Weight of every point, shape (N,); the sum is the settled share of a constant.
        memory: Share of the reading of the operating point before that is still there.
        step_tau_s: Time constant with which a step of the output dies in front of the demodulators;
            None when the held output is subtracted instead.
        blank_s: Time from a step to the moment the demodulators listen.
    """

    time_s: np.ndarray
    weight: np.ndarray
    memory: float = 0.0
    step_tau_s: float | None = None
    blank_s: float = 0.0

    @property
    def settled(self) -> float:
        """Reading of a constant of 1."""
        return float(self.weight.sum())

    @property
    def noise_bandwidth_hz(self) -> float:
        """One-sided bandwidth of a brick wall that passes as much white noise, in Hz."""
        step_s = float(self.time_s[1] - self.time_s[0])
        return float(np.sum(self.weight**2)) / step_s / 2

    @property
    def dc_coupled(self) -> bool:
        """Whether a constant at the output reaches the demodulators."""
        return self.step_tau_s is None

    def at(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """|W(f)|, the reading of a tone of amplitude 1 that starts with the window."""
        return self._transform(self.weight, np.asarray(frequency_hz))

    def of_step(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Reading, at most, of a unit step ``blank_s`` earlier behind a carrier, shape (C,)."""
        if self.step_tau_s is None:
            return np.zeros_like(frequency_hz)
        tail = np.exp(-(self.time_s + self.blank_s) / self.step_tau_s)
        return self._transform(self.weight * tail, frequency_hz)

    def _transform(self, weight: np.ndarray, frequency_hz: np.ndarray) -> np.ndarray:
        return np.abs(np.exp(2j * np.pi * frequency_hz[..., None] * self.time_s) @ weight)


def _gate_window(design: CoherentDesign) -> _Window:
    """A rectangle of one gate: |W| = |sinc(f T)|, zero at every multiple of 1/T."""
    gate_s = design.timing.gate_s
    return _window(gate_s, lambda time_s: np.full_like(time_s, 1 / gate_s))


def _lowpass_window(design: ContinuousDesign) -> _Window:
    """The low-pass read T after the demodulators start to listen: weight h(T - t)."""
    timing, lowpass = design.timing, design.lowpass
    heard_s = np.asarray(timing.blank_s + timing.settle_s)
    return replace(
        _window(
            timing.settle_s,
            lambda time_s: lowpass.impulse_response_per_s(timing.settle_s - time_s),
        ),
        memory=abs(1 - float(lowpass.step_response(heard_s))),
        step_tau_s=1 / (2 * math.pi * design.coupling.cutoff_hz),
        blank_s=timing.blank_s,
    )


def _window(length_s: float, weight_per_s: Callable[[np.ndarray], np.ndarray]) -> _Window:
    time_s = (np.arange(_WINDOW_POINTS) + 0.5) * length_s / _WINDOW_POINTS
    return _Window(time_s, weight_per_s(time_s) * length_s / _WINDOW_POINTS)
