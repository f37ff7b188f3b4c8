"""What every block of a learner is built of, at the fidelity that the circuit file asks for.

The design's values (gain, bandwidth, time constants) say what a block should do, and the error
model and the benches rely on them. The parts here are what does it: the same values as sources at
ideal and behavioural fidelity, op-amps, chips and resistors at component fidelity. Builders connect
parts by the names of their ports, so a part may have a port that another one of its kind lacks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hgecircuit.netlist import Subcircuit
from hgecircuit.parts.sequencer import Sequencer


class Part(Protocol):
    """Anything that writes itself as a subcircuit."""

    def subcircuit(self, name: str) -> Subcircuit:
        """The subcircuit under a name of its own."""
        ...


class Converter(Part, Protocol):
    """A current-to-voltage converter with its nominal figures."""

    @property
    def gain_ohm(self) -> float:
        """Transimpedance."""
        ...

    @property
    def bandwidth_hz(self) -> float:
        """Pole of the feedback network."""
        ...

    @property
    def offset_v(self) -> float:
        """Output without current."""
        ...

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """V/A, complex, at frequencies of any shape."""
        ...


@dataclass(frozen=True)
class CommonBlocks:
    """Blocks of every learner, with the ports that their builder connects.

    Attributes:
        sequencer: From the signals asked for to the part that gives them, one port each.
        oscillators: ``s<m>`` carriers, ``r<m>`` references.
        level_drivers: Per input electrode: ``p<k>`` of the patterns whose bit is 1, ``e``.
        adders: Per control: ``w``, ``s``, ``e``; ``gate`` where the perturbation is gated.
        iv: ``inp``, ``out``.
        sample_holds: Per pattern: ``inp``, ``gate``, ``out``.
        readout: ``y<k>``, ``e<k>``, ``p<k>``, ``gate``, ``d``.
        demodulators: Per control: ``x``, ``y``, ``out``.
        weights: Per control: ``inp``, ``gate``, ``w``.
    """

    sequencer: Callable[[Sequencer], Part]
    oscillators: Part
    level_drivers: tuple[Part, ...]
    adders: tuple[Part, ...]
    iv: Part
    sample_holds: tuple[Part, ...]
    readout: Part
    demodulators: tuple[Part, ...]
    weights: tuple[Part, ...]


@dataclass(frozen=True)
class GatedBlocks(CommonBlocks):
    """Blocks of the loops that accumulate over gates: the coherent one and the stream.

    In the stream one cell holds the output, no block drives levels, and the readout has the ports
    of its own class.

    Attributes:
        mixer: ``y``, ``yh``, ``d``, ``gate``, ``q`` = gate d (y - yh).
        accumulators: Per control: ``inp``, ``reset``, ``out``.
        step: ``a<m>``, ``transfer``, ``open``, ``move``: the limited step's gate.
    """

    mixer: Part
    accumulators: tuple[Part, ...]
    step: Part


@dataclass(frozen=True)
class CoherentBlocks(GatedBlocks):
    """Blocks of the coherent loop.

    Attributes:
        selector: ``p<k>``, ``x<k>``, ``out``: the held output of the pattern shown.
        latch: ``e<k>``, ``strobe``, ``open``.
    """

    selector: Part
    latch: Part


@dataclass(frozen=True)
class ContinuousBlocks(CommonBlocks):
    """Blocks of the continuous loop.

    Attributes:
        coupling: ``inp``, ``out``.
        listen: ``inp``, ``gate``, ``out``: keeps a pattern's step from the demodulators.
        lowpasses: Per control: ``inp``, ``out``.
        lowpass_y: That of the output: ``inp``, ``out``.
        products: Per control: ``x``, ``y``, ``out``: dE/dI times dI/dV.
    """

    coupling: Part
    listen: Part
    lowpasses: tuple[Part, ...]
    lowpass_y: Part
    products: tuple[Part, ...]
