"""A low-pass as a cascade of sections: components, exact network, netlist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.filters.network import INPUT, OUTPUT, Amplifier, Branch, Network, System
from hgecircuit.parts.filters.opamp import IDEAL, OpAmp
from hgecircuit.parts.filters.sections import SectionKind, amplifier_of
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel


@dataclass(frozen=True)
class Section:
    """One section with its values.

    Attributes:
        kind: Topology.
        values: ``ra``, ``rb`` in ohm, ``c1``, ``c2`` in F, as the kind needs them.
    """

    kind: SectionKind
    values: Mapping[str, float]


@dataclass(frozen=True)
class Cascade:
    """Sections in the order of the signal; each op-amp drives the next section.

    Components are counted along the signal: R1, R2, ... and C1, C2, ...; so are the op-amps.

    Attributes:
        sections: From input to output.
    """

    sections: tuple[Section, ...]

    @property
    def gain(self) -> int:
        """Gain at 0 Hz: +1, or -1 for an odd number of inverting sections."""
        gain = 1
        for section in self.sections:
            gain *= section.kind.gain
        return gain

    @cached_property
    def networks(self) -> tuple[Network, ...]:
        """Each section as a network of its own, with the cascade's component names."""
        found, resistors, capacitors = [], 0, 0
        for index, section in enumerate(self.sections):
            nodes = self._nodes(index)
            kind = section.kind
            found.append(
                Network(
                    tuple(
                        Branch(f"R{resistors + k + 1}", nodes[part.a], nodes[part.b])
                        for k, part in enumerate(kind.resistors)
                    ),
                    tuple(
                        Branch(f"C{capacitors + k + 1}", nodes[part.a], nodes[part.b])
                        for k, part in enumerate(kind.capacitors)
                    ),
                    (amplifier_of(kind, f"U{index + 1}", nodes),),
                )
            )
            resistors += len(kind.resistors)
            capacitors += len(kind.capacitors)
        return tuple(found)

    @cached_property
    def network(self) -> Network:
        """The whole cascade as one network."""
        return Network(
            tuple(branch for network in self.networks for branch in network.resistors),
            tuple(branch for network in self.networks for branch in network.capacitors),
            tuple(amplifier for network in self.networks for amplifier in network.amplifiers),
        )

    @cached_property
    def values(self) -> dict[str, float]:
        """Value of every component in ohm or F, by name: all resistors, then all capacitors."""
        found: dict[str, float] = {}
        for section, network in zip(self.sections, self.networks, strict=True):
            kind = section.kind
            for branch, part in zip(network.resistors, kind.resistors, strict=True):
                found[branch.name] = section.values[part.name]
        for section, network in zip(self.sections, self.networks, strict=True):
            for branch, part in zip(network.capacitors, section.kind.capacitors, strict=True):
                found[branch.name] = section.values[part.name]
        return found

    def solve(self, opamp: OpAmp = IDEAL, values: Mapping[str, object] | None = None) -> System:
        """The exact network of the whole cascade, with other values (or batches) if given."""
        return self.network.solve(values or self.values, opamp)  # pyright: ignore[reportArgumentType]

    def solve_section(
        self, index: int, opamp: OpAmp = IDEAL, values: Mapping[str, object] | None = None
    ) -> System:
        """The exact network of one section, driven by a voltage source."""
        network = _standalone(self.networks[index], self._nodes(index))
        return network.solve(values or self.values, opamp)  # pyright: ignore[reportArgumentType]

    def subcircuit(
        self,
        opamp: OpAmp | OpAmpMacromodel | Sequence[OpAmpMacromodel] = IDEAL,
        name: str = "lowpass",
    ) -> Subcircuit:
        """Ports ``inp``, ``out``; with one op-amp for all sections, or one per section."""
        kinds = ", then ".join(section.kind.name for section in self.sections)
        part = Subcircuit(name, (INPUT, OUTPUT), f"Low-pass: {kinds}.")
        if isinstance(opamp, Sequence):
            amplifiers = [one.subcircuit(f"{name}_opamp{k}") for k, one in enumerate(opamp)]
        else:
            amplifiers = [opamp.subcircuit(f"{name}_opamp")] * len(self.sections)
        for network, amplifier in zip(self.networks, amplifiers, strict=True):
            for branch in network.resistors:
                part.resistor(branch.name[1:], branch.a, branch.b, self.values[branch.name])
            for branch in network.capacitors:
                farad = self.values[branch.name]
                part.capacitor(branch.name[1:], branch.a, branch.b, farad, initial_v=0.0)
            for one in network.amplifiers:
                part.instance(one.name.lower(), amplifier, (one.plus, one.minus, one.out))
        return part

    def _nodes(self, index: int) -> dict[str, str]:
        """The cascade's name of every local node of a section."""
        last = len(self.sections) - 1
        return {
            "in": INPUT if index == 0 else f"s{index}",
            "out": OUTPUT if index == last else f"s{index + 1}",
            GROUND: GROUND,
            **{local: f"{local}{index + 1}" for local in ("x", "y", "n")},
        }


def _standalone(network: Network, nodes: Mapping[str, str]) -> Network:
    """A section's network with its own input and output."""
    names = {nodes["in"]: INPUT, nodes["out"]: OUTPUT}

    def rename(node: str) -> str:
        return names.get(node, node)

    return Network(
        tuple(Branch(b.name, rename(b.a), rename(b.b)) for b in network.resistors),
        tuple(Branch(b.name, rename(b.a), rename(b.b)) for b in network.capacitors),
        tuple(
            Amplifier(a.name, rename(a.plus), rename(a.minus), rename(a.out))
            for a in network.amplifiers
        ),
    )
