"""Level driver of an input electrode: one of two divided references through a follower."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.adders import PatternAdder
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.preferred import closest
from hgecircuit.parts.ratios import ratio_pair
from hgecircuit.parts.switches.analog_switch import AnalogSwitch
from hgecircuit.parts.switches.changeover import ChangeoverSwitch

REFERENCE_V = 2.5
_ABOUT_OHM = 2e3


@dataclass(frozen=True)
class Divider:
    """v = reference R_b / (R_t + R_b) behind R_t || R_b.

    Attributes:
        reference_v: Voltage of the reference, of either sign; 0 for a level of 0 V.
        top_ohm: R_t, to the reference.
        bottom_ohm: R_b, to ground.
    """

    reference_v: float
    top_ohm: float
    bottom_ohm: float

    @classmethod
    def size(
        cls, level_v: float, reference_v: float = REFERENCE_V, resistor_series: str = "E192"
    ) -> Divider:
        """Resistors for a level between the negative and the positive reference."""
        if level_v == 0:
            return cls(0.0, _ABOUT_OHM, _ABOUT_OHM)
        reference_v = math.copysign(reference_v, level_v)
        pair = ratio_pair(level_v / (reference_v - level_v), _ABOUT_OHM, resistor_series)
        return cls(reference_v, *pair)

    @property
    def level_v(self) -> float:
        """Voltage without load."""
        return self.reference_v * self.bottom_ohm / (self.top_ohm + self.bottom_ohm)

    @property
    def source_ohm(self) -> float:
        """R_t || R_b."""
        return self.top_ohm * self.bottom_ohm / (self.top_ohm + self.bottom_ohm)

    def add(self, part: Subcircuit, node: str) -> None:
        """Add reference and resistors to ``part``; the level is at ``node``."""
        with part.stands_for("reference"):
            part.voltage(f"{node}_reference", f"{node}_reference", GROUND, self.reference_v)
        part.resistor(f"{node}_top", f"{node}_reference", node, self.top_ohm)
        part.resistor(f"{node}_bottom", node, GROUND, self.bottom_ohm)


@dataclass(frozen=True)
class LevelDriver:
    """e = the high level while a pattern whose bit is 1 is selected, else the low one.

        reference --- divider ---+
        reference --- divider ---+--- changeover switch ---+--- follower --- e
                                                           C

    The selects are one-hot and cross within an edge, so their sum is an OR gate's output. C slows
    the change to a time constant, which the switches' charge does not outlive either.

    Attributes:
        low: Divider of logic 0.
        high: Divider of logic 1.
        bits: This electrode's bit in each pattern.
        opamp: The follower's op-amp.
        switch: Either half of the changeover switch.
        smoothing_f: C.
    """

    low: Divider
    high: Divider
    bits: tuple[int, ...]
    opamp: OpAmpMacromodel
    switch: AnalogSwitch
    smoothing_f: float

    @classmethod
    def size(
        cls,
        low_v: float,
        high_v: float,
        bits: tuple[int, ...],
        opamp: OpAmpMacromodel,
        switch: AnalogSwitch,
        smoothing_s: float = 2e-6,
        reference_v: float = REFERENCE_V,
        capacitor_series: str = "E6",
    ) -> LevelDriver:
        """Dividers for both levels, and C for the slower one's time constant.

        Args:
            low_v: Electrode voltage for logic 0.
            high_v: Electrode voltage for logic 1.
            bits: This electrode's bit in each pattern.
            opamp: The follower's op-amp.
            switch: Switch to build the changeover switch of.
            smoothing_s: Time constant of a change.
            reference_v: Magnitude of both references.
            capacitor_series: E series of C.
        """
        low, high = Divider.size(low_v, reference_v), Divider.size(high_v, reference_v)
        source_ohm = max(low.source_ohm, high.source_ohm) + switch.on_ohm
        smoothing_f = closest(smoothing_s / source_ohm, capacitor_series)
        return cls(low, high, tuple(bits), opamp, switch, smoothing_f)

    @property
    def levels_v(self) -> tuple[float, float]:
        """Electrode voltages for logic 0 and logic 1, with the follower's errors."""
        leakage_a = 2 * self.switch.leakage_a + self.opamp.bias_plus_a
        low_v, high_v = (
            one.level_v
            - leakage_a * (one.source_ohm + self.switch.on_ohm)
            # ... and that of the switch's other terminal
            - self.switch.leakage_a * one.source_ohm
            for one in (self.low, self.high)
        )
        return low_v + self.opamp.offset_v, high_v + self.opamp.offset_v

    @property
    def taus_s(self) -> tuple[float, float]:
        """Time constants of a change to logic 0 and to logic 1."""
        low_ohm, high_ohm = (one.source_ohm + self.switch.on_ohm for one in (self.low, self.high))
        return low_ohm * self.smoothing_f, high_ohm * self.smoothing_f

    @property
    def behavioural(self) -> PatternAdder:
        """The same as sources, at once on its levels."""
        return PatternAdder(*self.levels_v, self.bits)

    def electrode_v(self, selected: np.ndarray) -> np.ndarray:
        """Settled e for pattern indices of any shape."""
        return np.asarray(self.levels_v)[np.asarray(self.bits)[selected]]

    def subcircuit(self, name: str) -> Subcircuit:
        """Ports ``p<k>`` for every pattern whose bit is 1, then ``e``."""
        ones = [k for k, bit in enumerate(self.bits) if bit]
        part = Subcircuit(name, [*(f"p{k}" for k in ones), "e"], "Pattern level of one electrode.")
        below = GROUND
        for k in ones:
            above = "select" if k == ones[-1] else f"x{k}"
            with part.stands_for("OR gate of the selects"):
                part.vcvs(f"p{k}", above, below, f"p{k}", GROUND, 1.0)
            below = above
        self.low.add(part, "low")
        self.high.add(part, "high")
        changeover = ChangeoverSwitch(self.switch).subcircuit(f"{name}_changeover")
        select = "select" if ones else GROUND
        part.instance("changeover", changeover, ("level", "high", "low", select))
        part.capacitor("smoothing", "level", GROUND, self.smoothing_f)
        part.instance("opamp", self.opamp.subcircuit(f"{name}_opamp"), ("level", "e", "e"))
        return part
