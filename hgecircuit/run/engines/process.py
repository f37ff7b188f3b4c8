"""Run one simulator process: log, progress, time limit, and never an orphan."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hgecircuit.errors import SimulatorError

_POLL_S = 0.1
_LOG_LIMIT_BYTES = 20_000_000
_LINE_END = re.compile(rb"[\r\n]")
# Version 39 prints it on standard error, 44 on standard output; a carriage return ends it.
_REFERENCE = re.compile(rb"\s*Reference value :\s*([-+]?\d+\.?\d*(?:e[-+]?\d+)?)")

_running: dict[subprocess.Popen[bytes], int] = {}
_running_lock = threading.Lock()


@dataclass(frozen=True)
class Outcome:
    """How a process ended.

    Attributes:
        exit_code: Its exit code; minus the signal's number when a signal ended it.
        log: Standard output and standard error together, without progress lines.
        wall_s: Wall time in s.
    """

    exit_code: int
    log: str
    wall_s: float


def run_process(
    command: Sequence[str],
    folder: Path,
    log_path: Path,
    *,
    timeout_s: float | None = None,
    on_reference: Callable[[float], None] | None = None,
) -> Outcome:
    """Run ``command`` in ``folder`` with standard input closed.

    The process gets a group of its own, which is killed when the time is over and on every
    exception, Ctrl-C included. If Python itself is killed, ngspice dies at its next progress line,
    because nobody reads the pipe any more.

    Args:
        command: Program and arguments.
        folder: Working directory.
        log_path: File that receives the log while the process runs.
        timeout_s: Longest wall time in s.
        on_reference: Called with the value of every progress line (time in s, frequency in Hz).

    Raises:
        SimulatorError: The time is over, or the log grew past 20 MB.
    """
    start = time.monotonic()
    rest, reached = b"", None
    with log_path.open("wb") as log, _started(command, folder) as process:
        for chunk in _read_chunks(process):
            *lines, rest = _LINE_END.split(rest + chunk)
            for line in filter(None, lines):
                reference = _REFERENCE.match(line)
                if not reference:
                    log.write(line + b"\n")
                    continue
                reached = float(reference[1])
                if on_reference:
                    on_reference(reached)
            _check_limits(time.monotonic() - start, timeout_s, log.tell(), reached, folder)
        exit_code = process.wait()
    return Outcome(exit_code, log_path.read_text("utf-8", "replace"), time.monotonic() - start)


def kill_started_by(threads: set[int]) -> None:
    """Kill every running simulator that one of these threads (by identifier) started."""
    with _running_lock:
        for process, thread in _running.items():
            if thread in threads:
                _kill(process)


@contextlib.contextmanager
def _started(command: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    with _running_lock:
        _running[process] = threading.get_ident()
    try:
        yield process
    finally:
        _kill(process)
        with _running_lock:
            del _running[process]
        if process.stdout:
            process.stdout.close()
        process.wait()


def _kill(process: subprocess.Popen[bytes]) -> None:
    # The process is not yet waited for when it is still running, so its group can't be another's.
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    # SPICE_ASCIIRAWFILE turns binary raw files off; another locale might write decimal commas.
    # Several threads per ngspice (OpenMP) would only compete with parallel runs.
    kept = {key: value for key, value in environment.items() if key != "SPICE_ASCIIRAWFILE"}
    return {"OMP_NUM_THREADS": "1", **kept, "LC_ALL": "C"}


def _read_chunks(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """What the process writes, as it comes; nothing (``b""``) whenever it is silent for a while."""
    pipe = process.stdout
    assert pipe is not None
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            ready = selector.select(_POLL_S)
            chunk = os.read(pipe.fileno(), 1 << 16) if ready else b""
            # silent after its end: a grandchild may hold the pipe open
            if not chunk and (ready or process.poll() is not None):
                yield b"\n"  # ends a last line that has no end of its own
                return
            yield chunk


def _check_limits(
    wall_s: float, timeout_s: float | None, log_bytes: int, reached: float | None, folder: Path
) -> None:
    where = "" if reached is None else f", at {reached:g} s of simulated time"
    if timeout_s is not None and wall_s > timeout_s:
        problem = f"the simulator was stopped at its time limit of {timeout_s:g} s{where}"
        raise SimulatorError(problem, folder=folder)
    if log_bytes > _LOG_LIMIT_BYTES:
        raise SimulatorError(f"the simulator's log grew past 20 MB{where}", folder=folder)
