"""Properties of tasks: their reads, writes and buffers."""

from __future__ import annotations

from nidaqmx.constants import (
    OverwriteMode,
    ReadRelativeTo,
    RegenerationMode,
    WaitMode,
    WriteRelativeTo,
)
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.virtual.attributes import (
    DEFAULT_SAMPLES_TO_READ,
    Attribute,
    Family,
    Scope,
    chosen,
    constant,
    family,
    plain,
    setting,
)
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.lifecycle import done_s, input_buffer
from hgecircuit.run.rigs.virtual.names import join_names, split_names
from hgecircuit.run.rigs.virtual.reading import available, default_samples
from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.tasks import Task
from hgecircuit.run.rigs.virtual.writing import space


def _names(task: Task) -> str:
    return join_names(each.name for each in task.channels)


def _devices(task: Task) -> list[str]:
    return [module.name for module in task.modules]


def task_done(rig: VirtualRig, task: Task) -> bool:
    """Whether a task is done now; asking takes a little event time if it is not."""
    due = done_s(rig, task)
    if due is not None and due <= rig.now_s:
        return True
    rig.poll()
    return False


TASK = family(
    "Task",
    {
        "NAME": Attribute(lambda scope: scope.of_task.name),
        "CHANNELS": Attribute(lambda scope: _names(scope.of_task)),
        "DEVICES": Attribute(lambda scope: join_names(_devices(scope.of_task))),
        "NUM_CHANS": Attribute(lambda scope: len(scope.of_task.channels)),
        "NUM_DEVICES": Attribute(lambda scope: len(_devices(scope.of_task))),
        "COMPLETE": Attribute(lambda scope: task_done(scope.rig, scope.of_task)),
    },
)


def _polled_available(scope: Scope) -> int:
    count = available(scope.rig, scope.of_task)
    if not count:
        scope.rig.poll()
    return available(scope.rig, scope.of_task)


def _acquired(scope: Scope) -> int:
    run = scope.of_task.acquisition
    if run is None:
        return 0
    scope.rig.poll()
    return run.acquired(scope.rig.now_s)


def _read_position(task: Task) -> int:
    return 0 if task.acquisition is None else task.acquisition.read


def _channels_to_read(task: Task) -> str:
    return join_names(task.channels[index].name for index in task.readable)


def _set_channels_to_read(task: Task, text: str) -> None:
    names = [each.name.lower() for each in task.channels]
    wanted = split_names(text)
    for name in wanted:
        if name.lower() not in names:
            raise DriverError(
                DAQmxErrors.INVALID_ATTRIBUTE_VALUE,
                f"Property: Read.ChannelsToRead\nRequested Value: {name}",
            )
    task.channels_to_read = wanted or None


def _default_samples(scope: Scope) -> int:
    task = scope.of_task
    if not task.hardware_timed:
        return 1
    if task.running and not available(scope.rig, task):
        scope.rig.poll()
    return default_samples(scope.rig, task)


READ = Family(
    "Read",
    {
        **family(
            "Read",
            {
                "AVAIL_SAMP_PER_CHAN": Attribute(_polled_available),
                "CURR_READ_POS": Attribute(lambda scope: _read_position(scope.of_task)),
                "TOTAL_SAMP_PER_CHAN_ACQUIRED": Attribute(_acquired),
                "NUM_CHANS": Attribute(lambda scope: len(scope.of_task.readable)),
                "CHANNELS_TO_READ": setting(_channels_to_read, _set_channels_to_read, "", True),
                "READ_ALL_AVAIL_SAMP": plain("read_all_available", False, running=True),
                "AUTO_START": plain("read_auto_start", True, running=True),
                "OFFSET": plain("read_offset", 0, running=True),
                "RELATIVE_TO": chosen(
                    "Read.RelativeTo",
                    "read_relative_to",
                    (
                        ReadRelativeTo.FIRST_SAMPLE,
                        ReadRelativeTo.CURRENT_READ_POSITION,
                        ReadRelativeTo.MOST_RECENT_SAMPLE,
                    ),
                    ReadRelativeTo.CURRENT_READ_POSITION,
                    running=True,
                ),
                "OVERWRITE": chosen(
                    "Read.OverWrite",
                    "overwrite",
                    OverwriteMode,
                    OverwriteMode.DO_NOT_OVERWRITE_UNREAD_SAMPLES,
                ),
                "WAIT_MODE": constant(WaitMode.WAIT_FOR_INTERRUPT.value),
            },
        ).table,
        DEFAULT_SAMPLES_TO_READ: Attribute(_default_samples),
    },
)


def _generated(scope: Scope) -> int:
    drive = scope.of_task.drive
    if drive is None:
        return 0
    scope.rig.poll()
    return drive.generated(scope.rig.now_s)


def _write_position(task: Task) -> int:
    if task.drive is not None:
        return task.drive.written
    return 0 if task.pending is None else len(task.pending)


WRITE = family(
    "Write",
    {
        "NUM_CHANS": Attribute(lambda scope: len(scope.of_task.channels)),
        "SPACE_AVAIL": Attribute(lambda scope: space(scope.rig, scope.of_task)),
        "CURR_WRITE_POS": Attribute(lambda scope: _write_position(scope.of_task)),
        "TOTAL_SAMP_PER_CHAN_GENERATED": Attribute(_generated),
        "REGEN_MODE": chosen(
            "Write.RegenMode",
            "regeneration",
            RegenerationMode,
            RegenerationMode.ALLOW_REGENERATION,
        ),
        "RELATIVE_TO": chosen(
            "Write.RelativeTo",
            "write_relative_to",
            WriteRelativeTo,
            WriteRelativeTo.CURRENT_WRITE_POSITION,
            running=True,
        ),
        "OFFSET": plain("write_offset", 0, running=True),
    },
)


def _output_buffer(task: Task) -> int:
    if task.output_buffer is not None:
        return task.output_buffer
    return 0 if task.pending is None else len(task.pending)


BUFFER = family(
    "Buffer",
    {
        "INPUT_BUF_SIZE": setting(
            lambda task: input_buffer(task) if task.hardware_timed else 0,
            lambda task, value: setattr(task, "input_buffer", value),
            None,
        ),
        "OUTPUT_BUF_SIZE": setting(
            _output_buffer, lambda task, value: setattr(task, "output_buffer", value), None
        ),
    },
)
