r"""Perturbation adder of one op-amp: a non-inverting summer that a carrier enters from either side.

    w --- (buffer) --- R_w ---+            +--- R_g --- s or ground
    s or ground --- R_c ------+--- op-amp -+--- R_f --- e

    e = N (R_c w + R_w c) / (R_w + R_c) - (N - 1) c',   N = 1 + R_f / R_g,

c and c' are the carrier s or ground. With R_f / R_g = R_w / R_c = amplitude / (1 V) the gain for w
is 1, and a tolerance t of the resistors costs it 4 t amplitude only, because the ratio is small.
The carrier comes in at c with its sign (gate on), at c' with the other one (gate on and chopped),
so that slot chopping needs no inverter. Both places are switched between s and ground and never
left open: with R_c open the gain for w would jump by the amplitude.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.adders import PerturbationAdder
from hgecircuit.parts.multipliers.product import UNIT_V
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.ratios import ratio_pair
from hgecircuit.parts.switches.analog_switch import AnalogSwitch
from hgecircuit.parts.switches.changeover import ChangeoverSwitch, ChopLogic


@dataclass(frozen=True)
class SummingAdder:
    """e = w + amplitude s while the gate is open; with ``chop`` at 1 V e = w - amplitude s.

    Attributes:
        opamp: The summer's op-amp.
        buffer: Follower in front of R_w; None where the source of w can drive R_w.
        switch: Either half of the changeover switches; None when always on and never chopped.
        gated: Whether a gate signal switches the perturbation on and off.
        chopped: Whether a chop signal reverses it.
        weight_ohm: R_w.
        carrier_ohm: R_c, without the switch.
        ground_ohm: R_g, without the switch.
        feedback_ohm: R_f.
    """

    opamp: OpAmpMacromodel
    buffer: OpAmpMacromodel | None
    switch: AnalogSwitch | None
    gated: bool
    chopped: bool
    weight_ohm: float
    carrier_ohm: float
    ground_ohm: float
    feedback_ohm: float

    @classmethod
    def size(
        cls,
        amplitude_v: float,
        opamp: OpAmpMacromodel,
        buffer: OpAmpMacromodel | None,
        switch: AnalogSwitch | None = None,
        *,
        gated: bool = False,
        chopped: bool = False,
        about_ohm: float = 10e3,
        resistor_series: str = "E192",
    ) -> SummingAdder:
        """Two equal pairs of resistors with a ratio of 1 V to the amplitude.

        Args:
            amplitude_v: Perturbation at the electrode for a carrier of 1 V.
            opamp: The summer's op-amp.
            buffer: Follower in front of it. Without one the source of w must drive R_w + R_c.
            switch: Switch to build the changeover switches of.
            gated: Whether the perturbation is gated.
            chopped: Whether its sign is chopped.
            about_ohm: Size of R_w and R_f. Carrier and weight see that over the amplitude.
            resistor_series: E series.
        """
        if (switch is not None) != (gated or chopped):
            raise ValueError("a switch where the perturbation is gated or chopped, and only there")
        pair = ratio_pair(UNIT_V / amplitude_v, about_ohm, resistor_series)
        return cls(opamp, buffer, switch, gated, chopped, *pair, *pair[::-1])

    @property
    def noise_gain(self) -> float:
        """N."""
        return 1 + self.feedback_ohm / (self.ground_ohm + self._on_ohm * self.chopped)

    @property
    def weight_gain(self) -> float:
        """Ideal gain for w."""
        return self.noise_gain * (1 - self._share)

    @property
    def amplitudes_v(self) -> tuple[float, float]:
        """Perturbation for a carrier of 1 V with its own sign, and with the other one."""
        return self.noise_gain * self._share * UNIT_V, (1 - self.noise_gain) * UNIT_V

    @property
    def offset_v(self) -> float:
        """Electrode voltage for w = 0 V."""
        opamp, buffer = self.opamp, self.buffer
        before_v = 0.0 if buffer is None else buffer.offset_v
        plus_v = (1 - self._share) * (before_v - opamp.bias_plus_a * self.weight_ohm)
        minus_v = opamp.bias_minus_a * self.feedback_ohm
        return self.noise_gain * (plus_v + opamp.offset_v) + minus_v

    @property
    def behavioural(self) -> PerturbationAdder:
        """The same as sources, with one amplitude for both signs."""
        return PerturbationAdder(
            self.amplitudes_v[0], self.gated, self.chopped, self.weight_gain - 1, self.offset_v
        )

    def electrode_v(
        self, weight_v: np.ndarray, carrier_v: np.ndarray, sign: np.ndarray
    ) -> np.ndarray:
        """Settled e for w and s in V and a sign of 1, -1 or, with the gate closed, 0."""
        plus, minus = (
            np.where(np.asarray(sign) == one, amplitude, 0.0) * carrier_v / UNIT_V
            for one, amplitude in zip((1, -1), self.amplitudes_v, strict=True)
        )
        return self.weight_gain * weight_v + plus + minus + self.offset_v

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Of the summer for a gain of 1 (the buffer is faster), complex, frequencies any shape."""
        return 1 / (1 + self.noise_gain / self.opamp.response(frequency_hz))

    def subcircuit(self, name: str = "summing_adder") -> Subcircuit:
        """Ports ``w``, ``s``, ``gate`` when gated, ``chop`` when chopped, ``e``."""
        logic = ["gate"] * self.gated + ["chop"] * self.chopped
        purpose = f"Perturbation adder: e = w + {self.amplitudes_v[0]:.6g} s."
        part = Subcircuit(name, ["w", "s", *logic, "e"], purpose)
        above = "w"
        if self.buffer is not None:
            above = "b"
            part.instance("buffer", self.buffer.subcircuit(f"{name}_buffer"), ("w", "b", "b"))
        part.resistor("weight", above, "plus", self.weight_ohm)
        part.resistor("carrier", self._add_switches(part), "plus", self.carrier_ohm)
        part.resistor("ground", "minus", "c2" if self.chopped else GROUND, self.ground_ohm)
        part.resistor("feedback", "minus", "e", self.feedback_ohm)
        part.instance("opamp", self.opamp.subcircuit(f"{name}_opamp"), ("plus", "minus", "e"))
        return part

    @property
    def _on_ohm(self) -> float:
        return 0.0 if self.switch is None else self.switch.on_ohm

    @property
    def _share(self) -> float:
        """R_w / (R_w + R_c)."""
        return self.weight_ohm / (self.weight_ohm + self.carrier_ohm + self._on_ohm)

    def _add_switches(self, part: Subcircuit) -> str:
        """Add what stands between the carrier and both resistors; returns R_c's node."""
        if self.switch is None:
            return "s"
        changeover = ChangeoverSwitch(self.switch).subcircuit(f"{part.name}_changeover")
        if self.gated and self.chopped:
            logic = ChopLogic().subcircuit(f"{part.name}_logic")
            part.instance("logic", logic, ("gate", "chop", "on1", "on2"))
            part.instance("carrier", changeover, ("c1", "s", GROUND, "on1"))
            part.instance("reverse", changeover, ("c2", "s", GROUND, "on2"))
        elif self.chopped:
            part.instance("carrier", changeover, ("c1", GROUND, "s", "chop"))
            part.instance("reverse", changeover, ("c2", "s", GROUND, "chop"))
        else:
            part.instance("carrier", changeover, ("c1", "s", GROUND, "gate"))
        return "c1"
