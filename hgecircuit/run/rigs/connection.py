"""The way to NI-DAQmx: gRPC channel with deadlines, sessions by name, errors in the rig's words."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hgecircuit.errors import MissingToolError
from hgecircuit.run.rigs.safety import RigError

if TYPE_CHECKING:
    import nidaqmx
    from nidaqmx.system import System

#: Largest message of either direction in bytes. gRPC's own limit of 4 MiB is reached by 7 channels
#: after 7.5 s at 10 kHz.
MOST_BYTES = 64 * 2**20
_CHECK = "`hgecircuit rig check` tells what is there"


class StaleSessionError(RigError):
    """A task of this name is on the server already: some program was killed, or runs still."""


class ConnectionLostError(RigError):
    """The server doesn't answer any more."""


class Connection:
    """Tasks and system of one gRPC device server, or of this computer's own driver.

    Every call has a deadline: the time that it may take itself, plus ``timeout_s``. Without one a
    pulled network cable would hold a program for ever.

    Args:
        address: ``host:port`` of the server; None for the local driver.
        timeout_s: Longest wait for an answer beyond what is measured.

    Raises:
        MissingToolError: nidaqmx or the local driver is not installed.
    """

    def __init__(self, address: str | None, timeout_s: float) -> None:
        self.address, self.timeout_s = address, timeout_s
        self._channel: Any = None
        self._tagged: Any = None
        try:
            import nidaqmx  # noqa: F401 - asked for here, so that nothing else needs it
        except ImportError as error:
            raise MissingToolError(
                "the package nidaqmx is missing",
                expected="pip install 'nidaqmx[grpc]'",
            ) from error
        if address is not None:
            self._channel = _open_channel(address)
            self._tagged = _with_deadlines(self._channel, timeout_s)

    @property
    def place(self) -> str:
        """Where the driver is, in words."""
        return "this computer" if self.address is None else self.address

    def system(self) -> System:
        """The DAQmx system.

        Raises:
            RigError: Nobody answers.
        """
        from nidaqmx.system import System

        with self.errors("can't be reached"):
            if self.address is None:
                system = System.local()
                _ = system.driver_version
                return system
            _wait_ready(self._channel, self.timeout_s, self.address)
            return System.remote(self._options(""))

    def new_task(self, name: str) -> nidaqmx.Task:
        """A task that did not exist before.

        Raises:
            StaleSessionError: It did.
            RigError: The driver refuses.
        """
        return self._task(name, "INITIALIZE_SERVER_SESSION")

    def old_task(self, name: str) -> nidaqmx.Task | None:
        """The task of that name that another program has left on the server, or None."""
        if self.address is None:
            return None  # tasks of the local driver die with their process
        try:
            return self._task(name, "ATTACH_TO_SERVER_SESSION")
        except ConnectionLostError:
            raise
        except RigError:
            return None

    def close(self) -> None:
        """Close the channel; sessions stay on the server."""
        if self._channel is not None:
            self._channel.close()

    @contextmanager
    def errors(self, doing: str) -> Iterator[None]:
        """Turn the driver's errors, and its warnings, into the rig's.

        Args:
            doing: What could not be done, such as ``can't start``.
        """
        from nidaqmx import errors

        try:
            with warnings.catch_warnings():
                # the driver says with a warning that a run ended early
                warnings.simplefilter("error", errors.DaqWarning)
                yield
        except errors.RpcError as error:
            raise self._rpc_error(error, doing) from error
        except errors.DaqNotFoundError as error:
            raise MissingToolError(
                "the driver NI-DAQmx is not installed on this computer",
                expected="NI-DAQmx from ni.com, or the address of a gRPC device server in "
                "`connection`",
            ) from error
        except (errors.Error, errors.DaqWarning) as error:
            said = " ".join(str(error).split())
            raise RigError(f"the rig at {self.place} {doing}: {said}") from error

    def _rpc_error(self, error: Any, doing: str) -> RigError:
        import grpc

        said = " ".join(str(error.description).split())
        text = f"the rig at {self.place} {doing}: {said}"
        lost = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
        if error.rpc_code in lost or error.rpc_code == grpc.StatusCode.CANCELLED:
            return ConnectionLostError(text, advice="check that the server runs and is reachable")
        if error.rpc_code == grpc.StatusCode.ALREADY_EXISTS:
            return StaleSessionError(text)
        return RigError(text)

    def _task(self, name: str, behaviour: str) -> nidaqmx.Task:
        import nidaqmx

        with self.errors(f"can't make the task {name}"):
            if self.address is None:
                return nidaqmx.Task(name)
            task = nidaqmx.Task(name, grpc_options=self._options(name, behaviour))
            # a server that doesn't know the behaviours attaches without a word
            if behaviour.startswith("INITIALIZE") and not task._close_on_exit:
                raise StaleSessionError(f"the task {name} is on {self.place} already")
            return task

    def _options(self, session: str, behaviour: str = "AUTO") -> Any:
        from nidaqmx.grpc_session_options import (
            GrpcSessionOptions,
            SessionInitializationBehavior,
        )

        return GrpcSessionOptions(
            self._tagged,
            session,
            initialization_behavior=SessionInitializationBehavior[behaviour],
        )


def _open_channel(address: str) -> Any:
    import grpc

    options = [
        ("grpc.max_send_message_length", MOST_BYTES),
        ("grpc.max_receive_message_length", MOST_BYTES),
        # a lost server is asked for again soon, not after gRPC's growing pauses of up to 2 minutes
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 500),
    ]
    return grpc.insecure_channel(address, options=options)


def _wait_ready(channel: Any, timeout_s: float, address: str) -> None:
    import grpc

    try:
        grpc.channel_ready_future(channel).result(timeout=timeout_s)
    except grpc.FutureTimeoutError as error:
        raise ConnectionLostError(
            f"nobody answers at {address} within {timeout_s:g} s",
            advice="start the gRPC device server there; a virtual rig: `hgecircuit rig serve`",
        ) from error


def _with_deadlines(channel: Any, timeout_s: float) -> Any:
    """The channel, with a deadline on each call: what the request itself may wait, and more."""
    import grpc

    class Deadlines(grpc.UnaryUnaryClientInterceptor):
        def intercept_unary_unary(
            self, continuation: Callable[..., Any], client_call_details: Any, request: Any
        ) -> Any:
            own_s = max(0.0, float(getattr(request, "timeout", 0.0) or 0.0))
            return continuation(_Details(client_call_details, own_s + timeout_s), request)

    return grpc.intercept_channel(channel, Deadlines())


class _Details:
    """Call details with another timeout, in the form that gRPC reads."""

    def __init__(self, details: Any, timeout_s: float) -> None:
        self.method, self.metadata = details.method, details.metadata
        self.credentials = details.credentials
        self.wait_for_ready = getattr(details, "wait_for_ready", None)
        self.compression = getattr(details, "compression", None)
        self.timeout = timeout_s
