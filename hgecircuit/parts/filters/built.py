"""Low-pass and AC coupling of preferred values and op-amp macromodels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.filters.all_pole import AllPole, Poles
from hgecircuit.parts.filters.cascade import Cascade, Section
from hgecircuit.parts.filters.coupling import AcCoupling
from hgecircuit.parts.filters.network import System
from hgecircuit.parts.filters.prototypes import PoleTarget, Prototype
from hgecircuit.parts.filters.sections import TOPOLOGIES, SectionKind
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.preferred import at_least, closest


@dataclass(frozen=True)
class BuiltLowpass:
    """A cascade of sections with preferred values, one op-amp each; all op-amps are of one type.

    Each section's values are rounded by themselves; ``hgecircuit filter`` rounds all of them
    together and comes closer.

    Attributes:
        prototype: The ideal filter.
        cascade: The sections with their values; its gain at 0 Hz must be +1.
        opamps: One op-amp per section.
    """

    prototype: Prototype
    cascade: Cascade
    opamps: tuple[OpAmpMacromodel, ...]

    @classmethod
    def size(
        cls,
        prototype: Prototype,
        opamps: Sequence[OpAmpMacromodel],
        capacitor_f: float = 100e-9,
        topology: str = "sallen-key",
        resistor_series: str = "E192",
        capacitor_series: str = "E6",
    ) -> BuiltLowpass:
        """Two preferred capacitors per pair of poles, then the resistors that fit them.

        Args:
            prototype: The ideal filter.
            opamps: One op-amp per section, (order + 1) // 2 of them.
            capacitor_f: Capacitor of a single pole, and the smaller one of a pair.
            topology: ``sallen-key`` or ``multiple-feedback``.
            resistor_series: E series of the resistors.
            capacitor_series: E series of the capacitors.

        Raises:
            ValueError: The number of op-amps is wrong, or the topology inverts this order.
        """
        targets = prototype.sections
        kinds = TOPOLOGIES[topology].kinds(targets)
        sections = tuple(
            Section(kind, _round(kind, target, capacitor_f, resistor_series, capacitor_series))
            for kind, target in zip(kinds, targets, strict=True)
        )
        cascade = Cascade(sections)
        if len(opamps) != len(sections) or cascade.gain != 1:
            raise ValueError(f"{len(sections)} op-amps, and a gain of 1 and not {cascade.gain}")
        return cls(prototype, cascade, tuple(opamps))

    @property
    def cutoff_hz(self) -> float:
        """Nominal cut-off frequency (-3 dB)."""
        return self.prototype.cutoff_hz

    @cached_property
    def system(self) -> System:
        """The exact network with its values and op-amps of one pole each."""
        first = self.opamps[0]
        return self.cascade.solve(replace(first.linear, output_ohm=first.output_ohm))

    @cached_property
    def real(self) -> AllPole:
        """The poles of that network."""
        return Poles(tuple(self.system.poles_rad_s.tolist()), self.cutoff_hz)

    @property
    def offset_v(self) -> float:
        """Output for an input of 0 V: every op-amp's offset and bias currents through the network.

        An offset stands in its op-amp's own equation, a bias current leaves the node of its input.
        """
        system = self.system
        transfers = system.transfers(np.array([0.0]))[0].real
        rows = {node: k for k, node in enumerate(system.network.nodes)}
        # Behind an output resistance the op-amp's own equation is that of its drive.
        drives = {one.name: one.out for one in system.network.amplifiers}
        found_v = 0.0
        amplifiers = [one for network in self.cascade.networks for one in network.amplifiers]
        for amplifier, opamp in zip(amplifiers, self.opamps, strict=True):
            found_v += transfers[rows[drives[amplifier.name]]] * opamp.offset_v
            for node, bias_a in (
                (amplifier.plus, opamp.bias_plus_a),
                (amplifier.minus, opamp.bias_minus_a),
            ):
                if node in rows:
                    found_v -= transfers[rows[node]] * bias_a
        return float(found_v)

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """H(f), complex, at frequencies of shape (F,)."""
        return self.system.response(frequency_hz)

    def subcircuit(self, name: str = "lowpass") -> Subcircuit:
        """Ports ``inp``, ``out``."""
        return self.cascade.subcircuit(self.opamps, name)


@dataclass(frozen=True)
class BuiltCoupling:
    """A capacitor into a resistor, and a follower.

    Attributes:
        opamp: The follower's op-amp.
        coupling_f: The capacitor.
        shunt_ohm: The resistor to ground, through which the op-amp's bias current flows.
    """

    opamp: OpAmpMacromodel
    coupling_f: float
    shunt_ohm: float

    @classmethod
    def size(
        cls,
        cutoff_hz: float,
        opamp: OpAmpMacromodel,
        capacitor_f: float = 10e-9,
        resistor_series: str = "E192",
        capacitor_series: str = "E6",
    ) -> BuiltCoupling:
        """R = 1 / (2 pi f_c C) with a preferred C near the one given."""
        coupling_f = closest(capacitor_f, capacitor_series)
        exact_ohm = 1 / (2 * math.pi * cutoff_hz * coupling_f)
        return cls(opamp, coupling_f, closest(exact_ohm, resistor_series))

    @property
    def cutoff_hz(self) -> float:
        """Cut-off frequency (-3 dB) with the values chosen."""
        return 1 / (2 * math.pi * self.shunt_ohm * self.coupling_f)

    @property
    def behavioural(self) -> AcCoupling:
        """The same with an ideal follower."""
        return AcCoupling(self.cutoff_hz, self.coupling_f)

    @property
    def offset_v(self) -> float:
        """Output at rest."""
        return self.opamp.offset_v - self.opamp.bias_plus_a * self.shunt_ohm

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """H(f), complex, at frequencies of any shape above 0 Hz."""
        follower = 1 / (1 + 1 / self.opamp.response(frequency_hz))
        return self.behavioural.response(frequency_hz) * follower

    def subcircuit(self, name: str = "built_coupling") -> Subcircuit:
        """Ports ``inp``, ``out``."""
        part = Subcircuit(name, ("inp", "out"), "AC coupling: RC high-pass and follower.")
        part.capacitor("coupling", "inp", "a", self.coupling_f, initial_v=0.0)
        part.resistor("shunt", "a", GROUND, self.shunt_ohm)
        part.instance("opamp", self.opamp.subcircuit(f"{name}_opamp"), ("a", "out", "out"))
        return part


def _round(
    kind: SectionKind,
    target: PoleTarget,
    capacitor_f: float,
    resistor_series: str,
    capacitor_series: str,
) -> dict[str, float]:
    small_f = closest(capacitor_f, capacitor_series)
    if target.q is None:
        exact_ohm = 1 / (2 * math.pi * target.pole_hz * small_f)
        return {"ra": closest(exact_ohm, resistor_series), "c1": small_f}
    large_f = at_least(kind.least_capacitor_ratio(target.q) * small_f, capacitor_series)
    ra, rb = kind.resistors_for(target, np.array(large_f), np.array(small_f))
    return {
        "ra": closest(float(ra), resistor_series),
        "rb": closest(float(rb), resistor_series),
        "c1": large_f,
        "c2": small_f,
    }
