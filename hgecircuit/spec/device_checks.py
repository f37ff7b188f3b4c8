"""Checks of a circuit file against its device model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.loop import ContinuousLoop
from hgecircuit.spec.problems import Problem, raise_problems
from hgecircuit.units import format_quantity

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel

_TOLERANCE_V = 1e-9


def control_ranges_v(spec: CircuitSpec, device: DeviceModel) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest voltage of each control, shape (controls,) each, in V.

    Where the file gives none, the device's safe range less the perturbation's amplitude.
    """
    controls = list(spec.device.controls)
    amplitude_v = np.asarray(spec.perturbation.amplitude_v)
    low_v, high_v = spec.device.control_min_v, spec.device.control_max_v
    return (
        device.voltage_min_v[controls] + amplitude_v if low_v is None else np.asarray(low_v),
        device.voltage_max_v[controls] - amplitude_v if high_v is None else np.asarray(high_v),
    )


def check_against_device(spec: CircuitSpec, device: DeviceModel) -> None:
    """Refuse a circuit that does not fit its device.

    Raises:
        InputError: Electrodes out of range or unused, or voltages outside the safe ranges; all
            mistakes are listed together.
    """
    electrodes = [*_electrode_problems(spec, device)]
    raise_problems(electrodes, spec.source)
    raise_problems([*_level_problems(spec, device), *_control_problems(spec, device)], spec.source)


def _electrode_problems(spec: CircuitSpec, device: DeviceModel) -> Iterator[Problem]:
    roles = {"inputs": spec.device.inputs, "controls": spec.device.controls}
    for name, electrodes in roles.items():
        for index, electrode in enumerate(electrodes):
            if electrode >= device.electrodes:
                yield Problem(
                    f"device.{name}[{index}]",
                    f"{device.name} has {device.electrodes} electrodes",
                    electrode,
                    f"0 to {device.electrodes - 1}",
                )
    used = {*spec.device.inputs, *spec.device.controls}
    unused = [str(each) for each in range(device.electrodes) if each not in used]
    if unused:
        yield Problem(
            "device.controls",
            f"electrode {', '.join(unused)} of {device.name} is neither input nor control",
            spec.source.written("device.controls"),
            "every electrode in device.inputs or device.controls",
        )


def _level_problems(spec: CircuitSpec, device: DeviceModel) -> Iterator[Problem]:
    levels = {"logic_low": spec.device.logic_low_v, "logic_high": spec.device.logic_high_v}
    for name, values_v in levels.items():
        for index, (electrode, value_v) in enumerate(
            zip(spec.device.inputs, values_v, strict=True)
        ):
            if _outside(value_v, electrode, device):
                yield _range_problem(spec, f"device.{name}", index, electrode, value_v, device)


def _control_problems(spec: CircuitSpec, device: DeviceModel) -> Iterator[Problem]:
    low_v, high_v = control_ranges_v(spec, device)
    for index, electrode in enumerate(spec.device.controls):
        amplitude_v = spec.perturbation.amplitude_v[index]
        ends = {
            "control_min": low_v[index] - amplitude_v,
            "control_max": high_v[index] + amplitude_v,
        }
        for name, extreme_v in ends.items():
            if _outside(extreme_v, electrode, device):
                key = f"device.{name}"
                yield _range_problem(
                    spec, key, index, electrode, extreme_v, device, " with the perturbation"
                )
        if low_v[index] >= high_v[index]:
            yield Problem(
                "perturbation.amplitude",
                f"leaves electrode {electrode} no control range",
                spec.source.written(f"perturbation.amplitude[{index}]"),
                f"less than half of the safe range, {_range(electrode, device)}",
            )
        else:
            yield from _step_problems(spec, index, low_v[index], high_v[index])


def _step_problems(spec: CircuitSpec, index: int, low_v: float, high_v: float) -> Iterator[Problem]:
    electrode = spec.device.controls[index]
    between = f"{format_quantity(low_v, 'V')} to {format_quantity(high_v, 'V')}"
    start_v = spec.start.voltages_v
    if start_v and not low_v - _TOLERANCE_V <= start_v[index] <= high_v + _TOLERANCE_V:
        key = f"start.voltages[{index}]"
        yield Problem(
            key,
            f"outside the control range of electrode {electrode}",
            spec.source.written(key),
            between,
        )
    if not isinstance(spec.loop, ContinuousLoop) and spec.loop.step_limit_v > high_v - low_v:
        yield Problem(
            "loop.step_limit",
            f"wider than the control range of electrode {electrode}",
            spec.source.written("loop.step_limit"),
            f"a small part of the range {between}",
        )


def _outside(value_v: float, electrode: int, device: DeviceModel) -> bool:
    low_v, high_v = device.voltage_min_v[electrode], device.voltage_max_v[electrode]
    return not low_v - _TOLERANCE_V <= value_v <= high_v + _TOLERANCE_V


def _range(electrode: int, device: DeviceModel) -> str:
    low_v, high_v = device.voltage_min_v[electrode], device.voltage_max_v[electrode]
    return f"{format_quantity(low_v, 'V')} to {format_quantity(high_v, 'V')}"


def _range_problem(
    spec: CircuitSpec,
    key: str,
    index: int,
    electrode: int,
    value_v: float,
    device: DeviceModel,
    with_what: str = "",
) -> Problem:
    written = spec.source.written(key)
    return Problem(
        f"{key}[{index}]" if isinstance(written, list) else key,
        f"{format_quantity(value_v, 'V')}{with_what} is outside the safe range of electrode "
        f"{electrode} of {device.name}",
        spec.source.written(f"{key}[{index}]"),
        f"{_range(electrode, device)}{with_what}",
    )
