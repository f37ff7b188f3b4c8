"""What goes wrong: faults of the rig file, at their time in their run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from hgecircuit.run.rigs.config_virtual import FaultSpec


@dataclass(frozen=True)
class Interval:
    """A fault under way.

    Attributes:
        fault: What goes wrong.
        from_s: Since when, in the rig's time.
        to_s: Until when.
    """

    fault: FaultSpec
    from_s: float
    to_s: float


@dataclass
class Faults:
    """All faults of a rig.

    Attributes:
        specs: The faults of the rig file.
        run: Number of the run that was last begun: starts of hardware-timed inputs.
        begun: Faults whose time is known.
    """

    specs: Sequence[FaultSpec]
    run: int = 0
    begun: list[Interval] = field(default_factory=list)

    def begin_run(self, time_s: float) -> list[Interval]:
        """Count a run that begins at ``time_s``; its faults, whose time is known now."""
        self.run += 1
        new = [
            Interval(
                fault,
                time_s + fault.at_s,
                inf if fault.duration_s is None else time_s + fault.at_s + fault.duration_s,
            )
            for fault in self.specs
            if fault.run in (None, self.run)
        ]
        self.begun += new
        return new

    def late_samples(self) -> int:
        """Samples by which an output starts late in the run that has just begun."""
        return sum(
            fault.delay_samples or 0
            for fault in self.specs
            if fault.kind == "late_trigger" and fault.run in (None, self.run)
        )

    def active(self, kind: str, time_s: float) -> bool:
        """Whether a fault of a kind is under way."""
        return any(
            each.fault.kind == kind and each.from_s <= time_s < each.to_s for each in self.begun
        )

    def active_since(self, kind: str, since_s: float, time_s: float) -> bool:
        """Whether a fault of a kind was under way at any time from ``since_s`` to ``time_s``."""
        return any(
            each.fault.kind == kind and each.from_s <= time_s and since_s < each.to_s
            for each in self.begun
        )

    def next_start_s(self, kind: str, time_s: float) -> float:
        """When the next fault of a kind begins after ``time_s``; infinity if none is known."""
        starts = [
            each.from_s for each in self.begun if each.fault.kind == kind and each.from_s >= time_s
        ]
        return min(starts, default=inf)

    def mask(self, kind: str, times_s: np.ndarray) -> np.ndarray:
        """Which of ``times_s`` lie in a fault of a kind, same shape."""
        inside = np.zeros(times_s.shape, bool)
        for each in self.begun:
            if each.fault.kind == kind:
                inside |= (times_s >= each.from_s) & (times_s < each.to_s)
        return inside
