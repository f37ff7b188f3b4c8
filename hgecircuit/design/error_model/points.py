"""Operating points of a device: one set for every command, inside what its makers call safe."""

from __future__ import annotations

import math

import numpy as np

from hgecircuit.devices.base import DeviceModel
from hgecircuit.errors import InputError
from hgecircuit.units import format_quantity

#: Operating points of a device model. Standard errors on rnpu-compact at 30 mV, over 16 seeds: of
#: the gradient's norm 0.75 % and of the curvature's share 3.1 %; with 32 points 16 % and 32 %.
POINTS = 2048
#: Parts of the points whose spread tells the sampling error.
SUBSETS = 8
_SEED = 11


def check_electrodes(device: DeviceModel, channels: int) -> None:
    """Refuse more channels than the device has electrodes."""
    if not 1 <= channels <= device.electrodes:
        raise InputError(
            f"the device {device.name} has {device.electrodes} electrodes",
            key="--channels",
            value=channels,
            expected=f"1 to {device.electrodes}",
        )


def largest_amplitude_v(device: DeviceModel, channels: int) -> float:
    """Half the narrowest safe range of the first electrodes: what fits between its ends."""
    spans_v = device.voltage_max_v - device.voltage_min_v
    return float(spans_v[:channels].min()) / 2


def check_amplitude(device: DeviceModel, channels: int, amplitude_v: float) -> None:
    """Refuse a perturbation that leaves the safe range of an electrode wherever it stands.

    Raises:
        InputError: It does; the message names the largest that fits.
    """
    most_v = largest_amplitude_v(device, channels)
    if amplitude_v >= most_v:
        raise InputError(
            f"the perturbation leaves the safe range of an electrode of {device.name}",
            key="--amplitude",
            value=format_quantity(amplitude_v, "V"),
            expected=f"below {format_quantity(most_v, 'V')}, half of the narrowest safe range",
        )


def spread_points_v(
    device: DeviceModel, count: int = POINTS, channels: int = 0, amplitude_v: float = 0.0
) -> np.ndarray:
    """Operating points over a device's safe ranges, shape (count, M), from a Sobol sequence.

    Perturbed electrodes keep one amplitude away from the ends, so that the perturbed voltages stay
    inside the ranges too, as those of a circuit do. Consecutive parts of the points are spread
    evenly as well.

    Args:
        device: The device model.
        count: Number of points.
        channels: The first electrodes, so many of them, are perturbed.
        amplitude_v: Perturbation amplitude.

    Raises:
        InputError: An amplitude that does not fit.
    """
    from scipy.stats.qmc import Sobol

    if channels:
        check_amplitude(device, channels, amplitude_v)
    exponent = math.ceil(math.log2(max(count, 1)))
    unit = Sobol(device.electrodes, rng=_SEED).random_base2(exponent)[:count]
    inset_v = np.where(np.arange(device.electrodes) < channels, amplitude_v, 0.0)
    low_v, high_v = device.voltage_min_v + inset_v, device.voltage_max_v - inset_v
    return low_v + (high_v - low_v) * unit
