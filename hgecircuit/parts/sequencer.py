"""Pattern sequencer: every clock, select and gate signal of a learner, as periodic pulses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit, format_number


@dataclass(frozen=True)
class Window:
    """One window per period in which a signal is at 1 V.

    The signal rises from ``start_s`` to ``start_s + edge`` and falls from ``stop_s`` to ``stop_s +
    edge``, so its area is exactly ``stop_s - start_s``. A rising and a falling edge at one time sum
    to 1 V, which makes a switch from pattern to pattern a clean ramp.
    """

    start_s: float
    stop_s: float


@dataclass(frozen=True)
class Sequencer:
    """Periodic gate signals between 0 V and 1 V.

    A trapezoid with straight edges is a rectangle of its area's length convolved with one of the
    edge's length; a gate of exactly n carrier periods therefore keeps its zeros in spite of edges.

    Attributes:
        signals: Windows of every signal by name, within one period.
        period_s: Length of the cycle.
        edge_s: Length of every edge.
        delay_s: Time before the first period.
        hold_periods: For each signal named here, the number of first periods in which it stays 0 V.
    """

    signals: Mapping[str, tuple[Window, ...]]
    period_s: float
    edge_s: float
    delay_s: float
    hold_periods: Mapping[str, int]

    def level_v(self, signal: str, time_s: np.ndarray) -> np.ndarray:
        """Ideal response: the signal in V at ``time_s``."""
        level = np.zeros_like(time_s, dtype=float)
        for window in self.signals[signal]:
            since_s = time_s - self._first_s(signal, window)
            phase_s = np.mod(since_s, self.period_s)
            width_s = window.stop_s - window.start_s
            rise = np.clip(phase_s / self.edge_s, 0, 1)
            fall = np.clip((phase_s - width_s) / self.edge_s, 0, 1)
            level += np.where(since_s >= 0, rise - fall, 0.0)
        return level

    def subcircuit(self, name: str = "sequencer") -> Subcircuit:
        """One port per signal, in the order of ``signals``."""
        part = Subcircuit(name, tuple(self.signals), "Pattern sequencer and gate timing.")
        for signal, windows in self.signals.items():
            below = GROUND
            for n, window in enumerate(windows):
                last = n == len(windows) - 1
                above = signal if last else f"{signal}_{n}"
                part.voltage(f"{signal}_{n}", above, below, self._pulse(signal, window))
                below = above
        return part

    def _first_s(self, signal: str, window: Window) -> float:
        return self.delay_s + window.start_s + self.hold_periods.get(signal, 0) * self.period_s

    def _pulse(self, signal: str, window: Window) -> str:
        flat_s = window.stop_s - window.start_s - self.edge_s
        if flat_s <= 0 or window.stop_s + self.edge_s > window.start_s + self.period_s:
            raise ValueError(f"{signal}: a window must be longer than an edge and fit the period")
        numbers = (
            0.0,
            1.0,
            self._first_s(signal, window),
            self.edge_s,
            self.edge_s,
            flat_s,
            self.period_s,
        )
        return f"PULSE({' '.join(format_number(number) for number in numbers)})"
