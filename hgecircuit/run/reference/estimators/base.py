"""What every gradient estimator offers, and what its device is measured through."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hgecircuit.errors import InputError

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel

#: Additive output noise: ``noise(measurements, samples)`` returns currents in A of that shape, one
#: row per measurement. It is asked in order, in blocks of any size, so a generator that draws row
#: by row gives the same noise however the work is split.
NoiseSource = Callable[[int, int], np.ndarray]

#: What a converter makes of values, of any shape and element by element: electrode voltages in V
#: behind the outputs (``dac``), or sampled currents with their noise in A (``converter``).
Converter = Callable[[np.ndarray], np.ndarray]


class Measurement(NamedTuple):
    """What an estimator returns for P operating points.

    Attributes:
        output_a: Output current in A, shape (P,): the mean of all samples taken at the point.
        gradient_a_per_v: Derivatives by the perturbed electrodes in A/V, shape (P, M).
    """

    output_a: np.ndarray
    gradient_a_per_v: np.ndarray


class GradientEstimator(ABC):
    """A way to find an output and its gradient at operating points.

    Estimators are values: what they return depends on their settings, the noise source and the
    iteration alone. All work on all operating points at once, in blocks of bounded memory.
    Repetitions are repeated rows: ``np.repeat(voltages_v, repetitions, axis=0)``.
    """

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

    @abstractmethod
    def evaluations_per_point(self, electrodes: int) -> int:
        """Measurements of the device per operating point.

        One measurement is one stretch of samples with one setting of the electrodes, carriers
        included, at the end of which the low-passes are read: 1 for parallel HGE, M for sequential
        HGE, 2 M for central differences, 2 per draw for SPSA, 0 where nothing is measured. "Samples
        to convergence" are these. Their lengths differ: T in HGE, T/2 in differences (Boon 2025,
        Fig. 2d), so compare :meth:`time_per_point_s` as well.

        Args:
            electrodes: Number M of electrodes by which to differentiate.
        """

    def at_iteration(self, iteration: int) -> GradientEstimator:
        """The estimator for one iteration of a training, counted from 0.

        Itself, unless amplitudes or random directions change from iteration to iteration. Nothing
        is remembered between iterations, so a training can resume at any of them.

        Args:
            iteration: The iteration.
        """
        return self


def check_points(
    device: DeviceModel, voltages_v: np.ndarray, electrodes: Sequence[int]
) -> np.ndarray:
    """Operating points as an array of float, shape (P, electrodes of the device).

    Raises:
        InputError: Shapes, values or electrodes that don't fit the device.
    """
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
