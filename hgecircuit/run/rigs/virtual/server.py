"""Starting and ending the virtual rig's server."""

from __future__ import annotations

from concurrent import futures
from types import TracebackType
from typing import Self

import grpc

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.config import RigSpec
from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.service import handlers

#: The only address it serves: nobody else on the network can reach it.
HOST = "127.0.0.1"
# Each call that waits, and each event stream, occupies a thread.
_THREADS = 64
_OPTIONS = (
    # the default is 4 MiB: one second of 50 channels at 10 kHz
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # without this, a second server could silently share the port
    ("grpc.so_reuseport", 0),
)


class RigServer:
    """The server of a virtual rig; serves from construction to :meth:`stop`, or as a context.

    Args:
        spec: The rig file.
        port: Port on the loopback address; 0 for any that is free.

    Attributes:
        rig: The rig behind it.
        port: The port that is served.

    Raises:
        InputError: The port is taken, or the rig file can't be served.
    """

    def __init__(self, spec: RigSpec, port: int = 0) -> None:
        self.rig = VirtualRig(spec)
        self._server = grpc.server(
            futures.ThreadPoolExecutor(_THREADS, thread_name_prefix="rig"), options=_OPTIONS
        )
        self._server.add_generic_rpc_handlers((handlers(self.rig),))
        try:
            self.port = self._server.add_insecure_port(f"{HOST}:{port}")
        except RuntimeError as error:
            raise InputError(
                "the port can't be served; another program may use it",
                key="--port",
                value=port,
                expected="a free port, or 0 for any",
            ) from error
        self._server.start()

    @property
    def address(self) -> str:
        """Address for `grpc.insecure_channel`."""
        return f"{HOST}:{self.port}"

    def wait(self) -> None:
        """Wait until the server is stopped by another thread."""
        self._server.wait_for_termination()

    def stop(self) -> None:
        """End all calls and the server."""
        self.rig.clock.close()
        self._server.stop(grace=1.0).wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
