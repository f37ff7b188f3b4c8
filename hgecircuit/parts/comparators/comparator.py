"""Comparator with offset, hysteresis, delay and a logic output of 0 V and 1 V."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Chip, Subcircuit, format_number
from hgecircuit.parts.bought import bought

_OUTPUT_OHM = 1e3
# The input voltage that saturates the output is about 1 / slope: 0.1 mV, below every offset here.
_SLOPE_PER_V = 1e4


@dataclass(frozen=True)
class Comparator:
    """``out`` rises to 1 V above +hysteresis/2 at the inputs, and falls to 0 V below -hysteresis/2.

        C dv_out/dt = (0.5 + 0.5 tanh(slope (v_d + V_os + hysteresis (v_out - 0.5))) - v_out) / R

    The feedback of the hysteresis acts through the output's R C, so it has one solution at any
    time; an algebraic loop with a jump would not converge. Time steps far above the delay need
    ``method=gear``: the trapezoidal rule then rings by a tenth of the output's swing.

    Attributes:
        offset_v: Input offset: what the plus input seems to have more, in V.
        hysteresis_v: Distance between the two thresholds in V.
        delay_s: Time from the crossing of a threshold to the output's 0.5 V.
        bias_a: Current into each input in A; negative when it flows out.
        supply_a: Supply current in A, for the power estimate; None when unknown.
        supply_v: Total supply voltage in V, for the power estimate; None when unknown.
        part: Part number; empty when the figures are nobody's.
        source: Data sheet of the figures.
    """

    offset_v: float = 0.0
    hysteresis_v: float = 0.0
    delay_s: float = 1e-6
    bias_a: float = 0.0
    supply_a: float | None = None
    supply_v: float | None = None
    part: str = ""
    source: str = ""

    @property
    def chip(self) -> Chip | None:
        """The bought part for the bill of materials; None without a part number."""
        return bought(self.part, "comparator", self.supply_a, self.supply_v, self.source)

    @property
    def thresholds_v(self) -> tuple[float, float]:
        """Differences v(plus) - v(minus) at which the output rises and falls, in V."""
        half_v = self.hysteresis_v / 2
        return half_v - self.offset_v, -half_v - self.offset_v

    def output_v(self, difference_v: float, before_v: float) -> float:
        """Ideal response: the settled output in V for a difference in V and the output before."""
        rise_v, fall_v = self.thresholds_v
        return float(difference_v > (rise_v if before_v < 0.5 else fall_v))

    def subcircuit(self, name: str = "comparator") -> Subcircuit:
        """Ports ``plus``, ``minus``, ``out`` (1 kohm)."""
        purpose = "Comparator with an output of 0 or 1 V."
        part = Subcircuit(name, ("plus", "minus", "out"), purpose, self.chip)
        # A linear node for the argument: fewer derivatives in the source with the tanh.
        part.vccs("drive", GROUND, "drive", "plus", "minus", _SLOPE_PER_V)
        if self.hysteresis_v:
            part.vccs("back", GROUND, "drive", "out", GROUND, _SLOPE_PER_V * self.hysteresis_v)
        shift_v = self.offset_v - self.hysteresis_v / 2
        if shift_v:
            part.current("shift", GROUND, "drive", _SLOPE_PER_V * shift_v)
        part.resistor("drive", "drive", GROUND, 1.0)
        milliamp = format_number(0.5 / _OUTPUT_OHM)
        part.behavioural_current("out", GROUND, "out", f"{milliamp}+{milliamp}*tanh(v(drive))")
        part.resistor("out", "out", GROUND, _OUTPUT_OHM)
        # A step through R C is halfway after R C ln 2.
        part.capacitor("out", "out", GROUND, self.delay_s / (_OUTPUT_OHM * math.log(2)))
        for port in ("plus", "minus"):
            if self.bias_a:
                part.current(port, port, GROUND, self.bias_a)
        return part


@dataclass(frozen=True)
class ComparatorFigures:
    """A comparator's data sheet at 25 C.

    Attributes:
        name: Part.
        offset_v: Typical input offset in V.
        offset_v_maximum: Its maximum.
        bias_a: Typical input bias current in A, positive into the input.
        bias_a_maximum: Its maximum size.
        delay_s: Typical response time in s.
        supply_a: Typical supply current of one comparator in A.
        source: Data sheet and revision.
        read: Where the figures were read.
    """

    name: str
    offset_v: float
    offset_v_maximum: float
    bias_a: float
    bias_a_maximum: float
    delay_s: float
    supply_a: float
    source: str
    read: str = field(compare=False)

    def comparator(
        self,
        hysteresis_v: float = 0.0,
        offset_share: float = 0.0,
        supply_v: float | None = None,
    ) -> Comparator:
        """One comparator with its typical bias current.

        Args:
            hysteresis_v: Made by the resistors around it, in V.
            offset_share: Its offset as a share of the data sheet's maximum, -1 to 1.
            supply_v: Total supply in V, for the power estimate.
        """
        if not -1 <= offset_share <= 1:
            raise InputError("a share of the maximum", value=offset_share, expected="-1 to 1")
        offset_v = offset_share * self.offset_v_maximum
        return Comparator(
            offset_v,
            hysteresis_v,
            self.delay_s,
            self.bias_a,
            self.supply_a,
            supply_v,
            self.name,
            self.source,
        )


COMPARATORS: Mapping[str, ComparatorFigures] = {
    "LM393": ComparatorFigures(
        "LM393", 1e-3, 5e-3, -20e-9, 250e-9, 1.3e-6, 0.225e-3,
        "STMicroelectronics LM193/LM293/LM393, Doc ID 2164 Rev 14, +5 V, 5 mV overdrive",
        "page 6 of a public copy of the sheet",
    ),
    "LM311": ComparatorFigures(
        "LM311", 2e-3, 7.5e-3, 50e-9, 250e-9, 200e-9, 5.1e-3,
        "Texas Instruments LM311; supply current: Raytheon LM311",
        "summaries at ic-phoenix.com/L/L34/LM311.html and datasheet.directory (Raytheon LM111H)",
    ),
}  # fmt: skip
