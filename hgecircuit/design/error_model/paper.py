"""The paper's own error model: a settled low-pass, a linear device, white noise.

Boon 2025, Eqs. 7 to 10. Powers of tones are squared amplitudes there, so the figures are the worst
case over a single tone's phase, twice its mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.design.error_model.windows import FilterWindow

# Pairs of carriers whose response is computed at once.
_CHUNK = 1_000_000


@dataclass(frozen=True, eq=False)
class PaperErrors:
    """Expected squared errors of every derivative by cause, shape (..., C), in (A/V)^2.

    Attributes:
        second_harmonic: 4 P_2f / a_m^2 (Eq. 7).
        noise: 4 P_noise / a_m^2 (Eq. 7).
        parallel: 4 P_p / a_m^2 (Eq. 9).
    """

    second_harmonic: np.ndarray
    noise: np.ndarray
    parallel: np.ndarray

    @property
    def sequential(self) -> np.ndarray:
        """MSE_m of one channel at a time (Eq. 8)."""
        return self.second_harmonic + self.noise

    @property
    def together(self) -> np.ndarray:
        """MSE_m of all channels at once (Eq. 10)."""
        return self.sequential + self.parallel


def paper_errors(
    window: FilterWindow,
    frequencies_hz: np.ndarray,
    amplitudes_v: np.ndarray,
    gradient_a_per_v: np.ndarray,
    noise_a2_per_hz: np.ndarray | float = 0.0,
) -> PaperErrors:
    """The paper's expected squared errors.

    P_2f = |H(2 f_m)|^2 I_m^2 / 4, P_noise = f_enbw S_N / 2 (Eq. 7) and
    P_p = sum_{n != m} I_n^2 / 4 (|H(f_m + f_n)|^2 + |H(f_m - f_n)|^2) (Eq. 9), I_n = a_n dI/dV_n.

    Args:
        window: The low-pass or gate.
        frequencies_hz: f_m, shape (C,).
        amplitudes_v: a_m, shape (C,).
        gradient_a_per_v: dI/dV_m, shape (..., C).
        noise_a2_per_hz: One-sided density S_N at the carriers, shape (C,) or a number.
    """
    amplitudes_v = np.asarray(amplitudes_v, float)
    frequencies_hz = np.asarray(frequencies_hz, float)
    power_a2 = (np.asarray(gradient_a_per_v, float) * amplitudes_v) ** 2 / 4
    to_error = 4 / amplitudes_v**2
    density = np.broadcast_to(np.asarray(noise_a2_per_hz, float), power_a2.shape)
    return PaperErrors(
        power_a2 * _power_gain(window, 2 * frequencies_hz) * to_error,
        window.settled_noise_bandwidth_hz * density / 2 * to_error,
        _parallel(window, frequencies_hz, power_a2) * to_error,
    )


def _parallel(window: FilterWindow, frequencies_hz: np.ndarray, power_a2: np.ndarray) -> np.ndarray:
    """P_p, shape (..., C), some channels at a time."""
    count = len(frequencies_hz)
    result = np.empty_like(power_a2)
    rows = max(1, _CHUNK // count)
    for start in range(0, count, rows):
        m = np.arange(start, min(start + rows, count))
        own = frequencies_hz[m, None]
        leak = _power_gain(window, own + frequencies_hz)
        leak += _power_gain(window, own - frequencies_hz)
        leak[np.arange(len(m)), m] = 0.0
        result[..., m] = power_a2 @ leak.T
    return result


def _power_gain(window: FilterWindow, frequency_hz: np.ndarray) -> np.ndarray:
    return np.abs(window.response(frequency_hz)) ** 2
