"""Differences of the output between two settings of the electrodes, for many rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hgecircuit.run.reference.estimators.base import Converter, NoiseSource
from hgecircuit.run.reference.estimators.sampling import block_rows, sampled_a
from hgecircuit.run.reference.step_reading import StepReading

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel


class Difference(NamedTuple):
    """Outputs at V + step and V - step, R rows.

    Attributes:
        mean_a: Mean of the samples of both halves in A, shape (R,).
        difference_a: Reading at V + step minus reading at V - step in A, shape (R,).
    """

    mean_a: np.ndarray
    difference_a: np.ndarray


class SteppedDevice(NamedTuple):
    """A device and what its steps are driven and read through.

    Attributes:
        device: The device.
        reading: How the two outputs of a row are read.
        noise: Noise of the output; one row of both halves' samples per difference.
        converter: What the input converter makes of the samples.
        dac: What the output converters make of the electrode voltages.
    """

    device: DeviceModel
    reading: StepReading
    noise: NoiseSource | None
    converter: Converter | None
    dac: Converter | None

    def differences(self, voltages_v: np.ndarray, steps_v: np.ndarray) -> Difference:
        """Differences at R rows, in blocks.

        Args:
            voltages_v: Middle of every difference, shape (R, E), in V.
            steps_v: What is added, then subtracted, shape (R, E), in V.
        """
        samples = self.reading.samples_per_half
        mean_a, difference_a = np.empty(len(voltages_v)), np.empty(len(voltages_v))
        step = block_rows(2 * max(voltages_v.shape[1], 1 if self.noise is None else samples))
        for first in range(0, len(voltages_v), step):
            block = slice(first, first + step)
            middle_v, step_v = voltages_v[block], steps_v[block]
            driven_v = np.stack([middle_v + step_v, middle_v - step_v], axis=1)
            held_a = self.device.current_a(driven_v if self.dac is None else self.dac(driven_v))
            if self.noise is None:
                # all samples of a half are the same
                held_a = sampled_a(held_a, None, self.converter)
                mean_a[block] = held_a.mean(axis=1)
                difference_a[block] = (held_a[:, 0] - held_a[:, 1]) * self.reading.settled_gain
                continue
            current_a = sampled_a(np.repeat(held_a, samples, axis=1), self.noise, self.converter)
            mean_a[block] = current_a.mean(axis=1)
            difference_a[block] = self.reading.difference_a(current_a.reshape(-1, 2, samples))
        return Difference(mean_a, difference_a)
