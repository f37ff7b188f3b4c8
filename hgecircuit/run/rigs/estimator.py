"""The rig as a device and a gradient estimator, so that the reference's training runs on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hgecircuit.devices.base import DeviceModel
from hgecircuit.errors import InputError
from hgecircuit.netlist import Subcircuit
from hgecircuit.run.reference import GradientEstimator, LockIn, Measurement, Quadratures
from hgecircuit.run.reference.channels import check_parallel
from hgecircuit.run.reference.estimators.base import check_points
from hgecircuit.run.rigs.apparatus import Apparatus
from hgecircuit.run.rigs.waveforms import Perturbation, Waveform

# Distance that a perturbed electrode keeps from its limits, so that rounding never crosses one.
_CLEAR_V = 1e-9


@dataclass(frozen=True)
class RigGradient(GradientEstimator):
    """Homodyne gradient extraction on a rig (Boon 2025, Methods).

    The same lock-in as :class:`~hgecircuit.run.reference.HomodyneGradient`, on measured samples:
    perturb, sample, put the samples on the outputs' clock, demodulate, take the chain's gain and
    phase off. Parallel measures every point once, sequential once per channel.

    Attributes:
        apparatus: The rig.
        lock_in: Perturbations and lock-in, at the rig's own sample rate.
        sequential: Perturb one electrode after the other.
        iteration: Number for the log.
    """

    apparatus: Apparatus
    lock_in: LockIn
    sequential: bool = False
    iteration: int | None = None

    def __post_init__(self) -> None:
        rate_hz = self.apparatus.pace.sample_rate_hz
        if self.lock_in.sample_rate_hz != rate_hz:
            raise InputError(
                "a lock-in at another rate than the rig's",
                value=self.lock_in.sample_rate_hz,
                expected=f"{rate_hz:.9g} Hz, as the rig has coerced it",
            )
        if not self.sequential:
            check_parallel(self.lock_in)

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Lock-in, order of the channels and apparatus, without what changes between iterations."""
        return {
            "lock_in": self.lock_in,
            "sequential": self.sequential,
            "apparatus": self.apparatus.provenance,
        }

    def at_iteration(self, iteration: int) -> RigGradient:
        """The same, with the number for the log."""
        return replace(self, iteration=iteration)

    def measure(
        self, device: DeviceModel, voltages_v: np.ndarray, electrodes: Sequence[int]
    ) -> Measurement:
        """See :class:`GradientEstimator`; the device only tells how many electrodes there are."""
        voltages_v = check_points(device, voltages_v, electrodes)
        lock_in = self.lock_in
        if len(electrodes) != lock_in.channels:
            raise InputError(
                "not one electrode per channel",
                value=list(electrodes),
                expected=f"{lock_in.channels} electrodes",
            )
        label = "gradient" if self.iteration is None else f"iteration {self.iteration}"
        if not self.sequential:
            current_a, quadratures = self._together(voltages_v, electrodes, label)
            gradient = lock_in.derivative_a_per_v(quadratures)
            return Measurement(current_a.mean(axis=1), gradient)
        current_a = self.apparatus.currents_a(
            *self._windows(voltages_v, electrodes), lock_in.samples, label
        )
        current_a = current_a.reshape(len(voltages_v), lock_in.channels, lock_in.samples)
        columns = []
        for m in range(lock_in.channels):
            single = lock_in.channel(m)
            quadratures = self._corrected(single, single.demodulate(current_a[:, m]))
            columns.append(single.derivative_a_per_v(quadratures))
        return Measurement(current_a.mean(axis=(1, 2)), np.hstack(columns))

    def quadratures(
        self, device: DeviceModel, voltages_v: np.ndarray, electrodes: Sequence[int]
    ) -> Quadratures:
        """X and Y of every channel, measured together, the chain taken off, shape (P, M), in A."""
        voltages_v = check_points(device, voltages_v, electrodes)
        return self._together(voltages_v, electrodes, "quadratures")[1]

    def waveforms(self, voltages_v: np.ndarray, electrodes: Sequence[int]) -> Iterator[Waveform]:
        """What :meth:`measure` would put out at operating points of shape (..., E), in V."""
        points_v = np.asarray(voltages_v, float).reshape(-1, np.shape(voltages_v)[-1])
        return self.apparatus.plan(*self._windows(points_v, electrodes), self.lock_in.samples)

    def _together(
        self, voltages_v: np.ndarray, electrodes: Sequence[int], label: str
    ) -> tuple[np.ndarray, Quadratures]:
        """Currents of all channels at once, shape (P, N), and their corrected quadratures."""
        settings = self._windows(voltages_v, electrodes)
        current_a = self.apparatus.currents_a(*settings, self.lock_in.samples, label)
        return current_a, self._corrected(self.lock_in, self.lock_in.demodulate(current_a))

    def _windows(
        self, points_v: np.ndarray, electrodes: Sequence[int]
    ) -> tuple[np.ndarray, list[Perturbation]]:
        """Setting, shape (W, E), and perturbation of every window."""
        count, lock_in = points_v.shape[1], self.lock_in
        if not self.sequential:
            return points_v, [_perturbation(count, electrodes, lock_in)] * len(points_v)
        singles = [
            _perturbation(count, [electrode], lock_in.channel(m))
            for m, electrode in enumerate(electrodes)
        ]
        return np.repeat(points_v, len(singles), axis=0), singles * len(points_v)

    def time_per_point_s(self, electrodes: int) -> float:
        """The measurement time T once, or once per electrode when sequential, in s."""
        return self.lock_in.measured_s * self.evaluations_per_point(electrodes)

    def evaluations_per_point(self, electrodes: int) -> int:
        """1, or one per electrode when sequential."""
        return electrodes if self.sequential else 1

    def _corrected(self, lock_in: LockIn, quadratures: Quadratures) -> Quadratures:
        """Quadratures without the chain's gain and phase at each carrier."""
        response = self.apparatus.calibration.response_at(np.array(lock_in.frequencies_hz))
        turned = (quadratures.x_a + 1j * quadratures.y_a) / response
        return Quadratures(turned.real, turned.imag)


