"""Oscillator bank of sources: one carrier per control and the phase-matched references."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit, format_number
from hgecircuit.parts.oscillators.base import Bank, Tone


@dataclass(frozen=True)
class OscillatorBank(Bank):
    """Sinusoidal carriers s_m and lock-in references r_m, each of 1 V amplitude when ideal.

    Attributes:
        frequencies_hz: Carrier frequencies, one per control.
        phases_rad: Carrier phases at t = 0.
        reference_lag_rad: How far each reference trails its carrier. It equals the phase lag of the
            signal chain, so that two controls that share a frequency in quadrature stay separate.
        amplitude_error: Relative error of every amplitude (behavioural).
        frequency_error: Relative error of every frequency (behavioural).
    """

    frequencies_hz: tuple[float, ...]
    phases_rad: tuple[float, ...]
    reference_lag_rad: tuple[float, ...]
    amplitude_error: float = 0.0
    frequency_error: float = 0.0

    @property
    def amplitude_v(self) -> float:
        """Amplitude of every output, in V."""
        return 1.0 + self.amplitude_error

    @property
    def carriers(self) -> tuple[Tone, ...]:
        """Every carrier."""
        return tuple(
            Tone(frequency_hz * (1 + self.frequency_error), self.amplitude_v, phase_rad)
            for frequency_hz, phase_rad in zip(self.frequencies_hz, self.phases_rad, strict=True)
        )

    @property
    def references(self) -> tuple[Tone, ...]:
        """Every reference."""
        return tuple(
            tone._replace(phase_rad=tone.phase_rad - lag_rad)
            for tone, lag_rad in zip(self.carriers, self.reference_lag_rad, strict=True)
        )

    @property
    def startup_s(self) -> float:
        """Sources run from the start."""
        return 0.0

    @property
    def coherent(self) -> bool:
        """As long as their frequencies have no error."""
        return self.frequency_error == 0

    def subcircuit(self, name: str = "oscillator_bank") -> Subcircuit:
        """Ports ``s0 .. s<M-1>`` (carriers), then ``r0 .. r<M-1>`` (references)."""
        bank = Subcircuit(name, self.ports, "Oscillator bank: carriers and references.")
        for port, tone in zip(self.ports, (*self.carriers, *self.references), strict=True):
            bank.voltage(port, port, GROUND, format_sine(tone))
        return bank


def format_sine(tone: Tone, offset_v: float = 0.0) -> str:
    """A tone as a SPICE source."""
    degrees = float(np.degrees(tone.phase_rad))
    numbers = (offset_v, tone.amplitude_v, tone.frequency_hz, 0.0, 0.0, degrees)
    return f"SIN({' '.join(format_number(number) for number in numbers)})"
