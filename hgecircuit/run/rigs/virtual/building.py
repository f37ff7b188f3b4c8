"""Building tasks: making them, adding channels, setting timing and triggers."""

from __future__ import annotations

from itertools import count

from nidaqmx.constants import AcquisitionType, Edge, TerminalConfiguration, VoltageUnits
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.products import ModuleKind
from hgecircuit.run.rigs.virtual.attributes import choice
from hgecircuit.run.rigs.virtual.attributes_timing import check_clock_source
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.lifecycle import halt
from hgecircuit.run.rigs.virtual.names import split_names, virtual_names
from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.tasks import State, Task, VirtualChannel

# How the modules here are wired, which is also what the default means.
_WIRED = {"ai": TerminalConfiguration.DIFF, "ao": TerminalConfiguration.RSE}


def create_task(rig: VirtualRig, name: str) -> Task:
    """A new task; without a name it gets one, as in the driver."""
    if not name:
        taken = {task.name for task in rig.tasks.values()}
        name = next(each for each in map(_unnamed, count()) if each not in taken)
    task = Task(name=name, session=name)
    rig.tasks[task.session] = task
    return task


def _unnamed(number: int) -> str:
    return f"_unnamedTask<{number:X}>"


def clear_task(rig: VirtualRig, task: Task) -> None:
    """End a task; what its outputs put out stays."""
    halt(rig, task)
    del rig.tasks[task.session]
    rig.clock.changed()


def add_channels(
    rig: VirtualRig,
    task: Task,
    kind: ModuleKind,
    physical: str,
    names: str,
    limits_v: tuple[float, float],
    terminal_config: int,
    units: int,
) -> None:
    """Add voltage channels to a task.

    Args:
        rig: The rig.
        task: The task.
        kind: ``ai`` or ``ao``.
        physical: List of physical channels.
        names: List of names, or empty.
        limits_v: Smallest and largest voltage.
        terminal_config: Wiring as the driver's number; outputs have the default.
        units: Units as the driver's number; only volts.

    Raises:
        DriverError: Something does not exist or is not possible.
    """
    if task.running:
        raise DriverError(
            DAQmxErrors.CAN_NOT_PERFORM_OP_WHILE_TASK_RUNNING, f"Task Name: {task.name}"
        )
    if task.state >= State.RESERVED:
        raise DriverError(
            DAQmxErrors.CANNOT_CREATE_CHANNEL_AFTER_TASK_VERIFIED, f"Task Name: {task.name}"
        )
    wanted = [rig.hardware.channel(name) for name in split_names(physical)]
    if not wanted:
        raise DriverError(DAQmxErrors.PHYSICAL_CHANNEL_NOT_SPECIFIED, f"Task Name: {task.name}")
    choice("Units", units, {VoltageUnits.VOLTS.value: VoltageUnits.VOLTS})
    config = _wiring(kind, terminal_config)
    new = [
        VirtualChannel(name, channel, *limits_v, config)
        for name, channel in zip(
            virtual_names(names, [each.name for each in wanted]), wanted, strict=True
        )
    ]
    for channel in new:
        if channel.physical.module.product.kind != kind:
            raise DriverError(
                DAQmxErrors.INVALID_PHYS_CHAN_TYPE,
                f"Physical Channel: {channel.physical.name}\nTask Name: {task.name}",
            )
    if task.kind not in (None, kind):
        raise DriverError(DAQmxErrors.MULTI_CHAN_TYPES_IN_TASK, f"Task Name: {task.name}")
    _check_repeated([*task.channels, *new], task)
    task.channels += new
    task.state = task.rest_state = State.UNVERIFIED


def _wiring(kind: ModuleKind, config: int) -> int:
    own = _WIRED[kind].value
    allowed = {own: own, TerminalConfiguration.DEFAULT.value: own}
    return choice(f"{kind.upper()}.TermCfg", config, allowed)


def _check_repeated(channels: list[VirtualChannel], task: Task) -> None:
    names = [each.name.lower() for each in channels]
    physical = [each.physical.name for each in channels]
    for index, channel in enumerate(channels):
        if names[index] in names[:index]:
            raise DriverError(
                DAQmxErrors.CHAN_ALREADY_IN_TASK,
                f"Channel Name: {channel.name}\nTask Name: {task.name}",
            )
        if physical[index] in physical[:index]:
            raise DriverError(
                DAQmxErrors.REPEATED_PHYSICAL_CHAN,
                f"Physical Channel: {physical[index]}\nTask Name: {task.name}",
            )


def set_sample_clock(
    rig: VirtualRig,
    task: Task,
    source: str,
    rate_hz: float,
    edge: int,
    mode: int,
    samples: int,
) -> None:
    """Let a sample clock time a task.

    Raises:
        DriverError: The task runs, or the rig has no such clock.
    """
    _check_idle(task)
    check_clock_source(rig, source)
    task.active_edge = choice("SampClk.ActiveEdge", edge, {each.value: each for each in Edge})
    modes = {each.value: each for each in (AcquisitionType.FINITE, AcquisitionType.CONTINUOUS)}
    task.mode = choice("SampQuant.SampMode", mode, modes)
    if not rate_hz > 0 or samples < 1:
        what = f"SampClk.Rate\nRequested Value: {rate_hz:g}"
        if samples < 1:
            what = f"SampQuant.SampPerChan\nRequested Value: {samples}"
        raise DriverError(DAQmxErrors.INVALID_ATTRIBUTE_VALUE, f"Property: {what}")
    task.rate_hz, task.samples, task.timing = rate_hz, samples, "sample_clock"
    _changed(task)


def set_start_trigger(rig: VirtualRig, task: Task, source: str, edge: int) -> None:
    """Let a terminal start a task.

    Raises:
        DriverError: The task runs, or there is no such terminal.
    """
    _check_idle(task)
    task.trigger = rig.hardware.terminal(source)
    task.trigger_edge = choice("DigEdge.StartTrig.Edge", edge, {each.value: each for each in Edge})
    _changed(task)


def disable_start_trigger(task: Task) -> None:
    """Let a task start by itself."""
    _check_idle(task)
    task.trigger = None
    _changed(task)


def _check_idle(task: Task) -> None:
    if task.running:
        raise DriverError(
            DAQmxErrors.CANNOT_SET_PROPERTY_WHEN_TASK_RUNNING, f"Task Name: {task.name}"
        )
    if not task.channels:
        raise DriverError(
            DAQmxErrors.CAN_NOT_PERFORM_OP_WHEN_NO_CHANS_IN_TASK, f"Task Name: {task.name}"
        )


def _changed(task: Task) -> None:
    """What is set anew must be verified anew; a reservation goes with it."""
    if task.state is State.VERIFIED:
        task.state = task.rest_state = State.UNVERIFIED


def set_buffer(task: Task, name: str, samples: int) -> None:
    """Set ``input_buffer`` or ``output_buffer``.

    Raises:
        DriverError: The task runs.
    """
    _check_idle(task)
    setattr(task, name, samples)
    _changed(task)