class RigDevice(DeviceModel):
    """The device on a rig: its currents are measured.

    Args:
        apparatus: The rig.
        name: What to call it.
        read_s: Time over which a current is averaged.
        largest_v: Largest perturbation of every electrode, shape (E,), in V: control voltages stay
            that far inside the limits.
        lock_in: For gradients.
    """

    measured = True

    def __init__(
        self,
        apparatus: Apparatus,
        name: str,
        read_s: float,
        largest_v: np.ndarray,
        lock_in: LockIn | None = None,
    ) -> None:
        limits = apparatus.rig.limits
        self.name = name
        self.provenance: Mapping[str, Any] = dict(apparatus.provenance)
        self.voltage_min_v = limits.minimum_v + largest_v + _CLEAR_V * (largest_v > 0)
        self.voltage_max_v = limits.maximum_v - largest_v - _CLEAR_V * (largest_v > 0)
        gain = abs(apparatus.calibration.gain_v_per_a)
        self.current_range_a = 2 * apparatus.guard.input_range_v / gain
        self._apparatus, self._lock_in = apparatus, lock_in
        self._samples = max(1, round(read_s * apparatus.pace.sample_rate_hz))

    def current_a(self, voltages_v: np.ndarray) -> np.ndarray:
        """Undisturbed current in A, averaged, shape (...), at voltages of shape (..., E)."""
        voltages_v = np.asarray(voltages_v, float)
        points_v = voltages_v.reshape(-1, self.electrodes)
        none = Perturbation.none(self.electrodes)
        current_a = self._apparatus.currents_a(points_v, none, self._samples, "undisturbed")
        return current_a.mean(axis=1).reshape(voltages_v.shape[:-1])

    def gradient_a_per_v(self, voltages_v: np.ndarray) -> np.ndarray:
        """Derivatives by all electrodes, measured, shape (..., E).

        Raises:
            InputError: It was made without a lock-in for all electrodes.
        """
        if self._lock_in is None:
            raise InputError("a device without a lock-in", expected="RigDevice(..., lock_in=...)")
        voltages_v = np.asarray(voltages_v, float)
        estimator = RigGradient(self._apparatus, self._lock_in)
        points_v = voltages_v.reshape(-1, self.electrodes)
        found = estimator.measure(self, points_v, range(self.electrodes))
        return found.gradient_a_per_v.reshape(voltages_v.shape)

    def subcircuit(self) -> Subcircuit:
        """A measured device has none.

        Raises:
            InputError: Always.
        """
        raise InputError(
            "a measured device has no netlist", expected="a device model in simulations"
        )


def _perturbation(electrodes: int, perturbed: Sequence[int], lock_in: LockIn) -> Perturbation:
    """The lock-in's sines on a device's electrodes."""
    values = np.zeros((3, electrodes))
    values[:, list(perturbed)] = [
        lock_in.frequencies_hz,
        lock_in.phases_rad,
        lock_in.amplitudes_v,
    ]
    return Perturbation(*values)
