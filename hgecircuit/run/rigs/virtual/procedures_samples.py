"""The remote procedures that read and write samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from ni.protobuf.types.precision_timestamp_pb2 import PrecisionTimestamp
from ni.protobuf.types.waveform_pb2 import DoubleAnalogWaveform, WaveformAttributeValue
from nidaqmx._stubs import nidaqmx_pb2 as pb
from nidaqmx.constants import FillMode, WaveformAttributeMode
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.virtual.attributes_rpc import Procedure
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.reading import ALL_AVAILABLE, default_samples, read
from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.tasks import Task
from hgecircuit.run.rigs.virtual.writing import write

Alive = Callable[[], bool]
#: Status of a read that not all samples were there for.
NOT_YET = DAQmxErrors.SAMPLES_NOT_YET_AVAILABLE.value
# NI's waveforms count seconds from 1904-01-01, in units of 2^-64 s.
_EPOCH_1904_S = 2_082_844_800


def _task(rig: VirtualRig, request: Any) -> Task:
    return rig.task(request.task.name)


def samples_wanted(rig: VirtualRig, task: Task, request: Any) -> int:
    """Samples per channel that a read asks for."""
    samples = request.num_samps_per_chan
    if samples == ALL_AVAILABLE and task.hardware_timed:
        return default_samples(rig, task)
    return samples


def read_analog_f64(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Read samples; those that came in time if not all did."""
    task = _task(rig, request)
    samples = samples_wanted(rig, task, request)
    if request.array_size_in_samps < max(samples, 1) * len(task.readable) and samples:
        raise DriverError(DAQmxErrors.READ_BUFFER_TOO_SMALL, f"Task Name: {task.name}")
    reading = read(rig, task, samples, request.timeout, alive)
    count = reading.volts.shape[1]
    return pb.ReadAnalogF64Response(
        status=0 if reading.complete else NOT_YET,
        read_array=lay_out(
            reading.volts, max(samples, count), request.fill_mode_raw or request.fill_mode
        ),
        samps_per_chan_read=count,
    )


def lay_out(values: np.ndarray, samples: int, fill_mode: int) -> list[Any]:
    """Values of shape (channels, n) in the order asked for, with room for all asked for."""
    if values.shape[1] < samples:
        values = np.pad(values, ((0, 0), (0, samples - values.shape[1])))
    by_scan = fill_mode == FillMode.GROUP_BY_SCAN_NUMBER.value
    return (values.T if by_scan else values).ravel().tolist()


def arrange(task: Task, values: np.ndarray, samples: int, layout: int) -> np.ndarray:
    """Values to be written, in the order that a program says, as (samples, channels).

    Raises:
        DriverError: There are too few of them, or too many.
    """
    channels = len(task.channels)
    if samples < 1 or len(values) < samples * channels:
        raise DriverError(DAQmxErrors.WRITE_BUFFER_TOO_SMALL, f"Task Name: {task.name}")
    if len(values) > samples * channels:
        raise DriverError(DAQmxErrors.WRITE_NUM_CHANS_MISMATCH, f"Task Name: {task.name}")
    if layout == FillMode.GROUP_BY_SCAN_NUMBER.value:
        return values.reshape(samples, channels)
    return values.reshape(channels, samples).T


def read_analog_scalar_f64(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Read one sample of a task's only channel."""
    task = _task(rig, request)
    if len(task.readable) > 1:
        raise DriverError(DAQmxErrors.ONE_CHAN_READ_FOR_MULTI_CHAN_TASK, f"Task Name: {task.name}")
    reading = read(rig, task, 1, request.timeout, alive)
    if not reading.complete:
        raise DriverError(DAQmxErrors.SAMPLES_NOT_YET_AVAILABLE, f"Task Name: {task.name}")
    return pb.ReadAnalogScalarF64Response(value=float(reading.volts[0, 0]))


def write_analog_f64(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Write samples."""
    task = _task(rig, request)
    layout = request.data_layout_raw or request.data_layout
    values = np.array(request.write_array, float)
    volts = arrange(task, values, request.num_samps_per_chan, layout)
    written = write(rig, task, volts, request.auto_start, request.timeout, alive)
    return pb.WriteAnalogF64Response(samps_per_chan_written=written)


def write_analog_scalar_f64(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Write one sample to a task's only channel."""
    task = _task(rig, request)
    if len(task.channels) > 1:
        raise DriverError(DAQmxErrors.WRITE_NUM_CHANS_MISMATCH, f"Task Name: {task.name}")
    volts = np.array([[request.value]])
    write(rig, task, volts, request.auto_start, request.timeout, alive)
    return pb.WriteAnalogScalarF64Response()


def read_analog_waveforms(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Read samples as waveforms, with their times and names if asked for."""
    task = _task(rig, request)
    first = 0 if task.acquisition is None else task.acquisition.read
    reading = read(rig, task, samples_wanted(rig, task, request), request.timeout, alive)
    mode = request.waveform_attribute_mode_raw or request.waveform_attribute_mode
    names = [task.channels[index].name for index in task.readable]
    waveforms = [DoubleAnalogWaveform(y_data=volts.tolist()) for volts in reading.volts]
    for name, waveform in zip(names, waveforms, strict=True):
        if mode & WaveformAttributeMode.TIMING.value and reading.start_s is not None:
            waveform.dt = 1 / reading.rate_hz
            start_s = rig.clock.wall_s(reading.start_s + first / reading.rate_hz)
            waveform.t0.CopyFrom(_timestamp(start_s))
        if mode & WaveformAttributeMode.EXTENDED_PROPERTIES.value:
            for key, value in (("NI_ChannelName", name), ("NI_UnitDescription", "Volts")):
                waveform.attributes[key].CopyFrom(WaveformAttributeValue(string_value=value))
    return pb.ReadAnalogWaveformsResponse(
        status=0 if reading.complete else NOT_YET,
        waveforms=waveforms,
        samps_per_chan_read=reading.volts.shape[1],
    )


def _timestamp(unix_s: float) -> PrecisionTimestamp:
    seconds, fraction = divmod(unix_s + _EPOCH_1904_S, 1)
    return PrecisionTimestamp(
        seconds=int(seconds), fractional_seconds=min(int(fraction * 2**64), 2**64 - 1)
    )


def write_analog_waveforms(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Write one waveform per channel."""
    task = _task(rig, request)
    lengths = {len(waveform.y_data) for waveform in request.waveforms}
    if len(request.waveforms) != len(task.channels):
        raise DriverError(DAQmxErrors.WRITE_NUM_CHANS_MISMATCH, f"Task Name: {task.name}")
    if len(lengths) != 1 or 0 in lengths:
        raise DriverError(DAQmxErrors.INCONSISTENT_NUM_SAMPLES_TO_WRITE, f"Task Name: {task.name}")
    volts = np.array([waveform.y_data for waveform in request.waveforms], float).T
    written = write(rig, task, volts, request.auto_start, request.timeout, alive)
    return pb.WriteAnalogWaveformsResponse(samps_per_chan_written=written)


SAMPLE_PROCEDURES: Mapping[str, Procedure] = {
    "ReadAnalogF64": read_analog_f64,
    "ReadAnalogScalarF64": read_analog_scalar_f64,
    "ReadAnalogWaveforms": read_analog_waveforms,
    "WriteAnalogF64": write_analog_f64,
    "WriteAnalogScalarF64": write_analog_scalar_f64,
    "WriteAnalogWaveforms": write_analog_waveforms,
}
