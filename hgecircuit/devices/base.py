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

    def shifted_current_a(self, points_v: np.ndarray, shifts_v: np.ndarray) -> np.ndarray:
        """Output currents in A at every point with every shift added, shape (P, N).

        A model may do this faster than one by one, with other rounding.

        Args:
            points_v: Operating points, shape (P, M), in V.
            shifts_v: What a perturbation adds to each of them, shape (N, M), in V.
        """
        return self.current_a(points_v[:, None, :] + shifts_v)

    @abstractmethod
    def gradient_a_per_v(self, voltages_v: np.ndarray) -> np.ndarray:
        """Exact derivatives dI/dV_m in A/V, shape (..., M), at voltages of shape (..., M)."""

    @abstractmethod
    def subcircuit(self) -> Subcircuit:
        """The model as SPICE: ports ``e0 .. e<M-1>`` (drawing no current), then ``out``.

        The output current flows out of ``out`` into whatever holds that node at 0 V.
        """
