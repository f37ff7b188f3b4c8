"""A task's way through its states: verified, reserved, committed, running, and back."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np
from nidaqmx.constants import AcquisitionType, RegenerationMode
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.products import ModuleKind
from hgecircuit.run.rigs.virtual.drives import AT_ONCE_S, Drive
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.faults import Interval
from hgecircuit.run.rigs.virtual.hardware import START_TRIGGERS, ModuleDevice
from hgecircuit.run.rigs.virtual.rates import task_rate_hz
from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.tasks import Acquisition, State, Task

# Input buffer of a continuous task by its rate: NI-DAQmx help, "How Is Buffer Size Determined?".
_BUFFERS = ((100.0, 1_000), (10e3, 10_000), (1e6, 100_000))
_LARGEST_BUFFER = 1_000_000
# Tasks with a sample clock that may run at a time: "ai", "te0" and "te1", and "ao".
_ENGINES: dict[ModuleKind, int] = {"ai": 3, "ao": 1}


def verify(rig: VirtualRig, task: Task) -> None:
    """Check what a program has set against the hardware.

    Raises:
        DriverError: Something is not possible.
    """
    rig.check_present()
    if not task.channels:
        raise DriverError(
            DAQmxErrors.CAN_NOT_PERFORM_OP_WHEN_NO_CHANS_IN_TASK, f"Task Name: {task.name}"
        )
    for channel in task.channels:
        limit_v = channel.physical.module.product.range_v
        kind = channel.physical.module.product.kind.upper()
        for end, value in (("Max", channel.max_v), ("Min", channel.min_v)):
            if not -limit_v <= value <= limit_v:
                raise DriverError(
                    DAQmxErrors.INVALID_ATTRIBUTE_VALUE,
                    f"Property: {kind}.{end}\nRequested Value: {value:g}\nMaximum Value: "
                    f"{limit_v:g}\nMinimum Value: {-limit_v:g}\nChannel Name: {channel.name}\n"
                    f"Task Name: {task.name}",
                )
        if not channel.min_v < channel.max_v:
            raise DriverError(
                DAQmxErrors.INVALID_ATTRIBUTE_VALUE,
                f"Property: {kind}.Max\nRequested Value: {channel.max_v:g}\nChannel Name: "
                f"{channel.name}\nTask Name: {task.name}",
            )
    if task.hardware_timed:
        task_rate_hz(task)
    task.state = max(task.state, State.VERIFIED)


def reserve(rig: VirtualRig, task: Task, state: State = State.RESERVED) -> None:
    """Take the hardware for a task.

    The rules are those of the cDAQ-9178 and cDAQ-9138 user manuals: an input module belongs to one
    task; an output module to one with a sample clock, or its channels to several without; the
    chassis has :data:`_ENGINES` of each kind.

    Raises:
        DriverError: Another task has it.
    """
    verify(rig, task)
    others = [
        each for each in rig.tasks.values() if each is not task and each.state >= State.RESERVED
    ]
    if (clash := _find_clash(task, others)) is not None:
        rival, what = clash
        raise DriverError(
            DAQmxErrors.PAL_RESOURCE_RESERVED,
            f"Resource: {what}\nTask Name: {task.name}\nConflicting Task Name: {rival.name}",
        )
    task.state = max(task.state, state)


def _find_clash(task: Task, others: Sequence[Task]) -> tuple[Task, str] | None:
    """Another task that has what a task needs, and what that is."""
    for other in others:
        if (what := _clash(task, other)) is not None:
            return other, what
    rivals = [each for each in others if each.hardware_timed and each.kind == task.kind]
    if task.kind and task.hardware_timed and len(rivals) >= _ENGINES[task.kind]:
        return rivals[0], f"{task.kind}/SampleClock"
    return None


def _clash(task: Task, other: Task) -> str | None:
    """The channel or module that two tasks both need, or None."""
    names = {each.physical.name for each in other.channels}
    for channel in task.channels:
        if channel.physical.name in names:
            return channel.physical.name
    if task.kind == "ao" and not (task.hardware_timed or other.hardware_timed):
        return None
    modules = {module.name for module in other.modules}
    return next((module.name for module in task.modules if module.name in modules), None)


def start(rig: VirtualRig, task: Task, *, auto: bool = False) -> None:
    """Start a task, or arm it if it waits for a trigger.

    Raises:
        DriverError: It runs already, or can't be started.
    """
    if task.running:
        raise DriverError(
            DAQmxErrors.CAN_NOT_PERFORM_OP_WHILE_TASK_RUNNING, f"Task Name: {task.name}"
        )
    before = task.state
    reserve(rig, task)
    if task.hardware_timed and task.kind == "ao":
        if task.pending is None:
            task.state = before
            raise DriverError(DAQmxErrors.OUTPUT_BUFFER_EMPTY, f"Task Name: {task.name}")
        task.drive = _new_drive(rig, task, task.pending)
        task.generated = True
    elif task.hardware_timed:
        task.acquisition = _new_acquisition(task)
    task.rest_state = before
    task.auto_started, task.failure = auto, None
    task.state = State.RUNNING
    task.serial += 1
    task.started_s, task.starved_s = rig.now_s, inf
    if task.hardware_timed and task.trigger is None:
        _fire(rig, task, rig.now_s)
    rig.clock.changed()


def _new_drive(rig: VirtualRig, task: Task, samples: np.ndarray) -> Drive:
    # The rig's time is the input's; an output's clock that is faster has shorter samples.
    rate_hz = task_rate_hz(task) * (1 + rig.spec.virtual.clock_error)
    return Drive(
        outputs=np.array([rig.output_index(each.physical) for each in task.channels]),
        samples=samples,
        step_s=1 / rate_hz,
        total=task.samples if task.mode is AcquisitionType.FINITE else None,
        regenerate=task.regeneration is RegenerationMode.ALLOW_REGENERATION,
        buffer=task.output_buffer or len(samples),
    )


def _new_acquisition(task: Task) -> Acquisition:
    rate_hz = task_rate_hz(task)
    finite = task.mode is AcquisitionType.FINITE
    return Acquisition(
        rate_hz=rate_hz,
        start_s=None,
        total=task.samples if finite else None,
        buffer=input_buffer(task),
        kept=np.empty((len(task.channels), 0)),
    )


def input_buffer(task: Task) -> int:
    """Samples per channel that the buffer of an input holds."""
    if task.input_buffer is not None:
        return task.input_buffer
    if task.mode is AcquisitionType.FINITE:
        return task.samples
    by_rate = next((size for rate_hz, size in _BUFFERS if task.rate_hz <= rate_hz), _LARGEST_BUFFER)
    return max(by_rate, task.samples)


def _fire(rig: VirtualRig, task: Task, time_s: float) -> None:
    """Begin a started task, and with it all that wait for its start trigger."""
    if task.acquisition is not None:
        task.acquisition.start_s = time_s
        for interval in rig.faults.begin_run(time_s):
            _begin_fault(rig, interval)
    if task.drive is not None:
        late_s = rig.faults.late_samples() * task.drive.step_s if task.trigger else 0.0
        task.drive.start_s = time_s + late_s
        rig.log.add(task.drive)
    for other in rig.tasks.values():
        if other.running and _armed(other) and START_TRIGGERS.get(other.trigger or "") == task.kind:
            _fire(rig, other, time_s)


def _begin_fault(rig: VirtualRig, interval: Interval) -> None:
    """Let a fault of outputs begin at its time."""
    fault = interval.fault
    if fault.kind == "stuck_output" and fault.channel is not None:
        output = rig.output_index(rig.hardware.channel(fault.channel))
        rig.log.stick(output, interval.from_s, interval.to_s)
    if fault.kind == "underflow":
        for task in rig.tasks.values():
            if task.drive is not None:
                task.starved_s = interval.from_s
                task.drive.end_s = min(task.drive.end_s, interval.from_s)


def _armed(task: Task) -> bool:
    """Whether a started task waits for its trigger."""
    run = task.acquisition or task.drive
    return run is not None and run.start_s is None


def stop(rig: VirtualRig, task: Task) -> None:
    """Stop a task; its outputs keep their voltages.

    Raises:
        DriverError: It had ended with an error before.
    """
    failure = generation_failure(rig, task) if task.running else None
    halt(rig, task)
    if failure is not None:
        raise failure


def halt(rig: VirtualRig, task: Task) -> None:
    """Stop a task, whatever has happened to it."""
    if not task.running:
        return
    if task.drive is not None:
        task.drive.end_s = min(task.drive.end_s, rig.now_s)
        # what was written lasts as long as the reservation, if it may be generated again
        if not task.drive.regenerate or task.rest_state < State.RESERVED:
            task.pending, task.generated = None, False
    task.state = task.rest_state
    task.acquisition = task.drive = None
    task.auto_started, task.failure = False, None
    rig.forget()
    rig.clock.changed()


def unreserve(rig: VirtualRig, task: Task) -> None:
    """Stop a task and give its hardware back; what was written is lost."""
    halt(rig, task)
    task.state = min(task.state, State.VERIFIED)
    task.rest_state = task.state
    task.pending, task.generated = None, False
    rig.clock.changed()


def done_s(rig: VirtualRig, task: Task) -> float | None:
    """When a started task is done; None if that can't be known yet or never comes.

    Raises:
        DriverError: It has ended with an error.
    """
    if not task.running or not task.hardware_timed:
        return 0.0
    failure = generation_failure(rig, task)
    if failure is not None:
        raise failure
    if task.acquisition is not None:
        total = task.acquisition.total
        return None if total is None else task.acquisition.time_of(total)
    drive = task.drive
    if drive is None or drive.start_s is None or drive.total is None:
        return None
    return min(drive.time_of(drive.total), task.starved_s)


def generation_failure(rig: VirtualRig, task: Task) -> DriverError | None:
    """The error with which a running task has ended, or None."""
    drive = task.drive
    if task.failure is None and drive is not None and rig.now_s >= _starved_s(task, drive):
        task.failure = DriverError(
            DAQmxErrors.GEN_STOPPED_TO_PREVENT_REGEN_OF_OLD_SAMPLES, f"Task Name: {task.name}"
        )
    return task.failure


def _starved_s(task: Task, drive: Drive) -> float:
    """When a generation runs out of samples, by a fault or because none were written in time."""
    complete = drive.total is not None and drive.written >= drive.total
    if drive.regenerate or complete:
        return task.starved_s if not _done_before(drive, task.starved_s) else inf
    return min(drive.time_of(drive.written), task.starved_s)


def _done_before(drive: Drive, time_s: float) -> bool:
    return drive.total is not None and drive.time_of(drive.total) <= time_s


def reset(rig: VirtualRig, module: ModuleDevice | None) -> None:
    """End all tasks on a module, or on the chassis, and set the outputs to 0 V."""
    modules = rig.hardware.modules if module is None else [module]
    names = {each.name for each in modules}
    for task in list(rig.tasks.values()):
        if names & {each.name for each in task.modules}:
            unreserve(rig, task)
    outputs = [
        rig.output_index(rig.hardware.channel(name))
        for each in modules
        if each.product.kind == "ao"
        for name in each.channels
    ]
    if outputs:
        zeros = np.zeros((1, len(outputs)))
        rig.log.add(Drive(np.array(outputs), zeros, AT_ONCE_S, start_s=rig.now_s))
