"""What a stray resistor between two free Wien bridges does to them: load, pull, lock.

Two bridges whose middles p a resistor R_c joins obey, for equal amplitudes and the phase psi
between them (Adler, Proc. IRE 34, 351 (1946); ``WienBridge.locking_share``),

    d(psi)/dt = (w_1 - w_2) - 2 pi f_L sin(psi),   f_L = 1 / (2 pi C R_c).

* Closer than f_L they lock: psi stands still, both run at one frequency.
* Further apart they slip past each other at sqrt(d^2 - f_L^2) in the place of d, each of them
  pulled by half of the difference, and load each other (``WienBridge.load``).
* Each then carries a line at the other's frequency. A bridge without a limiter answers the
  current (u' + w_0 u) / R_c with sqrt(2) f_L / (2 d) of its amplitude; diodes leave less of it.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Pull(NamedTuple):
    """Two oscillators that a stray joins.

    Attributes:
        first: Index of the one.
        second: Index of the other.
        apart_hz: Its frequency less the first one's, both without the stray.
        locking_hz: f_L.
    """

    first: int
    second: int
    apart_hz: float
    locking_hz: float

    @property
    def share(self) -> float:
        """Locking range over distance; they lock from 1 on."""
        return self.locking_hz / abs(self.apart_hz)

    @property
    def locked(self) -> bool:
        """Whether Adler's equation says that they run at one frequency."""
        return self.share >= 1

    @property
    def pulled_hz(self) -> float:
        """By how much each comes towards the other, not locked."""
        apart_hz = abs(self.apart_hz)
        return (apart_hz - math.sqrt(apart_hz**2 - self.locking_hz**2)) / 2

    @property
    def line(self) -> float:
        """Largest amplitude at the other's frequency, as a share of the own."""
        return min(1.0, self.share / math.sqrt(2))
