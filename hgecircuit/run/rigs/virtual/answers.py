"""How a call ends that has no answer: in the form of NI's gRPC device server."""

from __future__ import annotations

from typing import NoReturn

import grpc

from hgecircuit.run.rigs.virtual.clock import ClosedError
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.rig import CutOffError, VirtualRig

#: What a call may end with; everything else is a mistake in the virtual rig.
CALL_ERRORS = (DriverError, CutOffError, ClosedError)


def check_connection(rig: VirtualRig) -> None:
    """Refuse everything while the connection is lost.

    Raises:
        CutOffError: It is; asking takes a little event time, so that it can come back.
    """
    if rig.faults.active("connection_lost", rig.now_s):
        rig.poll()
        raise CutOffError


def abort(context: grpc.ServicerContext, error: Exception) -> NoReturn:
    """End a call with an error, in NI's form: status UNKNOWN and the code in the metadata."""
    if not isinstance(error, DriverError):
        context.abort(grpc.StatusCode.UNAVAILABLE, "the virtual rig does not answer")
    metadata = [("ni-error", str(error.code))]
    if error.samples_read is not None:
        metadata.append(("ni-samps-per-chan-read", str(error.samples_read)))
    if error.samples_written is not None:
        metadata.append(("ni-samps-per-chan-written", str(error.samples_written)))
    context.set_trailing_metadata(tuple(metadata))
    context.abort(grpc.StatusCode.UNKNOWN, f"{error.text}\n\nStatus Code: {error.code}")
