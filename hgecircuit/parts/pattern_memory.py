"""Pattern memory: a ROM and a DAC that step through stored voltages, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit, format_number


@dataclass(frozen=True)
class PatternMemory:
    """Stored voltages of several outputs, shown in slots of equal length, over and over.

    Output n is at ``levels_v[n][k]`` in slot k, from ``edge_s`` after the slot's start; during that
    edge it ramps from the level before. Before the first slot comes the last level.

    Attributes:
        levels_v: One row of K voltages per output.
        slot_s: Length of a slot.
        edge_s: Length of the ramps.
        repeated: Whether the first slot follows the last; else the last level stays.
    """

    levels_v: Sequence[Sequence[float]]
    slot_s: float
    edge_s: float
    repeated: bool = True

    def level_v(self, output: int, time_s: np.ndarray) -> np.ndarray:
        """Ideal response: an output in V at ``time_s``."""
        levels_v = np.asarray(self.levels_v[output], dtype=float)
        slot = np.floor(np.asarray(time_s) / self.slot_s).astype(int)
        if not self.repeated:
            slot = np.minimum(slot, len(levels_v) - 1)
        share = np.clip((time_s - slot * self.slot_s) / self.edge_s, 0.0, 1.0)
        before_v, after_v = levels_v[(slot - 1) % len(levels_v)], levels_v[slot % len(levels_v)]
        return before_v + share * (after_v - before_v)

    def subcircuit(self, name: str = "pattern_memory") -> Subcircuit:
        """One port ``o<n>`` per output."""
        ports = [f"o{n}" for n in range(len(self.levels_v))]
        part = Subcircuit(name, ports, "Pattern memory: stored voltages, one after the other.")
        for port, levels_v in zip(ports, self.levels_v, strict=True):
            part.behavioural_voltage(port, port, GROUND, self._table(levels_v))
        return part

    def _table(self, levels_v: Sequence[float]) -> str:
        """The levels over time as a table, which ngspice searches by halving.

        A repeated PWL source searches from its start through all repetitions so far, so that a time
        point costs more and more.
        """
        pairs, before_v = [], levels_v[-1]
        for k, level_v in enumerate(levels_v):
            start_s = k * self.slot_s
            pairs += [start_s, before_v, start_s + self.edge_s, level_v]
            before_v = level_v
        period_s = len(levels_v) * self.slot_s
        pairs += [period_s, before_v]
        time = "time"
        if self.repeated:
            period = format_number(period_s)
            time = f"time-{period}*floor(time/{period})"
        numbers = [format_number(float(number)) for number in pairs]
        return f"pwl({time}, {', '.join(numbers)})"
