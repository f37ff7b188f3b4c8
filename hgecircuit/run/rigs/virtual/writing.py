"""Writing outputs: at once, into the buffer before the start, or into that of a running task."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from nidaqmx.constants import WriteRelativeTo
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.virtual.drives import AT_ONCE_S, Drive
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.lifecycle import generation_failure, reserve, start
from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.tasks import State, Task


def write(
    rig: VirtualRig,
    task: Task,
    volts: np.ndarray,
    auto_start: bool,
    timeout_s: float,
    alive: Callable[[], bool],
) -> int:
    """Write samples to an output task.

    Args:
        rig: The rig.
        task: The task.
        volts: Shape (samples, channels).
        auto_start: Whether to start the task.
        timeout_s: Longest wait for room in the buffer, in simulated time; below 0 for ever.
        alive: Whether the caller still waits.

    Returns:
        Samples per channel written.

    Raises:
        DriverError: A value is not allowed, or not all could be written.
    """
    if task.kind != "ao":
        raise DriverError(DAQmxErrors.WRITE_NO_OUTPUT_CHANS_IN_TASK, f"Task Name: {task.name}")
    _check_values(task, volts)
    put_out_v = _quantised(rig, task, volts)
    if not task.hardware_timed:
        return _write_at_once(rig, task, put_out_v, auto_start)
    if task.running:
        return _write_running(rig, task, put_out_v, timeout_s, alive)
    before = task.state
    _write_before_start(rig, task, put_out_v)
    if auto_start:
        start(rig, task, auto=True)
        task.rest_state = before  # its stop gives back what the write has reserved
    return len(volts)


def _check_values(task: Task, volts: np.ndarray) -> None:
    for index, channel in enumerate(task.channels):
        bad = ~((volts[:, index] >= channel.min_v) & (volts[:, index] <= channel.max_v))
        if bad.any():
            where = int(np.argmax(bad))
            raise DriverError(
                DAQmxErrors.INVALID_AO_DATA_WRITE,
                f"Sample {where}: {volts[where, index]:g} V\nMinimum: {channel.min_v:g} V\n"
                f"Maximum: {channel.max_v:g} V\nChannel Name: {channel.name}\n"
                f"Task Name: {task.name}",
                samples_written=0,
            )


def _quantised(rig: VirtualRig, task: Task, volts: np.ndarray) -> np.ndarray:
    columns = [
        rig.converter(channel.physical.module)(volts[:, index])
        for index, channel in enumerate(task.channels)
    ]
    return np.stack(columns, axis=1)


def _write_at_once(rig: VirtualRig, task: Task, volts: np.ndarray, auto_start: bool) -> int:
    if not task.running:
        if not auto_start:
            raise DriverError(
                DAQmxErrors.CANNOT_WRITE_WHEN_AUTO_START_FALSE_AND_TASK_NOT_RUNNING,
                f"Task Name: {task.name}",
            )
        before = task.state
        reserve(rig, task)
        task.state = before
    rig.check_present()
    outputs = np.array([rig.output_index(each.physical) for each in task.channels])
    now_s = rig.now_s
    rig.log.add(Drive(outputs, volts[-1:], AT_ONCE_S, start_s=now_s))
    rig.forget()
    rig.clock.changed()
    return len(volts)


def _write_before_start(rig: VirtualRig, task: Task, volts: np.ndarray) -> None:
    """Write into the buffer; what was generated before is replaced.

    Without a size set by the program, the first write makes the buffer just large enough for it.
    """
    reserve(rig, task, State.COMMITTED)
    if task.generated:
        task.pending, task.generated = None, False
    old = np.empty((0, len(task.channels))) if task.pending is None else task.pending
    begin = task.write_offset
    if task.write_relative_to is WriteRelativeTo.CURRENT_WRITE_POSITION:
        begin += len(old)
    end = begin + len(volts)
    size = task.output_buffer or (end if task.pending is None else len(old))
    if begin < 0 or end > size or begin > len(old):
        raise DriverError(
            DAQmxErrors.WRITE_FAILS_BUFFER_SIZE_AUTO_CONFIGURED
            if task.output_buffer is None
            else DAQmxErrors.SAMPLES_CAN_NOT_YET_BE_WRITTEN,
            f"Buffer: {size} samples\nTask Name: {task.name}",
            samples_written=0,
        )
    task.pending = np.concatenate([old[:begin], volts, old[end:]])


def space(rig: VirtualRig, task: Task) -> int:
    """Samples for which the output buffer has room."""
    drive = task.drive
    if drive is None:
        return max(
            (task.output_buffer or 0) - (0 if task.pending is None else len(task.pending)), 0
        )
    return max(drive.buffer - (drive.written - drive.generated(rig.now_s)), 0)


def _write_running(
    rig: VirtualRig,
    task: Task,
    volts: np.ndarray,
    timeout_s: float,
    alive: Callable[[], bool],
) -> int:
    drive = task.drive
    assert drive is not None
    failure = generation_failure(rig, task)
    if failure is not None:
        raise failure
    if task.write_relative_to is not WriteRelativeTo.CURRENT_WRITE_POSITION or task.write_offset:
        raise DriverError(
            DAQmxErrors.INVALID_ATTRIBUTE_VALUE,
            "Property: Write.RelativeTo\nWhile a task runs, the virtual rig writes only behind "
            f"what was written last.\nTask Name: {task.name}",
            samples_written=0,
        )
    if drive.total is not None and drive.written + len(volts) > drive.total:
        raise DriverError(
            DAQmxErrors.SAMPLES_WILL_NEVER_BE_GENERATED,
            f"Samples to generate: {drive.total}\nTask Name: {task.name}",
            samples_written=0,
        )
    if drive.regenerate and drive.generated(rig.now_s) > drive.written:
        drive = _replace_ring(rig, task, drive)
    # The driver moves samples into the buffer as room appears, so none is ever missing while a
    # write waits; that is why they count as written before the wait.
    before, last = drive.written, drive.written + len(volts) - drive.buffer
    drive.extend(volts)
    rig.clock.changed()
    done = rig.wait_for(lambda: drive.time_of(last - 1) if last > 0 else 0.0, timeout_s, alive)
    rig.forget()
    if done:
        return len(volts)
    fits = max(drive.generated(rig.now_s) + drive.buffer - before, 0)
    drive.shorten(before + fits)
    raise DriverError(
        DAQmxErrors.SAMPLES_CAN_NOT_YET_BE_WRITTEN,
        f"Task Name: {task.name}",
        samples_written=fits,
    )


def _replace_ring(rig: VirtualRig, task: Task, drive: Drive) -> Drive:
    """A drive that goes on where one is that repeats its buffer, so that it can be written anew."""
    count = drive.generated(rig.now_s)
    follower = Drive(
        outputs=drive.outputs,
        samples=drive.ring(count),
        step_s=drive.step_s,
        start_s=drive.time_of(count),
        total=None if drive.total is None else drive.total - count,
        buffer=drive.buffer,
    )
    rig.log.add(follower)
    task.drive = follower
    return follower
