"""Checks between keys of a rig file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hgecircuit.run.rigs.config_virtual_checks import virtual_problems
from hgecircuit.run.rigs.products import CHASSIS, MODULES, Module, ModuleKind
from hgecircuit.spec.problems import Problem, counted
from hgecircuit.units import format_quantity

if TYPE_CHECKING:
    from hgecircuit.run.rigs.config import RigSpec

_WORDS: dict[ModuleKind, str] = {"ao": "outputs", "ai": "inputs"}


def find_problems(spec: RigSpec) -> list[Problem]:
    """Every mistake that needs more than one key to see."""
    return [
        *_module_problems(spec),
        *_channel_problems(spec),
        *_voltage_problems(spec),
        *_rate_problems(spec),
        *virtual_problems(spec),
    ]


def _module_problems(spec: RigSpec) -> Iterator[Problem]:
    if not spec.modules:
        yield Problem("modules", "no module", None, "a table [[modules]] for each module")
    slots = CHASSIS.get(spec.chassis.product)
    names = [spec.chassis.name.lower()]
    for index, module in enumerate(spec.modules):
        key = f"modules[{index}]"
        if module.slot in [other.slot for other in spec.modules[:index]]:
            yield Problem(f"{key}.slot", "two modules in one slot", module.slot, "a free slot")
        elif slots is not None and module.slot > slots:
            words = f"a slot from 1 to {slots} of a {spec.chassis.product}"
            yield Problem(f"{key}.slot", "no such slot", module.slot, words)
        # NI-DAQmx does not tell upper from lower case in names.
        if module.name.lower() in names:
            yield Problem(f"{key}.name", "a name twice", module.name, "a name of its own")
        names.append(module.name.lower())


def _channel_problems(spec: RigSpec) -> Iterator[Problem]:
    channels = spec.electrodes.channels
    for index, channel in enumerate(channels):
        key = f"electrodes.channels[{index}]"
        yield from _one_channel(spec, key, channel, "ao")
        if channel.lower() in [other.lower() for other in channels[:index]]:
            yield Problem(key, "two electrodes on one channel", channel, "a channel of its own")
    yield from _one_channel(spec, "current.channel", spec.current.channel, "ai")
    yield from _monitor_problems(spec)


def _monitor_problems(spec: RigSpec) -> Iterator[Problem]:
    monitors, count = spec.monitors, len(spec.electrodes.channels)
    if not monitors and spec.source.written("safety.start_max") is not None:
        words = "electrodes.monitors, one input channel per electrode"
        yield Problem("safety.start_max", "nothing is compared with it", None, words)
    if monitors and len(monitors) != count:
        yield Problem(
            "electrodes.monitors",
            f"{counted(len(monitors), 'monitor')} for {counted(count, 'electrode')}",
            spec.source.written("electrodes.monitors"),
            "one per entry of electrodes.channels, or none",
        )
    taken = [spec.current.channel.lower()]
    for index, channel in enumerate(monitors):
        key = f"electrodes.monitors[{index}]"
        yield from _one_channel(spec, key, channel, "ai")
        if channel.lower() in taken:
            yield Problem(key, "an input that is used twice", channel, "a channel of its own")
        taken.append(channel.lower())


def _one_channel(spec: RigSpec, key: str, channel: str, kind: ModuleKind) -> Iterator[Problem]:
    name, _, number = channel.partition("/")
    module = next((each for each in spec.modules if each.name.lower() == name.lower()), None)
    if module is None:
        names = ", ".join(each.name for each in spec.modules)
        yield Problem(key, "no such module", channel, f"a channel of one of {names}")
        return
    product = MODULES.get(module.product)
    if product is None:
        return
    if product.kind != kind:
        problem = f"the {module.product} has no {_WORDS[kind]}"
        yield Problem(key, problem, channel, f"a channel of a module with {_WORDS[kind]}")
    elif int(number[2:]) >= product.channels:
        last = f"{kind}0 to {kind}{product.channels - 1} of a {module.product}"
        yield Problem(key, "no such channel", channel, last)


def _voltage_problems(spec: RigSpec) -> Iterator[Problem]:
    electrodes = spec.electrodes
    count = len(electrodes.channels)
    lists: dict[str, Sequence[float]] = {
        "electrodes.min": electrodes.min_v,
        "electrodes.max": electrodes.max_v,
        "electrodes.slew_limit": electrodes.slew_limit_v_per_s,
        "virtual.power_up": spec.virtual.power_up_v,
    }
    wrong = {key for key, values in lists.items() if len(values) != count}
    for key in sorted(wrong):
        yield Problem(
            key,
            f"{counted(len(lists[key]), 'value')} for {counted(count, 'electrode')}",
            spec.source.written(key),
            "one for all, or one per entry of electrodes.channels",
        )
    if {"electrodes.min", "electrodes.max"} & wrong:
        return
    for index, (low_v, high_v) in enumerate(zip(electrodes.min_v, electrodes.max_v, strict=True)):
        yield from _range_problems(spec, index, low_v, high_v)
    inputs = _product_of(spec, spec.current.channel)
    if inputs is not None and inputs.kind == "ai" and spec.current.range_v > inputs.range_v:
        yield Problem(
            "current.range",
            "more than the module measures",
            spec.source.written("current.range"),
            f"at most {_volts(inputs.range_v)}",
        )


def _range_problems(spec: RigSpec, index: int, low_v: float, high_v: float) -> Iterator[Problem]:
    if not low_v < high_v:
        yield Problem(
            f"electrodes.max[{index}]",
            f"electrode {index} has no voltages between its limits",
            spec.source.written(f"electrodes.max[{index}]"),
            f"above electrodes.min, {_volts(low_v)}",
        )
    for end, beyond in (("min", low_v > 0), ("max", high_v < 0)):
        if beyond:
            yield Problem(
                f"electrodes.{end}[{index}]",
                f"electrode {index} has no way to 0 V, where every run of the outputs ends",
                spec.source.written(f"electrodes.{end}[{index}]"),
                "at most 0 V" if end == "min" else "at least 0 V",
            )
    product = _product_of(spec, spec.electrodes.channels[index])
    if product is None or product.kind != "ao":
        return
    for end, limit_v in (("min", low_v), ("max", high_v)):
        if abs(limit_v) > product.range_v:
            yield Problem(
                f"electrodes.{end}[{index}]",
                "more than the module puts out",
                spec.source.written(f"electrodes.{end}[{index}]"),
                f"a voltage from {_volts(-product.range_v)} to {_volts(product.range_v)}",
            )


def _product_of(spec: RigSpec, channel: str) -> Module | None:
    name = channel.partition("/")[0].lower()
    return next(
        (MODULES.get(each.product) for each in spec.modules if each.name.lower() == name), None
    )


def _volts(value: float) -> str:
    return format_quantity(value, "V")


def _rate_problems(spec: RigSpec) -> Iterator[Problem]:
    rate_hz = spec.timing.sample_rate_hz
    for channel in (*spec.electrodes.channels[:1], spec.current.channel):
        product = _product_of(spec, channel)
        if product is not None and rate_hz > product.highest_rate_hz:
            yield Problem(
                "timing.sample_rate",
                f"faster than the module of {channel}",
                spec.source.written("timing.sample_rate"),
                f"at most {format_quantity(product.highest_rate_hz, 'Hz')}",
            )
