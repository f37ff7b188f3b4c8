"""All remote procedures by name; here are those on tasks and devices.

Each gets the rig, the request, and a function that tells whether the caller still waits; it holds
the rig's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nidaqmx._stubs import nidaqmx_pb2 as pb
from nidaqmx.constants import TaskMode, TerminalConfiguration
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.virtual import building, lifecycle
from hgecircuit.run.rigs.virtual.attributes import choice
from hgecircuit.run.rigs.virtual.attributes_rpc import Procedure, attribute_procedures
from hgecircuit.run.rigs.virtual.attributes_task import task_done
from hgecircuit.run.rigs.virtual.errors import DriverError, describe
from hgecircuit.run.rigs.virtual.procedures_raw import RAW_PROCEDURES
from hgecircuit.run.rigs.virtual.procedures_samples import SAMPLE_PROCEDURES
from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.tasks import State, Task

Alive = Callable[[], bool]


def _task(rig: VirtualRig, request: Any) -> Task:
    return rig.task(request.task.name)


def _either(request: Any, name: str) -> int:
    """A value that a program may send as a member of an enumeration or as its number."""
    return getattr(request, f"{name}_raw") or getattr(request, name)


def clear_task(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """End a task."""
    building.clear_task(rig, _task(rig, request))
    return pb.ClearTaskResponse()


def start_task(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Start a task."""
    lifecycle.start(rig, _task(rig, request))
    return pb.StartTaskResponse()


