"""Bench of the oscillators by themselves: from power-on until they can be recorded."""

from __future__ import annotations

from hgecircuit.circuit.blocks import add_oscillators
from hgecircuit.circuit.deck import Deck, Transient
from hgecircuit.design.design import CommonDesign
from hgecircuit.netlist import GROUND, Circuit
from hgecircuit.parts.oscillators import RecordedBank
from hgecircuit.parts.oscillators.bench import STEPS_PER_CYCLE
from hgecircuit.record import Record

# Cycles of the slowest carrier that are recorded once all have started, and start-up times that are
# waited for: the first is to 1 % of the amplitude, each further one divides what is left by 100.
_RECORDED_CYCLES = 40
# Of oscillators that a stray joins: whether one slips past another shows over its distance only.
_SLIPS = 6
_STARTUPS = 3
# Input resistance of a multiplier, at every output.
_LOAD_OHM = 10e6


def build_oscillator_bench(design: CommonDesign) -> Deck:
    """The bank with its outputs loaded; traces ``s<m>`` and ``r<m>``."""
    bank = design.bank
    circuit = Circuit(f"Oscillator bench: {design.title}")
    add_oscillators(circuit, design)
    circuit.comment("Loads")
    for port in bank.ports:
        circuit.resistor(port, port, GROUND, _LOAD_OHM)
    step_s = 1 / (STEPS_PER_CYCLE * max(bank.frequencies_hz))
    recorded_s = [_RECORDED_CYCLES / min(bank.frequencies_hz)]
    recorded_s += [_SLIPS / abs(pull.apart_hz) for pull in bank.pulls]
    stop_s = started_s(design) + max(recorded_s)
    traces = {port: port for port in bank.ports}
    return Deck("oscillators", circuit, traces, Transient(stop_s, step_s, 1e-4))


def replay_oscillators(design: CommonDesign, record: Record) -> RecordedBank:
    """Sources that replay the bench's record."""
    return RecordedBank.of(design.bank, record.time_s, record.traces, started_s(design))


def started_s(design: CommonDesign) -> float:
    """When every oscillator of the bench has started."""
    return _STARTUPS * design.bank.startup_s
