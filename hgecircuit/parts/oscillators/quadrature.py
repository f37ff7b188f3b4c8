r"""Quadrature oscillator: a loop of two integrators and an inverter, held by its own circle.

With x and y at the integrators, w = 1/(R C), amplitude A:

    dx/dt = w y + w (kappa / A^2) x (A^2 - x^2 - y^2),    dy/dt = -w x

so that x = A sin(w t), y = A cos(w t) is an exact solution: the amplitude is known at every
instant, hence the control needs no rectifier and no smoothing, acts at once, and adds no
distortion (the Hopf normal form; Kuznetsov, Elements of Applied Bifurcation Theory, 3.4, has both
equations damped alike). Two multipliers square x and y, three equal resistors average the squares
with -A^2 from a voltage reference, a third multiplier forms that mean times x, and R_a feeds it to
the first integrator: kappa = A^2 R / (3 R_a) for multipliers with a unit of 1 V.

Laws, with kappa much below 1 and f_t the op-amps' gain-bandwidth product:

* Start from a: dA/dt = (kappa w / 2) A (1 - A^2/A_0^2), a logistic curve for A^2.
* Frequency: f = f_0 (1 - (1 + R/(2 R_a)) f_0/f_t). An inverting integrator on an op-amp
  A(s) = w_t/s is -w_0 / (s (1 + (1 + rho) w_0/w_t + s/w_t)), where rho = R/R_a at the first
  integrator's second input, 0 at the other; f is the root of both rates.
* Amplitude: the loop's excess phase 4 f/f_t (s/w_t of each integrator, 2 s/w_t of the inverter)
  feeds 2 w f/f_t into the amplitude, so that A = A_0 (1 + 2 f / (f_t kappa)).
* Third harmonic at x from squares whose scales differ by e: 3 kappa e A / 32 (the control's ripple
  at 2 w times x, through the loop's response 3/(8 w) at 3 w); a third of it at y.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.filters.opamp import IDEAL
from hgecircuit.parts.multipliers.product import UNIT_V, Multiplier
from hgecircuit.parts.oscillators.base import Tone
from hgecircuit.parts.oscillators.built import BuiltBank
from hgecircuit.parts.oscillators.values import AnyOpAmp, preferred

# Inverter and mean of the squares; any value that loads an op-amp little.
_OHM = 10e3
_SQUARES = 3
_QUARTER_RAD = math.pi / 2


@dataclass(frozen=True)
class QuadratureOscillator:
    """One oscillator with outputs x (sine), y (cosine) and -y.

    Attributes:
        frequency_hz: Frequency asked for.
        regeneration: kappa: how fast it starts, in amplitude per radian, times two.
        capacitor_f: Both integrators' capacitor.
        opamp: All three op-amps.
        multipliers: Of x^2, of y^2, and of the feedback.
        kick_v: Voltage that switching on leaves on the first capacitor.
        resistor_series: E series of all resistors; exact values without one.
        amplitude_v: A_0.
    """

    frequency_hz: float
    regeneration: float
    capacitor_f: float
    opamp: AnyOpAmp
    multipliers: tuple[Multiplier, Multiplier, Multiplier]
    kick_v: float
    resistor_series: str | None
    amplitude_v: float = 1.0

    @cached_property
    def resistor_ohm(self) -> float:
        """R = 1 / (w C) of both integrators."""
        exact = 1 / (2 * math.pi * self.frequency_hz * self.capacitor_f)
        return preferred(exact, self.resistor_series)

    @cached_property
    def feedback_ohm(self) -> float:
        """R_a = A^2 R / (3 kappa)."""
        exact = self.amplitude_v**2 * self.resistor_ohm / (_SQUARES * UNIT_V * self.regeneration)
        return preferred(exact, self.resistor_series)

    @property
    def kappa(self) -> float:
        """The regeneration of the values chosen."""
        return self.amplitude_v**2 * self.resistor_ohm / (_SQUARES * UNIT_V * self.feedback_ohm)

    @property
    def real_frequency_hz(self) -> float:
        """With the values chosen and the op-amps' gain-bandwidth product."""
        natural_hz = 1 / (2 * math.pi * self.resistor_ohm * self.capacitor_f)
        slowed = 1 + self.resistor_ohm / (2 * self.feedback_ohm)
        return natural_hz * (1 - slowed * natural_hz / self.opamp.gain_bandwidth_hz)

    @property
    def real_amplitude_v(self) -> float:
        """With the multipliers' scales and output offsets, and the op-amps' gain-bandwidth product.

        The feedback into x weighs x^2 with 3/4 and y^2 with 1/4: the means of sin^4 and of
        sin^2 cos^2 over that of sin^2.
        """
        square_x, square_y, feedback = self.multipliers
        offset_v2 = UNIT_V * (square_x.output_offset_v + square_y.output_offset_v)
        scale = 1 + 0.75 * square_x.scale_error + 0.25 * square_y.scale_error
        kappa = self.kappa * (1 + feedback.scale_error)
        excess = 4 * self.frequency_hz / (self.opamp.gain_bandwidth_hz * kappa)
        return math.sqrt((self.amplitude_v**2 * (1 + excess) - offset_v2) / scale)

    @property
    def third_harmonic(self) -> float:
        """Share of the third harmonic at x, from squares of different scales."""
        square_x, square_y, _ = self.multipliers
        return 3 / 32 * self.kappa * abs(square_x.scale_error - square_y.scale_error)

    @property
    def startup_s(self) -> float:
        """From the kick to 99 % of the amplitude."""
        rate_per_s = self.kappa * 2 * math.pi * self.frequency_hz
        return (_logit(0.99**2) - _logit((self.kick_v / self.amplitude_v) ** 2)) / rate_per_s

    def frequency_spread(self, resistor: float, capacitor: float) -> float:
        """Largest relative error with every part at its limit.

        w is the root of both integrators' rates and the inverter's ratio.
        """
        return resistor + capacitor + resistor

    def amplitude_spread(self, resistor: float, reference: float) -> float:
        """Largest relative error from reference and averaging resistors, multipliers apart.

        A^2 is the reference times a ratio of two resistors.
        """
        return reference / 2 + resistor

    def balance_spread(self, resistor: float, capacitor: float) -> float:
        """Largest relative difference of the amplitudes of x and y.

        y/x is the root of the ratio of the two rates, one of them with the inverter's ratio.
        """
        return resistor + capacitor + resistor

    def subcircuit(
        self, name: str, opamp: Subcircuit, outputs: Sequence[str] = ("x", "y", "z")
    ) -> Subcircuit:
        """Ports: those of ``x``, ``y`` and ``z`` (-y) that are used."""
        part = Subcircuit(name, outputs, f"Quadrature oscillator, {self.frequency_hz:.6g} Hz.")
        r, c = self.resistor_ohm, self.capacitor_f
        # Integrators: dx/dt = -w z - (R/R_a) w p, dy/dt = -w x; inverter: z = -y.
        part.resistor("zx", "z", "nx", r)
        part.resistor("px", "p", "nx", self.feedback_ohm)
        part.capacitor("x", "x", "nx", c, initial_v=self.kick_v)
        part.instance("x", opamp, (GROUND, "nx", "x"))
        part.resistor("xy", "x", "ny", r)
        part.capacitor("y", "y", "ny", c, initial_v=0.0)
        part.instance("y", opamp, (GROUND, "ny", "y"))
        part.resistor("yz", "y", "nz", _OHM)
        part.resistor("zz", "z", "nz", _OHM)
        part.instance("z", opamp, (GROUND, "nz", "z"))
        # g = (x^2 + y^2 - A^2) / 3, p = g x
        nodes = (("x", "x", "xx"), ("y", "y", "yy"), ("g", "x", "p"))
        for k, (multiplier, ends) in enumerate(zip(self.multipliers, nodes, strict=True)):
            part.instance(f"m{k}", multiplier.subcircuit(f"quadrature_multiplier_{k}"), ends)
        with part.stands_for("reference of the amplitude"):
            part.voltage("reference", "ref", GROUND, -(self.amplitude_v**2) / UNIT_V)
        for node in ("xx", "yy", "ref"):
            part.resistor(node, node, "g", _OHM)
        return part


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


