"""Carriers divided from the gate's own clock: coherent with it by construction.

One clock drives the gate's counter and, through a programmable divider per frequency, one
walking-ring counter per frequency. Every output is then periodic with the gate, so a gate of whole
cycles rejects all other carriers however far the clock is off. Right angles come from taps a
quarter of the ring apart. The counters are sources here: their edges are what the circuit sees.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Subcircuit, format_number
from hgecircuit.parts.filters.opamp import IDEAL
from hgecircuit.parts.oscillators.base import Tone
from hgecircuit.parts.oscillators.built import BuiltBank, Core
from hgecircuit.parts.oscillators.stepped import SteppedSine
from hgecircuit.parts.oscillators.values import AnyOpAmp

# Above it, frequencies have no clock in common that a counter of CMOS logic could divide.
_LARGEST_CLOCK_HZ = 10e6
# Lines of a carrier that are looked at for collisions.
_HARMONICS = 40
# Fainter ones are rounding.
_FAINTEST_V = 1e-9


@dataclass(frozen=True)
class DividerBank(BuiltBank):
    """Stepped sines behind counters, one low-pass per output.

    Attributes:
        frequencies_hz: Carrier frequencies, one per control.
        phases_rad: Carrier phases; the nearest tap makes them, channels of one frequency exactly.
        reference_lag_rad: How far each reference trails its carrier.
        steps: Steps per cycle, an even number from 4 (the square wave); for channels at right
            angles a multiple of 4.
        logic_v: The counters' outputs switch between -logic_v and logic_v.
        edge_s: Length of their edges.
        cutoff_ratio: Pole frequency of every low-pass over its carrier.
        q: Quality of its pole pair.
        capacitor_f: Its smaller capacitor.
        opamp: Op-amp of every low-pass.
        resistor_series: E series of all resistors; exact values without one.
    """

    frequencies_hz: tuple[float, ...]
    phases_rad: tuple[float, ...]
    reference_lag_rad: tuple[float, ...]
    steps: int = 8
    logic_v: float = 2.5
    edge_s: float = 1e-5
    cutoff_ratio: float = 1.0
    q: float = math.sqrt(0.5)
    capacitor_f: float = 10e-9
    opamp: AnyOpAmp = IDEAL
    resistor_series: str | None = None

    def __post_init__(self) -> None:
        quarter = self.steps % 4 == 0
        if not quarter and any(turn for core in self.cores for turn in core.turns):
            raise InputError(
                "no tap lies a quarter of a cycle behind another",
                key="steps",
                value=self.steps,
                expected="a multiple of 4, or no two channels on one frequency",
            )

    @property
    def clock_hz(self) -> float:
        """Lowest clock of which every counter's clock, steps times its frequency, is a divisor.

        Raises:
            InputError: There is none that logic can divide.
        """
        return float(self._clock)

    @property
    def divisors(self) -> tuple[int, ...]:
        """Ratio of every counter's divider, by counter."""
        return tuple(int(self._clock / rate) for rate in self._rates)

    @property
    def _rates(self) -> list[Fraction]:
        return [
            Fraction(core.frequency_hz).limit_denominator(10**6) * self.steps for core in self.cores
        ]

    @property
    def _clock(self) -> Fraction:
        rates = self._rates
        numerator = math.lcm(*(rate.numerator for rate in rates))
        clock = Fraction(numerator, math.gcd(*(rate.denominator for rate in rates)))
        if clock > _LARGEST_CLOCK_HZ:
            raise InputError(
                "these carriers have no clock in common",
                value=f"{float(clock):.6g} Hz",
                expected=f"at most {_LARGEST_CLOCK_HZ:g} Hz: carriers on a coarser grid",
            )
        return clock

    @cached_property
    def outputs(self) -> tuple[SteppedSine, ...]:
        """The low-pass and weights of every counter."""
        return tuple(
            SteppedSine(
                core.frequency_hz,
                self.steps,
                1.0,
                self.logic_v,
                self.edge_s,
                self.cutoff_ratio,
                self.q,
                self.capacitor_f,
                self.opamp,
                self.resistor_series,
            )
            for core in self.cores
        )

    def harmonics_v(self, channel: int, harmonics: int = _HARMONICS) -> np.ndarray:
        """Phasors of harmonics 1 .. ``harmonics`` of a carrier as sines, complex, shape (n,)."""
        core, output = self._of(channel)
        return output.phasors_v(self._first_tap(core, output, channel), harmonics)

    @property
    def thd(self) -> tuple[float, ...]:
        """Expected distortion of every carrier."""
        return tuple(
            float(np.linalg.norm(phasors[1:]) / abs(phasors[0]))
            for phasors in map(self.harmonics_v, self.channels)
        )

    @property
    def lines(self) -> tuple[tuple[Tone, ...], ...]:
        """Harmonics of every carrier, and of the references behind their networks."""
        carriers, references = [], []
        for m, trail in enumerate(self.trails):
            tones = [
                Tone(order * self.frequencies_hz[m], abs(phasor), float(np.angle(phasor)))
                for order, phasor in enumerate(self.harmonics_v(m), start=1)
                if abs(phasor) > _FAINTEST_V
            ]
            carriers.append(tuple(tones))
            references.append(tuple(trail.reference(tone) for tone in tones))
        return (*carriers, *references)

    def frequency_spread(self, resistor: float, capacitor: float) -> float:
        """No part of it sets a frequency."""
        del resistor, capacitor
        return 0.0

    @property
    def carriers(self) -> tuple[Tone, ...]:
        """From the exact network of weights, low-pass and op-amp."""
        tones = []
        for m in self.channels:
            phasor = complex(self.harmonics_v(m, 1)[0])
            frequency_hz = self._of(m)[0].frequency_hz
            tones.append(Tone(frequency_hz, abs(phasor), math.atan2(phasor.imag, phasor.real)))
        return tuple(tones)

    @property
    def startup_s(self) -> float:
        """The slowest low-pass."""
        return max(output.startup_s for output in self.outputs)

    def _of(self, channel: int) -> tuple[Core, SteppedSine]:
        index = next(c for c, core in enumerate(self.cores) if channel in core.channels)
        return self.cores[index], self.outputs[index]

    def _first_tap(self, core: Core, output: SteppedSine, channel: int) -> int:
        base = output.first_tap(self.phases_rad[core.channels[0]])
        turn = core.turns[core.channels.index(channel)]
        return (base - turn * self.steps // 4) % self.steps

    @property
    def coherent(self) -> bool:
        """By construction."""
        return True

    def subcircuit(self, name: str = "divider_bank") -> Subcircuit:
        """Ports ``s0 .. s<M-1>`` (carriers), then ``r0 .. r<M-1>`` (references)."""
        part = Subcircuit(name, self.ports, "Carriers from counters of the gate's clock.")
        opamp = self.opamp.subcircuit("divider_opamp")
        for c, (core, output) in enumerate(zip(self.cores, self.outputs, strict=True)):
            filter_part = output.subcircuit(f"stepped_sine_{c}", opamp)
            used: set[int] = set()
            for m in core.channels:
                first = self._first_tap(core, output, m)
                taps = [(first + k) % self.steps for k in range(1, output.stages)]
                used.update(taps)
                nodes = [f"c{c}_{tap}" for tap in taps]
                part.instance(f"sine{m}", filter_part, [*nodes, f"s{m}"])
            with part.stands_for("clock, counters and their taps"):
                for tap in sorted(used):
                    node = f"c{c}_{tap}"
                    part.voltage(node, node, GROUND, self._tap(core.frequency_hz, tap))
        self.add_references(part)
        return part

    def _tap(self, frequency_hz: float, tap: int) -> str:
        """The square wave that rises ``tap`` steps after t = 0, right from t = 0 on."""
        half_s = 0.5 / frequency_hz
        late, low_v = tap % (self.steps // 2), -self.logic_v
        if (tap < self.steps // 2) == (late == 0):
            low_v = self.logic_v
        first_s = (late * half_s / (self.steps // 2)) or half_s
        numbers: Sequence[float] = (
            low_v, -low_v, first_s - self.edge_s / 2, self.edge_s, self.edge_s,
            half_s - self.edge_s, 2 * half_s,
        )  # fmt: skip
        return f"PULSE({' '.join(format_number(number) for number in numbers)})"
