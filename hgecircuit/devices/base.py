"""What a device model must offer, whatever it is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from hgecircuit.netlist import Subcircuit


class DeviceModel(ABC):
    """An RNPU: M electrode voltages in, one output current out, without memory.

    Attributes:
        name: Short name, fit for a file name.
        voltage_min_v: Lower ends of the electrodes' safe ranges, shape (M,), in V.
        voltage_max_v: Upper ends, shape (M,), in V.
        current_range_a: Largest minus smallest output current inside the ranges, in A.
        provenance: Where the model comes from, fit errors, seeds.
        measured: Whether its currents are measured each time, so that asking twice gives two
            answers and takes time on a rig.
    """

    measured = False

    name: str
    voltage_min_v: np.ndarray
    voltage_max_v: np.ndarray
    current_range_a: float
    provenance: Mapping[str, Any]

    @property
    def electrodes(self) -> int:
        """Number of voltage electrodes M."""
        return len(self.voltage_min_v)

    @abstractmethod
    def current_a(self, voltages_v: np.ndarray) -> np.ndarray:
        """Output current in A, shape (...), at electrode voltages of shape (..., M) in V."""

    @abstractmethod
    def gradient_a_per_v(self, voltages_v: np.ndarray) -> np.ndarray:
        """Exact derivatives dI/dV_m in A/V, shape (..., M), at voltages of shape (..., M)."""

    @abstractmethod
    def subcircuit(self) -> Subcircuit:
        """The model as SPICE: ports ``e0 .. e<M-1>`` (drawing no current), then ``out``.

        The output current flows out of ``out`` into whatever holds that node at 0 V.
        """
