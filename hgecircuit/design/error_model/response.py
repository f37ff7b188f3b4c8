"""A device's full answer to all carriers at once, of every order, from its model."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.devices.base import DeviceModel

# Length of the record from which curvature is taken, in periods of the closest beat, and its
# samples per cycle of the highest carrier (products up to the seventh order stay below half the
# rate).
_BEATS = 8
_SAMPLES_PER_CYCLE = 16


@dataclass(frozen=True, eq=False)
class FullResponse:
    """What a curved device adds to its linear answer.

    Attributes:
        shift_a_per_v: First harmonic over its amplitude, less the derivative, shape (P, C).
        residual_a: Root of twice the power at all other frequencies, shape (P,).
        rectified_a: Magnitude of the rectified current, shape (P,).
    """

    shift_a_per_v: np.ndarray
    residual_a: np.ndarray
    rectified_a: np.ndarray


def full_response(
    device: DeviceModel,
    points_v: np.ndarray,
    controls: tuple[int, ...],
    frequencies_hz: np.ndarray,
    phases_rad: np.ndarray,
    amplitudes_v: np.ndarray,
) -> FullResponse:
    """Response of the device model to all carriers at once, against its derivative.

    The model's output under the full perturbation is demodulated over many beats of the closest
    carriers with a Hann window: what it differs from a_m dI/dV_m is curvature (third order and up,
    and products that fall on a carrier); what is left at other frequencies is intermodulation.

    Args:
        device: The device model.
        points_v: Operating points, shape (P, M), in V.
        controls: Perturbed electrodes, C of them.
        frequencies_hz: Carriers, shape (C,).
        phases_rad: Their phases, shape (C,).
        amplitudes_v: Their amplitudes, shape (C,).
    """
    length_s = _BEATS / closest_beat_hz(frequencies_hz)
    samples = math.ceil(_SAMPLES_PER_CYCLE * frequencies_hz.max() * length_s)
    time_s = np.arange(samples) * length_s / samples
    angle = 2 * np.pi * frequencies_hz[:, None] * time_s
    carriers = np.sin(angle + phases_rad[:, None])
    window = np.hanning(samples + 1)[:-1]
    window /= window.sum()
    picked = list(controls)
    exact = device.gradient_a_per_v(points_v)[:, picked]
    shift, residual, rectified = np.empty_like(exact), [], []
    for p, point_v in enumerate(points_v):
        voltages_v = np.repeat(point_v[None], samples, axis=0)
        voltages_v[:, picked] += (amplitudes_v[:, None] * carriers).T
        change_a = device.current_a(voltages_v) - device.current_a(point_v)
        measured = 2 * (carriers * window) @ change_a / amplitudes_v
        shift[p] = measured - exact[p]
        mean_a = window @ change_a
        rest_a = change_a - mean_a - (measured * amplitudes_v) @ carriers
        residual.append(math.sqrt(2 * float(window @ rest_a**2)))
        rectified.append(abs(float(mean_a)))
    return FullResponse(shift, np.array(residual), np.array(rectified))


def closest_beat_hz(frequencies_hz: np.ndarray) -> float:
    """Lowest of all carriers and of the distances between them, in Hz."""
    distinct = np.unique(np.round(frequencies_hz, 9))
    return float(min([distinct.min(), *np.diff(distinct)]))
