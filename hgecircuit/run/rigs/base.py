"""What every rig offers, be it a chassis, a virtual one, or a recording that takes its place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from hgecircuit.run.rigs.safety import Limits, RigError, check_samples
from hgecircuit.run.rigs.waveforms import Waveform


@dataclass(frozen=True)
class Readings:
    """What the inputs gave while one waveform was put out.

    Attributes:
        volts: Voltages at the inputs, shape (L, C), in V: the current's converter, then the
            electrodes' monitors, if there are any.
        input_rate_hz: Rate of the samples as the rig has coerced it. The first one belongs to the
            outputs' first one, apart from the input's delay.
        started_s: When it began, in s of Unix time.
    """

    volts: np.ndarray
    input_rate_hz: float
    started_s: float


class Rig(ABC):
    """Outputs for E electrodes and an input for the current, run by hardware clocks.

    A rig always rests at 0 V: every waveform begins and ends there. It is used as a context
    manager, and is to be left that way, too.

    Attributes:
        limits: Of the electrodes.
        output_rate_hz: Rate of the outputs as coerced.
        input_rate_hz: Rate of the input as coerced.
        provenance: What it is, for logs: settings, product types, versions; the same for the same
            rig.
    """

    limits: Limits
    output_rate_hz: float
    input_rate_hz: float
    provenance: Mapping[str, Any]
    _present_v: np.ndarray | None = None

    @property
    def present_v(self) -> np.ndarray:
        """Voltages on the electrodes now, shape (E,), in V.

        Raises:
            RigError: Nobody knows them.
        """
        if self._present_v is None:
            raise RigError(
                "the present voltages of the outputs are not known",
                advice="`hgecircuit rig zero` tells how to bring them to 0 V",
            )
        return self._present_v

    @final
    def play(self, waveform: Waveform) -> Readings:
        """Check a waveform as a whole, put it out, and read the inputs meanwhile.

        Nothing is handed to the rig before the whole waveform has passed the check.

        Raises:
            InputError: The waveform would leave the limits, or doesn't fit.
            RigError: The rig failed; the message tells where the outputs are.
        """
        samples_v = check_samples(
            waveform.voltages_v, self.limits, self.output_rate_hz, self.present_v
        )
        self._present_v = None
        readings = self._play(samples_v)
        self._present_v = samples_v[-1]
        return readings

    @abstractmethod
    def _play(self, samples_v: np.ndarray) -> Readings:
        """Put out checked samples of shape (N, E) in V and return what was read meanwhile."""

    @abstractmethod
    def __enter__(self) -> Self:
        """Connect, check what is there, and refuse a rig in an unknown state."""

    @abstractmethod
    def __exit__(self, *failure: object) -> None:
        """Leave the rig at 0 V and give it back."""
