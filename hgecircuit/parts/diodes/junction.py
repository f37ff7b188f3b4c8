"""Diodes for clamps and rectifiers.

Two models: a 1N4148 with the parameters of its common SPICE model, and a Schottky diode fitted to
the five typical forward voltages of the BAT54's data sheet (least squares, at most 6 mV off).
Both hold to what the sheets limit at 25 C; see ``limits``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from hgecircuit.netlist import Circuit, Subcircuit

# k T / q at ngspice's default of 27 C.
THERMAL_V = 1.380649e-23 * 300.15 / 1.602176634e-19


@dataclass(frozen=True)
class Limits:
    """What a data sheet states of a diode, maxima at 25 C.

    Attributes:
        forward: Pairs of current in A and largest forward voltage in V.
        typical: Pairs of current in A and typical forward voltage in V; empty when not stated.
        reverse: Reverse voltage in V and largest leakage in A.
        capacitance: Reverse voltage in V and largest capacitance in F.
        source: Data sheet and where it was read.
    """

    forward: tuple[tuple[float, float], ...]
    typical: tuple[tuple[float, float], ...]
    reverse: tuple[float, float]
    capacitance: tuple[float, float]
    source: str


@dataclass(frozen=True)
class Diode:
    """A junction diode: v = n V_T ln(i / I_s + 1) + i R_s.

    Attributes:
        name: Part, as a model's name.
        saturation_a: I_s in A.
        emission: n.
        series_ohm: R_s.
        zero_bias_f: Junction capacitance at 0 V in F.
        built_in_v: Built-in voltage of the junction capacitance in V.
        grading: Its exponent: C = C_0 / (1 + v_reverse / V_j)^grading.
        limits: The data sheet's figures.
        read: Where the model's parameters come from.
    """

    name: str
    saturation_a: float
    emission: float
    series_ohm: float
    zero_bias_f: float
    built_in_v: float
    grading: float
    limits: Limits = field(compare=False)
    read: str = field(compare=False)

    def voltage_v(self, current_a: np.ndarray) -> np.ndarray:
        """Ideal response: voltage in V at currents in A (any shape, above -I_s)."""
        current_a = np.asarray(current_a)
        logarithm = np.log1p(current_a / self.saturation_a)
        return self.emission * THERMAL_V * logarithm + self.series_ohm * current_a

    def capacitance_f(self, reverse_v: float) -> float:
        """Junction capacitance in F at a reverse voltage in V."""
        return self.zero_bias_f / (1 + reverse_v / self.built_in_v) ** self.grading

    def add_model(self, part: Circuit | Subcircuit) -> None:
        """Add the model, once per circuit or subcircuit; its diodes then name ``self.name``."""
        part.model(
            self.name,
            "d",
            is_=self.saturation_a,
            n=self.emission,
            rs=self.series_ohm,
            cjo=self.zero_bias_f,
            vj=self.built_in_v,
            m=self.grading,
        )

    def subcircuit(self, name: str = "diode") -> Subcircuit:
        """Ports ``anode``, ``cathode``."""
        part = Subcircuit(name, ("anode", "cathode"), f"Diode {self.name}.")
        self.add_model(part)
        part.diode("1", "anode", "cathode", self.name)
        return part


DIODES: Mapping[str, Diode] = {
    "1N4148": Diode(
        "d1n4148", 2.52e-9, 1.752, 0.568, 4e-12, 1.0, 0.4,
        Limits(
            ((10e-3, 1.0),), (), (20.0, 25e-9), (0.0, 4e-12),
            "Panjit 1N4148, revision 0.2 (2010): dtsheet.com/doc/1174254",
        ),
        "SPICE model in wide use, quoted in many public designs (Is=2.52n N=1.752 Rs=0.568 Cjo=4p"
        " M=0.4, built-in voltage the simulator's default)",
    ),
    "BAT54": Diode(
        "bat54", 2.22e-8, 1.021, 1.154, 15.2e-12, 0.2013, 0.3868,
        Limits(
            ((0.1e-3, 0.24), (1e-3, 0.32), (10e-3, 0.40), (30e-3, 0.50), (100e-3, 1.0)),
            ((0.1e-3, 0.22), (1e-3, 0.29), (10e-3, 0.35), (30e-3, 0.41), (100e-3, 0.52)),
            (25.0, 2e-6), (1.0, 10e-12),
            "Diotech BAT54 series: dtsheet.com/doc/629940",
        ),
        "fit to the typical forward voltages of the sheet; capacitance scaled to its typical 7.6 pF"
        " at 1 V, with the junction's voltage and grading of a maker's model of the BAT54",
    ),
}  # fmt: skip
