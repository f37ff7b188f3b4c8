"""A resistor in the device's place, as rigs are calibrated with: a model for the virtual rig."""

from __future__ import annotations

import numpy as np

from hgecircuit.devices.network import NetworkDevice

# tanh(e v) / e falls short of v by (e v)^2 / 3: 3e-9 of it at 1 V.
_SMALL_PER_V = 1e-4


def resistor_model(
    resistor_ohm: float, electrode: int, voltage_min_v: np.ndarray, voltage_max_v: np.ndarray
) -> NetworkDevice:
    """A resistor from one electrode to the output, the others open, as a network device.

    Args:
        resistor_ohm: Its resistance.
        electrode: The electrode.
        voltage_min_v: Lower ends of the electrodes' ranges, shape (M,), in V.
        voltage_max_v: Upper ends.
    """
    first = np.zeros((1, len(voltage_min_v)))
    first[0, electrode] = _SMALL_PER_V
    return NetworkDevice(
        f"resistor-e{electrode}",
        (first, np.ones((1, 1))),
        (np.zeros(1), np.zeros(1)),
        "tanh",
        1 / (_SMALL_PER_V * resistor_ohm),
        voltage_min_v,
        voltage_max_v,
        provenance={"resistor_ohm": resistor_ohm, "electrode": electrode},
    )
