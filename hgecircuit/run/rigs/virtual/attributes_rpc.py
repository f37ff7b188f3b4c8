"""Reading, setting and resetting properties: one procedure per kind of thing and type of value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nidaqmx._stubs import nidaqmx_pb2 as pb
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.virtual.attributes import Family, Scope
from hgecircuit.run.rigs.virtual.attributes_device import CHANNEL, DEVICE, PHYSICAL, SYSTEM
from hgecircuit.run.rigs.virtual.attributes_task import (
    BUFFER,
    READ,
    TASK,
    WRITE,
)
from hgecircuit.run.rigs.virtual.attributes_timing import EXPORT, TIMING, TRIGGER
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.names import split_names
from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.tasks import Task, VirtualChannel

Procedure = Callable[[VirtualRig, Any, Callable[[], bool]], Any]
_VALUES = ("Bool", "Double", "DoubleArray", "Int32", "Int32Array", "String", "UInt32", "UInt64")
_VALUES += ("UInt32Array", "Bytes", "Timestamp")


@dataclass(frozen=True)
class Kind:
    """Names of one kind of thing in the procedures, and how a request says which one is meant.

    Attributes:
        name: Its name in the procedures' names.
        family: Its properties.
        scope: What a request means.
        suffix: Between the procedure's name and the type of value.
    """

    name: str
    family: Family
    scope: Callable[[VirtualRig, Any], Scope]
    suffix: str = ""


def _of_task(rig: VirtualRig, request: Any) -> Scope:
    return Scope(rig, rig.task(request.task.name))


def _of_channels(rig: VirtualRig, request: Any) -> Scope:
    task = rig.task(request.task.name)
    return Scope(rig, task, channels=tuple(_channels(task, request.channel)))


def _channels(task: Task, text: str) -> list[VirtualChannel]:
    """The channels of a list of virtual or physical names; all for an empty one."""
    if not task.channels:
        raise DriverError(
            DAQmxErrors.CAN_NOT_PERFORM_OP_WHEN_NO_CHANS_IN_TASK, f"Task Name: {task.name}"
        )
    found = []
    for name in split_names(text):
        wanted = name.strip("/").lower()
        channel = next(
            (
                each
                for each in task.channels
                if wanted in (each.name.lower(), each.physical.name.lower())
            ),
            None,
        )
        if channel is None:
            raise DriverError(
                DAQmxErrors.INVALID_CHAN_NAME, f"Channel Name: {name}\nTask Name: {task.name}"
            )
        found.append(channel)
    return found or task.channels


#: All kinds of things that have properties.
KINDS = (
    Kind("Task", TASK, _of_task),
    Kind("Read", READ, _of_task),
    Kind("Write", WRITE, _of_task),
    Kind("Buffer", BUFFER, _of_task),
    Kind("Timing", TIMING, _of_task),
    Kind("Timing", TIMING, _of_task, suffix="Ex"),
    Kind("Trig", TRIGGER, _of_task),
    Kind("ExportedSignal", EXPORT, _of_task),
    Kind("Chan", CHANNEL, _of_channels),
    Kind("Device", DEVICE, lambda rig, request: Scope(rig, target=request.device_name)),
    Kind(
        "PhysicalChan", PHYSICAL, lambda rig, request: Scope(rig, target=request.physical_channel)
    ),
    Kind("SystemInfo", SYSTEM, lambda rig, request: Scope(rig)),
)


def _number(request: Any) -> int:
    return request.attribute_raw or request.attribute


def _detail(request: Any) -> str:
    for name in ("channel", "physical_channel", "device_name"):
        if getattr(request, name, ""):
            return f"{name}: {getattr(request, name)}"
    return f"Task Name: {request.task.name}" if hasattr(request, "task") else ""


def _getter(kind: Kind, value: str, response: Any) -> Procedure:
    raw = "value_raw" if "value_raw" in response.DESCRIPTOR.fields_by_name else "value"

    def get(rig: VirtualRig, request: Any, alive: Callable[[], bool]) -> Any:
        found = kind.family.find(_number(request), value, _detail(request))
        return response(**{raw: found.get(kind.scope(rig, request))})

    return get


def _setter(kind: Kind, value: str, response: Any) -> Procedure:
    def put(rig: VirtualRig, request: Any, alive: Callable[[], bool]) -> Any:
        found = kind.family.find(_number(request), value, _detail(request))
        if found.put is None:
            raise DriverError(
                DAQmxErrors.ATTR_NOT_SUPPORTED, f"It can only be read.\n{_detail(request)}"
            )
        new = request.value
        if "value_raw" in request.DESCRIPTOR.fields_by_name:
            new = request.value_raw or request.value
        found.put(kind.scope(rig, request), new)
        return response()

    return put


def _resetter(kind: Kind, response: Any) -> Procedure:
    def reset(rig: VirtualRig, request: Any, alive: Callable[[], bool]) -> Any:
        found = kind.family.find(_number(request), "Reset", _detail(request))
        scope = kind.scope(rig, request)
        if found.put is None or found.default is None:
            raise DriverError(
                DAQmxErrors.ATTR_NOT_SUPPORTED, f"It can't be reset.\n{_detail(request)}"
            )
        found.put(scope, found.default(scope))
        return response()

    return reset


def attribute_procedures() -> Mapping[str, Procedure]:
    """All procedures on properties, by name."""
    return dict(_all())


def _all() -> Iterator[tuple[str, Procedure]]:
    methods = pb.DESCRIPTOR.services_by_name["NiDAQmx"].methods_by_name
    for kind in KINDS:
        reset = f"Reset{kind.name}Attribute{kind.suffix}"
        if reset in methods:
            yield reset, _resetter(kind, getattr(pb, f"{reset}Response"))
        for value in _VALUES:
            get = f"Get{kind.name}Attribute{kind.suffix}{value}"
            if get in methods:
                yield get, _getter(kind, value, getattr(pb, f"{get}Response"))
            put = f"Set{kind.name}Attribute{kind.suffix}{value}"
            if put in methods:
                yield put, _setter(kind, value, getattr(pb, f"{put}Response"))
