"""Filter sections of one op-amp: topology, sizing law, ideal pole frequency and Q.

Second-order sections have the variables R_a, R_b, C_1, C_2 and (ideal op-amp, gain +-1)

    w_0^2 = 1 / (R_a R_b C_1 C_2),   Q = sqrt(R_a R_b C_1 / C_2) / (R_a + k R_b)

with k = 1 for Sallen-Key (Sallen, Key, IRE Trans. Circuit Theory 2, 74 (1955)) and k = 2 for
multiple feedback of gain -1, whose two outer resistors both are R_a (Tietze, Schenk, Gamm,
Electronic Circuits, 2nd ed., sections 13.4 and 13.6). Real resistors exist from C_1/C_2 = 4 k Q^2
on. First-order sections have R and C: w_0 = 1 / (R C).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hgecircuit.netlist import GROUND
from hgecircuit.parts.filters.network import Amplifier, Branch
from hgecircuit.parts.filters.prototypes import PoleTarget


@dataclass(frozen=True)
class SectionKind:
    """A topology of one section between the local nodes ``in`` and ``out``.

    Attributes:
        name: In words.
        resistors: Variable and nodes of every resistor.
        capacitors: Variable and nodes of every capacitor.
        amplifier: Nodes of the op-amp: plus, minus (its output is ``out``).
        second_resistor_weight: k above; 0 for a first-order section.
        gain: +1 or -1.
    """

    name: str
    resistors: tuple[Branch, ...]
    capacitors: tuple[Branch, ...]
    amplifier: tuple[str, str]
    second_resistor_weight: float
    gain: int

    @property
    def order(self) -> int:
        """Number of poles with an ideal op-amp."""
        return len(self.capacitors)

    @property
    def swappable(self) -> bool:
        """Whether R_a and R_b can be exchanged without a change of w_0 and Q."""
        return self.second_resistor_weight == 1

    def least_capacitor_ratio(self, q: float) -> float:
        """Smallest C_1/C_2 with real resistors."""
        return 4 * self.second_resistor_weight * q * q

    def size(self, target: PoleTarget, capacitor_f: float) -> dict[str, float]:
        """Exact values for one capacitor: C, or the smaller C_2 with the least C_1 for the Q."""
        w = 2 * math.pi * target.pole_hz
        if target.q is None:
            return {"ra": 1 / (w * capacitor_f), "c1": capacitor_f}
        k = self.second_resistor_weight
        c1 = self.least_capacitor_ratio(target.q) * capacitor_f
        # R_a = k R_b is where the root in the resistors' quadratic equation vanishes.
        rb = 1 / (w * math.sqrt(k * c1 * capacitor_f))
        return {"ra": k * rb, "rb": rb, "c1": c1, "c2": capacitor_f}

    def resistors_for(
        self, target: PoleTarget, c1: np.ndarray, c2: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Exact R_a >= k R_b for given capacitors; R_a = k R_b below the least C_1/C_2."""
        k, w = self.second_resistor_weight, 2 * math.pi * target.pole_hz
        assert target.q is not None
        product = 1 / (w * w * c1 * c2)
        total = np.sqrt(product * c1 / c2) / target.q
        root = np.sqrt(np.maximum(total**2 - 4 * k * product, 0.0))
        ra = np.where(root > 0, (total + root) / 2, np.sqrt(k * product))
        return ra, product / ra

    def pole_hz(self, **values: np.ndarray | float) -> np.ndarray:
        """w_0 / 2 pi of an ideal op-amp, in Hz."""
        if self.order == 1:
            return np.asarray(1 / (2 * math.pi * values["ra"] * values["c1"]))
        product = np.asarray(values["ra"]) * values["rb"] * values["c1"] * values["c2"]
        return 1 / (2 * math.pi * np.sqrt(product))

    def q(self, **values: np.ndarray | float) -> np.ndarray:
        """Q of a second-order section with an ideal op-amp."""
        ra, rb, c1, c2 = (np.asarray(values[name]) for name in ("ra", "rb", "c1", "c2"))
        return np.sqrt(ra * rb * c1 / c2) / (ra + self.second_resistor_weight * rb)


RC_BUFFERED = SectionKind(
    "RC with buffer",
    (Branch("ra", "in", "y"),),
    (Branch("c1", "y", GROUND),),
    ("y", "out"),
    0,
    1,
)
INVERTING_RC = SectionKind(
    "inverting RC",
    (Branch("ra", "in", "n"), Branch("ra", "n", "out")),
    (Branch("c1", "n", "out"),),
    (GROUND, "n"),
    0,
    -1,
)
SALLEN_KEY = SectionKind(
    "Sallen-Key, unity gain",
    (Branch("ra", "in", "x"), Branch("rb", "x", "y")),
    (Branch("c1", "x", "out"), Branch("c2", "y", GROUND)),
    ("y", "out"),
    1,
    1,
)
MULTIPLE_FEEDBACK = SectionKind(
    "multiple feedback, gain -1",
    (Branch("ra", "in", "x"), Branch("ra", "x", "out"), Branch("rb", "x", "n")),
    (Branch("c1", "x", GROUND), Branch("c2", "n", "out")),
    (GROUND, "n"),
    2,
    -1,
)


class Topology(NamedTuple):
    """What a cascade is made of.

    Attributes:
        first: Section for a real pole.
        second: Section for a pair of poles; None when pairs can't be built.
    """

    first: SectionKind
    second: SectionKind | None

    def kinds(self, targets: tuple[PoleTarget, ...]) -> tuple[SectionKind, ...]:
        """The section for every target; a pair with Q = 1/2 becomes two real poles without one."""
        if self.second is None:
            return (self.first,) * len(targets)
        return tuple(self.first if target.q is None else self.second for target in targets)


#: Every topology by its name on the command line; a new one is one row.
TOPOLOGIES: dict[str, Topology] = {
    "rc": Topology(RC_BUFFERED, None),
    "sallen-key": Topology(RC_BUFFERED, SALLEN_KEY),
    "multiple-feedback": Topology(INVERTING_RC, MULTIPLE_FEEDBACK),
}


def amplifier_of(kind: SectionKind, name: str, nodes: dict[str, str]) -> Amplifier:
    """The section's op-amp with the cascade's node names."""
    plus, minus = kind.amplifier
    return Amplifier(name, nodes[plus], nodes[minus], nodes["out"])
