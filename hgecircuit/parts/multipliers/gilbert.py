"""Gilbert cell of six bipolar transistors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.diodes.junction import THERMAL_V
from hgecircuit.parts.multipliers.product import UNIT_V

# The common 2N3904, as in PSpice's library and in many public designs.
NPN_2N3904: Mapping[str, float] = {
    "is_": 6.734e-15, "xti": 3, "eg": 1.11, "vaf": 74.03, "bf": 416.4, "ne": 1.259,
    "ise": 6.734e-15, "ikf": 66.78e-3, "xtb": 1.5, "br": 0.7371, "nc": 2, "rc": 1, "rb": 10,
    "cjc": 3.638e-12, "mjc": 0.3085, "vjc": 0.75, "cje": 4.493e-12, "mje": 0.2593, "vje": 0.75,
    "tr": 239.5e-9, "tf": 301.2e-12,
}  # fmt: skip
_UPPER_BASES_V = 3.0
_SOURCE_OHM = 100.0  # what each base sees, so that equal base currents make no offset


@dataclass(frozen=True)
class GilbertCell:
    """Double-balanced cell: out = a tanh(k x / 2 V_T) tanh(k y / 2 V_T), close to x y / (1 V).

    x drives the upper quad, y the lower pair, each through a divider by 1/k; load resistors turn
    the collector currents into a voltage whose difference, amplified, is the output. The gain of
    that difference amplifier makes the slope at the origin 1/V for transistors without base
    current: a = (2 V_T / k)^2 / (1 V). A 2N3904 loses 6 to 7 % of it at small signals: base
    currents 4 %, high-level injection and Early effect 1 % each; the load resistors can trim that.
    Dividers, level shift, tail and difference amplifier are ideal sources; the transistors are what
    this cell is about (B. Gilbert, IEEE J. Solid-State Circuits 3, 365, 1968).

    Attributes:
        attenuation: k; the product is 2 % low where k x = V_T / 2, 7.6 % where k x = V_T.
        tail_a: Tail current in A.
        load_ohm: Each load resistor.
        supply_v: Positive supply in V; the tail needs a negative one of about the same size.
        y_mismatch_v: Difference of the lower pair's base-emitter voltages in V.
        transistor: ``.model`` figures of the NPN transistors.
    """

    attenuation: float = 0.02
    tail_a: float = 1e-3
    load_ohm: float = 2e3
    supply_v: float = 12.0
    y_mismatch_v: float = 0.0
    transistor: Mapping[str, float] = field(default_factory=lambda: dict(NPN_2N3904), hash=False)

    @property
    def difference_gain(self) -> float:
        """Gain of the difference amplifier in V/V."""
        return self.full_scale_v / (self.tail_a * self.load_ohm)

    @property
    def full_scale_v(self) -> float:
        """a, the output at full modulation of both inputs in V."""
        return (2 * THERMAL_V / self.attenuation) ** 2 / UNIT_V

    @property
    def power_w(self) -> float:
        """Supply power of the cell itself: the tail current through both supplies, in W."""
        return 2 * self.supply_v * self.tail_a

    def product_v(self, x_v: np.ndarray, y_v: np.ndarray) -> np.ndarray:
        """Ideal response: output in V for voltages in V, of transistors without base current."""
        scale = self.attenuation / (2 * THERMAL_V)
        y_shift_v = self.y_mismatch_v / self.attenuation
        upper = np.tanh(scale * np.asarray(x_v))
        return self.full_scale_v * upper * np.tanh(scale * (np.asarray(y_v) + y_shift_v))

    def subcircuit(self, name: str = "gilbert") -> Subcircuit:
        """Ports ``x``, ``y``, ``out``."""
        part = Subcircuit(name, ("x", "y", "out"), "Gilbert cell: out = x y / (1 V).")
        part.model("npn", "npn", **self.transistor)
        part.voltage("supply", "high", GROUND, self.supply_v)
        # Upper bases: half of the attenuated x on each side of their bias.
        part.voltage("upper", "middle", GROUND, _UPPER_BASES_V)
        part.vcvs("x_plus", "x_plus", "middle", "x", GROUND, self.attenuation / 2)
        part.vcvs("x_minus", "middle", "x_minus", "x", GROUND, self.attenuation / 2)
        part.vcvs("y_plus", "y_plus", GROUND, "y", GROUND, self.attenuation / 2)
        part.vcvs("y_minus", "y_low", "y_minus", "y", GROUND, self.attenuation / 2)
        part.voltage("mismatch", GROUND, "y_low", self.y_mismatch_v)
        for side in ("x_plus", "x_minus", "y_plus", "y_minus"):
            part.resistor(side, side, f"{side}_base", _SOURCE_OHM)
        part.bjt("1", "left", "x_plus_base", "lower_left", "npn")
        part.bjt("2", "right", "x_minus_base", "lower_left", "npn")
        part.bjt("3", "right", "x_plus_base", "lower_right", "npn")
        part.bjt("4", "left", "x_minus_base", "lower_right", "npn")
        part.bjt("5", "lower_left", "y_plus_base", "tail", "npn")
        part.bjt("6", "lower_right", "y_minus_base", "tail", "npn")
        part.current("tail", "tail", GROUND, self.tail_a)
        part.resistor("left", "high", "left", self.load_ohm)
        part.resistor("right", "high", "right", self.load_ohm)
        part.vcvs("out", "out", GROUND, "right", "left", self.difference_gain)
        return part
