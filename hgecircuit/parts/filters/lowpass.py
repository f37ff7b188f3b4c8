"""The low-pass behind each demodulator, from RC and Sallen-Key sections."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hgecircuit.netlist import Subcircuit
from hgecircuit.parts.filters.all_pole import AllPole, Poles
from hgecircuit.parts.filters.cascade import Cascade, Section
from hgecircuit.parts.filters.opamp import IDEAL, OpAmp
from hgecircuit.parts.filters.prototypes import Prototype
from hgecircuit.parts.filters.sections import TOPOLOGIES


@dataclass(frozen=True)
class Lowpass:
    """Buffered RC section for a real pole, Sallen-Key sections of unity gain for the pairs.

    Sizing: each section gets its own pole frequency and Q of the prototype from one capacitor, the
    smaller of a Sallen-Key section (:meth:`~hgecircuit.parts.filters.sections.SectionKind.size`;
    Tietze, Schenk, Gamm, Electronic Circuits, 2nd ed., section 13.4.1).

    Attributes:
        prototype: The ideal filter.
        capacitor_f: Capacitor of the RC section, and the smaller one of every Sallen-Key section.
        opamp: Every section's op-amp.
        offset_v: Offset of the output, in V; 0 when ideal.
    """

    prototype: Prototype
    capacitor_f: float = 100e-9
    opamp: OpAmp = IDEAL
    offset_v: float = 0.0

    @property
    def cutoff_hz(self) -> float:
        """Cut-off frequency (-3 dB) of the whole filter, in Hz."""
        return self.prototype.cutoff_hz

    @cached_property
    def cascade(self) -> Cascade:
        """The sections with their values."""
        targets = self.prototype.sections
        kinds = TOPOLOGIES["sallen-key"].kinds(targets)
        return Cascade(
            tuple(
                Section(kind, kind.size(target, self.capacitor_f))
                for kind, target in zip(kinds, targets, strict=True)
            )
        )

    @cached_property
    def real(self) -> AllPole:
        """The low-pass with its op-amps, whose followers add poles and move the others."""
        if self.opamp == IDEAL:
            return self.prototype
        poles = self.cascade.solve(self.opamp).poles_rad_s
        return Poles(tuple(poles.tolist()), self.cutoff_hz)

    def subcircuit(self, name: str = "lowpass") -> Subcircuit:
        """Ports ``inp``, ``out``."""
        part = Subcircuit(
            name,
            ("inp", "out"),
            f"Low-pass, {self.prototype.family} of order {self.prototype.order},"
            f" {self.cutoff_hz:.6g} Hz.",
        )
        part.instance("filter", self.cascade.subcircuit(self.opamp, f"{name}_filter"), ("inp", "e"))
        part.voltage("offset", "out", "e", self.offset_v)
        return part
