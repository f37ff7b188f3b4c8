"""Which builder makes which design's learner: the one table of topologies."""

from __future__ import annotations

from hgecircuit.circuit.coherent import build_coherent
from hgecircuit.circuit.continuous import build_continuous
from hgecircuit.circuit.deck import Deck
from hgecircuit.circuit.stream import build_stream
from hgecircuit.design.design import CoherentDesign, Design, StreamDesign


def build_learner(design: Design) -> Deck:
    """The learner's deck."""
    if isinstance(design, CoherentDesign):
        return build_coherent(design)
    if isinstance(design, StreamDesign):
        return build_stream(design)
    return build_continuous(design)
