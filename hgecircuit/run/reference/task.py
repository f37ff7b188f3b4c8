"""A classification task on a device's electrodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.errors import InputError

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel


@dataclass(frozen=True)
class Task:
    """Patterns to be told apart, and the electrodes that show and learn them.

    Attributes:
        patterns_v: Input voltages of every pattern, K tuples of one voltage per input, in V.
        targets: Target of every pattern, K numbers.
        inputs: Electrodes that carry the patterns.
        controls: The M electrodes whose voltages are trained. An electrode that is neither input
            nor control is held at 0 V.
    """

    patterns_v: tuple[tuple[float, ...], ...]
    targets: tuple[float, ...]
    inputs: tuple[int, ...]
    controls: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.patterns_v) != len(self.targets) or not self.targets:
            raise InputError(
                "patterns and targets don't fit",
                value=(len(self.patterns_v), len(self.targets)),
                expected="one target per pattern",
            )
        if any(len(pattern) != len(self.inputs) for pattern in self.patterns_v):
            raise InputError(
                "a pattern with another number of voltages than there are inputs",
                key="patterns_v",
                expected=f"{len(self.inputs)} voltages per pattern",
            )
        used = [*self.inputs, *self.controls]
        if len(set(used)) != len(used) or not self.controls:
            raise InputError(
                "an electrode used twice, or no control",
                key="inputs, controls",
                value=used,
                expected="different electrodes",
            )
        if not np.isfinite(np.array([*self.targets, *sum(self.patterns_v, ())], float)).all():
            raise InputError("not finite", key="patterns_v, targets", expected="finite numbers")

    def voltages_v(self, controls_v: np.ndarray, electrodes: int) -> np.ndarray:
        """Voltages of all electrodes at all patterns in V, shape (..., K, electrodes).

        Args:
            controls_v: Control voltages in V, shape (..., M).
            electrodes: Number of electrodes of the device.
        """
        controls_v = np.asarray(controls_v, float)
        voltages_v = np.zeros((*controls_v.shape[:-1], len(self.targets), electrodes))
        voltages_v[..., list(self.inputs)] = np.array(self.patterns_v).reshape(
            len(self.targets), len(self.inputs)
        )
        voltages_v[..., list(self.controls)] = controls_v[..., None, :]
        return voltages_v

    def check(self, device: DeviceModel) -> None:
        """Refuse electrodes that the device lacks, and patterns outside its safe ranges.

        Args:
            device: The device to be trained.

        Raises:
            InputError: Names the electrode.
        """
        for electrode in (*self.inputs, *self.controls):
            if not 0 <= electrode < device.electrodes:
                raise InputError(
                    "not an electrode of the device",
                    value=electrode,
                    expected=f"0 to {device.electrodes - 1}",
                )
        held_v = self.voltages_v(np.zeros(len(self.controls)), device.electrodes)
        for electrode in set(range(device.electrodes)) - set(self.controls):
            low, high = device.voltage_min_v[electrode], device.voltage_max_v[electrode]
            for value in held_v[:, electrode]:
                if not low <= value <= high:
                    raise InputError(
                        "a voltage outside the device's range",
                        key=f"electrode {electrode}",
                        value=float(value),
                        expected=f"{low:g} V to {high:g} V",
                    )
