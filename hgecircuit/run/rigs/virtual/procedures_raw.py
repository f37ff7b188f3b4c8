"""The remote procedures that read and write the converters' own codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from nidaqmx._stubs import nidaqmx_pb2 as pb
from nidaqmx.constants import FillMode
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.virtual.attributes_rpc import Procedure
from hgecircuit.run.rigs.virtual.codes import raw_bits
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.procedures_samples import (
    NOT_YET,
    arrange,
    lay_out,
    samples_wanted,
)
from hgecircuit.run.rigs.virtual.reading import Reading, read
from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.tasks import Task, VirtualChannel
from hgecircuit.run.rigs.virtual.writing import write

Alive = Callable[[], bool]


def read_raw(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Read codes as they lie in the buffer, scan after scan."""
    task = rig.task(request.task.name)
    samples = samples_wanted(rig, task, request)
    size = _raw_bytes(rig, [task.channels[index] for index in task.readable], task)
    if request.array_size_in_bytes < samples * len(task.readable) * size:
        raise DriverError(DAQmxErrors.READ_BUFFER_TOO_SMALL, f"Task Name: {task.name}")
    reading = read(rig, task, samples, request.timeout, alive)
    codes = _codes(rig, task, reading)
    return pb.ReadRawResponse(
        status=0 if reading.complete else NOT_YET,
        read_array=codes.T.astype(f"<i{size}").tobytes(),
        samps_read=codes.shape[1],
        num_bytes_per_samp=size,
    )


def write_raw(rig: VirtualRig, request: Any, alive: Alive) -> Any:
    """Write codes as they lie in the buffer, scan after scan."""
    task = rig.task(request.task.name)
    size = _raw_bytes(rig, task.channels, task)
    if len(request.write_array) % size:
        raise DriverError(DAQmxErrors.WRITE_BUFFER_TOO_SMALL, f"Task Name: {task.name}")
    codes = np.frombuffer(request.write_array, f"<i{size}").astype(float)
    by_scan = FillMode.GROUP_BY_SCAN_NUMBER.value
    volts = arrange(task, codes, request.num_samps, by_scan) * _steps_v(rig, task.channels)
    written = write(rig, task, volts, request.auto_start, request.timeout, alive)
    return pb.WriteRawResponse(samps_per_chan_written=written)


def _reader(bits: int) -> Procedure:
    """A procedure that reads codes as whole numbers of so many bits."""
    response = getattr(pb, f"ReadBinaryI{bits}Response")

    def procedure(rig: VirtualRig, request: Any, alive: Alive) -> Any:
        task = rig.task(request.task.name)
        if any(raw_bits(rig, channel) > bits for channel in task.channels):
            raise DriverError(DAQmxErrors.READ_DATA_TYPE_TOO_SMALL, f"Task Name: {task.name}")
        samples = samples_wanted(rig, task, request)
        if request.array_size_in_samps < max(samples, 1) * len(task.readable) and samples:
            raise DriverError(DAQmxErrors.READ_BUFFER_TOO_SMALL, f"Task Name: {task.name}")
        reading = read(rig, task, samples, request.timeout, alive)
        codes = _codes(rig, task, reading).astype(int)
        fill_mode = request.fill_mode_raw or request.fill_mode
        return response(
            status=0 if reading.complete else NOT_YET,
            read_array=lay_out(codes, max(samples, codes.shape[1]), fill_mode),
            samps_per_chan_read=codes.shape[1],
        )

    return procedure


def _writer(bits: int) -> Procedure:
    """A procedure that writes codes as whole numbers of so many bits."""
    response = getattr(pb, f"WriteBinaryI{bits}Response")

    def procedure(rig: VirtualRig, request: Any, alive: Alive) -> Any:
        task = rig.task(request.task.name)
        if any(raw_bits(rig, channel) > bits for channel in task.channels):
            raise DriverError(DAQmxErrors.WRITE_DATA_TYPE_TOO_SMALL, f"Task Name: {task.name}")
        layout = request.data_layout_raw or request.data_layout
        codes = arrange(
            task, np.array(request.write_array, float), request.num_samps_per_chan, layout
        )
        volts = codes * _steps_v(rig, task.channels)
        written = write(rig, task, volts, request.auto_start, request.timeout, alive)
        return response(samps_per_chan_written=written)

    return procedure


def _raw_bytes(rig: VirtualRig, channels: Sequence[VirtualChannel], task: Task) -> int:
    sizes = {raw_bits(rig, channel) // 8 for channel in channels}
    if len(sizes) != 1:
        error = (
            DAQmxErrors.DIFFERENT_RAW_DATA_FORMATS
            if sizes
            else DAQmxErrors.CAN_NOT_PERFORM_OP_WHEN_NO_CHANS_IN_TASK
        )
        raise DriverError(error, f"Task Name: {task.name}")
    return sizes.pop()


def _steps_v(rig: VirtualRig, channels: Sequence[VirtualChannel]) -> np.ndarray:
    """One step of every channel's converter in V, shape (channels,)."""
    return np.array([rig.converter(channel.physical.module).step_v for channel in channels])


def _codes(rig: VirtualRig, task: Task, reading: Reading) -> np.ndarray:
    """The converters' codes, shape (channels, samples)."""
    channels = [task.channels[index] for index in task.readable]
    return np.rint(reading.volts / _steps_v(rig, channels)[:, None])


RAW_PROCEDURES: Mapping[str, Procedure] = {
    "ReadRaw": read_raw,
    "WriteRaw": write_raw,
    "ReadBinaryI16": _reader(16),
    "ReadBinaryI32": _reader(32),
    "WriteBinaryI16": _writer(16),
    "WriteBinaryI32": _writer(32),
}
