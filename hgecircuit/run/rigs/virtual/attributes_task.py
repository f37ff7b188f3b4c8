"""Properties of tasks: their reads, writes, buffers, timing and triggers."""

from __future__ import annotations

from typing import Any

from nidaqmx.constants import (
    AcquisitionType,
    Edge,
    OverwriteMode,
    ReadRelativeTo,
    RegenerationMode,
    SampleTimingType,
    TriggerType,
    WaitMode,
    WriteRelativeTo,
)
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.virtual.attributes import (
    DEFAULT_SAMPLES_TO_READ,
    Attribute,
    Family,
    Scope,
    choice,
    constant,
    family,
    setting,
)
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.lifecycle import done_s, input_buffer
from hgecircuit.run.rigs.virtual.names import join_names, split_names
from hgecircuit.run.rigs.virtual.rates import TIMEBASE_HZ, coerced_rate_hz, task_rate_hz
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


def _choose(name: str, attribute: str, values: Any, default: Any, running: bool = False):
    """A property whose value is one of the members of an enumeration."""
    allowed = {each.value: each for each in values}
    return setting(
        lambda task: getattr(task, attribute).value,
        lambda task, value: setattr(task, attribute, choice(name, value, allowed)),
        default.value,
        running,
    )


def _plain(attribute: str, default: Any, running: bool = False) -> Attribute:
    return setting(
        lambda task: getattr(task, attribute),
        lambda task, value: setattr(task, attribute, value),
        default,
        running,
    )


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
                "READ_ALL_AVAIL_SAMP": _plain("read_all_available", False, running=True),
                "AUTO_START": _plain("read_auto_start", True, running=True),
                "OFFSET": _plain("read_offset", 0, running=True),
                "RELATIVE_TO": _choose(
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
                "OVERWRITE": _choose(
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
        "REGEN_MODE": _choose(
            "Write.RegenMode",
            "regeneration",
            RegenerationMode,
            RegenerationMode.ALLOW_REGENERATION,
        ),
        "RELATIVE_TO": _choose(
            "Write.RelativeTo",
            "write_relative_to",
            WriteRelativeTo,
            WriteRelativeTo.CURRENT_WRITE_POSITION,
            running=True,
        ),
        "OFFSET": _plain("write_offset", 0, running=True),
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


def _set_rate(task: Task, value: float) -> None:
    task.rate_hz, task.timing = value, "sample_clock"


def _set_timing_type(task: Task, value: int) -> None:
    allowed = {
        SampleTimingType.ON_DEMAND.value: "on_demand",
        SampleTimingType.SAMPLE_CLOCK.value: "sample_clock",
    }
    task.timing = choice("SampTimingType", value, allowed)


def _timing_type(task: Task) -> int:
    kinds = {"on_demand": SampleTimingType.ON_DEMAND, "sample_clock": SampleTimingType.SAMPLE_CLOCK}
    return kinds[task.timing].value


def _clock_terminal(scope: Scope) -> str:
    return f"/{scope.rig.hardware.chassis}/{scope.of_task.kind or 'ai'}/SampleClock"


def _highest_rate_hz(task: Task) -> float:
    return min((module.product.highest_rate_hz for module in task.modules), default=task.rate_hz)


def check_clock_source(rig: VirtualRig, source: str) -> None:
    """Refuse every source of the sample clock but the rig's own.

    Raises:
        DriverError: Another terminal, or none that exists.
    """
    if source and rig.hardware.terminal(source) != "onboardclock":
        raise DriverError(
            DAQmxErrors.INVALID_ATTRIBUTE_VALUE,
            f"Property: SampClk.Src\nRequested Value: {source}\nPossible Values: OnboardClock",
        )


TIMING = family(
    "Timing",
    {
        "SAMP_CLK_RATE": Attribute(
            lambda scope: task_rate_hz(scope.of_task),
            setting(lambda task: task.rate_hz, _set_rate, 1000.0).put,
            lambda scope: 1000.0,
        ),
        "SAMP_CLK_MAX_RATE": Attribute(lambda scope: _highest_rate_hz(scope.of_task)),
        "SAMP_CLK_SRC": Attribute(
            lambda scope: "OnboardClock",
            lambda scope, value: check_clock_source(scope.rig, value),
            lambda scope: "",
        ),
        "SAMP_CLK_TERM": Attribute(_clock_terminal),
        "SAMP_CLK_ACTIVE_EDGE": _choose("SampClk.ActiveEdge", "active_edge", Edge, Edge.RISING),
        "SAMP_CLK_TIMEBASE_RATE": Attribute(lambda scope: _timebase_hz(scope.of_task)),
        "SAMP_CLK_TIMEBASE_DIV": Attribute(
            lambda scope: round(_timebase_hz(scope.of_task) / task_rate_hz(scope.of_task))
        ),
        "SAMP_QUANT_SAMP_MODE": _choose(
            "SampQuant.SampMode",
            "mode",
            (AcquisitionType.FINITE, AcquisitionType.CONTINUOUS),
            AcquisitionType.FINITE,
        ),
        "SAMP_QUANT_SAMP_PER_CHAN": _plain("samples", 1000),
        "SAMP_TIMING_TYPE": setting(
            _timing_type, _set_timing_type, SampleTimingType.ON_DEMAND.value
        ),
    },
)


def _timebase_hz(task: Task) -> float:
    sigma = [module.product for module in task.modules if module.product.delta_sigma]
    # A delta-sigma module divides a clock of 12.8 MHz, of which its highest rate is a part.
    return 12.8e6 if sigma and coerced_rate_hz(sigma[0], task.rate_hz) else TIMEBASE_HZ


def _set_trigger_type(task: Task, value: int) -> None:
    allowed = {TriggerType.NONE.value: None, TriggerType.DIGITAL_EDGE.value: task.trigger or ""}
    task.trigger = choice("StartTrig.Type", value, allowed)


def _trigger_type(task: Task) -> int:
    return (TriggerType.NONE if task.trigger is None else TriggerType.DIGITAL_EDGE).value


def _set_trigger_source(scope: Scope, value: str) -> None:
    terminal = scope.rig.hardware.terminal(value)
    checked = setting(lambda task: None, lambda task, new: setattr(task, "trigger", new), None)
    assert checked.put is not None
    checked.put(scope, terminal)


def _full_terminal(scope: Scope, terminal: str | None) -> str:
    if not terminal:
        return ""
    end = f"/{terminal}"
    return next(name for name in scope.rig.hardware.terminals if name.lower().endswith(end))


TRIGGER = family(
    "Trigger",
    {
        "START_TRIG_TYPE": setting(_trigger_type, _set_trigger_type, TriggerType.NONE.value),
        "DIG_EDGE_START_TRIG_SRC": Attribute(
            lambda scope: _full_terminal(scope, scope.of_task.trigger), _set_trigger_source
        ),
        "DIG_EDGE_START_TRIG_EDGE": _choose(
            "DigEdge.StartTrig.Edge", "trigger_edge", Edge, Edge.RISING
        ),
        "START_TRIG_TERM": Attribute(
            lambda scope: (
                _full_terminal(scope, scope.of_task.trigger)
                or f"/{scope.rig.hardware.chassis}/{scope.of_task.kind or 'ai'}/StartTrigger"
            )
        ),
        "REF_TRIG_TYPE": constant(TriggerType.NONE.value),
        "PAUSE_TRIG_TYPE": constant(TriggerType.NONE.value),
        "ARM_START_TRIG_TYPE": constant(TriggerType.NONE.value),
    },
)
EXPORT = family("ExportSignal", {})
