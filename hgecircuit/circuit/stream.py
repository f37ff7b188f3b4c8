"""The stream learner and its exam: many patterns from a memory, one sample-and-hold."""

from __future__ import annotations

import numpy as np

from hgecircuit.circuit import blocks
from hgecircuit.circuit.deck import Deck, Transient
from hgecircuit.circuit.exam import Exam, exam_slot_s
from hgecircuit.design.design import StreamDesign, Task
from hgecircuit.netlist import GROUND, Circuit
from hgecircuit.parts.pattern_memory import PatternMemory

# Where in its slot the exam reads a point.
_READ_SHARE = 0.85


def build_stream(design: StreamDesign) -> Deck:
    """Build the learner's deck.

    Each slot shows the next training point. Its output is held without perturbation (``yh``), the
    readout adapts to it, and then y - yh is multiplied by a e and by each reference and accumulated
    over exactly one gate (``acc<m>``). After a batch of slots, at the start of the next one, the
    limited step moves into the weights, and the accumulators are reset to a share of themselves: a
    step follows the gradient of many batches, which single points can't deflect.
    """
    circuit, timing = Circuit(design.title), design.timing
    stop_s = design.epochs * timing.epoch_s
    circuit.comment("Sequencers of a slot and of a batch")
    for name, sequencer in (
        ("slot", timing.slot_sequencer()),
        ("batch", timing.batch_sequencer()),
    ):
        part = sequencer.subcircuit(f"{name}_sequencer")
        circuit.instance(f"{name}_sequencer", part, list(sequencer.signals))
    circuit.comment("Training points and their targets, over and over")
    task = design.task
    levels_v = [*task.patterns_v.T.tolist(), task.targets.tolist()]
    memory = PatternMemory(levels_v, timing.slot_s, timing.edge_s)
    nodes = [*(f"v{electrode}" for electrode in task.inputs), "z"]
    circuit.instance("memory", memory.subcircuit(), nodes)
    blocks.add_oscillators(circuit, design)
    blocks.add_perturbation(circuit, design)
    blocks.add_device(circuit, design, stop_s)

    circuit.comment("Held output, running mean, gain servo, slope of the loss")
    hold = design.blocks.sample_holds[0]
    blocks.add_part(circuit, "hold", hold, "sample_hold", inp="y", gate="strobe", out="yh")
    blocks.add_part(circuit, "readout", design.blocks.readout, "stream_readout", y="yh")
    blocks.add_accumulating_lock_in(circuit, design)

    circuit.comment("The limited step; nothing ever latches it")
    nodes = [f"acc{m}" for m in design.channels]
    circuit.voltage("open", "open", GROUND, 1.0)
    steps = {f"a{m}": node for m, node in enumerate(nodes)}
    blocks.add_part(circuit, "step", design.blocks.step, **steps)
    blocks.add_weights(circuit, design, "acc", "move")

    weights = tuple(f"w{m}" for m in design.channels)
    names = [*weights, *nodes, "yh", "mean", "theta", "e"]
    analysis = Transient.of(design.simulation, stop_s)
    return Deck("learner", circuit, {name: name for name in names}, analysis, printed=weights)


def build_stream_exam(design: StreamDesign, task: Task, weights_v: np.ndarray, name: str) -> Exam:
    """Show every point of a task once to fixed control voltages, perturbation off.

    Args:
        design: The learner.
        task: Training or test points.
        weights_v: Control voltages, shape (C,), in V.
        name: Name of the deck.
    """
    slot_s, edge_s = exam_slot_s(design), design.timing.edge_s
    count = len(task.targets)
    circuit = Circuit(f"Exam: {design.title}")
    circuit.comment("Points, one after the other")
    memory = PatternMemory(task.patterns_v.T.tolist(), slot_s, edge_s, repeated=False)
    nodes = [f"v{electrode}" for electrode in task.inputs]
    circuit.instance("memory", memory.subcircuit(), nodes)
    circuit.comment("Control voltages as learnt, perturbation off")
    for m, electrode in enumerate(task.controls):
        circuit.voltage(f"w{m}", f"v{electrode}", GROUND, float(weights_v[m]))
    stop_s = count * slot_s
    blocks.add_device(circuit, design, stop_s, noisy=False)
    analysis = Transient(stop_s, slot_s / 20, design.simulation.reltol)
    # In the last quarter of a slot, settled, and no step of the solver reaches the next point.
    read_s = slot_s * (np.arange(count) + _READ_SHARE)
    return Exam(Deck(name, circuit, {"y": "y"}, analysis), read_s, 1 / design.iv.gain_ohm)
