"""Reading inputs: samples as the bench has them at the task's instants, through the converter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from nidaqmx.constants import AcquisitionType, ReadRelativeTo
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.lifecycle import halt, reserve, start
from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.tasks import Acquisition, Task

#: A read of so many samples takes all: the driver's DAQmx_Val_Auto.
ALL_AVAILABLE = -1
# Samples computed at a time: more would only need more memory.
_BLOCK = 50_000
# Values in one answer: 400 MB, far above what one measurement needs.
_MOST_VALUES = 50_000_000


@dataclass(frozen=True)
class Reading:
    """What a read has got.

    Attributes:
        volts: Shape (channels, samples).
        complete: Whether these are all that were asked for.
        start_s: When the run began that they are from; None without a sample clock.
        rate_hz: Its sample rate.
    """

    volts: np.ndarray
    complete: bool
    start_s: float | None = None
    rate_hz: float = 0.0


def read(
    rig: VirtualRig, task: Task, samples: int, timeout_s: float, alive: Callable[[], bool]
) -> Reading:
    """Read the next samples of an input task, and start it if need be.

    Args:
        rig: The rig.
        task: The task.
        samples: Samples per channel, or :data:`ALL_AVAILABLE`.
        timeout_s: Longest wait in simulated time; below 0 for ever.
        alive: Whether the caller still waits.

    Raises:
        DriverError: Nothing can be read.
    """
    if task.kind != "ai":
        raise DriverError(DAQmxErrors.READ_NO_INPUT_CHANS_IN_TASK, f"Task Name: {task.name}")
    if samples < ALL_AVAILABLE:
        raise DriverError(DAQmxErrors.INVALID_NUMBER_SAMPLES_TO_READ, f"Requested: {samples}")
    if samples * len(task.channels) > _MOST_VALUES:
        raise DriverError(DAQmxErrors.PAL_MEMORY_FULL, f"Requested: {samples} samples")
    if not task.hardware_timed:
        return _read_on_demand(rig, task, max(samples, 1), alive)
    if not task.running:
        if not task.read_auto_start:
            raise DriverError(
                DAQmxErrors.CANNOT_READ_WHEN_AUTO_START_FALSE_AND_TASK_NOT_RUNNING_OR_COMMITTED,
                f"Task Name: {task.name}",
            )
        start(rig, task, auto=True)
    reading = _read_clocked(rig, task, samples, timeout_s, alive)
    run = task.acquisition
    if run is not None and task.auto_started and run.read == run.total:
        halt(rig, task)
    return reading


def _read_on_demand(
    rig: VirtualRig, task: Task, samples: int, alive: Callable[[], bool]
) -> Reading:
    if not task.running:
        if not task.read_auto_start:
            raise DriverError(
                DAQmxErrors.CANNOT_READ_WHEN_AUTO_START_FALSE_ON_DEMAND_AND_TASK_NOT_RUNNING,
                f"Task Name: {task.name}",
            )
        before = task.state
        reserve(rig, task)
        task.state = before
    rate_hz = min(module.product.highest_rate_hz for module in task.modules)
    # The driver waits until the filter has seen only what came after the request.
    settle_s = (1 + _lag_samples(rig, task)) / rate_hz + rig.spec.virtual.input_delay_s
    first_s = rig.now_s + settle_s
    rig.wait_for(lambda: first_s + (samples - 1) / rate_hz, -1, alive)
    volts = _convert(rig, task, first_s, rate_hz, samples)
    rig.forget()
    return Reading(volts[task.readable], complete=True)


def _lag_samples(rig: VirtualRig, task: Task) -> int:
    return _filter_order(rig, task) + rig.spec.virtual.latency_samples


def _read_clocked(
    rig: VirtualRig, task: Task, samples: int, timeout_s: float, alive: Callable[[], bool]
) -> Reading:
    run = _running(task)
    if samples == ALL_AVAILABLE:
        samples = default_samples(rig, task)
    begin = _begin(rig, task, run)
    end = begin + samples
    if run.total is not None and end > run.total:
        available = max(run.total - begin, 0)
        raise DriverError(
            DAQmxErrors.SAMPLES_WILL_NEVER_BE_AVAILABLE,
            f"Attempted to read sample {end - 1} of {run.total}; {available} are left.\n"
            f"Task Name: {task.name}",
            samples_read=0,
        )

    def due_s() -> float | None:
        current = _running(task)
        return None if current is not run else run.time_of(end)

    _check_overwritten(rig, task, run, begin)
    in_time = rig.wait_for(due_s, timeout_s, alive)
    if task.acquisition is not run:
        raise DriverError(
            DAQmxErrors.INVALID_TASK, f"Task Name: {task.name} was stopped during a read."
        )
    count = samples if in_time else max(min(run.acquired(rig.now_s) - begin, samples), 0)
    volts = _take(rig, task, run, begin, count)
    rig.forget()
    rig.clock.changed()
    return Reading(volts[task.readable], in_time, run.start_s, run.rate_hz)


def _running(task: Task) -> Acquisition:
    if task.failure is not None:
        raise task.failure
    if task.acquisition is None:
        raise DriverError(
            DAQmxErrors.INVALID_TASK, f"Task Name: {task.name} was stopped during a read."
        )
    return task.acquisition


def default_samples(rig: VirtualRig, task: Task) -> int:
    """How many samples "all available" means for a task now."""
    run = task.acquisition
    if task.mode is AcquisitionType.FINITE and not task.read_all_available:
        return task.samples if run is None else task.samples - run.read
    return available(rig, task)


def available(rig: VirtualRig, task: Task) -> int:
    """Samples that have been acquired and not read."""
    run = task.acquisition
    return 0 if run is None else max(run.acquired(rig.now_s) - run.read, 0)


def _begin(rig: VirtualRig, task: Task, run: Acquisition) -> int:
    place = {
        ReadRelativeTo.FIRST_SAMPLE: 0,
        ReadRelativeTo.CURRENT_READ_POSITION: run.read,
        ReadRelativeTo.MOST_RECENT_SAMPLE: run.acquired(rig.now_s),
    }.get(task.read_relative_to)
    if place is None:
        raise DriverError(
            DAQmxErrors.INVALID_ATTRIBUTE_VALUE,
            f"Property: Read.RelativeTo\nRequested Value: {task.read_relative_to.name}",
        )
    return max(place + task.read_offset, 0)


def _check_overwritten(rig: VirtualRig, task: Task, run: Acquisition, begin: int) -> None:
    oldest = max(run.acquired(rig.now_s), run.made) - run.buffer
    if run.total is None and begin < oldest:
        error = DriverError(
            DAQmxErrors.SAMPLES_NO_LONGER_AVAILABLE, f"Task Name: {task.name}", samples_read=0
        )
        task.failure = error
        raise error


def _take(rig: VirtualRig, task: Task, run: Acquisition, begin: int, count: int) -> np.ndarray:
    """Samples ``begin`` to ``begin + count``; each is computed once, in order."""
    end = begin + count
    if end > run.made:
        assert run.start_s is not None
        start_s = run.start_s + run.made / run.rate_hz
        new = _convert(rig, task, start_s, run.rate_hz, end - run.made)
        run.kept = np.concatenate([run.kept, new], axis=1)
        run.made = end
    first = run.made - run.kept.shape[1]
    volts = run.kept[:, begin - first : end - first]
    run.read = end
    run.kept = run.kept[:, max(run.kept.shape[1] - run.buffer, 0) :]
    return volts


def _filter_order(rig: VirtualRig, task: Task) -> int:
    order = rig.spec.virtual.filter_order
    return task.modules[0].product.comb_order if order is None else order


def _convert(
    rig: VirtualRig, task: Task, start_s: float, rate_hz: float, samples: int
) -> np.ndarray:
    """What the converters make of the inputs, shape (channels, samples), in V."""
    volts = np.zeros((len(task.channels), samples))
    wanted = rig.spec.current.channel.lower()
    monitors = [each.lower() for each in rig.spec.monitors]
    for row, channel in enumerate(task.channels):
        adc = rig.converter(channel.physical.module)
        name = channel.physical.name.lower()
        if name in monitors:
            volts[row] = adc(_output_v(rig, monitors.index(name), start_s, rate_hz, samples))
            continue
        if name != wanted:
            volts[row] = adc(0.0)
            continue
        for begin in range(0, samples, _BLOCK):
            count = min(_BLOCK, samples - begin)
            signal_v = _signal(rig, task, start_s + begin / rate_hz, rate_hz, count)
            volts[row, begin : begin + count] = adc(signal_v)
    return volts


def _output_v(
    rig: VirtualRig, electrode: int, start_s: float, rate_hz: float, samples: int
) -> np.ndarray:
    """An electrode's voltage at its monitor, as late as any input, shape (samples,), in V."""
    virtual = rig.spec.virtual
    lag_s = virtual.input_delay_s + virtual.latency_samples / rate_hz
    times_s = start_s - lag_s + np.arange(samples) / rate_hz
    return rig.log.voltages(times_s)[:, rig.bench.electrodes[electrode]]


def _signal(
    rig: VirtualRig, task: Task, start_s: float, rate_hz: float, samples: int
) -> np.ndarray:
    """The device's current as a voltage at the input's converter, shape (samples,)."""
    virtual = rig.spec.virtual
    lag_s = virtual.input_delay_s + virtual.latency_samples / rate_hz
    signal_v = rig.bench.filtered_v(
        rig.log, start_s - lag_s, 1 / rate_hz, samples, _filter_order(rig, task)
    )
    signal_v += rig.bench.noise_v(rate_hz, samples)
    return _overloaded(rig, signal_v, start_s + np.arange(samples) / rate_hz)


def _overloaded(rig: VirtualRig, signal_v: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """The signal, at the end of every range where a fault overloads it."""
    end_v = np.copysign(np.inf, rig.bench.volts_per_ampere)
    return np.where(rig.faults.mask("overload", times_s), end_v, signal_v)
