"""Wien-bridge oscillators: each with diodes that hold its amplitude, and its second phase."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.diodes.junction import DIODES, Diode
from hgecircuit.parts.filters.opamp import IDEAL
from hgecircuit.parts.oscillators.base import Tone
from hgecircuit.parts.oscillators.built import BuiltBank
from hgecircuit.parts.oscillators.diode_gain import DiodeGain, size_gain
from hgecircuit.parts.oscillators.pulling import Pull
from hgecircuit.parts.oscillators.values import AnyOpAmp, preferred

_QUARTER_RAD = math.pi / 2
# The bridge passes a third of its drive at f_0, so the amplifier swings three times the output.
_GAIN = 3.0
# Feedback of the all-pass; any value that loads an op-amp little.
_OHM = 10e3
# Share of the amplifier's excess gain that a load may take before the amplitude is too small.
_MOST_LOAD = 0.9
_OUTPUTS = {0: "c", 1: "l", -1: "t"}


@dataclass(frozen=True)
class WienBridge:
    """One Wien bridge: series R C, parallel R C, and an amplifier whose gain the diodes lower to 3.

    With p at the bridge's middle, w_0 = 1/(R C) and the amplifier's F(p) (see ``DiodeGain``):

        p'' + w_0 (3 - F'(p)) p' + w_0^2 p = 0

    * Start: the amplitude grows at (w_0 / 2)(K(A) - 3), K the gain at amplitude A; the small-signal
      gain is 3 (1 + margin). A voltage a on the parallel capacitor starts sqrt(2) a of it.
    * Frequency: f = f_0 / sqrt(1 + 9 f_0/f_t) times sqrt(sum a_h^2 / sum h^2 a_h^2). The first is
      the zero of the loop gain's imaginary part with an op-amp A(s) = w_t/s and the gain 3; the
      second is the equation above times p, averaged over a cycle (Groszkowski, Proc. IRE 21, 958
      (1933)).
    * Distortion: a_h = V_h / (h - 1/h), from the harmonics V_h of the diodes' voltage and the
      bridge's gain 1 / (3 + j (h - 1/h)), with the amplifier's gain 3 for all of them.

    A follower drives the output; all-passes make the outputs at right angles from it.

    A stray resistor R_c to something of another frequency adds R/R_c to the 3, and 1 + R/R_c to
    w_0^2: the bridge runs faster and its diodes leave less amplitude.

    Attributes:
        frequency_hz: Frequency asked for.
        amplitude_v: Amplitude at the output; the amplifier swings three times that.
        gain_margin: Relative excess of the small-signal gain over 3.
        capacitor_f: Both capacitors of the bridge.
        gain_ohm: About the amplifier's resistor to ground.
        diode: The two antiparallel diodes.
        opamp: Every op-amp.
        kick_v: Voltage that switching on leaves on the parallel capacitor.
        resistor_series: E series of all resistors; exact values without one.
        load: R/R_c, summed over all strays from the bridge's middle; 0 without any.
    """

    frequency_hz: float
    amplitude_v: float
    gain_margin: float
    capacitor_f: float
    gain_ohm: float
    diode: Diode
    opamp: AnyOpAmp
    kick_v: float
    resistor_series: str | None
    load: float = 0.0

    @cached_property
    def resistor_ohm(self) -> float:
        """R = 1 / (w C) of the bridge and of the all-passes."""
        exact = 1 / (2 * math.pi * self.frequency_hz * self.capacitor_f)
        return preferred(exact, self.resistor_series)

    @cached_property
    def gain(self) -> DiodeGain:
        """The amplifier's resistors."""
        return size_gain(
            self.amplitude_v, self.gain_margin, self.gain_ohm, self.diode, self.resistor_series
        )

    @cached_property
    def real_amplitude_v(self) -> float:
        """Where the amplifier's gain is 3 and the load's, with the values chosen."""
        return self.gain.amplitude_v(_GAIN + self.load)

    @cached_property
    def harmonics(self) -> np.ndarray:
        """Shares a_h of harmonics 1, 2, ... at the output, shape (n,)."""
        voltages_v = self.gain.harmonics_v(self.real_amplitude_v)
        order = np.arange(1, len(voltages_v) + 1)
        shares = np.ones(len(order))
        later = order[1:]
        shares[1:] = np.abs(voltages_v[1:]) / (later - 1 / later) / self.real_amplitude_v
        return shares

    @property
    def thd(self) -> float:
        """Distortion at the output."""
        return float(np.linalg.norm(self.harmonics[1:]))

    @property
    def real_frequency_hz(self) -> float:
        """With the values chosen, the op-amp's gain-bandwidth product and the distortion."""
        bridge_hz = 1 / (2 * math.pi * self.resistor_ohm * self.capacitor_f)
        natural_hz = bridge_hz * math.sqrt(1 + self.load)
        slowed = math.sqrt(1 + 9 * natural_hz / self.opamp.gain_bandwidth_hz)
        power, order = self.harmonics**2, np.arange(1, len(self.harmonics) + 1)
        return natural_hz / slowed * math.sqrt(power.sum() / (order**2 * power).sum())

    @property
    def all_pass_error_rad(self) -> float:
        """How far an all-pass's output is behind its right angle.

        As far as the oscillator is above 1 / (2 pi R C), and 2 f/f_t from its op-amp, whose noise
        gain is two.
        """
        real_hz = self.real_frequency_hz
        bridge = 2 * math.pi * real_hz * self.resistor_ohm * self.capacitor_f - 1
        return bridge + 2 * real_hz / self.opamp.gain_bandwidth_hz

    @property
    def startup_s(self) -> float:
        """From the kick to 99 % of the amplitude: the integral of dA / (A rate(A))."""
        start_v, end_v = math.sqrt(2) * self.kick_v, 0.99 * self.real_amplitude_v
        logs = np.linspace(math.log(start_v), math.log(end_v), 400)
        excess = np.array([self.gain.gain(math.exp(log)) - _GAIN - self.load for log in logs])
        rate_per_s = math.pi * self.frequency_hz * excess
        return float(np.trapezoid(1 / rate_per_s, logs))

    def frequency_spread(self, resistor: float, capacitor: float) -> float:
        """Largest relative error with every part at its limit."""
        return resistor + capacitor

    def amplitude_spread(self, resistor: float, kelvin: float) -> float:
        """Largest relative error with the gain's resistors at their limits and warmer diodes.

        Args:
            resistor: Tolerance as a ratio.
            kelvin: Change of temperature.
        """
        moved = [
            replace(self.gain, **{name: getattr(self.gain, name) * (1 + resistor)})
            for name in ("ground_ohm", "plain_ohm", "limited_ohm")
        ]
        moved.append(self.gain.warmer(kelvin))
        return sum(abs(one.amplitude_v(_GAIN) / self.real_amplitude_v - 1) for one in moved)

    def locking_share(self, coupling_ohm: float) -> float:
        """Relative detuning up to which it and an equal bridge lock to each other.

        A resistor R_c between their nodes p adds w_0 (R/R_c) (u' + w_0 u), u the other's voltage,
        to the right side. For equal amplitudes the phase between them follows Adler's equation
        d(psi)/dt = (w_1 - w_2) - w_0 (R/R_c) sin(psi) (Proc. IRE 34, 351 (1946)): it stands still
        up to a difference of R/R_c.
        """
        return self.resistor_ohm / coupling_ohm

    def quadrature_spread_rad(self, resistor: float, capacitor: float) -> float:
        """Largest error of the right angle: an all-pass turns by 2 atan(w R C).

        Its slope at w R C = 1 is one; the oscillator's own frequency moves as well.
        """
        return 2 * (resistor + capacitor)

    def subcircuit(
        self, name: str, opamp: Subcircuit, outputs: Sequence[str] = ("c", "l", "t")
    ) -> Subcircuit:
        """Ports: those of ``c``, ``l`` (leads by 90 deg) and ``t`` (trails) that are used.

        ``c`` must be among them.
        """
        part = Subcircuit(name, outputs, f"Wien-bridge oscillator, {self.frequency_hz:.6g} Hz.")
        r, c = self.resistor_ohm, self.capacitor_f
        part.resistor("series", "o", "q", r)
        part.capacitor("series", "q", "p", c, initial_v=0.0)
        part.resistor("across", "p", GROUND, r)
        part.capacitor("across", "p", GROUND, c, initial_v=self.kick_v)
        part.instance("bridge", opamp, ("p", "n", "o"))
        self.gain.add_to(part, "o", "n")
        part.instance("follower", opamp, ("p", "c", "c"))
        for output, ends in (("l", ("c", "r")), ("t", ("r", "c"))):
            if output in outputs:
                _add_all_pass(part, output, ends, opamp, r, c)
        return part


def _add_all_pass(
    part: Subcircuit, output: str, order: tuple[str, str], opamp: Subcircuit, r: float, c: float
) -> None:
    """Add +-(s R C - 1) / (s R C + 1) from ``c`` to ``output``: a right angle at w R C = 1.

    Args:
        part: The oscillator.
        output: ``l`` or ``t``; it names the elements.
        order: Kind of the element from the input to the op-amp, and of the one to ground.
        opamp: Its op-amp.
        r: Resistor in ohm.
        c: Capacitor in F.
    """
    plus, minus = f"{output}p", f"{output}n"
    ends = {order[0]: ("c", plus), order[1]: (plus, GROUND)}
    part.resistor(plus, *ends["r"], r)
    part.capacitor(plus, *ends["c"], c, initial_v=0.0)
    part.resistor(f"{output}1", "c", minus, _OHM)
    part.resistor(f"{output}2", minus, output, _OHM)
    part.instance(output, opamp, (plus, minus, output))


@dataclass(frozen=True)
class WienBank(BuiltBank):
    """A Wien bridge per frequency, all running free.

    Attributes:
        frequencies_hz: Carrier frequencies, one per control.
        phases_rad: Carrier phases; only channels of one frequency keep them.
        reference_lag_rad: How far each reference trails its carrier.
        gain_margin: Excess of the small-signal gain: a quicker start, but more distortion.
        capacitor_f: Capacitors of the bridges.
        gain_ohm: About each amplifier's resistor to ground.
        diode: The diodes.
        opamp: Every op-amp.
        kick_v: Voltage that switching on leaves on the parallel capacitor.
        resistor_series: E series of all resistors; exact values without one.
        coupling_ohm: Stray resistance between the middles of neighbouring bridges, in the order of
            their first channels; None without any.
    """

    frequencies_hz: tuple[float, ...]
    phases_rad: tuple[float, ...]
    reference_lag_rad: tuple[float, ...]
    gain_margin: float = 0.03
    capacitor_f: float = 10e-9
    gain_ohm: float = 10e3
    diode: Diode = DIODES["1N4148"]
    opamp: AnyOpAmp = IDEAL
    kick_v: float = 1e-3
    resistor_series: str | None = None
    coupling_ohm: float | None = None

    @cached_property
    def oscillators(self) -> tuple[WienBridge, ...]:
        """One per frequency, loaded by those of its neighbours that it does not lock to.

        Raises:
            InputError: The load takes more than the amplifiers' excess gain.
        """
        loads = dict.fromkeys(range(len(self.cores)), 0.0)
        for pull in self.pulls:
            for c in () if pull.locked else (pull.first, pull.second):
                loads[c] += pull.locking_hz / self.cores[c].frequency_hz
        for core, load in zip(self.cores, loads.values(), strict=True):
            if load > _MOST_LOAD * _GAIN * self.gain_margin:
                raise InputError(
                    f"the stray resistance stops the oscillator of {core.frequency_hz:.6g} Hz: it "
                    "takes more than the gain that its amplifier has left",
                    value=f"{self.coupling_ohm:.6g} ohm",
                    expected="a larger resistance",
                )
        return tuple(
            replace(bridge, load=load)
            for bridge, load in zip(self._bridges, loads.values(), strict=True)
        )

    @cached_property
    def _bridges(self) -> tuple[WienBridge, ...]:
        """The oscillators by themselves."""
        return tuple(
            WienBridge(
                core.frequency_hz,
                1.0,
                self.gain_margin,
                self.capacitor_f,
                self.gain_ohm,
                self.diode,
                self.opamp,
                self.kick_v,
                self.resistor_series,
            )
            for core in self.cores
        )

    @property
    def pulls(self) -> tuple[Pull, ...]:
        """Neighbours that the stray resistance joins."""
        if self.coupling_ohm is None:
            return ()
        locking_hz = 1 / (2 * math.pi * self.capacitor_f * self.coupling_ohm)
        alone_hz = [bridge.real_frequency_hz for bridge in self._bridges]
        return tuple(
            Pull(c, c + 1, alone_hz[c + 1] - alone_hz[c], locking_hz)
            for c in range(len(alone_hz) - 1)
        )

    @property
    def carriers(self) -> tuple[Tone, ...]:
        """From each oscillator's own law; phases count from the follower's output.

        Frequencies of those that lock are their own, which they then do not have.
        """
        pulled_hz = dict.fromkeys(range(len(self.cores)), 0.0)
        for pull in self.pulls:
            if not pull.locked:
                towards_hz = math.copysign(pull.pulled_hz, pull.apart_hz)
                pulled_hz[pull.first] += towards_hz
                pulled_hz[pull.second] -= towards_hz
        tones = {}
        for c, (core, oscillator) in enumerate(zip(self.cores, self.oscillators, strict=True)):
            for m, turn in zip(core.channels, core.turns, strict=True):
                late_rad = oscillator.all_pass_error_rad if turn else 0.0
                tones[m] = Tone(
                    oscillator.real_frequency_hz + pulled_hz[c],
                    oscillator.real_amplitude_v,
                    turn * _QUARTER_RAD - late_rad,
                )
        return tuple(tones[m] for m in self.channels)

    @property
    def neighbours(self) -> np.ndarray:
        """Carriers' and references' lines at the neighbours' frequencies, as shares, (M, M)."""
        found = super().neighbours
        for pull in self.pulls:
            first, second = (list(self.cores[c].channels) for c in (pull.first, pull.second))
            found[np.ix_(first, second)] = found[np.ix_(second, first)] = pull.line
        return found

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

    def subcircuit(self, name: str = "wien_bank") -> Subcircuit:
        """Ports ``s0 .. s<M-1>`` (carriers), then ``r0 .. r<M-1>`` (references)."""
        part = Subcircuit(name, self.ports, "Carriers of free Wien-bridge oscillators.")
        opamp = self.opamp.subcircuit("wien_opamp")
        middle = ["p"] if self.pulls else []
        for c, (core, oscillator) in enumerate(zip(self.cores, self.oscillators, strict=True)):
            outputs = [_OUTPUTS[turn] for turn in core.turns]
            core_part = oscillator.subcircuit(f"wien_bridge_{c}", opamp, [*outputs, *middle])
            nodes = [*(f"s{m}" for m in core.channels), *(f"{port}{c}" for port in middle)]
            part.instance(f"core{c}", core_part, nodes)
        for pull in self.pulls:
            assert self.coupling_ohm is not None
            ends = (f"p{pull.first}", f"p{pull.second}")
            part.resistor(f"stray{pull.first}", *ends, self.coupling_ohm)
        self.add_references(part)
        return part
