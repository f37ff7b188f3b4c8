"""The real rig: an NI cDAQ chassis through nidaqmx, on this computer or over gRPC.

One finite task puts all electrodes out, another reads the inputs; the first waits for the second's
start trigger. The chassis offers no more: ``ai/SampleClock`` is no source for the output's clock,
so the two clocks drift apart (see :mod:`.alignment`). A waveform is handed over as a whole before
anything starts, so that its ramp to zero needs no computer any more.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from hgecircuit.run.rigs.base import Readings, Rig
from hgecircuit.run.rigs.connection import ConnectionLostError, StaleSessionError
from hgecircuit.run.rigs.discovery import check_products, discover
from hgecircuit.run.rigs.journal import Journal
from hgecircuit.run.rigs.recovery import Stage, bring_to_zero, ramp_down
from hgecircuit.run.rigs.rig_file import connect, journal_of, limits_of, settings_of
from hgecircuit.run.rigs.safety import RigError

if TYPE_CHECKING:
    from hgecircuit.run.rigs.config import RigSpec

# Range of a monitor's input: that of the outputs.
_MONITOR_RANGE_V = 10.0
# Samples with which the tasks are set up before the first waveform is known.
_FIRST_SAMPLES = 1000
_ZERO_ADVICE = "see that no other program runs on this rig, then `hgecircuit rig zero`"


class CdaqRig(Rig):
    """A cDAQ chassis.

    Args:
        spec: The rig file.
        journal: The note about its outputs; that of this user unless given.
        left_moving: Whether outputs that were left moving are no reason to refuse the rig, because
            the user has measured them.
    """

    def __init__(
        self, spec: RigSpec, journal: Journal | None = None, *, left_moving: bool = False
    ) -> None:
        self._left_moving = left_moving
        self.spec, self.limits = spec, limits_of(spec)
        self.connection = connect(spec)
        self.journal = journal or journal_of(spec, self.connection)
        self.outputs: Any = None
        self.inputs: Any = None
        self.provenance: Mapping[str, Any] = {}
        self._input_samples = 0
        self._leave_sessions = False

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(self, *failure: object) -> None:
        self._release()

    def _open(self) -> None:
        """Connect, compare, refuse an unknown state, set the tasks up."""
        spec, place = self.spec, self.connection.place
        found = discover(self.connection, spec)
        check_products(found, place)
        if not self._left_moving:
            self.journal.check()
        try:
            self.outputs = self.connection.new_task(f"{spec.connection.session}-outputs")
            self.inputs = self.connection.new_task(f"{spec.connection.session}-inputs")
        except StaleSessionError as error:
            raise StaleSessionError(
                f"the rig at {place} holds a session of a program that was killed, or still runs, "
                f"so nobody knows where its outputs are ({error.problem})",
                advice=_ZERO_ADVICE,
            ) from error
        with self.connection.errors("can't be set up"):
            self._add_channels()
            self.configure(_FIRST_SAMPLES)
            self._reserve()
        self.provenance = {
            "kind": "cDAQ through nidaqmx",
            "nidaqmx": version("nidaqmx"),
            "chassis": {one.name: one.product for one in found},
            "simulated_by_driver": any(one.simulated for one in found),
            "settings": settings_of(spec),
            "output_rate_Hz": self.output_rate_hz,
            "input_rate_Hz": self.input_rate_hz,
        }
        if not self._left_moving:
            self.refuse_moved(self.sense())
        self._present_v = np.zeros(self.limits.electrodes)

    def sense(self) -> np.ndarray:
        """Voltages of the electrodes as their monitors show them, shape (E,), in V.

        Nothing is put out. Without monitors there is nothing to read: shape (0,).

        Raises:
            RigError: They can't be read.
        """
        if not self.spec.monitors:
            return np.zeros(0)
        with self.connection.errors("can't read its monitors"):
            self.configure(_FIRST_SAMPLES)
            self.inputs.start()
            volts = self._read(_FIRST_SAMPLES / self.input_rate_hz + self.connection.timeout_s)
            self.inputs.stop()
        # the first half may hold what the inputs' filters knew before
        return volts[len(volts) // 2 :, 1:].mean(axis=0)

    def refuse_moved(self, sensed_v: np.ndarray) -> None:
        """Refuse electrodes that are not at 0 V.

        Raises:
            RigError: Names them.
        """
        away = np.flatnonzero(abs(sensed_v) > self.spec.safety.start_max_v)
        if len(away):
            words = ", ".join(f"electrode {n} is at {sensed_v[n]:.4g} V" for n in away)
            raise RigError(
                f"outputs have been left somewhere: {words}",
                advice=_ZERO_ADVICE,
            )

    def _add_channels(self) -> None:
        """The electrodes' outputs with exactly their limits, and the inputs."""
        spec = self.spec
        for channel, low_v, high_v in zip(
            spec.electrodes.channels, self.limits.minimum_v, self.limits.maximum_v, strict=True
        ):
            self.outputs.ao_channels.add_ao_voltage_chan(
                channel, min_val=float(low_v), max_val=float(high_v)
            )
        ranges_v = [spec.current.range_v] + [_MONITOR_RANGE_V] * len(spec.monitors)
        channels = (spec.current.channel, *spec.monitors)
        for channel, range_v in zip(channels, ranges_v, strict=True):
            self.inputs.ai_channels.add_ai_voltage_chan(channel, min_val=-range_v, max_val=range_v)

    def configure(self, samples: int, *, triggered: bool = True) -> None:
        """Set both tasks up for a waveform of that many samples, and read the coerced rates back.

        Args:
            samples: Samples of every output.
            triggered: Whether the outputs wait for the inputs to start.
        """
        from nidaqmx.constants import AcquisitionType, TaskMode

        # the first write makes the buffer as large as itself; only without one may the next differ
        self.outputs.control(TaskMode.TASK_UNRESERVE)
        rate_hz, finite = self.spec.timing.sample_rate_hz, AcquisitionType.FINITE
        self.outputs.timing.cfg_samp_clk_timing(rate_hz, sample_mode=finite, samps_per_chan=samples)
        trigger = self.outputs.triggers.start_trigger
        if triggered:
            trigger.cfg_dig_edge_start_trig(f"/{self.spec.chassis.name}/ai/StartTrigger")
        else:
            trigger.disable_start_trig()
        self.output_rate_hz = float(self.outputs.timing.samp_clk_rate)
        self.inputs.timing.cfg_samp_clk_timing(rate_hz, sample_mode=finite, samps_per_chan=samples)
        self.input_rate_hz = float(self.inputs.timing.samp_clk_rate)
        needed = math.ceil(samples / self.output_rate_hz * self.input_rate_hz)
        if needed != samples:
            self.inputs.timing.samp_quant_samp_per_chan = needed
        self._input_samples = needed

    def _reserve(self) -> None:
        """Take the channels now, so that a program which has them already is found out."""
        from nidaqmx.constants import TaskMode

        for task in (self.outputs, self.inputs):
            task.control(TaskMode.TASK_RESERVE)
            task.control(TaskMode.TASK_UNRESERVE)

    def _play(self, samples_v: np.ndarray) -> Readings:
        count = len(samples_v)
        length_s, wait_s = count / self.output_rate_hz, self.connection.timeout_s
        started_s, stage = time.time(), Stage.PREPARED
        self.journal.moving(started_s + length_s + wait_s, float(abs(samples_v).max()))
        try:
            with self.connection.errors("failed"):
                rates_hz = self.output_rate_hz, self.input_rate_hz
                self.configure(count)
                self._refuse_other_rates(*rates_hz)
                self.write(samples_v)
                stage = Stage.ARMED
                self.outputs.start()
                stage = Stage.TRIGGERED
                self.inputs.start()
                volts = self._read(length_s + wait_s)
                self.outputs.wait_until_done(length_s + wait_s)
                self._check_complete(count)
                self.outputs.stop()
                self.inputs.stop()
        except BaseException as error:
            # whatever it was, the outputs come first; a start that the driver refuses is none
            refused = isinstance(error, RigError) and not isinstance(error, ConnectionLostError)
            if stage is Stage.ARMED and refused:
                stage = Stage.PREPARED
            known, words = bring_to_zero(self, samples_v, stage)
            if known:
                self._present_v = np.zeros(self.limits.electrodes)
                self.journal.at_zero()
            else:
                self._leave_sessions = True
            if isinstance(error, RigError):
                error.add_outputs(words, "" if known else _ZERO_ADVICE)
            raise
        self.journal.at_zero()
        return Readings(volts, self.input_rate_hz, started_s)

    def ramp_from(self, present_v: np.ndarray) -> None:
        """Ramp to 0 V from voltages that the user has measured, shape (E,), in V.

        Raises:
            InputError: They are outside the limits.
            RigError: The ramp failed.
        """
        self._present_v = None
        self.journal.moving(time.time() + self.connection.timeout_s, float(abs(present_v).max()))
        ramp_down(self, present_v)
        self._present_v = np.zeros(self.limits.electrodes)
        self.journal.at_zero()

    def write(self, samples_v: np.ndarray) -> None:
        """Hand samples of shape (N, E) over; nothing starts."""
        from nidaqmx.stream_writers import AnalogMultiChannelWriter

        writer = AnalogMultiChannelWriter(self.outputs.out_stream)
        written = writer.write_many_sample(
            np.ascontiguousarray(samples_v.T), self.connection.timeout_s
        )
        if written != len(samples_v):
            raise RigError(f"the driver took {written} of {len(samples_v)} samples")

    def _read(self, timeout_s: float) -> np.ndarray:
        """All samples of the inputs, shape (L, C), in V."""
        from nidaqmx.stream_readers import AnalogMultiChannelReader

        volts = np.empty((self.inputs_count, self._input_samples))
        reader = AnalogMultiChannelReader(self.inputs.in_stream)
        got = reader.read_many_sample(volts, self._input_samples, timeout_s)
        if got != self._input_samples or not np.isfinite(volts).all():
            raise RigError(f"the input gave {got} of {self._input_samples} samples, or no numbers")
        return volts.T

    @property
    def inputs_count(self) -> int:
        """Number of input channels C."""
        return 1 + len(self.spec.monitors)

    def _check_complete(self, count: int) -> None:
        """A run that ended early is told by a warning, which gRPC loses: so count."""
        generated = int(self.outputs.out_stream.total_samp_per_chan_generated)
        if generated != count:
            raise RigError(f"the outputs ended after {generated} of {count} samples")

    def _refuse_other_rates(self, output_hz: float, input_hz: float) -> None:
        if (self.output_rate_hz, self.input_rate_hz) != (output_hz, input_hz):
            raise RigError(
                f"the driver has changed its rates from {output_hz:g} Hz and {input_hz:g} Hz "
                f"to {self.output_rate_hz:g} Hz and {self.input_rate_hz:g} Hz"
            )

    def _release(self) -> None:
        """Give tasks and channel back; a session that can't be closed stays, and is found next.

        Closing a task ends it where it is. So when nobody knows where the outputs are, the sessions
        stay, and whoever comes next is stopped by them.
        """
        self._present_v = None
        for task in (self.inputs, self.outputs):
            if task is not None and not self._leave_sessions:
                try:
                    with self.connection.errors("can't close its session"):
                        task.close()
                except RigError:
                    continue
        self.inputs = self.outputs = None
        self.connection.close()
