"""Deck to SPICE text for ngspice."""

from __future__ import annotations

from hgecircuit.circuit.deck import AcSweep, Deck, Transient
from hgecircuit.netlist import format_number

# Currents of a nanoelectronic device are nA; the default abstol of 1 pA would be 1e-3 of them.
_ABSTOL_A = 1e-15
_VNTOL_V = 1e-9
# Loops of op-amps on 15 V never agree to 1 nV: the solver then cuts its step to nothing. And the
# trapezoidal rule rings behind time constants far below the step, Gear's method does not.
_STIFF_ABSTOL_A, _STIFF_VNTOL_V = 1e-12, 1e-6
# With 50 the bounded step decides about the step length; a smaller value only adds points at edges.
_TRTOL = 50


def write_deck(deck: Deck) -> str:
    """The deck as text that plain ``ngspice -b`` runs; the same deck gives the same bytes."""
    circuit = deck.circuit
    # Without a .print line plain `ngspice -b` refuses to run; with `-r` it is ignored.
    kind = "ac" if isinstance(deck.analysis, AcSweep) else "tran"
    printed = " ".join(deck.vectors[name] for name in deck.printed or deck.traces)
    circuit.directives[:] = [*write_analysis(deck), f".print {kind} {printed}"]
    circuit.observe(*deck.traces.values())
    return circuit.write()


def write_analysis(deck: Deck) -> list[str]:
    """Options, analysis and what to save, as every dialect of SPICE has them."""
    vectors = " ".join(sorted(set(deck.vectors.values())))
    return [*_analysis(deck.analysis), f".save {vectors}"]


def _analysis(analysis: Transient | AcSweep) -> list[str]:
    """Options and analysis.

    The trapezoidal rule with a bounded step resolves the carriers; ``uic`` starts every capacitor
    at its stated voltage, so no operating point is searched.
    """
    stiff = isinstance(analysis, Transient) and analysis.stiff
    abstol_a, vntol_v = (_STIFF_ABSTOL_A, _STIFF_VNTOL_V) if stiff else (_ABSTOL_A, _VNTOL_V)
    tolerances = f"abstol={format_number(abstol_a)} vntol={format_number(vntol_v)}"
    if isinstance(analysis, AcSweep):
        span = f"{format_number(analysis.start_hz)} {format_number(analysis.stop_hz)}"
        return [f".options {tolerances}", f".ac dec {analysis.points_per_decade} {span}"]
    step, stop = format_number(analysis.max_step_s), format_number(analysis.stop_s)
    reltol = format_number(analysis.reltol)
    return [
        f".options method={'gear' if stiff else 'trap'} reltol={reltol} {tolerances} "
        f"trtol={_TRTOL}",
        f".tran {step} {stop} 0 {step} uic",
    ]
