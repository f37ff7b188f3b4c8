"""Powers of everything that equally spaced carriers leave in a device's mixed output.

With carriers f_i = top - i spacing, every mixed tone lies at p top + q spacing for whole p and q.
Its power, summed over operating points and channels, is all that a search over windows, spacings
and times needs: one table per amplitude.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.design.error_model.lock_in import LockIn, equal_spacing_hz
from hgecircuit.design.error_model.products import (
    Tones,
    carrier_tones,
    mixed_layout,
    product_tones,
)
from hgecircuit.design.error_model.quantities import spread_points_v
from hgecircuit.design.error_model.taylor import Taylor, taylor_of_device
from hgecircuit.design.error_model.windows import GateWindow
from hgecircuit.devices.base import DeviceModel

# Orders of the reference times a third-order product, at most.
_MOST = 4


@dataclass(frozen=True, eq=False)
class Comb:
    """Mixed tones by place, as shares of the gradient's power, for A amplitudes.

    Attributes:
        carriers: p of every place, shape (Q,).
        spacings: q of every place, shape (Q,).
        linear: Power of the carriers' crosstalk and second harmonics, shape (Q,).
        products: Power of all else that a curved device makes, shape (A, Q); a product that meets
            the crosstalk in phase or against it counts with its sign.
        bias: Shift of the slope over its power: sum b^2 / sum g^2, shape (A,).
        cross: 2 sum g b / sum g^2, shape (A,).
        power_a2_per_v2: Mean of g^2 over points and channels, shape (A,) (all equal but for the
            rounding of differences).
    """

    carriers: np.ndarray
    spacings: np.ndarray
    linear: np.ndarray
    products: np.ndarray
    bias: np.ndarray
    cross: np.ndarray
    power_a2_per_v2: float


def device_comb(device: DeviceModel, channels: int, amplitudes_v: np.ndarray, points: int) -> Comb:
    """The comb of a device model's first electrodes, at points spread over its ranges.

    Args:
        device: The device model.
        channels: Perturbed electrodes C.
        amplitudes_v: Amplitudes, equal for all channels, shape (A,).
        points: Number of operating points.
    """
    points_v = spread_points_v(device, points)
    controls = tuple(range(channels))
    products, bias, cross = [], [], []
    linear = np.zeros((_MOST + 1, 2 * _MOST * channels + 1))
    power = 1.0
    for amplitude_v in amplitudes_v:
        lock_in = _lock_in(channels, float(amplitude_v))
        amplitude = np.full(channels, float(amplitude_v))
        taylor = taylor_of_device(device, points_v, controls, amplitude)
        gradient = taylor.gradient_a_per_v
        power = float(np.sum(gradient**2))
        linear, rest, shift = _powers(lock_in, taylor)
        products.append(rest / power)
        bias.append(float(np.sum(shift**2)) / power)
        cross.append(2 * float(np.sum(shift * gradient)) / power)
        linear = linear / power
    table = np.stack(products)
    used = (linear != 0) | (table != 0).any(axis=0)
    p, q = np.nonzero(used)
    return Comb(
        p,
        q - _MOST * channels,
        linear[used],
        table[:, used],
        np.array(bias),
        np.array(cross),
        power / (points * channels),
    )


def _lock_in(channels: int, amplitude_v: float) -> LockIn:
    """Any lock-in with that many distinct carriers: only their order counts here."""
    frequencies_hz = equal_spacing_hz(channels, 2.0 * channels, 1.0)
    return LockIn(frequencies_hz, np.full(channels, amplitude_v), GateWindow(1.0))


def _powers(lock_in: LockIn, taylor: Taylor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Power of linear tones, of all else, and the slope's shift (P, C)."""
    assert taylor.second_a_per_v2 is not None
    assert taylor.third_a_per_v3 is not None
    gradient = taylor.gradient_a_per_v
    third = product_tones(lock_in, taylor.third_a_per_v3)
    carriers = Tones(third.vectors, carrier_tones(lock_in, third.vectors, gradient))
    both = Tones(third.vectors, third.amplitude_a + carriers.amplitude_a)
    linear, slope = _table(lock_in, carriers)
    odd, shifted = _table(lock_in, both)
    even, _ = _table(lock_in, product_tones(lock_in, taylor.second_a_per_v2))
    return linear, odd - linear + even, shifted - slope


def _table(lock_in: LockIn, tones: Tones) -> tuple[np.ndarray, np.ndarray]:
    """Power by place (p, q) summed over points and channels, and the constants, (P, C)."""
    channels = lock_in.channels
    place = channels - 1 - np.arange(channels)  # oscillators rise, channels fall
    table = np.zeros((_MOST + 1, 2 * _MOST * channels + 1))
    constants = np.zeros((len(tones.amplitude_a), channels))
    for m in range(channels):
        group = int(lock_in.groups[m])
        layout = mixed_layout(tones.vectors, group)
        turn = lock_in.references[m] / lock_in.amplitudes_v[m]
        both = np.concatenate([tones.amplitude_a * turn, tones.amplitude_a * np.conj(turn)], axis=1)
        sums = np.add.reduceat(both[:, layout.order], layout.starts, axis=1)
        zero = ~layout.vectors.any(axis=1)
        constants[:, m] = np.real(sums[:, zero].sum(axis=1))
        p, q = layout.vectors.sum(axis=1), -(layout.vectors @ place)
        sign = np.where((p < 0) | ((p == 0) & (q < 0)), -1, 1)
        power = np.where(zero, 0.0, (np.abs(sums) ** 2).sum(axis=0))
        np.add.at(table, (p * sign, q * sign + _MOST * channels), power)
    return table, constants
