"""A bank as it was measured: every output replayed as the sines it was made of.

An oscillator bank takes nothing from the learner but the load of its outputs, and op-amps drive
those. So a bank of real parts can start up once, in a deck of its own and at a time step that fits
its edges or its frequency, and be replayed in every learner: fundamental, harmonics and offset of
every port, each at the phase that it had. What is lost is the answer to the load (measure it by a
bench with and without), noise, and tones that are not harmonics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.oscillators.bank import format_sine
from hgecircuit.parts.oscillators.base import Bank, Tone
from hgecircuit.parts.oscillators.measure import measure_sine


@dataclass(frozen=True)
class RecordedBank(Bank):
    """Sources that replay a bank.

    Attributes:
        frequencies_hz: Carrier frequencies asked for.
        phases_rad: Carrier phases asked for.
        reference_lag_rad: How far each reference should trail its carrier.
        tones: Of every port, carriers first: the fundamental, then its harmonics.
        offsets_v: Mean of every port.
        locked: Whether the bank that was recorded keeps step with the gate's clock.
    """

    frequencies_hz: tuple[float, ...]
    phases_rad: tuple[float, ...]
    reference_lag_rad: tuple[float, ...]
    tones: tuple[tuple[Tone, ...], ...]
    offsets_v: tuple[float, ...]
    locked: bool

    @classmethod
    def of(
        cls,
        bank: Bank,
        time_s: np.ndarray,
        traces: Mapping[str, np.ndarray],
        start_s: float,
        least: float = 1e-4,
    ) -> RecordedBank:
        """Record a bank's ports.

        Args:
            bank: The bank.
            time_s: Times, shape (n,), that count as in the learner.
            traces: Every port's voltage, shape (n,), by the port's name.
            start_s: When it has started.
            least: Harmonics below this share of their fundamental are left out.
        """
        figures = [
            measure_sine(
                time_s,
                traces[port],
                start_s,
                bank.frequencies_hz[k % len(bank.channels)] if bank.coherent else None,
            )
            for k, port in enumerate(bank.ports)
        ]
        return cls(
            bank.frequencies_hz,
            bank.phases_rad,
            bank.reference_lag_rad,
            tuple(figure.tones(least) for figure in figures),
            tuple(figure.offset_v for figure in figures),
            bank.coherent,
        )

    @property
    def carriers(self) -> tuple[Tone, ...]:
        """Every carrier's fundamental."""
        return tuple(tones[0] for tones in self.tones[: len(self.channels)])

    @property
    def references(self) -> tuple[Tone, ...]:
        """Every reference's fundamental."""
        return tuple(tones[0] for tones in self.tones[len(self.channels) :])

    @property
    def lines(self) -> tuple[tuple[Tone, ...], ...]:
        """As measured."""
        return self.tones

    @property
    def startup_s(self) -> float:
        """It has started already."""
        return 0.0

    @property
    def coherent(self) -> bool:
        """As the bank that was recorded."""
        return self.locked

    def subcircuit(self, name: str = "recorded_bank") -> Subcircuit:
        """Ports ``s0 .. s<M-1>`` (carriers), then ``r0 .. r<M-1>`` (references)."""
        part = Subcircuit(name, self.ports, "Oscillator bank, replayed as measured.")
        for port, tones, offset_v in zip(self.ports, self.tones, self.offsets_v, strict=True):
            below = GROUND
            for k, tone in enumerate(tones):
                above = port if k == len(tones) - 1 else f"{port}_{k}"
                source = format_sine(tone, 0.0 if k else offset_v)
                part.voltage(f"{port}_{k}", above, below, source)
                below = above
        return part
