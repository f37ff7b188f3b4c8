"""Events: streams that tell a program of every so many samples, or of a task's end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

import grpc
from nidaqmx._stubs import nidaqmx_pb2 as pb
from nidaqmx.constants import EveryNSamplesEventType
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.virtual.answers import CALL_ERRORS, abort, check_connection
from hgecircuit.run.rigs.virtual.clock import LOOK_S, ClosedError
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.lifecycle import done_s
from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.tasks import Task

_ACQUIRED = EveryNSamplesEventType.ACQUIRED_INTO_BUFFER.value
_TRANSFERRED = EveryNSamplesEventType.TRANSFERRED_FROM_BUFFER.value


@dataclass
class _Registration:
    """One registered event of a task."""

    task: Task
    key: str
    active: bool = True


class EventStreams:
    """Streams of events of all tasks.

    In event time nothing makes the time pass while a program waits for an event without asking for
    anything. Then the stream does: it lets as much simulated time pass as wall time, up to the
    event.

    Args:
        rig: The rig.
    """

    def __init__(self, rig: VirtualRig) -> None:
        self._rig = rig
        self._registered: dict[tuple[str, str], _Registration] = {}

    def handlers(self) -> dict[str, grpc.RpcMethodHandler]:
        """The procedures that register and unregister events."""
        streams = {
            "RegisterEveryNSamplesEvent": self._every_n_samples,
            "RegisterDoneEvent": self._done,
        }
        unary = {
            "UnregisterEveryNSamplesEvent": self._unregister,
            "UnregisterDoneEvent": self._unregister,
        }
        found: dict[str, grpc.RpcMethodHandler] = {}
        for name, stream in streams.items():
            found[name] = grpc.unary_stream_rpc_method_handler(
                stream,
                request_deserializer=getattr(pb, f"{name}Request").FromString,
                response_serializer=getattr(pb, f"{name}Response").SerializeToString,
            )
        for name, call in unary.items():
            found[name] = grpc.unary_unary_rpc_method_handler(
                lambda request, context, call=call, name=name: call(name, request, context),
                request_deserializer=getattr(pb, f"{name}Request").FromString,
                response_serializer=getattr(pb, f"{name}Response").SerializeToString,
            )
        return found

    def _every_n_samples(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        kind = request.every_n_samples_event_type_raw or request.every_n_samples_event_type
        response = pb.RegisterEveryNSamplesEventResponse(
            every_n_samples_event_type_raw=kind, n_samples=request.n_samples
        )

        def check(task: Task) -> None:
            _check_samples_event(task, kind, request.n_samples)

        def due_s(task: Task, fired: int) -> float:
            return _samples_due_s(task, (fired + 1) * request.n_samples)

        return self._stream(
            request, context, f"samples {kind}", check, due_s, lambda task: response
        )

    def _done(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        def due_s(task: Task, fired: int) -> float:
            if fired:
                return inf
            try:
                due = done_s(self._rig, task)
            except DriverError:
                return 0.0
            return inf if due is None else due

        def response(task: Task) -> Any:
            status = 0 if task.failure is None else task.failure.code
            return pb.RegisterDoneEventResponse(status=status)

        return self._stream(request, context, "done", lambda task: None, due_s, response)

    def _stream(
        self,
        request: Any,
        context: grpc.ServicerContext,
        key: str,
        check: Callable[[Task], None],
        due_s: Callable[[Task, int], float],
        response: Callable[[Task], Any],
    ) -> Iterator[Any]:
        rig = self._rig
        with rig.clock.lock:
            try:
                check_connection(rig)
                task = rig.task(request.task.name)
                if task.running:
                    raise DriverError(
                        DAQmxErrors.CANNOT_REGISTER_DA_QMX_SOFTWARE_EVENT_WHILE_TASK_IS_RUNNING,
                        f"Task Name: {task.name}",
                    )
                check(task)
            except CALL_ERRORS as error:
                abort(context, error)
            registration = _Registration(task, key)
            self._registered[task.session, key] = registration
        context.send_initial_metadata(())
        serial = fired = 0
        while True:
            with rig.clock.lock:
                if not self._wait(registration, context, serial, fired, due_s):
                    self._forget(registration)
                    return
                if task.serial != serial:
                    serial, fired = task.serial, 0
                    continue
                fired += 1
                event = response(task)
            yield event

    def _wait(
        self,
        registration: _Registration,
        context: grpc.ServicerContext,
        serial: int,
        fired: int,
        due_s: Callable[[Task, int], float],
    ) -> bool:
        """Wait for the next event, or for a new start; False when there will be none."""
        rig, task = self._rig, registration.task
        try:
            while True:
                if not (registration.active and context.is_active()):
                    return False
                if rig.tasks.get(task.session) is not task:
                    return False
                if rig.faults.active("connection_lost", rig.now_s):
                    return False
                if task.serial != serial:
                    return True
                due = due_s(task, fired) if task.running else inf
                now = rig.now_s
                if due <= now:
                    return True
                began_s = time.monotonic()
                rig.clock.pause(min(due - now, LOOK_S))
                # a pause may end early; more than has passed would let the time run away
                if not rig.clock.real and due < inf and rig.now_s == now:
                    rig.clock.advance_to(min(due, now + time.monotonic() - began_s))
        except ClosedError:
            return False

    def _forget(self, registration: _Registration) -> None:
        key = registration.task.session, registration.key
        if self._registered.get(key) is registration:
            del self._registered[key]

    def _unregister(self, name: str, request: Any, context: grpc.ServicerContext) -> Any:
        key = "done"
        if "Samples" in name:
            kind = request.every_n_samples_event_type_raw or request.every_n_samples_event_type
            key = f"samples {kind}"
        with self._rig.clock.lock:
            registration = self._registered.pop((request.task.name, key), None)
            if registration is not None:
                registration.active = False
                self._rig.clock.changed()
        return getattr(pb, f"{name}Response")()


def _check_samples_event(task: Task, kind: int, samples: int) -> None:
    if kind == _ACQUIRED and task.kind == "ao":
        raise DriverError(
            DAQmxErrors.EVERY_N_SAMPS_ACQ_INTO_BUFFER_NOT_FOR_OUTPUT, f"Task Name: {task.name}"
        )
    if kind == _TRANSFERRED and task.kind == "ai":
        raise DriverError(
            DAQmxErrors.EVERY_N_SAMPS_TRANSFERRED_FROM_BUFFER_NOT_FOR_INPUT,
            f"Task Name: {task.name}",
        )
    if not task.hardware_timed:
        raise DriverError(
            DAQmxErrors.EVERY_N_SAMPLES_EVENT_NOT_SUPPORTED_FOR_NON_BUFFERED_TASKS,
            f"Task Name: {task.name}",
        )
    if samples < 1:
        raise DriverError(
            DAQmxErrors.INVALID_ATTRIBUTE_VALUE, f"Samples: {samples}\nTask Name: {task.name}"
        )


def _samples_due_s(task: Task, count: int) -> float:
    """When a started task has acquired or generated so many samples; infinity if never."""
    if task.failure is not None:
        return inf
    run, drive = task.acquisition, task.drive
    if run is not None:
        due = run.time_of(count) if run.total is None or count <= run.total else None
        return inf if due is None else due
    if drive is not None:
        return drive.time_of(count) if count <= (drive.total or count) else inf
    return inf
