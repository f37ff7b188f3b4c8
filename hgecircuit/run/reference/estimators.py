"""Gradient estimators: from a device and operating points to outputs and derivatives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.reference.lock_in import LockIn

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel

#: Additive output noise: ``noise(measurements, samples)`` returns currents in A of that shape, one
#: row per measurement. It is asked in order, in blocks of any size, so a generator that draws row
#: by row gives the same noise however the work is split.
NoiseSource = Callable[[int, int], np.ndarray]

# Device evaluations at a time: a network's intermediate arrays of this length stay in the
# processor's cache, and memory stays bounded however many operating points and samples there are.
_BLOCK = 8192


class Measurement(NamedTuple):
    """What an estimator returns for P operating points.

    Attributes:
        output_a: Output current in A, shape (P,).
        gradient_a_per_v: Derivatives by the perturbed electrodes in A/V, shape (P, M).
    """

    output_a: np.ndarray
    gradient_a_per_v: np.ndarray


class GradientEstimator(ABC):
    """A way to find an output and its gradient at operating points."""

    @abstractmethod
    def measure(
        self, device: DeviceModel, voltages_v: np.ndarray, electrodes: Sequence[int]
    ) -> Measurement:
        """Output and derivatives at every operating point.

        Args:
            device: The device.
            voltages_v: Operating points, shape (P, electrodes of the device), in V.
            electrodes: The M electrodes by which to differentiate.
        """

    @abstractmethod
    def time_per_point_s(self, electrodes: int) -> float | None:
        """Simulated measurement time per operating point in s; None if nothing is measured.

        Args:
            electrodes: Number M of electrodes by which to differentiate.
        """


@dataclass(frozen=True)
class ExactGradient(GradientEstimator):
    """The device model's own derivative: separates the estimator's error from the optimiser's."""

    def measure(
        self, device: DeviceModel, voltages_v: np.ndarray, electrodes: Sequence[int]
    ) -> Measurement:
        """See :class:`GradientEstimator`; the output is the undisturbed one."""
        voltages_v = _check_points(device, voltages_v, electrodes)
        gradient = device.gradient_a_per_v(voltages_v)[:, list(electrodes)]
        return Measurement(device.current_a(voltages_v), gradient)

    def time_per_point_s(self, electrodes: int) -> None:
        """None: no measurement stands behind an exact derivative."""


@dataclass(frozen=True)
class HomodyneGradient(GradientEstimator):
    """Homodyne gradient extraction: perturb, sample, demodulate (Boon 2025, Methods).

    The output that goes with a gradient is the mean of the samples of the same measurement, as the
    rig has no other; it differs from the undisturbed output by the device's curvature (I'' a^2 / 4
    per electrode).

    Attributes:
        lock_in: Perturbations and lock-in, one channel per electrode.
        sequential: Perturb one electrode after the other, each for the whole measurement time,
            instead of all at once.
        noise: Noise of the output, added to the samples.
    """

    lock_in: LockIn
    sequential: bool = False
    noise: NoiseSource | None = None

    def __post_init__(self) -> None:
        if not self.sequential:
            _check_parallel(self.lock_in)

    def measure(
        self, device: DeviceModel, voltages_v: np.ndarray, electrodes: Sequence[int]
    ) -> Measurement:
        """See :class:`GradientEstimator`.

        Memory beside inputs and result: 2 M N weights and at most max(N, 8192) samples with the
        device's intermediate values (the device is asked 8192 voltage vectors at a time).
        """
        voltages_v = _check_points(device, voltages_v, electrodes)
        if len(electrodes) != self.lock_in.channels:
            raise InputError(
                "not one electrode per channel",
                value=list(electrodes),
                expected=f"{self.lock_in.channels} electrodes",
            )
        if not self.sequential:
            return self._measure_together(device, voltages_v, electrodes, self.lock_in)
        singles = [
            self._measure_together(device, voltages_v, [electrode], self.lock_in.channel(m))
            for m, electrode in enumerate(electrodes)
        ]
        output_a = np.mean([single.output_a for single in singles], axis=0)
        return Measurement(output_a, np.hstack([single.gradient_a_per_v for single in singles]))

    def time_per_point_s(self, electrodes: int) -> float:
        """The measurement time T once, or once per electrode when sequential, in s."""
        return self.lock_in.measured_s * (electrodes if self.sequential else 1)

    def _measure_together(
        self,
        device: DeviceModel,
        voltages_v: np.ndarray,
        electrodes: Sequence[int],
        lock_in: LockIn,
    ) -> Measurement:
        """One measurement per operating point with all channels of ``lock_in`` on."""
        shift_v = np.zeros((lock_in.samples, device.electrodes))
        shift_v[:, list(electrodes)] = lock_in.perturbation_v()
        points = max(1, _BLOCK // lock_in.samples)
        outputs, gradients = [], []
        for first in range(0, len(voltages_v), points):
            current_a = _currents_a(device, voltages_v[first : first + points], shift_v)
            if self.noise is not None:
                current_a += self.noise(*current_a.shape)
            outputs.append(current_a.mean(axis=1))
            gradients.append(lock_in.derivative_a_per_v(lock_in.demodulate(current_a)))
        return Measurement(np.concatenate(outputs), np.concatenate(gradients))


def _currents_a(device: DeviceModel, voltages_v: np.ndarray, shift_v: np.ndarray) -> np.ndarray:
    """Samples (P, N) at operating points (P, E) shifted by (N, E), in blocks of time."""
    current_a = np.empty((len(voltages_v), len(shift_v)))
    for first in range(0, len(shift_v), _BLOCK):
        block = slice(first, first + _BLOCK)
        current_a[:, block] = device.current_a(voltages_v[:, None, :] + shift_v[block])
    return current_a


def _check_points(
    device: DeviceModel, voltages_v: np.ndarray, electrodes: Sequence[int]
) -> np.ndarray:
    voltages_v = np.asarray(voltages_v, float)
    if voltages_v.ndim != 2 or voltages_v.shape[1] != device.electrodes or not len(voltages_v):
        raise InputError(
            "no operating points",
            value=voltages_v.shape,
            expected=f"voltages of shape (points, {device.electrodes})",
        )
    if not np.isfinite(voltages_v).all():
        raise InputError("operating points that are not finite", expected="voltages in V")
    if len(set(electrodes)) != len(electrodes) or not set(electrodes) <= set(
        range(device.electrodes)
    ):
        raise InputError(
            "not electrodes of the device",
            value=list(electrodes),
            expected=f"different numbers from 0 to {device.electrodes - 1}",
        )
    return voltages_v


def _check_parallel(lock_in: LockIn) -> None:
    """Refuse channels that a common measurement can't tell apart.

    Two channels may share a frequency 90 degrees apart, when X alone is used (Boon 2025, Methods).
    """
    for m in range(lock_in.channels):
        for n in range(m):
            if lock_in.frequencies_hz[m] != lock_in.frequencies_hz[n]:
                continue
            apart_rad = lock_in.phases_rad[m] - lock_in.phases_rad[n]
            if abs(np.cos(apart_rad)) > 1e-6:
                problem = "two channels with one frequency that are not 90 degrees apart"
            elif lock_in.use != "x":
                problem = "two channels with one frequency need X alone, not the amplitude"
            else:
                continue
            raise InputError(
                problem,
                key=f"frequencies_hz[{n}], frequencies_hz[{m}]",
                value=lock_in.frequencies_hz[m],
                expected='different frequencies, or phases 90 degrees apart and use = "x"',
            )
