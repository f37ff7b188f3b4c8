"""Properties that programs read and set: what every table of them is made of, and looking one up.

A property has a number and a type. The numbers and types are those of the stubs in `nidaqmx`, by
name; a number that the stubs don't have for a type is "not valid", one that no table here has is
"not supported", as with the driver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nidaqmx._stubs import nidaqmx_pb2 as pb
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.tasks import State, Task, VirtualChannel

# Read by nidaqmx 1.x from drivers of 24.5 and later, and not in its stubs.
DEFAULT_SAMPLES_TO_READ = 0x31E8


@dataclass(frozen=True)
class Scope:
    """What a property is asked of.

    Attributes:
        rig: The rig.
        task: The task, of a task's property.
        target: The device or physical channel, of theirs.
        channels: The channels meant, of a channel's property.
    """

    rig: VirtualRig
    task: Task | None = None
    target: str = ""
    channels: tuple[VirtualChannel, ...] = ()

    @property
    def of_task(self) -> Task:
        """The task of a property that has one."""
        assert self.task is not None
        return self.task


@dataclass(frozen=True)
class Attribute:
    """One property.

    Attributes:
        get: Its value.
        put: Sets it, or None where it can only be read.
        default: What a reset sets, or None where it can't be reset.
    """

    get: Callable[[Scope], Any]
    put: Callable[[Scope, Any], None] | None = None
    default: Callable[[Scope], Any] | None = None


@dataclass(frozen=True)
class Family:
    """All properties of one kind of thing.

    Attributes:
        enums: First part of the names of the stubs' enumerations, such as ``Read``.
        table: Supported properties by number.
    """

    enums: str
    table: Mapping[int, Attribute]

    def find(self, number: int, kind: str, detail: str) -> Attribute:
        """The property of a number, of a type such as ``UInt32`` or ``Reset``.

        Raises:
            DriverError: It does not exist with this type, or is not supported.
        """
        enum = pb.DESCRIPTOR.enum_types_by_name[f"{self.enums}{kind}Attribute"]
        known = number in enum.values_by_number and number != 0
        if not known and number != DEFAULT_SAMPLES_TO_READ:
            raise DriverError(
                DAQmxErrors.SPECIFIED_ATTR_NOT_VALID, f"Property: {number:#x}\n{detail}"
            )
        if number not in self.table:
            name = enum.values_by_number[number].name if known else f"{number:#x}"
            raise DriverError(
                DAQmxErrors.ATTRIBUTE_NOT_SUPPORTED_IN_TASK_CONTEXT
                if self.enums in _OF_TASKS
                else DAQmxErrors.ATTR_NOT_SUPPORTED,
                f"Property: {name}\n{detail}",
            )
        return self.table[number]


_OF_TASKS = {"Channel", "Read", "Write", "Task", "Buffer", "Timing", "Trigger", "ExportSignal"}


def family(enums: str, table: Mapping[str, Attribute]) -> Family:
    """A family from a table by the stubs' names without their first part."""
    prefix = f"{enums.upper()}_ATTRIBUTE_"
    return Family(enums, {getattr(pb, prefix + name): value for name, value in table.items()})


def constant(value: Any) -> Attribute:
    """A property that never changes."""
    return Attribute(lambda scope: value)


def setting(
    get: Callable[[Task], Any],
    put: Callable[[Task, Any], None],
    default: Any,
    running: bool = False,
) -> Attribute:
    """A property of a task that a program may set, unless the task runs.

    Args:
        get: Its value.
        put: Sets it.
        default: What a reset sets.
        running: Whether it can be set while the task runs as well.
    """

    def checked(scope: Scope, value: Any) -> None:
        task = scope.of_task
        if task.running and not running:
            raise DriverError(
                DAQmxErrors.CANNOT_SET_PROPERTY_WHEN_TASK_RUNNING, f"Task Name: {task.name}"
            )
        put(task, value)
        if task.state is State.VERIFIED:
            task.state = task.rest_state = State.UNVERIFIED

    return Attribute(lambda scope: get(scope.of_task), checked, lambda scope: default)


def choice(name: str, value: int, allowed: Mapping[int, Any]) -> Any:
    """One of the values that are supported.

    Raises:
        DriverError: It is none of them.
    """
    if value not in allowed:
        raise DriverError(
            DAQmxErrors.INVALID_ATTRIBUTE_VALUE, f"Property: {name}\nRequested Value: {value}"
        )
    return allowed[value]


def chosen(
    name: str, attribute: str, values: Iterable[Any], default: Any, running: bool = False
) -> Attribute:
    """A property of a task whose value is one of the members of an enumeration.

    Args:
        name: Its name in messages.
        attribute: The task's attribute that holds it.
        values: Members that are supported.
        default: What a reset sets.
        running: Whether it can be set while the task runs as well.
    """
    allowed = {each.value: each for each in values}
    return setting(
        lambda task: getattr(task, attribute).value,
        lambda task, value: setattr(task, attribute, choice(name, value, allowed)),
        default.value,
        running,
    )


def plain(attribute: str, default: Any, running: bool = False) -> Attribute:
    """A property of a task that is kept as it is, in the task's attribute of that name."""
    return setting(
        lambda task: getattr(task, attribute),
        lambda task, value: setattr(task, attribute, value),
        default,
        running,
    )
