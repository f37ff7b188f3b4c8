"""Central finite differences, the paper's rival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.reference.estimators.base import (
    Converter,
    GradientEstimator,
    Measurement,
    NoiseSource,
    check_points,
)
from hgecircuit.run.reference.estimators.differences import SteppedDevice
from hgecircuit.run.reference.estimators.sampling import block_rows
from hgecircuit.run.reference.step_reading import StepReading

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel


@dataclass(frozen=True)
class FiniteDifference(GradientEstimator):
    """Central differences, one electrode after the other (Boon 2025, Fig. 2d and 2e).

    dI/dV_m = (I(V + a e_m) - I(V - a e_m)) / (2 a), each output held for half the measurement time
    and read through the lock-in's low-pass. Exact up to the second order of the device's curvature.
    The output that goes with a gradient is the mean of all samples; it differs from the undisturbed
    one by I'' a^2 / (2 M) summed over the electrodes.

    Attributes:
        reading: How a difference is read; its time T is that of one electrode's difference.
        amplitude_v: Step a in V.
        noise: Noise of the output: one row of T f_s samples per point and electrode.
        converter: What the input converter makes of the samples.
        dac: What the output converters make of the electrode voltages.
    """

    reading: StepReading
    amplitude_v: float
    noise: NoiseSource | None = None
    converter: Converter | None = None
    dac: Converter | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.amplitude_v) and self.amplitude_v > 0):
            raise InputError(
                "no amplitude", key="amplitude_v", value=self.amplitude_v, expected="above 0"
            )

    def measure(
        self, device: DeviceModel, voltages_v: np.ndarray, electrodes: Sequence[int]
    ) -> Measurement:
        """See :class:`GradientEstimator`.

        Memory beside inputs and result, in values of 8 bytes: at most
        6 max(2 M E, T f_s, 262,144), with E electrodes of the device, and what the device model
        needs for 262,144 voltages.
        """
        voltages_v = check_points(device, voltages_v, electrodes)
        stepped = SteppedDevice(device, self.reading, self.noise, self.converter, self.dac)
        count = len(electrodes)
        steps_v = np.zeros((count, device.electrodes))
        steps_v[np.arange(count), list(electrodes)] = self.amplitude_v
        output_a = np.empty(len(voltages_v))
        gradient = np.empty((len(voltages_v), count))
        points = block_rows(2 * steps_v.size)
        for first in range(0, len(voltages_v), points):
            block = slice(first, first + points)
            middle_v = np.repeat(voltages_v[block], count, axis=0)
            found = stepped.differences(middle_v, np.tile(steps_v, (len(middle_v) // count, 1)))
            output_a[block] = found.mean_a.reshape(-1, count).mean(axis=1)
            gradient[block] = found.difference_a.reshape(-1, count) / (2 * self.amplitude_v)
        return Measurement(output_a, gradient)

    def time_per_point_s(self, electrodes: int) -> float:
        """The measurement time T once per electrode, in s."""
        return self.reading.measured_s * electrodes

    def evaluations_per_point(self, electrodes: int) -> int:
        """2 per electrode, each T/2 long."""
        return 2 * electrodes
