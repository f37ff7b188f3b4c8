"""Simulated time: as fast as the requests allow, or the wall clock's; and the rig's one lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from math import inf

#: Wall time for which a wait leaves another program, or thread, the chance to send a trigger.
GRACE_S = 0.1
#: Longest wall time between two looks at whether the caller still waits.
LOOK_S = 0.1
#: A longer timeout never comes: event time would jump to where a float has no microseconds.
FOR_EVER_S = 1e5


class ClosedError(Exception):
    """The server ends."""


class Clock:
    """Seconds since the server began. All methods need the lock.

    In event time a wait makes the time pass at once; nothing else does. So results do not depend
    on the speed of the computer, and a program that sleeps between two requests finds that no time
    has passed. A wait for what may never come (a trigger) first waits :data:`GRACE_S` of wall time.

    Args:
        real: Whether time is the wall clock's.
    """

    def __init__(self, real: bool) -> None:
        self.real = real
        self.lock = threading.Condition(threading.RLock())
        self._closed = False
        self._now_s = 0.0
        self._started_s = time.monotonic()
        self._started_unix_s = time.time()

    @property
    def now_s(self) -> float:
        """The simulated time in s."""
        return time.monotonic() - self._started_s if self.real else self._now_s

    def wall_s(self, time_s: float) -> float:
        """A simulated time as a time of day, in s since 1970."""
        return self._started_unix_s + time_s

    def changed(self) -> None:
        """Wake all waits: a task was started, stopped, written or read."""
        self.lock.notify_all()

    def close(self) -> None:
        """End all waits with :class:`ClosedError`."""
        with self.lock:
            self._closed = True
            self.lock.notify_all()

    def advance_to(self, time_s: float) -> None:
        """Let event time pass; the wall clock's passes by itself."""
        if not self.real and time_s > self._now_s:
            self._now_s = time_s
            self.lock.notify_all()

    def pause(self, wall_s: float) -> None:
        """Give up the lock for some wall time, or until something has changed.

        Raises:
            ClosedError: The server ends.
        """
        if not self._closed:
            self.lock.wait(wall_s)
        if self._closed:
            raise ClosedError

    def wait_for(
        self, due_s: Callable[[], float | None], timeout_s: float, alive: Callable[[], bool]
    ) -> bool:
        """Wait until something is due.

        Args:
            due_s: When it is, as known now; None if that can't be known yet.
            timeout_s: Longest wait in simulated time; below 0 or above :data:`FOR_EVER_S` for ever.
            alive: Whether the caller still waits.

        Returns:
            Whether it came within the time.

        Raises:
            ClosedError: The server ends, or the caller has gone.
        """
        for_ever = timeout_s < 0 or timeout_s > FOR_EVER_S
        deadline_s = inf if for_ever else self.now_s + max(0.0, timeout_s)
        grace_until = time.monotonic() + min(GRACE_S, deadline_s - self.now_s)
        while True:
            due, now = due_s(), self.now_s
            if due is not None and due <= now:
                return True
            if now >= deadline_s:
                return False
            if not alive():
                raise ClosedError
            target = min(inf if due is None else due, deadline_s)
            if self.real:
                self.pause(min(target - now, LOOK_S))
            elif target == inf or (due is None and time.monotonic() < grace_until):
                self.pause(min(LOOK_S, GRACE_S / 5))
            else:
                self.advance_to(target)
