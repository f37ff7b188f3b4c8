"""Benches for single blocks of a design: each measures one part in ngspice by itself."""

from __future__ import annotations

from dataclasses import dataclass

from hgecircuit.circuit import blocks
from hgecircuit.circuit.deck import AcSweep, Deck, Transient
from hgecircuit.design.design import CoherentDesign, ContinuousDesign, Design
from hgecircuit.netlist import GROUND, Circuit

# Current that the converter's bench feeds, in A: of the device's usual size.
IV_TEST_CURRENT_A = 10e-9
# Drive of the integrators' benches, in V, so small that an accumulator stays far from 10 V.
INTEGRATOR_TEST_V = 1e-3
_CYCLES = 8


@dataclass(frozen=True)
class TransientBench:
    """Oscillators, converter and integrators side by side in one deck.

    Attributes:
        deck: Traces ``s<m>`` (carriers), ``y`` (converter), ``acc`` and ``w`` (integrators).
        ramp_s: First and last moment of the integrators' ramps.
    """

    deck: Deck
    ramp_s: tuple[float, float]


def build_transient_bench(design: Design) -> TransientBench:
    """Oscillator bank running free, converter and integrators at constant drive."""
    circuit = Circuit(f"Block bench: {design.title}")
    blocks.add_oscillators(circuit, design)
    circuit.observe(*(f"r{m}" for m in design.channels))
    circuit.comment("Converter at a constant current")
    circuit.current("test", GROUND, "iout", IV_TEST_CURRENT_A)
    circuit.instance("iv", design.iv.subcircuit(), ("iout", "y"))
    circuit.comment("Integrators at a constant voltage")
    circuit.voltage("drive", "drive", GROUND, INTEGRATOR_TEST_V)
    circuit.voltage("off", "off", GROUND, 0.0)
    circuit.voltage("on", "on", GROUND, 1.0)
    weight = design.weights[0].subcircuit("weight_0")
    circuit.instance("weight", weight, ("drive", "on", "w"))
    traces = {f"s{m}": f"s{m}" for m in design.channels} | {"y": "y", "w": "w"}
    if isinstance(design, CoherentDesign):
        accumulator = design.accumulators[0].subcircuit("accumulator_0")
        circuit.instance("acc", accumulator, ("drive", "off", "acc"))
        traces["acc"] = "acc"
    else:
        circuit.observe("off")
    lowest_hz = min(design.bank.frequencies_hz)
    stop_s = _CYCLES / lowest_hz
    analysis = Transient.of(design.simulation, stop_s)
    deck = Deck("blocks", circuit, traces, analysis)
    return TransientBench(deck, (0.1 * stop_s, 0.9 * stop_s))


def build_lowpass_bench(design: ContinuousDesign) -> Deck:
    """The low-pass from two decades below to two decades above its cut-off."""
    circuit = Circuit(f"Low-pass bench: {design.title}")
    circuit.voltage("drive", "drive", GROUND, "DC 0 AC 1")
    circuit.instance("lowpass", design.lowpass.subcircuit(), ("drive", "out"))
    cutoff_hz = design.lowpass.cutoff_hz
    return Deck("lowpass", circuit, {"out": "out"}, AcSweep(cutoff_hz / 100, cutoff_hz * 100, 20))
