"""Independent jobs on all processor cores, results in the order of the jobs.

ngspice jobs run in threads, because each thread only waits for its own ngspice process; pure Python
work needs processes. Ctrl-C and the first failing job cancel what has not started and kill what
runs, before the exception goes on to the caller.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hgecircuit.record import Record
from hgecircuit.run.base import Engine, Progress, ProgressCallback
from hgecircuit.run.engines.process import kill_started_by

_POLL_S = 0.1

T = TypeVar("T")


@dataclass(frozen=True)
class DeckJob:
    """One deck to run; the fields are the arguments of ``Engine.run``, and one more.

    Attributes:
        weight: Expected work in any unit, such as time points times elements; progress counts it.
    """

    deck: str
    folder: Path
    traces: Mapping[str, str] | Sequence[str]
    stop_s: float | None = None
    timeout_s: float | None = None
    max_abs: float = 1e4
    name: str = "deck"
    weight: float = 1.0


def run_decks(
    engine: Engine,
    jobs: Sequence[DeckJob],
    *,
    workers: int | None = None,
    progress: ProgressCallback | None = None,
) -> list[Record]:
    """Run decks side by side and return their records in the order of ``jobs``.

    Args:
        engine: Runs every deck.
        jobs: The decks; two with the same folder need different names.
        workers: Number of decks at a time; by default one per available core.
        progress: Called with the progress of all decks together, by their weights.

    Raises:
        HgeError: That of the first deck that failed; the others are stopped.
    """
    tracker = _Tracker([job.weight for job in jobs], progress)

    def make(number: int, job: DeckJob) -> Callable[[], Record]:
        return lambda: engine.run(
            job.deck,
            job.folder,
            traces=job.traces,
            stop_s=job.stop_s,
            timeout_s=job.timeout_s,
            progress=lambda one: tracker.update(number, one.fraction),
            max_abs=job.max_abs,
            name=job.name,
        )

    calls = [make(number, job) for number, job in enumerate(jobs)]
    with _threads(workers) as pool:
        return _collect(pool, calls, tracker)


def run_jobs(
    jobs: Sequence[Callable[[], T]],
    *,
    workers: int | None = None,
    processes: bool = False,
    progress: ProgressCallback | None = None,
) -> list[T]:
    """Call every job and return what they returned, in the order of ``jobs``.

    Args:
        jobs: Callables without arguments; with ``processes`` they must be picklable, such as a
            ``functools.partial`` of a module's function.
        workers: Number of jobs at a time; by default one per available core.
        processes: Use processes, for work that is done in Python itself.
        progress: Called with the share of finished jobs.

    Raises:
        Exception: That of the first job that failed; the others are stopped.
    """
    with _processes(workers) if processes else _threads(workers) as pool:
        return _collect(pool, jobs, _Tracker([1.0] * len(jobs), progress))


def count_cores() -> int:
    """Number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Tracker:
    """Adds up the progress of all jobs; jobs report from several threads."""

    def __init__(self, weights: Sequence[float], progress: ProgressCallback | None) -> None:
        self._weights = weights
        self._fractions = [0.0] * len(weights)
        self._progress = progress
        self._start = time.monotonic()
        self._lock = threading.Lock()

    def update(self, number: int, fraction: float) -> None:
        with self._lock:
            self._fractions[number] = max(fraction, self._fractions[number])
            if self._progress:
                pairs = zip(self._weights, self._fractions, strict=True)
                done = sum(weight * share for weight, share in pairs) / sum(self._weights)
                self._progress(Progress(done, time.monotonic() - self._start))


def _collect(pool: futures.Executor, jobs: Sequence[Callable[[], T]], tracker: _Tracker) -> list[T]:
    calls = [pool.submit(job) for job in jobs]
    waiting = set(calls)
    while waiting:
        # The time limit lets Ctrl-C through: a wait without one can't be interrupted everywhere.
        done, waiting = futures.wait(waiting, timeout=_POLL_S, return_when=futures.FIRST_EXCEPTION)
        for number, call in enumerate(calls):
            if call in done:
                call.result()
                tracker.update(number, 1.0)
    return [call.result() for call in calls]


@contextmanager
def _threads(workers: int | None) -> Iterator[futures.Executor]:
    idents: set[int] = set()
    pool = futures.ThreadPoolExecutor(
        workers or count_cores(), initializer=lambda: idents.add(threading.get_ident())
    )
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        # again and again: a job may start its next simulator after the first was killed
        alive = True
        while alive:
            kill_started_by(idents)
            alive = any(t.is_alive() for t in threading.enumerate() if t.ident in idents)
            time.sleep(_POLL_S / 2)
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _processes(workers: int | None) -> Iterator[futures.Executor]:
    others = set(multiprocessing.active_children())
    # spawn: a fork of a process with threads can hang
    context = multiprocessing.get_context("spawn")
    pool = futures.ProcessPoolExecutor(
        workers or count_cores(), mp_context=context, initializer=_ignore_interrupt
    )
    try:
        yield pool
    except BaseException:
        # The pool notices and reaps its workers itself; a join here would race with it.
        for child in set(multiprocessing.active_children()) - others:
            child.kill()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _ignore_interrupt() -> None:
    # Ctrl-C reaches every process of a terminal; only the parent answers it, by killing the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
