"""One carrier from a counter: weighted taps of a walking ring, smoothed by a low-pass.

A walking-ring (Johnson) counter of n flip-flops has n square waves that follow each other by half a
period over n. Summed with the weights sin(pi k / n), k = 1 .. n-1, they make a sine of 2 n steps,
in which only the harmonics 2 n j - 1 and 2 n j + 1 are left, each 1/h of the fundamental (Texas
Instruments SBOA550 (2022) shows the circuit; the harmonics are those of a held sample). n = 2 is
the plain square wave. The resistors of the weights are the input resistor of a multiple-feedback
low-pass, so that one op-amp sums, smooths and drives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.filters.eseries import series_values
from hgecircuit.parts.filters.network import INPUT, OUTPUT, Amplifier, Branch, Network
from hgecircuit.parts.filters.prototypes import PoleTarget
from hgecircuit.parts.filters.sections import MULTIPLE_FEEDBACK
from hgecircuit.parts.oscillators.values import AnyOpAmp, linear_model, preferred

# Capacitors are bought in few values, so the larger one is always the next of this series.
_CAPACITORS = "E12"
_NETWORK = Network(
    (Branch("rin", INPUT, "x"), Branch("rf", "x", OUTPUT), Branch("rb", "x", "n")),
    (Branch("c1", "x", GROUND), Branch("c2", "n", OUTPUT)),
    (Amplifier("u", GROUND, "n", OUTPUT),),
)
# Step of the differences from which sensitivities are taken.
_STEP = 1e-4


@dataclass(frozen=True)
class Spread:
    """Largest error with every part at its limit, to first order.

    Attributes:
        amplitude: Relative.
        phase_rad: In rad.
    """

    amplitude: float
    phase_rad: float


@dataclass(frozen=True)
class SteppedSine:
    """Weighted taps and their low-pass.

    Sizing: the pole pair lies at ``cutoff_ratio`` f with the quality ``q``; its resistors follow
    from the capacitors (:mod:`hgecircuit.parts.filters.sections`, with k = 1 + gain), the gain from
    the amplitude, and the weights' resistors W_k = R_in sum(w) / w_k from the input resistor.

    Attributes:
        frequency_hz: Carrier f.
        steps: Steps per cycle, 2 n.
        amplitude_v: Amplitude of the fundamental.
        logic_v: Taps switch between -logic_v and logic_v.
        edge_s: Length of a tap's edge, rounded corners aside.
        cutoff_ratio: Pole frequency over f.
        q: Quality of the pole pair.
        capacitor_f: The smaller capacitor.
        opamp: Its op-amp.
        resistor_series: E series of the resistors; exact values without one.
    """

    frequency_hz: float
    steps: int
    amplitude_v: float
    logic_v: float
    edge_s: float
    cutoff_ratio: float
    q: float
    capacitor_f: float
    opamp: AnyOpAmp
    resistor_series: str | None

    def __post_init__(self) -> None:
        if self.steps < 4 or self.steps % 2:
            raise InputError(
                "no walking ring", key="steps", value=self.steps, expected="an even number from 4"
            )

    @property
    def stages(self) -> int:
        """Flip-flops n."""
        return self.steps // 2

    @property
    def weights(self) -> np.ndarray:
        """sin(pi k / n), shape (n - 1,)."""
        return np.sin(np.pi * np.arange(1, self.stages) / self.stages)

    @cached_property
    def weight_ohm(self) -> tuple[float, ...]:
        """Resistor of every tap."""
        exact = self._input_ohm * self.weights.sum() / self.weights
        return tuple(preferred(float(ohm), self.resistor_series) for ohm in exact)

    @cached_property
    def values(self) -> dict[str, float]:
        """The low-pass: ``rin`` (all weights in parallel), ``rf``, ``rb``, ``c1``, ``c2``."""
        parallel_ohm = 1 / sum(1 / ohm for ohm in self.weight_ohm)
        return {"rin": parallel_ohm, **self._filter}

    @cached_property
    def _filter(self) -> dict[str, float]:
        k = 1 + self._gain
        kind = replace(MULTIPLE_FEEDBACK, second_resistor_weight=k)
        least_f = kind.least_capacitor_ratio(self.q) * self.capacitor_f
        c1 = float(series_values(_CAPACITORS, least_f, 10 * least_f)[0])
        target = PoleTarget(self.cutoff_ratio * self.frequency_hz, self.q)
        rf, rb = kind.resistors_for(target, np.array(c1), np.array(self.capacitor_f))
        return {
            "rf": preferred(float(rf), self.resistor_series),
            "rb": preferred(float(rb), self.resistor_series),
            "c1": c1,
            "c2": self.capacitor_f,
        }

    @property
    def _gain(self) -> float:
        """Gain of the low-pass at 0 Hz that makes the amplitude."""
        x = 1 / self.cutoff_ratio
        passed = 1 / math.hypot(1 - x * x, x / self.q)
        mean_weight = self.stages / 2 / self.weights.sum()
        return self.amplitude_v / (4 / math.pi * self.logic_v * mean_weight * passed)

    @property
    def _input_ohm(self) -> float:
        return self._filter["rf"] / self._gain

    def response(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """From the weights' open end to the output, complex, with the real op-amp."""
        found = _NETWORK.solve(self.values, linear_model(self.opamp))
        return found.response(np.atleast_1d(np.asarray(frequency_hz, float)))

    def phasors_v(self, first_tap: int, harmonics: int = 40) -> np.ndarray:
        """Amplitude times exp(j phase) of harmonics 1 .. ``harmonics`` as sines, complex.

        The square waves of the taps, sum of (4 V / (pi h)) sinc(h f edge) sin(h (w t - theta_k)),
        through the low-pass.

        Args:
            first_tap: Steps by which the tap before the first is late; taps follow by one step.
            harmonics: How many.
        """
        order = np.arange(1, harmonics + 1)
        late_rad = np.pi / self.stages * (first_tap + np.arange(1, self.stages))
        shares = 1 / np.array(self.weight_ohm)
        shares = shares / shares.sum()
        square_v = np.where(order % 2, 4 * self.logic_v / (np.pi * order), 0.0)
        square_v = square_v * np.sinc(order * self.frequency_hz * self.edge_s)
        taps = np.exp(-1j * order[:, None] * late_rad) @ shares
        return square_v * taps * self.response(order * self.frequency_hz)

    def first_tap(self, phase_rad: float) -> int:
        """The tap position that comes closest to a phase at the output."""
        at_zero = np.angle(self.phasors_v(0, 1)[0])
        return round(float(at_zero - phase_rad) * self.stages / math.pi) % self.steps

    def spread(self, resistor: float, capacitor: float) -> Spread:
        """Errors from part tolerances, each given as a ratio; the logic's supply is exact."""
        nominal = self.response(self.frequency_hz)[0]
        amplitude = phase_rad = 0.0
        for name, value in self.values.items():
            values = {**self.values, name: value * (1 + _STEP)}
            moved = _NETWORK.solve(values, linear_model(self.opamp))
            ratio = moved.response(np.array([self.frequency_hz]))[0] / nominal
            tolerance = capacitor if name.startswith("c") else resistor
            change = np.log(ratio) / _STEP * tolerance
            amplitude += float(abs(change.real))
            phase_rad += float(abs(change.imag))
        return Spread(amplitude, phase_rad)

    @property
    def startup_s(self) -> float:
        """To 1 %: the pole pair's exp(-w_0 t / 2 Q), and the cycle in which the counter starts."""
        decay_s = 2 * self.q / (2 * math.pi * self.cutoff_ratio * self.frequency_hz)
        return math.log(100) * decay_s + 1 / self.frequency_hz

    def subcircuit(self, name: str, opamp: Subcircuit) -> Subcircuit:
        """Ports ``t1 .. t<n-1>`` (taps), ``out``."""
        taps = [f"t{k}" for k in range(1, self.stages)]
        part = Subcircuit(
            name,
            [*taps, "out"],
            f"Sine of {self.steps} steps, {self.frequency_hz:.6g} Hz: weights and low-pass.",
        )
        for tap, ohm in zip(taps, self.weight_ohm, strict=True):
            part.resistor(tap, tap, "x", ohm)
        values = self.values
        part.resistor("f", "x", "out", values["rf"])
        part.resistor("b", "x", "n", values["rb"])
        part.capacitor("1", "x", GROUND, values["c1"], initial_v=0.0)
        part.capacitor("2", "n", "out", values["c2"], initial_v=0.0)
        part.instance("u", opamp, (GROUND, "n", "out"))
        return part
