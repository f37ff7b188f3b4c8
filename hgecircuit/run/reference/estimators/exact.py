"""The device model's own derivative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.run.reference.estimators.base import GradientEstimator, Measurement, check_points

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel


@dataclass(frozen=True)
class ExactGradient(GradientEstimator):
    """The device model's own derivative: separates the estimator's error from the optimiser's."""

    def measure(
        self, device: DeviceModel, voltages_v: np.ndarray, electrodes: Sequence[int]
    ) -> Measurement:
        """See :class:`GradientEstimator`; the output is the undisturbed one."""
        voltages_v = check_points(device, voltages_v, electrodes)
        gradient = device.gradient_a_per_v(voltages_v)[:, list(electrodes)]
        return Measurement(device.current_a(voltages_v), gradient)

    def time_per_point_s(self, electrodes: int) -> None:
        """None: no measurement stands behind an exact derivative."""

    def evaluations_per_point(self, electrodes: int) -> int:
        """0: the model is asked, not the device."""
        return 0