@dataclass(frozen=True)
class QuadratureBank(BuiltBank):
    """A quadrature oscillator per frequency, all running free.

    Attributes:
        frequencies_hz: Carrier frequencies, one per control.
        phases_rad: Carrier phases; only channels of one frequency keep them.
        reference_lag_rad: How far each reference trails its carrier.
        regeneration: kappa of every oscillator.
        capacitor_f: Capacitor of every integrator.
        opamp: Every op-amp.
        multipliers: The three multipliers of every oscillator.
        kick_v: Voltage that switching on leaves on the first capacitor.
        resistor_series: E series of all resistors; exact values without one.
    """

    frequencies_hz: tuple[float, ...]
    phases_rad: tuple[float, ...]
    reference_lag_rad: tuple[float, ...]
    regeneration: float = 0.2
    capacitor_f: float = 10e-9
    opamp: AnyOpAmp = IDEAL
    multipliers: tuple[Multiplier, Multiplier, Multiplier] = (
        Multiplier(),
        Multiplier(),
        Multiplier(),
    )
    kick_v: float = 1e-3
    resistor_series: str | None = None

    @cached_property
    def oscillators(self) -> tuple[QuadratureOscillator, ...]:
        """One per frequency."""
        return tuple(
            QuadratureOscillator(
                core.frequency_hz,
                self.regeneration,
                self.capacitor_f,
                self.opamp,
                self.multipliers,
                self.kick_v,
                self.resistor_series,
            )
            for core in self.cores
        )

    @property
    def carriers(self) -> tuple[Tone, ...]:
        """From each oscillator's own law; phases count from x, whose own phase is not known."""
        tones = {}
        for core, oscillator in zip(self.cores, self.oscillators, strict=True):
            for m, turn in zip(core.channels, core.turns, strict=True):
                amplitude_v, phase_rad = oscillator.real_amplitude_v, turn * _QUARTER_RAD
                tones[m] = Tone(oscillator.real_frequency_hz, amplitude_v, phase_rad)
        return tuple(tones[m] for m in self.channels)

    @property
    def startup_s(self) -> float:
        """The slowest oscillator."""
        return max(oscillator.startup_s for oscillator in self.oscillators)

    def frequency_spread(self, resistor: float, capacitor: float) -> float:
        """That of every oscillator."""
        return self.oscillators[0].frequency_spread(resistor, capacitor)

    @property
    def coherent(self) -> bool:
        """It runs free."""
        return False

    def subcircuit(self, name: str = "quadrature_bank") -> Subcircuit:
        """Ports ``s0 .. s<M-1>`` (carriers), then ``r0 .. r<M-1>`` (references)."""
        part = Subcircuit(name, self.ports, "Carriers of free quadrature oscillators.")
        opamp = self.opamp.subcircuit("quadrature_opamp")
        for c, (core, oscillator) in enumerate(zip(self.cores, self.oscillators, strict=True)):
            outputs = ["xyz"[turn] for turn in core.turns]
            core_part = oscillator.subcircuit(f"quadrature_oscillator_{c}", opamp, outputs)
            part.instance(f"core{c}", core_part, [f"s{m}" for m in core.channels])
        self.add_references(part)
        return part
