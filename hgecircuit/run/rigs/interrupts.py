"""Ctrl-C, SIGTERM and a terminal that closes, put off until the outputs are at zero."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, Self

from hgecircuit.errors import HgeError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StoppedError(HgeError):
    """The user or the system asked to stop; exit code 128 plus the signal's number.

    Args:
        number: The signal.
        detail: What is kept, for the message.
    """

    def __init__(self, number: int, detail: str = "") -> None:
        self.exit_code = 128 + number
        text = f"stopped by {signal.Signals(number).name}; the outputs are at 0 V"
        super().__init__(f"{text}; {detail}" if detail else text)


class Interrupts:
    """While active, SIGINT, SIGTERM and SIGHUP are noted, and nothing else happens.

    A hardware-timed run goes on to its own ramp to zero; whoever runs it then calls
    :meth:`check`. Outside the main thread, where Python allows no handlers, nothing is noted. A
    closing terminal that is ignored already, as under `nohup`, stays so; who interrupts a program
    that a shell has put in the background means it.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            under_nohup = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            wanted = [one for one in _SIGNALS if not (under_nohup and one == signal.SIGHUP)]
            self._before = {one: signal.signal(one, self._note) for one in wanted}
        return self

    def __exit__(self, *_: object) -> None:
        for one, handler in self._before.items():
            signal.signal(one, handler)
        self._before = {}

    def check(self, detail: str = "") -> None:
        """Stop now if a signal has come.

        Raises:
            StoppedError: One has.
        """
        if self.number is not None:
            raise StoppedError(self.number, detail)

    def _note(self, number: int, _: FrameType | None) -> None:
        self.number = number
