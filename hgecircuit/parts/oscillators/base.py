"""What every oscillator bank offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np

from hgecircuit.netlist import Subcircuit
from hgecircuit.parts.oscillators.pulling import Pull

# Lines whose frequencies differ by less are one line.
_SAME = 1e-9


class Tone(NamedTuple):
    """A sine: amplitude sin(2 pi frequency t + phase)."""

    frequency_hz: float
    amplitude_v: float
    phase_rad: float

    @property
    def phasor(self) -> complex:
        """Amplitude times exp(j phase), in V."""
        return self.amplitude_v * complex(np.exp(1j * self.phase_rad))

    def at(self, time_s: np.ndarray) -> np.ndarray:
        """The sine in V at ``time_s``."""
        angle = 2 * np.pi * self.frequency_hz * np.asarray(time_s) + self.phase_rad
        return self.amplitude_v * np.sin(angle)


class Bank(ABC):
    """Carriers s_m of 1 V and references r_m that trail them, one of each per control.

    Attributes:
        frequencies_hz: Carrier frequencies asked for, one per control.
        phases_rad: Carrier phases asked for; only channels that share a frequency must keep them.
        reference_lag_rad: How far each reference trails its carrier.
    """

    frequencies_hz: tuple[float, ...]
    phases_rad: tuple[float, ...]
    reference_lag_rad: tuple[float, ...]

    @property
    @abstractmethod
    def carriers(self) -> tuple[Tone, ...]:
        """What the bank's own equations expect of every carrier once it has started."""

    @property
    @abstractmethod
    def references(self) -> tuple[Tone, ...]:
        """What the bank's own equations expect of every reference."""

    @property
    @abstractmethod
    def startup_s(self) -> float:
        """Time from power-on until every carrier stays within 1 % of its amplitude."""

    @property
    @abstractmethod
    def coherent(self) -> bool:
        """Whether the carriers keep step with the gate's clock, however far that clock is off."""

    @abstractmethod
    def subcircuit(self, name: str = "oscillator_bank") -> Subcircuit:
        """Ports ``s0 .. s<M-1>`` (carriers), then ``r0 .. r<M-1>`` (references)."""

    @property
    def channels(self) -> range:
        """Indices of the carriers."""
        return range(len(self.frequencies_hz))

    @property
    def ports(self) -> tuple[str, ...]:
        """Ports of the subcircuit."""
        return tuple(f"{kind}{m}" for kind in "sr" for m in self.channels)

    @property
    def lines(self) -> tuple[tuple[Tone, ...], ...]:
        """Fundamental and known harmonics of every port, carriers first."""
        return tuple((tone,) for tone in (*self.carriers, *self.references))

    @property
    def crosstalk(self) -> np.ndarray:
        """What a coherent lock-in's channel m reads of carrier n's derivative, shape (M, M).

        2 mean(r_m s_n) over whole cycles of all, r_m turned forward by its lag: 1 on the diagonal
        and 0 elsewhere when ideal; else the gain, and what leaks through harmonics of one carrier
        that fall on lines of another and through imperfect right angles.
        """
        count = len(self.channels)
        found = np.zeros((count, count))
        for m, reference in enumerate(self.lines[count:]):
            turned = np.exp(1j * self.reference_lag_rad[m])
            for n, carrier in enumerate(self.lines[:count]):
                found[m, n] = sum(
                    float(np.real(np.conj(one.phasor * turned) * other.phasor))
                    for one in reference
                    for other in carrier
                    if np.isclose(one.frequency_hz, other.frequency_hz, rtol=_SAME, atol=0)
                )
        return found

    @property
    def pulls(self) -> tuple[Pull, ...]:
        """Oscillators that pull each other; indices count a bank's oscillators."""
        return ()

    @property
    def neighbours(self) -> np.ndarray:
        """Largest line that carrier m has at the frequency of carrier n, as a share, (M, M)."""
        count = len(self.channels)
        return np.zeros((count, count))

    @property
    def frequency_errors(self) -> np.ndarray:
        """Expected relative error of every frequency, shape (M,)."""
        expected = np.array([tone.frequency_hz for tone in self.carriers])
        return expected / np.asarray(self.frequencies_hz) - 1

    @property
    def amplitude_errors(self) -> np.ndarray:
        """Expected relative error of every carrier's amplitude, shape (M,)."""
        return np.array([tone.amplitude_v for tone in self.carriers]) - 1

    def carrier_v(self, channel: int, time_s: np.ndarray) -> np.ndarray:
        """Ideal response: carrier ``channel`` in V at ``time_s``, once it has started."""
        return self.carriers[channel].at(time_s)
