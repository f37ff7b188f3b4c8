"""The bench of an oscillator bank: its ports, each with a load, from power-on to a stop time."""

from __future__ import annotations

import math

from hgecircuit.netlist import GROUND, Circuit, format_number
from hgecircuit.parts.oscillators.base import Bank

# Steps per cycle of the fastest carrier. The trapezoidal rule slows a loop of integrators by
# (w h)^2 / 12 of its frequency, 3e-5 at this step.
STEPS_PER_CYCLE = 320


def solver_slowing(frequency_hz: float, step_s: float) -> float:
    """Share by which the trapezoidal rule lowers a free oscillator's frequency.

    It replaces s by (2/h) tanh(s h / 2), so that tan(w h / 2) = w_0 h / 2.
    """
    return (2 * math.pi * frequency_hz * step_s) ** 2 / 12


def build_bench(
    bank: Bank, stop_s: float, step_s: float | None = None, load_ohm: float = 10e6
) -> Circuit:
    """A deck that runs a bank by itself and saves every port.

    Args:
        bank: The bank.
        stop_s: End.
        step_s: Largest time step; ``STEPS_PER_CYCLE`` for the fastest carrier without it.
        load_ohm: From every port to ground: a multiplier's input resistance unless given.
    """
    step_s = step_s or 1 / (STEPS_PER_CYCLE * max(bank.frequencies_hz))
    circuit = Circuit("Bench of an oscillator bank")
    circuit.instance("bank", bank.subcircuit(), bank.ports)
    for port in bank.ports:
        circuit.resistor(port, port, GROUND, load_ohm)
    circuit.observe(*bank.ports)
    step, stop = format_number(step_s), format_number(stop_s)
    circuit.directive(".options method=trap reltol=1e-4 abstol=1e-15 vntol=1e-9 trtol=50")
    circuit.directive(f".tran {step} {stop} 0 {step} uic")
    circuit.directive(".save " + " ".join(f"v({port})" for port in bank.ports))
    return circuit
