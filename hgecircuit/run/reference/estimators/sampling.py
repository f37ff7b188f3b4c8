"""From electrode voltages to samples: converters, device and noise, in blocks of bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.run.reference.estimators.base import Converter, NoiseSource

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel

#: Values (voltages, or samples) at a time, 2 MB: enough for numpy to work at full speed; memory
#: stays bounded however many points and samples there are.
BLOCK_VALUES = 262_144


def block_rows(values_per_row: int) -> int:
    """How many rows of this length make a block; at least 1."""
    return max(1, BLOCK_VALUES // values_per_row)


def shifted_currents_a(
    device: DeviceModel, voltages_v: np.ndarray, shift_v: np.ndarray, dac: Converter | None
) -> np.ndarray:
    """Output currents in A at operating points under a common course of shifts, shape (P, N).

    Args:
        device: The device.
        voltages_v: Operating points, shape (P, E), in V.
        shift_v: What is added to each over time, shape (N, E), in V.
        dac: What the outputs make of the sum.
    """
    current_a = np.empty((len(voltages_v), len(shift_v)))
    step = block_rows(voltages_v.size)
    for first in range(0, len(shift_v), step):
        block = slice(first, first + step)
        if dac is None:
            current_a[:, block] = device.shifted_current_a(voltages_v, shift_v[block])
        else:
            current_a[:, block] = device.current_a(dac(voltages_v[:, None, :] + shift_v[block]))
    return current_a


def sampled_a(
    current_a: np.ndarray, noise: NoiseSource | None, converter: Converter | None
) -> np.ndarray:
    """Samples in A of output currents, shape (P, N) as given: noise added, then converted."""
    if noise is not None:
        current_a = current_a + noise(*current_a.shape)
    return current_a if converter is None else converter(current_a)