def stop_task(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Stop a task."""
    lifecycle.stop(rig, _task(rig, request))
    return pb.StopTaskResponse()


def task_control(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Bring a task to another state."""
    task = _task(rig, request)
    actions: dict[int, Callable[[], None]] = {
        TaskMode.TASK_START.value: lambda: lifecycle.start(rig, task),
        TaskMode.TASK_STOP.value: lambda: lifecycle.stop(rig, task),
        TaskMode.TASK_VERIFY.value: lambda: lifecycle.verify(rig, task),
        TaskMode.TASK_COMMIT.value: lambda: lifecycle.reserve(rig, task, State.COMMITTED),
        TaskMode.TASK_RESERVE.value: lambda: lifecycle.reserve(rig, task),
        TaskMode.TASK_UNRESERVE.value: lambda: lifecycle.unreserve(rig, task),
        TaskMode.TASK_ABORT.value: lambda: lifecycle.unreserve(rig, task),
    }
    choice("action", _either(request, "action"), actions)()
    return pb.TaskControlResponse()


def is_task_done(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Whether a task is done."""
    return pb.IsTaskDoneResponse(is_task_done=task_done(rig, _task(rig, request)))


def wait_until_task_done(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Wait until a task is done."""
    task = _task(rig, request)
    if not rig.wait_for(lambda: lifecycle.done_s(rig, task), request.time_to_wait, alive):
        raise DriverError(
            DAQmxErrors.WAIT_UNTIL_DONE_DOES_NOT_INDICATE_DONE, f"Task Name: {task.name}"
        )
    return pb.WaitUntilTaskDoneResponse()


def create_ai_voltage_chan(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Add inputs to a task."""
    building.add_channels(
        rig,
        _task(rig, request),
        "ai",
        request.physical_channel,
        request.name_to_assign_to_channel,
        (request.min_val, request.max_val),
        _either(request, "terminal_config") or TerminalConfiguration.DEFAULT.value,
        _either(request, "units"),
    )
    return pb.CreateAIVoltageChanResponse()


def create_ao_voltage_chan(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Add outputs to a task."""
    building.add_channels(
        rig,
        _task(rig, request),
        "ao",
        request.physical_channel,
        request.name_to_assign_to_channel,
        (request.min_val, request.max_val),
        TerminalConfiguration.DEFAULT.value,
        _either(request, "units"),
    )
    return pb.CreateAOVoltageChanResponse()


def cfg_samp_clk_timing(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Let a sample clock time a task."""
    building.set_sample_clock(
        rig,
        _task(rig, request),
        request.source,
        request.rate,
        _either(request, "active_edge"),
        _either(request, "sample_mode"),
        request.samps_per_chan,
    )
    return pb.CfgSampClkTimingResponse()


def cfg_dig_edge_start_trig(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Let a terminal start a task."""
    edge = _either(request, "trigger_edge")
    building.set_start_trigger(rig, _task(rig, request), request.trigger_source, edge)
    return pb.CfgDigEdgeStartTrigResponse()


def disable_start_trig(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Let a task start by itself."""
    building.disable_start_trigger(_task(rig, request))
    return pb.DisableStartTrigResponse()


def disable_ref_trig(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Nothing to do: there are no reference triggers."""
    _task(rig, request)
    return pb.DisableRefTrigResponse()


def cfg_input_buffer(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Set the size of an input's buffer."""
    building.set_buffer(_task(rig, request), "input_buffer", request.num_samps_per_chan)
    return pb.CfgInputBufferResponse()


def cfg_output_buffer(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Set the size of an output's buffer."""
    building.set_buffer(_task(rig, request), "output_buffer", request.num_samps_per_chan)
    return pb.CfgOutputBufferResponse()


def get_nth_task_channel(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Name of a task's channel, counted from 1."""
    task = _task(rig, request)
    return pb.GetNthTaskChannelResponse(
        buffer=_nth([each.name for each in task.channels], request.index, task)
    )


def get_nth_task_read_channel(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Name of a channel that a read returns, counted from 1."""
    task = _task(rig, request)
    names = [task.channels[index].name for index in task.readable]
    return pb.GetNthTaskReadChannelResponse(buffer=_nth(names, request.index, task))


def get_nth_task_device(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Name of a task's module, counted from 1."""
    task = _task(rig, request)
    names = [module.name for module in task.modules]
    return pb.GetNthTaskDeviceResponse(buffer=_nth(names, request.index, task))


def _nth(names: list[str], index: int, task: Task) -> str:
    if not 1 <= index <= len(names):
        raise DriverError(
            DAQmxErrors.INVALID_ATTRIBUTE_VALUE,
            f"Index: {index} of {len(names)}\nTask Name: {task.name}",
        )
    return names[index - 1]


def get_error_string(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Description of an error code."""
    return pb.GetErrorStringResponse(error_string=describe(request.error_code))


def self_test_device(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """All well, if the device is there."""
    rig.hardware.module(request.device_name)
    return pb.SelfTestDeviceResponse()


def reset_device(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """End all tasks on a device, and set its outputs to 0 V."""
    lifecycle.reset(rig, rig.hardware.module(request.device_name))
    return pb.ResetDeviceResponse()


PROCEDURES: Mapping[str, Procedure] = {
    "ClearTask": clear_task,
    "StartTask": start_task,
    "StopTask": stop_task,
    "TaskControl": task_control,
    "IsTaskDone": is_task_done,
    "WaitUntilTaskDone": wait_until_task_done,
    "CreateAIVoltageChan": create_ai_voltage_chan,
    "CreateAOVoltageChan": create_ao_voltage_chan,
    "CfgSampClkTiming": cfg_samp_clk_timing,
    "CfgDigEdgeStartTrig": cfg_dig_edge_start_trig,
    "DisableStartTrig": disable_start_trig,
    "DisableRefTrig": disable_ref_trig,
    "CfgInputBuffer": cfg_input_buffer,
    "CfgOutputBuffer": cfg_output_buffer,
    "GetNthTaskChannel": get_nth_task_channel,
    "GetNthTaskReadChannel": get_nth_task_read_channel,
    "GetNthTaskDevice": get_nth_task_device,
    "GetErrorString": get_error_string,
    "SelfTestDevice": self_test_device,
    "ResetDevice": reset_device,
    **SAMPLE_PROCEDURES,
    **RAW_PROCEDURES,
    **attribute_procedures(),
}
