"""Deck to SPICE text for ngspice."""

from __future__ import annotations

from hgecircuit.circuit.deck import Deck
from hgecircuit.netlist import format_number


def write_deck(deck: Deck) -> str:
    """The deck as text that plain ``ngspice -b`` runs; the same deck gives the same bytes.

    The trapezoidal rule with a bounded step resolves the carriers; ``uic`` starts every capacitor
    at its stated voltage, so no operating point is searched.
    """
    circuit = deck.circuit
    step, stop = format_number(deck.max_step_s), format_number(deck.stop_s)
    circuit.directives[:] = [
        f".options method=trap reltol={format_number(deck.reltol)} abstol=1e-15 vntol=1e-9"
        " trtol=50",
        f".tran {step} {stop} 0 {step} uic",
        ".save " + " ".join(sorted({f"v({node})" for node in deck.traces.values()})),
    ]
    return circuit.write()
