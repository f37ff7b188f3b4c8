"""What every runner and engine shares: the engine interface and progress with remaining time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hgecircuit.record import Record


@dataclass(frozen=True)
class Progress:
    """How far a run, or a group of runs, has come.

    Attributes:
        fraction: Finished share of the work, 0 to 1.
        elapsed_s: Wall time since the start, in s.
    """

    fraction: float
    elapsed_s: float

    @property
    def remaining_s(self) -> float | None:
        """Expected wall time to the end in s at the mean speed so far; None at the very start."""
        if self.fraction <= 0:
            return None
        return self.elapsed_s * (1 - self.fraction) / self.fraction


ProgressCallback = Callable[[Progress], None]


class Engine(ABC):
    """A simulator that runs a deck and returns the traces asked for.

    Attributes:
        version: Version of the simulator as it reports it.
    """

    version: str

    @abstractmethod
    def run(
        self,
        deck: str,
        folder: Path,
        *,
        traces: Mapping[str, str] | Sequence[str],
        stop_s: float | None = None,
        timeout_s: float | None = None,
        progress: ProgressCallback | None = None,
        max_abs: float = 1e4,
        name: str = "deck",
    ) -> Record:
        """Run ``deck`` and return its traces.

        Args:
            deck: The whole deck as text.
            folder: Where the deck, the log and the result go; made when missing.
            traces: Vectors to return, such as ``v(w0)`` or ``i(vsense)``: by the name that the
                record shall use, or as a plain list.
            stop_s: End of the transient analysis in s, to be reached.
            timeout_s: Longest wall time in s; None waits for ever.
            progress: Called now and then with how far the run is.
            max_abs: Largest magnitude in V or A that is still believed.
            name: First part of the names of the files written.

        Raises:
            InputError: The deck holds what must not run, or what the simulator misreads silently.
            SimulatorError: The simulator failed or its result can't be trusted.
        """
