"""Properties of channels, physical channels, devices and the system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nidaqmx.constants import (
    AcquisitionType,
    BusType,
    ChannelType,
    Coupling,
    DataJustification,
    ProductCategory,
    ResolutionType,
    UsageTypeAI,
    UsageTypeAO,
    VoltageUnits,
)
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.virtual.attributes import Attribute, Scope, choice, constant, family
from hgecircuit.run.rigs.virtual.codes import raw_bits, scaling
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.hardware import ModuleDevice
from hgecircuit.run.rigs.virtual.names import join_names
from hgecircuit.run.rigs.virtual.rates import LOWEST_HZ
from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.tasks import State, VirtualChannel

#: Driver that the rig claims to be: of about the age of nidaqmx 1.7.
VERSION = (25, 5, 0)
_START_TRIGGER = 8  # bit field of what triggers can do
_SAMPLE_MODES = [AcquisitionType.FINITE.value, AcquisitionType.CONTINUOUS.value]


def _of_channels(get: Callable[[VirtualChannel], Any], kind: str = "") -> Callable[[Scope], Any]:
    """The value that all channels share."""

    def value(scope: Scope) -> Any:
        _check_kind(scope, kind)
        values = [get(channel) for channel in scope.channels]
        if any(each != values[0] for each in values):
            names = join_names(channel.name for channel in scope.channels)
            raise DriverError(
                DAQmxErrors.ATTRIBUTE_INCONSISTENT_ACROSS_CHANNELS_ON_DEVICE,
                f"Channels: {names}",
            )
        return values[0]

    return value


def _of_converters(
    get: Callable[[VirtualRig, VirtualChannel], Any], kind: str
) -> Callable[[Scope], Any]:
    """The value that all channels share, as their converters are in the rig file."""
    return lambda scope: _of_channels(lambda channel: get(scope.rig, channel), kind)(scope)


def _check_kind(scope: Scope, kind: str) -> None:
    if kind and scope.of_task.kind != kind:
        raise DriverError(
            DAQmxErrors.ATTRIBUTE_NOT_SUPPORTED_IN_TASK_CONTEXT,
            f"Task Name: {scope.of_task.name}",
        )


def _limit(end: str, kind: str) -> Attribute:
    def put(scope: Scope, value: float) -> None:
        _check_kind(scope, kind)
        task = scope.of_task
        if task.running:
            raise DriverError(
                DAQmxErrors.CANNOT_SET_PROPERTY_WHEN_TASK_RUNNING, f"Task Name: {task.name}"
            )
        for channel in scope.channels:
            setattr(channel, f"{end}_v", value)
        if task.state is State.VERIFIED:
            task.state = task.rest_state = State.UNVERIFIED

    return Attribute(_of_channels(lambda channel: getattr(channel, f"{end}_v"), kind), put)


def _range(sign: int) -> Callable[[VirtualChannel], float]:
    return lambda channel: sign * channel.physical.module.product.range_v


def _bits(channel: VirtualChannel) -> int:
    return channel.physical.module.product.bits


def _keep_bits(scope: Scope, value: int) -> None:
    """Bits are the only units of resolution; nidaqmx asks for them before it writes codes."""
    choice("AO.Resolution.Units", value, {ResolutionType.BITS.value: None})


def _describe(scope: Scope, value: str) -> None:
    for channel in scope.channels:
        channel.description = value


CHANNEL = family(
    "Channel",
    {
        "CHAN_TYPE": Attribute(
            _of_channels(
                lambda channel: {
                    "ai": ChannelType.ANALOG_INPUT.value,
                    "ao": ChannelType.ANALOG_OUTPUT.value,
                }[channel.physical.module.product.kind]
            )
        ),
        "PHYSICAL_CHAN_NAME": Attribute(
            lambda scope: join_names(each.physical.name for each in scope.channels)
        ),
        "CHAN_DESCR": Attribute(
            _of_channels(lambda channel: channel.description), _describe, lambda scope: ""
        ),
        "CHAN_IS_GLOBAL": constant(False),
        "AI_MAX": _limit("max", "ai"),
        "AI_MIN": _limit("min", "ai"),
        "AO_MAX": _limit("max", "ao"),
        "AO_MIN": _limit("min", "ao"),
        "AI_MEAS_TYPE": Attribute(_of_channels(lambda each: UsageTypeAI.VOLTAGE.value, "ai")),
        "AO_OUTPUT_TYPE": Attribute(_of_channels(lambda each: UsageTypeAO.VOLTAGE.value, "ao")),
        "AI_VOLTAGE_UNITS": Attribute(_of_channels(lambda each: VoltageUnits.VOLTS.value, "ai")),
        "AO_VOLTAGE_UNITS": Attribute(_of_channels(lambda each: VoltageUnits.VOLTS.value, "ao")),
        "AI_TERM_CFG": Attribute(_of_channels(lambda each: each.terminal_config, "ai")),
        "AO_TERM_CFG": Attribute(_of_channels(lambda each: each.terminal_config, "ao")),
        "AI_COUPLING": Attribute(_of_channels(lambda each: Coupling.DC.value, "ai")),
        "AI_RNG_HIGH": Attribute(_of_channels(_range(1), "ai")),
        "AI_RNG_LOW": Attribute(_of_channels(_range(-1), "ai")),
        "AO_DAC_RNG_HIGH": Attribute(_of_channels(_range(1), "ao")),
        "AO_DAC_RNG_LOW": Attribute(_of_channels(_range(-1), "ao")),
        "AI_RESOLUTION": Attribute(_of_channels(_bits, "ai")),
        "AO_RESOLUTION": Attribute(_of_channels(_bits, "ao")),
        "AI_RESOLUTION_UNITS": Attribute(
            _of_channels(lambda each: ResolutionType.BITS.value, "ai")
        ),
        "AO_RESOLUTION_UNITS": Attribute(
            _of_channels(lambda each: ResolutionType.BITS.value, "ao"), _keep_bits
        ),
        "AI_RAW_SAMP_SIZE": Attribute(_of_converters(raw_bits, "ai")),
        "AI_RAW_SAMP_JUSTIFICATION": Attribute(
            _of_channels(lambda each: DataJustification.RIGHT.value, "ai")
        ),
        "AI_DEV_SCALING_COEFF": Attribute(_of_converters(scaling, "ai")),
        "AO_DEV_SCALING_COEFF": Attribute(_of_converters(scaling, "ao")),
        "AI_CUSTOM_SCALE_NAME": Attribute(_of_channels(lambda each: "", "ai")),
        "AO_CUSTOM_SCALE_NAME": Attribute(_of_channels(lambda each: "", "ao")),
    },
)


def _of_physical(kind: str, value: Any) -> Attribute:
    def get(scope: Scope) -> Any:
        channel = scope.rig.hardware.channel(scope.target)
        if channel.module.product.kind != kind:
            raise DriverError(DAQmxErrors.ATTR_NOT_SUPPORTED, f"Physical Channel: {channel.name}")
        return value

    return Attribute(get)


PHYSICAL = family(
    "PhysicalChannel",
    {
        "PHYSICAL_CHAN_AI_TERM_CFGS": _of_physical("ai", 4),  # bit field: 4 is differential
        "PHYSICAL_CHAN_AO_TERM_CFGS": _of_physical("ao", 1),  # bit field: 1 is single-ended
        "PHYSICAL_CHAN_AI_SUPPORTED_MEAS_TYPES": _of_physical("ai", [UsageTypeAI.VOLTAGE.value]),
        "PHYSICAL_CHAN_AO_SUPPORTED_OUTPUT_TYPES": _of_physical("ao", [UsageTypeAO.VOLTAGE.value]),
    },
)


def _device(
    of_module: Callable[[ModuleDevice], Any], of_chassis: Callable[[Scope], Any]
) -> Attribute:
    def get(scope: Scope) -> Any:
        module = scope.rig.hardware.module(scope.target)
        return of_chassis(scope) if module is None else of_module(module)

    return Attribute(get)


def _of_module(kind: str, get: Callable[[ModuleDevice], Any]) -> Attribute:
    """A property that only modules of one kind have."""

    def value(scope: Scope) -> Any:
        module = scope.rig.hardware.module(scope.target)
        if module is None or (kind and module.product.kind != kind):
            raise DriverError(DAQmxErrors.ATTR_NOT_SUPPORTED, f"Device: {scope.target}")
        return get(module)

    return Attribute(value)


def _channels(kind: str) -> Attribute:
    def of_module(module: ModuleDevice) -> str:
        return join_names(module.channels if module.product.kind == kind else [])

    return _device(of_module, lambda scope: "")


_NO_CHANNELS = _device(lambda module: "", lambda scope: "")


def _of_chassis(get: Callable[[Scope], Any]) -> Attribute:
    def value(scope: Scope) -> Any:
        if scope.rig.hardware.module(scope.target) is not None:
            raise DriverError(DAQmxErrors.ATTR_NOT_SUPPORTED, f"Device: {scope.target}")
        return get(scope)

    return Attribute(value)


def _ranges(module: ModuleDevice) -> list[float]:
    return [-module.product.range_v, module.product.range_v]


DEVICE = family(
    "Device",
    {
        "PRODUCT_TYPE": _device(
            lambda module: module.product_type, lambda scope: scope.rig.hardware.product_type
        ),
        "PRODUCT_CATEGORY": _device(
            lambda module: ProductCategory.C_SERIES_MODULE.value,
            lambda scope: ProductCategory.COMPACT_DAQ_CHASSIS.value,
        ),
        "PRODUCT_NUM": _device(lambda module: 0, lambda scope: 0),
        "SERIAL_NUM": _device(lambda module: 0, lambda scope: 0),
        "IS_SIMULATED": _device(lambda module: True, lambda scope: True),
        "BUS_TYPE": _device(
            lambda module: BusType.COMPACT_DAQ.value, lambda scope: BusType.USB.value
        ),
        "TERMINALS": _device(
            lambda module: "", lambda scope: join_names(scope.rig.hardware.terminals)
        ),
        "CHASSIS_MODULE_DEV_NAMES": _of_chassis(
            lambda scope: join_names(module.name for module in scope.rig.hardware.modules)
        ),
        "COMPACT_DAQ_CHASSIS_DEV_NAME": Attribute(
            lambda scope: (
                scope.rig.hardware.chassis if scope.rig.hardware.module(scope.target) else ""
            )
        ),
        "COMPACT_DAQ_SLOT_NUM": _of_module("", lambda module: module.slot),
        "AI_PHYSICAL_CHANS": _channels("ai"),
        "AO_PHYSICAL_CHANS": _channels("ao"),
        "DI_LINES": _NO_CHANNELS,
        "DI_PORTS": _NO_CHANNELS,
        "DO_LINES": _NO_CHANNELS,
        "DO_PORTS": _NO_CHANNELS,
        "CI_PHYSICAL_CHANS": _NO_CHANNELS,
        "CO_PHYSICAL_CHANS": _NO_CHANNELS,
        "AI_MAX_SINGLE_CHAN_RATE": _of_module("ai", lambda each: each.product.highest_rate_hz),
        "AI_MAX_MULTI_CHAN_RATE": _of_module("ai", lambda each: each.product.highest_rate_hz),
        "AI_MIN_RATE": _of_module("ai", lambda each: LOWEST_HZ),
        "AO_MAX_RATE": _of_module("ao", lambda each: each.product.highest_rate_hz),
        "AO_MIN_RATE": _of_module("ao", lambda each: LOWEST_HZ),
        "AI_VOLTAGE_RNGS": _of_module("ai", _ranges),
        "AO_VOLTAGE_RNGS": _of_module("ao", _ranges),
        "AI_SUPPORTED_MEAS_TYPES": _of_module("ai", lambda each: [UsageTypeAI.VOLTAGE.value]),
        "AO_SUPPORTED_OUTPUT_TYPES": _of_module("ao", lambda each: [UsageTypeAO.VOLTAGE.value]),
        "AI_SAMP_MODES": _of_module("ai", lambda each: _SAMPLE_MODES),
        "AO_SAMP_MODES": _of_module("ao", lambda each: _SAMPLE_MODES),
        "AI_SIMULTANEOUS_SAMPLING_SUPPORTED": _of_module("ai", lambda each: True),
        "AO_SAMP_CLK_SUPPORTED": _of_module("ao", lambda each: True),
        "ANLG_TRIG_SUPPORTED": _device(lambda module: False, lambda scope: False),
        "DIG_TRIG_SUPPORTED": _device(lambda module: True, lambda scope: True),
        "AI_TRIG_USAGE": _of_module("ai", lambda each: _START_TRIGGER),
        "AO_TRIG_USAGE": _of_module("ao", lambda each: _START_TRIGGER),
        "NUM_DMA_CHANS": _device(lambda module: 0, lambda scope: 0),
    },
)

SYSTEM = family(
    "System",
    {
        "DEV_NAMES": Attribute(lambda scope: join_names(scope.rig.hardware.device_names)),
        "GLOBAL_CHANS": constant(""),
        "SCALES": constant(""),
        "TASKS": constant(""),
        "NIDAQ_MAJOR_VERSION": constant(VERSION[0]),
        "NIDAQ_MINOR_VERSION": constant(VERSION[1]),
        "NIDAQ_UPDATE_VERSION": constant(VERSION[2]),
    },
)
