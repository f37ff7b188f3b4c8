"""CMOS analog switch: on resistance, leakage, capacitances and charge injection."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Chip, Subcircuit, format_number
from hgecircuit.parts.bought import PER_PACKAGE, bought

# The gate's level where the switch is half on, and the slope of its sigmoid in 1/V. At 0 V the
# conductance is exp(-2 slope threshold) = 4e-18 of the on conductance: only the leakage is left.
_THRESHOLD_V = 0.5
_SLOPE_PER_V = 40.0


@dataclass(frozen=True)
class AnalogSwitch:
    """Connects ``a`` and ``b`` while ``gate`` is at 1 V, as the sequencer gives it.

    Charge injection: a capacitor of 2 Q per volt from the gate to each terminal. The switch opens
    halfway down the gate's edge, so half of its charge still flows into the source and Q stays on
    the terminal that is left alone, which is how data sheets measure it. This holds for edges that
    are slow against R_on C (10 us against 0.25 us for 25 ohm and 10 nF). Both edges of a pulse
    cancel on a terminal that is held at one voltage, such as a summing node.

    Attributes:
        on_ohm: Resistance when on.
        leakage_a: Current that leaves the circuit through each terminal, on or off, in A.
        off_f: Capacitance of each terminal to ground when off, in F.
        through_f: Capacitance between the terminals when off, in F.
        charge_c: Charge Q that turning on adds to a terminal and turning off removes, in C.
        supply_a: Supply current of its package in A, for the power estimate; None when unknown.
        supply_v: Total supply voltage in V, for the power estimate; None when unknown.
        part: Part number; empty when the figures are nobody's.
        source: Data sheet of the figures.
    """

    on_ohm: float
    leakage_a: float = 0.0
    off_f: float = 0.0
    through_f: float = 0.0
    charge_c: float = 0.0
    supply_a: float | None = None
    supply_v: float | None = None
    part: str = ""
    source: str = ""

    @property
    def chip(self) -> Chip | None:
        """The bought part for the bill of materials; None without a part number."""
        supply_a = self.supply_a
        if supply_a is not None:
            supply_a /= PER_PACKAGE.get(self.part, 1)
        return bought(self.part, "analog switch", supply_a, self.supply_v, self.source)

    def conductance_s(self, gate_v: np.ndarray) -> np.ndarray:
        """Ideal response: conductance in S at gate voltages (any shape)."""
        steep = 2 * _SLOPE_PER_V * (np.asarray(gate_v) - _THRESHOLD_V)
        return 1 / (self.on_ohm * (1 + np.exp(-np.clip(steep, -700, 700))))

    def late_s(self, edge_s: float, ohm: float, farad: float = 0.0) -> float:
        """How long after the middle of the gate's falling edge the switch stops a current.

        That is where its resistance passes the ``ohm`` of the current's way; or, with a capacitance
        at its terminal, edge / (2 slope) over ``farad``, when the voltage can't follow any more.
        """
        fold_s = edge_s / (2 * _SLOPE_PER_V)
        if farad:
            ohm = min(ohm, fold_s / farad)
        return fold_s * math.log(max(ohm / self.on_ohm, 1.0))

    def subcircuit(self, name: str = "switch") -> Subcircuit:
        """Ports ``a``, ``b``, ``gate``."""
        purpose = f"Analog switch of {self.on_ohm:g} ohm."
        part = Subcircuit(name, ("a", "b", "gate"), purpose, self.chip)
        slope, threshold = format_number(_SLOPE_PER_V), format_number(_THRESHOLD_V)
        # A node for the sigmoid: the other source then needs no derivative of a tanh.
        part.behavioural_current("on", GROUND, "on", f"0.5+0.5*tanh({slope}*(v(gate)-{threshold}))")
        part.resistor("on", "on", GROUND, 1.0)
        siemens = format_number(1 / self.on_ohm)
        part.behavioural_current("channel", "a", "b", f"{siemens}*v(on)*(v(a)-v(b))")
        for port in ("a", "b"):
            if self.leakage_a:
                part.current(f"leak_{port}", port, GROUND, self.leakage_a)
            if self.off_f:
                part.capacitor(f"off_{port}", port, GROUND, self.off_f)
            if self.charge_c:
                part.capacitor(f"gate_{port}", "gate", port, 2 * self.charge_c)
        if self.through_f:
            part.capacitor("through", "a", "b", self.through_f)
        return part


@dataclass(frozen=True)
class SwitchFigures:
    """An analog switch's data sheet at 25 C; what no source confirms is None.

    Attributes:
        name: Part.
        on_ohm: Typical on resistance.
        on_ohm_maximum: Its maximum.
        leakage_a: Typical off leakage of a terminal in A.
        leakage_a_maximum: Its maximum.
        off_f: Typical off capacitance of a terminal in F.
        on_f: Typical capacitance of both terminals together when on, in F.
        charge_c: Typical charge injection in C.
        through_f: Capacitance between the terminals in F.
        turn_on_s: Typical turn-on time in s; the model takes the sequencer's edge instead.
        supply_a: Typical supply current of the package in A.
        supply_v: Smallest and largest total supply in V; analog signals must stay inside it.
        source: Data sheet and revision.
        read: Where each figure was read, by attribute; ``*`` is for those that are not named.
    """

    name: str
    on_ohm: float
    on_ohm_maximum: float | None
    leakage_a: float
    leakage_a_maximum: float | None
    off_f: float | None
    on_f: float
    charge_c: float
    through_f: float | None
    turn_on_s: float
    supply_a: float
    supply_v: tuple[float, float]
    source: str
    read: Mapping[str, str] = field(compare=False)

    def switch(
        self, worst: bool = False, supply_v: tuple[float, float] | None = None
    ) -> AnalogSwitch:
        """The switch with typical figures, or with its maxima where they are known.

        An unknown off capacitance is taken as half of the capacitance when on, which it can't
        exceed: that one holds both terminals and the channel.

        Args:
            worst: Take the maxima.
            supply_v: Negative and positive supply in V, for the power estimate.

        Raises:
            InputError: The supply is outside the part's range.
        """
        total_v = None if supply_v is None else supply_v[1] - supply_v[0]
        if total_v is not None and not self.supply_v[0] <= total_v <= self.supply_v[1]:
            expected = f"{self.supply_v[0]:g} to {self.supply_v[1]:g} V in total"
            raise InputError(
                f"{self.name} does not work from this supply", value=supply_v, expected=expected
            )
        on_ohm, leakage_a = self.on_ohm, self.leakage_a
        if worst:
            on_ohm = self.on_ohm_maximum or on_ohm
            leakage_a = self.leakage_a_maximum or leakage_a
        return AnalogSwitch(
            on_ohm=on_ohm,
            leakage_a=leakage_a,
            off_f=self.on_f / 2 if self.off_f is None else self.off_f,
            through_f=self.through_f or 0.0,
            charge_c=self.charge_c,
            supply_a=self.supply_a,
            supply_v=total_v,
            part=self.name,
            source=self.source,
        )


SWITCHES: Mapping[str, SwitchFigures] = {
    "ADG412": SwitchFigures(
        "ADG412", 25.0, 35.0, 0.1e-9, 0.25e-9, 9e-12, 35e-12, 5e-12, 1.3e-12, 110e-9, 1e-10,
        (10.8, 33.0), "Analog Devices ADG411/ADG412/ADG413, revision D, +-15 V",
        {
            "*": "page 3: m.beike2008.cn/adg411br_datasheet_669089_10.html",
            "through_f": "from its off isolation, 68 dB at 1 MHz into 50 ohm",
            "supply_v": "12 V less 10 % to +-15 V plus 10 %: supplies of the sheet's tests",
        },
    ),
    "TMUX6121": SwitchFigures(
        "TMUX6121", 120.0, None, 0.5e-12, None, None, 4.2e-12, 0.51e-12, None, 68e-9, 16e-6,
        (10.0, 33.0), "Texas Instruments TMUX6121, SCDS398 (2018)",
        {"*": "first page: pdf.elecfans.com/BURR-BROWN/TMUX6121DGSR.html"},
    ),
}  # fmt: skip
