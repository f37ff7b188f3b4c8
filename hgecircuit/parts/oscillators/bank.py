"""Oscillator bank: one carrier per control and the phase-matched lock-in references."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit, format_number


@dataclass(frozen=True)
class OscillatorBank:
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

    def carrier_v(self, channel: int, time_s: np.ndarray) -> np.ndarray:
        """Ideal response: carrier ``channel`` in V at ``time_s``."""
        frequency_hz = self.frequencies_hz[channel] * (1 + self.frequency_error)
        return self.amplitude_v * np.sin(
            2 * np.pi * frequency_hz * time_s + self.phases_rad[channel]
        )

    def subcircuit(self) -> Subcircuit:
        """Ports ``s0 .. s<M-1>`` (carriers), then ``r0 .. r<M-1>`` (references)."""
        channels = range(len(self.frequencies_hz))
        ports = [f"s{m}" for m in channels] + [f"r{m}" for m in channels]
        bank = Subcircuit("oscillator_bank", ports, "Oscillator bank: carriers and references.")
        for m in channels:
            bank.voltage(f"s{m}", f"s{m}", GROUND, self._source(m, 0.0))
        for m in channels:
            bank.voltage(f"r{m}", f"r{m}", GROUND, self._source(m, self.reference_lag_rad[m]))
        return bank

    def _source(self, channel: int, lag_rad: float) -> str:
        frequency_hz = self.frequencies_hz[channel] * (1 + self.frequency_error)
        phase_deg = np.degrees(self.phases_rad[channel] - lag_rad)
        numbers = (0.0, self.amplitude_v, frequency_hz, 0.0, 0.0, phase_deg)
        return f"SIN({' '.join(format_number(number) for number in numbers)})"
