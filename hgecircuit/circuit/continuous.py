"""The continuous learner, the paper's scheme taken literally: demodulate, low-pass, integrate."""

from __future__ import annotations

from hgecircuit.circuit import blocks
from hgecircuit.circuit.deck import Deck, Transient
from hgecircuit.design.design import ContinuousDesign
from hgecircuit.netlist import Circuit


def build_continuous(design: ContinuousDesign) -> Deck:
    """Build the learner's deck.

    The perturbation is always on. The output goes through one low-pass per control behind its
    demodulator (``g<m>``) and through one more by itself (``ylp``), which the sample-and-holds
    follow. When the low-passes have settled after a pattern switch, the weights integrate
    a e_k times the demodulated derivative.
    """
    circuit = Circuit(design.title)
    stop_s = design.timing.delay_s + design.epochs * design.timing.epoch_s
    blocks.add_sequencer(circuit, design, design.timing.sequencer())
    blocks.add_oscillators(circuit, design)
    blocks.add_pattern_inputs(circuit, design)
    blocks.add_perturbation(circuit, design)
    blocks.add_device(circuit, design, stop_s)

    blocks.add_filtering_lock_in(circuit, design)
    circuit.comment("Low-passed output for the error circuit")
    alike = design.blocks.lowpass_y == design.blocks.lowpasses[0]
    kind = "lowpass" if alike else "lowpass_y"
    blocks.add_part(circuit, "lowpass_y", design.blocks.lowpass_y, kind, inp="y", out="ylp")
    blocks.add_error_circuit(circuit, design, "ylp", "update")

    circuit.comment("dE/dI times dI/dV")
    alike = design.blocks.products == design.blocks.demodulators
    blocks.add_parts(
        circuit,
        "product",
        design.blocks.products,
        "multiplier" if alike else "product",
        lambda m: {"x": f"g{m}", "y": "d", "out": f"step{m}"},
    )
    blocks.add_weights(circuit, design, "step", "update")

    return Deck(
        "learner",
        circuit,
        {
            **{f"w{m}": f"w{m}" for m in design.channels},
            **{f"y{k}": f"y{k}" for k in design.patterns},
            **{f"e{k}": f"e{k}" for k in design.patterns},
            **{f"g{m}": f"g{m}" for m in design.channels},
            "y": "ylp",
        },
        Transient.of(design.simulation, stop_s),
        printed=tuple(f"w{m}" for m in design.channels),
    )
