"""The gRPC side: handlers by name, errors as NI's server reports them, sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
from nidaqmx._stubs import nidaqmx_pb2 as pb

from hgecircuit.run.rigs.virtual.answers import CALL_ERRORS, abort, check_connection
from hgecircuit.run.rigs.virtual.attributes_rpc import Procedure
from hgecircuit.run.rigs.virtual.building import create_task
from hgecircuit.run.rigs.virtual.events import EventStreams
from hgecircuit.run.rigs.virtual.procedures import PROCEDURES
from hgecircuit.run.rigs.virtual.rig import CutOffError, VirtualRig

SERVICE = "nidaqmx_grpc.NiDAQmx"
_NEW = 1
_ATTACH = 2


def handlers(rig: VirtualRig) -> grpc.GenericRpcHandler:
    """All procedures of the service; a program is told of others that they are unimplemented."""
    unary = {
        name: grpc.unary_unary_rpc_method_handler(
            _guarded(rig, procedure),
            request_deserializer=getattr(pb, f"{name}Request").FromString,
            response_serializer=getattr(pb, f"{name}Response").SerializeToString,
        )
        for name, procedure in PROCEDURES.items()
    }
    unary["CreateTask"] = grpc.unary_unary_rpc_method_handler(
        lambda request, context: _create_task(rig, request, context),
        request_deserializer=pb.CreateTaskRequest.FromString,
        response_serializer=pb.CreateTaskResponse.SerializeToString,
    )
    return grpc.method_handlers_generic_handler(SERVICE, {**unary, **EventStreams(rig).handlers()})


def _guarded(rig: VirtualRig, procedure: Procedure) -> Callable[[Any, grpc.ServicerContext], Any]:
    """A procedure with the lock, and with its errors turned into gRPC's."""

    def call(request: Any, context: grpc.ServicerContext) -> Any:
        with rig.clock.lock:
            try:
                check_connection(rig)
                return procedure(rig, request, context.is_active)
            except CALL_ERRORS as error:
                abort(context, error)

    return call


def _create_task(rig: VirtualRig, request: Any, context: grpc.ServicerContext) -> Any:
    """A new session, or that of the same name, as the program asks for."""
    name, behaviour = request.session_name, request.initialization_behavior
    with rig.clock.lock:
        try:
            check_connection(rig)
        except CutOffError as error:
            abort(context, error)
        known = bool(name) and name in rig.tasks
        if known and behaviour == _NEW:
            context.abort(grpc.StatusCode.ALREADY_EXISTS, f"there is a session {name} already")
        if not known and behaviour == _ATTACH:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"there is no session {name}")
        task = rig.tasks[name] if known else create_task(rig, name)
        response = pb.CreateTaskResponse(new_session_initialized=not known)
        response.task.name = task.session
        return response
