"""Powers of everything that equally spaced carriers leave in a device's mixed output.

With carriers f_i = top - i spacing, every mixed tone lies at p top + q spacing for whole p and q.
Its power, summed over operating points and channels, is all that a search over windows, spacings
and times needs: one table per amplitude.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from hgecircuit.design.error_model.lock_in import LockIn, equal_spacing_hz
from hgecircuit.design.error_model.points import POINTS, spread_points_v
from hgecircuit.design.error_model.products import (
    Tones,
    carrier_tones,
    mixed_layout,
    product_tones,
)
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
        linear: Power of the carriers' crosstalk and second harmonics, shape (A, Q).
        products: Power of all else that a curved device makes, shape (A, Q); a product that meets
            the crosstalk in phase or against it counts with its sign.
        bias: Shift of the slope over its power: sum b^2 / sum g^2, shape (A,).
        cross: 2 sum g b / sum g^2, shape (A,).
        power_a2_per_v2: Mean of g^2 over points and channels, shape (A,); it depends on the
            amplitude because the points keep one amplitude away from the ends of the ranges.
    """

    carriers: np.ndarray
    spacings: np.ndarray
    linear: np.ndarray
    products: np.ndarray
    bias: np.ndarray
    cross: np.ndarray
    power_a2_per_v2: np.ndarray


class _Powers(NamedTuple):
    """A comb's entries for one amplitude, tables over all places of shape (5, 8 C + 1)."""

    linear: np.ndarray
    products: np.ndarray
    bias: float
    cross: float
    power_a2_per_v2: float


@dataclass(frozen=True, eq=False)
class DeviceCombs:
    """Combs of a device model's first electrodes; every amplitude is computed once.

    Attributes:
        device: The device model.
        channels: Perturbed electrodes C.
        points: Number of operating points, spread over its ranges.
    """

    device: DeviceModel
    channels: int
    points: int = POINTS
    _known: dict[float, _Powers] = field(default_factory=dict, init=False, repr=False)

    def at(self, amplitudes_v: np.ndarray) -> Comb:
        """The comb for amplitudes, equal for all channels, shape (A,).

        Raises:
            InputError: An amplitude that leaves the device's safe ranges.
        """
        for amplitude_v in np.asarray(amplitudes_v, float).tolist():
            if amplitude_v not in self._known:
                self._known[amplitude_v] = self._powers(amplitude_v)
        found = [self._known[amplitude_v] for amplitude_v in np.asarray(amplitudes_v).tolist()]
        linear = np.stack([one.linear for one in found])
        products = np.stack([one.products for one in found])
        used = ((linear != 0) | (products != 0)).any(axis=0)
        p, q = np.nonzero(used)
        return Comb(
            p,
            q - _MOST * self.channels,
            linear[:, used],
            products[:, used],
            np.array([one.bias for one in found]),
            np.array([one.cross for one in found]),
            np.array([one.power_a2_per_v2 for one in found]),
        )

    def _powers(self, amplitude_v: float) -> _Powers:
        channels = self.channels
        points_v = spread_points_v(self.device, self.points, channels, amplitude_v)
        amplitudes_v = np.full(channels, amplitude_v)
        controls = tuple(range(channels))
        taylor = taylor_of_device(self.device, points_v, controls, amplitudes_v).condensed()
        gradient = taylor.gradient_a_per_v
        power = float(np.sum(gradient**2))
        linear, rest, shift = _powers(_lock_in(channels, amplitude_v), taylor)
        return _Powers(
            linear / power,
            rest / power,
            float(np.sum(shift**2)) / power,
            2 * float(np.sum(shift * gradient)) / power,
            power / (self.points * channels),
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
