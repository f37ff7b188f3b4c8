"""The coherent learner: sample, accumulate over whole carrier periods, limited transfer, latch."""

from __future__ import annotations

from hgecircuit.circuit import blocks
from hgecircuit.circuit.deck import Deck, Transient
from hgecircuit.design.design import CoherentDesign
from hgecircuit.netlist import GROUND, Circuit


def build_coherent(design: CoherentDesign) -> Deck:
    """Build the learner's deck.

    In an epoch every pattern's output is held once without perturbation (``y<k>``); then, pattern
    by pattern, y - y<k> is multiplied by a e_k and by each reference and accumulated over exactly
    one gate (``acc<m>``); then the limited step moves into the weights and the accumulators are
    reset.
    Subtracting the held output removes the DC, so no coupling capacitor has to settle.
    """
    circuit = Circuit(design.title)
    stop_s = design.timing.delay_s + design.epochs * design.timing.epoch_s
    blocks.add_sequencer(circuit, design.timing.sequencer())
    blocks.add_oscillators(circuit, design)
    blocks.add_pattern_inputs(circuit, design)
    blocks.add_perturbation(circuit, design, gated=True)
    blocks.add_device(circuit, design, stop_s)
    blocks.add_error_circuit(circuit, design, "y", "gate")
    blocks.add_selector(circuit, design, "held", "y", "yh")

    blocks.add_accumulating_lock_in(circuit, design)

    circuit.comment("Step limiter, latch and transfer")
    nodes = [f"acc{m}" for m in design.channels]
    circuit.instance("limiter", design.limiter.subcircuit(), [*nodes, "scale"])
    errors = [f"e{k}" for k in design.patterns]
    circuit.instance("latch", design.latch.subcircuit(), [*errors, "decide", "open"])
    circuit.behavioural_voltage("transfer", "move", GROUND, "v(transfer)*v(open)*v(scale)")
    blocks.add_weights(circuit, design, "acc", "move")

    return Deck(
        "learner",
        circuit,
        {
            **{f"w{m}": f"w{m}" for m in design.channels},
            **{f"y{k}": f"y{k}" for k in design.patterns},
            **{f"e{k}": f"e{k}" for k in design.patterns},
            **{f"acc{m}": f"acc{m}" for m in design.channels},
            "y": "y",
            "scale": "scale",
            "open": "open",
        },
        Transient.of(design.simulation, stop_s),
        printed=tuple(f"w{m}" for m in design.channels),
    )
