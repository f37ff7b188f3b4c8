"""Homodyne gradient extraction, sequential or parallel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.reference.channels import check_parallel
from hgecircuit.run.reference.estimators.base import (
    Converter,
    GradientEstimator,
    Measurement,
    NoiseSource,
    check_points,
)
from hgecircuit.run.reference.estimators.sampling import (
    block_rows,
    sampled_a,
    shifted_currents_a,
)
from hgecircuit.run.reference.lock_in import LockIn

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel


@dataclass(frozen=True)
class HomodyneGradient(GradientEstimator):
    """Homodyne gradient extraction: perturb, sample, demodulate (Boon 2025, Methods).

    The output that goes with a gradient is the mean of the samples of the same measurement, as the
    rig has no other; it differs from the undisturbed output by the device's curvature (I'' a^2 / 4
    per electrode).

    Carriers with a common period P within the measurement repeat, and so does the output of a
    device without memory: its model is asked for P samples, whatever the measurement's length N.
    The noise of all N samples is drawn and added.

    Attributes:
        lock_in: Perturbations and lock-in, one channel per electrode.
        sequential: Perturb one electrode after the other, each for the whole measurement time,
            instead of all at once.
        noise: Noise of the output, added to the samples.
        converter: What the input converter makes of the samples.
        dac: What the output converters make of the electrode voltages.
    """

    lock_in: LockIn
    sequential: bool = False
    noise: NoiseSource | None = None
    converter: Converter | None = None
    dac: Converter | None = None

    def __post_init__(self) -> None:
        if not self.sequential:
            check_parallel(self.lock_in)

    def measure(
        self, device: DeviceModel, voltages_v: np.ndarray, electrodes: Sequence[int]
    ) -> Measurement:
        """See :class:`GradientEstimator`.

        Memory beside inputs and result, in values of 8 bytes: at most (2 M + 2 E) P for references
        and perturbations, with E electrodes of the device, 10 max(N, 262,144) for samples, and what
        the device model needs for 262,144 voltages.
        """
        voltages_v = check_points(device, voltages_v, electrodes)
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
        return self.lock_in.measured_s * self.evaluations_per_point(electrodes)

    def evaluations_per_point(self, electrodes: int) -> int:
        """1, or one per electrode when sequential."""
        return electrodes if self.sequential else 1

    def _measure_together(
        self,
        device: DeviceModel,
        voltages_v: np.ndarray,
        electrodes: Sequence[int],
        lock_in: LockIn,
    ) -> Measurement:
        """One measurement per operating point with all channels of ``lock_in`` on."""
        period = lock_in.period_samples
        shift_v = np.zeros((period, device.electrodes))
        shift_v[:, list(electrodes)] = lock_in.perturbation_period_v()
        output_a = np.empty(len(voltages_v))
        gradient = np.empty((len(voltages_v), len(electrodes)))
        values = max(period * device.electrodes, lock_in.samples if self.noise else 0)
        step = block_rows(values)
        for first in range(0, len(voltages_v), step):
            block = slice(first, first + step)
            current_a = shifted_currents_a(device, voltages_v[block], shift_v, self.dac)
            if self.noise is None:
                current_a = sampled_a(current_a, None, self.converter)
                output_a[block] = lock_in.mean_of_period_a(current_a)
                quadratures = lock_in.demodulate_period(current_a)
            else:
                repeated_a = np.take(current_a, np.arange(lock_in.samples) % period, axis=1)
                current_a = sampled_a(repeated_a, self.noise, self.converter)
                output_a[block] = current_a.mean(axis=1)
                quadratures = lock_in.demodulate(current_a)
            gradient[block] = lock_in.derivative_a_per_v(quadratures)
        return Measurement(output_a, gradient)
