"""Exam: the patterns shown once to fixed control voltages, perturbation off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.circuit import blocks
from hgecircuit.circuit.deck import Deck, Transient
from hgecircuit.design.design import CommonDesign, Design
from hgecircuit.netlist import GROUND, Circuit
from hgecircuit.parts.sequencer import Sequencer, Window
from hgecircuit.record import Record

# Converter time constants for which a pattern is shown before it is read: exp(-50) is left.
_SETTLE_TIME_CONSTANTS = 50


@dataclass(frozen=True)
class Exam:
    """A deck that reads the truth table.

    Attributes:
        deck: The simulation, with the output as trace ``y``.
        read_s: When to read each pattern, shape (K,).
        amperes_per_volt: Factor from a reading to the output current.
    """

    deck: Deck
    read_s: np.ndarray
    amperes_per_volt: float

    def read_a(self, record: Record) -> np.ndarray:
        """Outputs of every pattern, shape (K,), in A, from the exam's record."""
        return record.at("y", self.read_s) * self.amperes_per_volt


def exam_slot_s(design: CommonDesign) -> float:
    """Time for which a pattern is shown, in s."""
    slot_s = 20 * design.timing.edge_s
    if np.isfinite(design.iv.bandwidth_hz):
        slot_s += _SETTLE_TIME_CONSTANTS / (2 * np.pi * design.iv.bandwidth_hz)
    # On a grid that a sequencer's clock can have.
    edge_s = design.timing.edge_s
    return float(np.ceil(slot_s / edge_s) * edge_s)


def build_exam(design: Design, weights_v: np.ndarray) -> Exam:
    """Build the exam for control voltages of shape (C,), in V."""
    edge_s, slot_s = design.timing.edge_s, exam_slot_s(design)
    count = len(design.patterns)
    period_s = (count + 1) * slot_s
    windows = {f"p{k}": (Window(k * slot_s, (k + 1) * slot_s),) for k in design.patterns}
    sequencer = Sequencer(windows, period_s, edge_s, 2 * edge_s, {})
    circuit = Circuit(f"Exam: {design.title}")
    blocks.add_sequencer(circuit, design, sequencer)
    circuit.observe(*windows)
    blocks.add_pattern_inputs(circuit, design)
    circuit.comment("Control voltages as learnt, perturbation off")
    for m, electrode in enumerate(design.task.controls):
        circuit.voltage(f"w{m}", f"v{electrode}", GROUND, float(weights_v[m]))
    blocks.add_device(circuit, design, period_s, noisy=False)
    read_s = 2 * edge_s + slot_s * (np.arange(count) + 1) - edge_s
    settings = design.simulation
    analysis = Transient(period_s, slot_s / 20, settings.reltol, settings.stiff)
    return Exam(Deck("exam", circuit, {"y": "y"}, analysis), read_s, 1 / design.iv.gain_ohm)
