"""A task on a device's electrodes: patterns, targets, and which electrode does what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.errors import InputError

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel


@dataclass(frozen=True)
class Task:
    """Patterns to be told apart or mapped, and the electrodes that show and learn them.

    Targets are labels (two values) or samples of any values.

    The constant gates 0000 and 1111 are tasks, too: all targets equal, see :attr:`constant`. The
    paper counts them among its 16 gates without saying how; its loss and its threshold, halfway
    between the class means, exist for none of them. The choice made here follows from what the
    paper does for the others: the threshold is a number of the readout, chosen for each gate after
    its training. Under that rule any outputs realise a constant gate, by a threshold below or above
    them all. So nothing is trained, the loss is 0, the truth table is the target, and the margin is
    not defined (NaN). "16 of 16 gates" therefore means 14 trained ones and 2 that can't fail.

    Attributes:
        patterns_v: Input voltages of every pattern, K tuples of one voltage per input, in V.
        targets: Target of every pattern, K numbers.
        inputs: Electrodes that carry the patterns.
        controls: The M electrodes whose voltages are trained. An electrode that is neither input,
            control nor held is held at 0 V.
        held_v: Other electrodes that are held, as pairs of electrode and voltage in V.
        made: How the task was made, such as its name, seed and radii; results record it.
    """

    patterns_v: tuple[tuple[float, ...], ...]
    targets: tuple[float, ...]
    inputs: tuple[int, ...]
    controls: tuple[int, ...]
    held_v: tuple[tuple[int, float], ...] = ()
    made: Mapping[str, Any] = field(default_factory=dict, compare=False)

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
        used = self._used
        if len(set(used)) != len(used) or not self.controls:
            raise InputError(
                "an electrode used twice, or no control",
                key="inputs, controls, held_v",
                value=used,
                expected="different electrodes",
            )
        held_v = [voltage for _, voltage in self.held_v]
        if not np.isfinite([*self.targets, *sum(self.patterns_v, ()), *held_v]).all():
            raise InputError(
                "not finite", key="patterns_v, targets, held_v", expected="finite numbers"
            )

    @property
    def constant(self) -> bool:
        """Whether all targets are equal, so that any outputs will do (see the class)."""
        return len(set(self.targets)) == 1

    @property
    def labelled(self) -> bool:
        """Whether the targets have two values, so that threshold, bits and margin exist."""
        return len(set(self.targets)) == 2

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
        for electrode, voltage in self.held_v:
            voltages_v[..., electrode] = voltage
        voltages_v[..., list(self.controls)] = controls_v[..., None, :]
        return voltages_v

    def current_a(self, device: DeviceModel, controls_v: np.ndarray) -> np.ndarray:
        """Undisturbed outputs of the device model at all patterns in A, shape (..., K).

        Args:
            device: The device.
            controls_v: Control voltages in V, shape (..., M).
        """
        return device.current_a(self.voltages_v(controls_v, device.electrodes))

    def check(self, device: DeviceModel) -> None:
        """Refuse electrodes that the device lacks, and patterns outside its safe ranges.

        Args:
            device: The device to be trained.

        Raises:
            InputError: Names the electrode.
        """
        for electrode in self._used:
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

    @property
    def _used(self) -> list[int]:
        return [*self.inputs, *self.controls, *(electrode for electrode, _ in self.held_v)]
