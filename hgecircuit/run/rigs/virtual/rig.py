"""The virtual rig itself: chassis, outputs, bench and tasks, without any gRPC."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import numpy as np
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.errors import InputError
from hgecircuit.run.reference.converters import Converter
from hgecircuit.run.rigs.config import RigSpec
from hgecircuit.run.rigs.products import CHASSIS, MODULES
from hgecircuit.run.rigs.virtual.clock import Clock
from hgecircuit.run.rigs.virtual.drives import DriveLog
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.faults import Faults
from hgecircuit.run.rigs.virtual.hardware import Hardware, ModuleDevice, PhysicalChannel
from hgecircuit.run.rigs.virtual.tasks import Task
from hgecircuit.run.rigs.virtual.wirings import make_bench

#: Event time that a request takes which finds the rig not ready, so that polling gets somewhere.
POLL_S = 0.01
# Samples over which an input's filter may look back, and the slowest rate at which the first ones
# of a run are right, although they are of the time before.
_LONGEST_FILTER, _SLOWEST_HZ = 6, 10.0
# Faults that cut a request off.
_LOSSES = ("connection_lost", "unplugged")


class CutOffError(Exception):
    """The server does not answer for now."""


class VirtualRig:
    """Everything behind the server.

    Args:
        spec: The rig file.

    Raises:
        InputError: The device model can't be used, or a product is not known.
    """

    def __init__(self, spec: RigSpec) -> None:
        _check_products(spec)
        self.spec = spec
        self.clock = Clock(spec.virtual.time == "real")
        self.hardware = Hardware(spec)
        self.faults = Faults(spec.virtual.faults)
        self.tasks: dict[str, Task] = {}
        outputs = [
            name
            for module in self.hardware.modules
            if module.product.kind == "ao"
            for name in module.channels
        ]
        self._outputs = {name.lower(): index for index, name in enumerate(outputs)}
        power_up_v = np.zeros(len(outputs))
        electrodes = np.array([self._outputs[each.lower()] for each in spec.electrodes.channels])
        power_up_v[electrodes] = spec.virtual.power_up_v
        self.log = DriveLog(power_up_v)
        self.bench = make_bench(spec, electrodes)

    @property
    def now_s(self) -> float:
        """The simulated time in s."""
        return self.clock.now_s

    def output_index(self, channel: PhysicalChannel) -> int:
        """Place of an output in the log."""
        return self._outputs[channel.name.lower()]

    def output_voltages(self) -> dict[str, float]:
        """What every output puts out now, in V, by physical channel."""
        volts = self.log.now(self.now_s)
        return {
            name: float(volts[self._outputs[name.lower()]])
            for module in self.hardware.modules
            if module.product.kind == "ao"
            for name in module.channels
        }

    def converter(self, module: ModuleDevice) -> Converter:
        """The converters of a module, with what the rig file says of them."""
        virtual, product = self.spec.virtual, module.product
        if product.kind == "ao":
            bits, span_v = virtual.output_bits, virtual.output_span_v
        else:
            bits, span_v = virtual.input_bits, virtual.input_span_v
        return Converter(
            "dac" if product.kind == "ao" else "adc", bits or product.bits, span_v or product.span_v
        )

    def task(self, session: str) -> Task:
        """The task of a session.

        Raises:
            DriverError: There is none.
        """
        if session not in self.tasks:
            raise DriverError(DAQmxErrors.INVALID_TASK, f"Task Name: {session}")
        return self.tasks[session]

    def wait_for(
        self, due_s: Callable[[], float | None], timeout_s: float, alive: Callable[[], bool]
    ) -> bool:
        """Wait as the clock does, but not past a fault.

        Raises:
            CutOffError: The connection is lost before.
            DriverError: The chassis is unplugged before.
            ClosedError: The server ends, or the caller has gone.
        """
        self.check_present()
        begin_s = self.now_s
        # also one that is over when the wait has noticed it
        loss_s = min(self.faults.next_start_s(kind, begin_s) for kind in _LOSSES)

        def due_or_loss() -> float | None:
            due = due_s()
            found = loss_s if due is None else min(due, loss_s)
            return found if found < inf else due

        done = self.clock.wait_for(due_or_loss, timeout_s, alive)
        self._raise_losses(begin_s)
        return done

    def check_present(self) -> None:
        """Refuse a request while a fault cuts off the server or the chassis.

        Raises:
            CutOffError: The server does not answer for now.
            DriverError: The chassis is unplugged.
        """
        self._fail_unplugged()
        self._raise_losses(self.now_s)

    def _raise_losses(self, since_s: float) -> None:
        """Raise what cut off the server or the chassis at any time since then."""
        now = self.now_s
        if self.faults.active_since("connection_lost", since_s, now):
            raise CutOffError
        if self.faults.active_since("unplugged", since_s, now):
            self._fail_unplugged()
            self.poll()
            raise self._unplugged()

    def _unplugged(self) -> DriverError:
        return DriverError(DAQmxErrors.DEV_CANNOT_BE_ACCESSED, f"Device: {self.hardware.chassis}")

    def _fail_unplugged(self) -> None:
        """End the tasks that ran when the chassis was unplugged, seen or not."""
        for interval in self.faults.begun:
            if interval.fault.kind != "unplugged" or interval.from_s > self.now_s:
                continue
            for task in self.tasks.values():
                if task.running and task.failure is None and task.started_s <= interval.from_s:
                    task.failure = self._unplugged()
                    self.clock.changed()

    def poll(self) -> None:
        """Let a little event time pass: a program asks how far something is."""
        self.clock.advance_to(self.now_s + POLL_S)

    def forget(self) -> None:
        """Drop what no reading can need any more."""
        virtual = self.spec.virtual
        back_samples = _LONGEST_FILTER + virtual.latency_samples
        since_s = self.now_s - back_samples / _SLOWEST_HZ
        for task in self.tasks.values():
            run = task.acquisition
            if run is not None and run.start_s is not None:
                since_s = min(since_s, run.start_s + (run.made - back_samples) / run.rate_hz)
        self.log.forget(since_s - self.bench.memory_s - virtual.input_delay_s)


def _check_products(spec: RigSpec) -> None:
    if spec.chassis.product not in CHASSIS:
        raise InputError(
            "the virtual rig does not know this chassis",
            file=spec.source.file,
            key="chassis.product",
            value=spec.chassis.product,
            expected=f"one of {', '.join(CHASSIS)}",
        )
    for index, module in enumerate(spec.modules):
        if module.product not in MODULES:
            raise InputError(
                "the virtual rig does not know this module",
                file=spec.source.file,
                key=f"modules[{index}].product",
                value=module.product,
                expected=f"one of {', '.join(MODULES)}",
            )
