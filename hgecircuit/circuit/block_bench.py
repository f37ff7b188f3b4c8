"""Benches for single blocks of a design: each measures one part in ngspice by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hgecircuit.circuit import blocks
from hgecircuit.circuit.deck import AcSweep, Deck, Transient
from hgecircuit.design.design import ContinuousDesign, Design, GatedDesign
from hgecircuit.netlist import GROUND, Circuit, format_number
from hgecircuit.parts.edited import edited_like
from hgecircuit.parts.integrators.gated import Accumulator, WeightIntegrator
from hgecircuit.record import Record

# Current that the converter's bench feeds, in A: of the device's usual size.
IV_TEST_CURRENT_A = 10e-9
# How far the integrators' benches ramp, in V, up and down again; weights from mid-range.
WEIGHT_RAMP_V = 0.05
ACCUMULATOR_RAMP_V = 1.0
_CYCLES = 8


@dataclass(frozen=True)
class Ramp:
    """One integrator's bench: constant drive up, the same drive down.

    Attributes:
        trace: Its output.
        part: The integrator.
        drive_v: Drive in the first half; its negative in the second.
        sign: Sign of the output's change at a positive drive.
    """

    trace: str
    part: Accumulator | WeightIntegrator
    drive_v: float
    sign: float


@dataclass(frozen=True)
class TransientBench:
    """Oscillators, converter and every integrator side by side in one deck.

    Attributes:
        deck: Traces ``s<m>`` (carriers), ``y`` (converter), and those of ``ramps``.
        ramps: The integrators.
    """

    deck: Deck
    ramps: tuple[Ramp, ...]

    def slopes(self, record: Record, ramp: Ramp) -> tuple[float, float]:
        """Slope of a ramp in V/s while it is driven up, and while it is driven down."""
        assert self.deck.stop_s is not None
        up, down = [
            record.at(ramp.trace, np.array(window) * self.deck.stop_s)
            for window in ((0.1, 0.4), (0.6, 0.9))
        ]
        span_s = 0.3 * self.deck.stop_s
        return float(up[1] - up[0]) / span_s, float(down[1] - down[0]) / span_s


def build_transient_bench(design: Design) -> TransientBench:
    """Oscillator bank running free, converter at a constant current, integrators ramped."""
    circuit = Circuit(f"Block bench: {design.title}")
    stop_s = _CYCLES / min(design.bank.frequencies_hz)
    blocks.add_oscillators(circuit, design)
    circuit.observe(*(f"r{m}" for m in design.channels))
    circuit.comment("Converter at a constant current")
    circuit.current("test", GROUND, "iout", IV_TEST_CURRENT_A)
    blocks.add_part(circuit, "iv", design.blocks.iv, "iv_converter", inp="iout", out="y")
    circuit.comment("Integrators, driven up and down")
    circuit.voltage("off", "off", GROUND, 0.0)
    circuit.voltage("on", "on", GROUND, 1.0)
    circuit.observe("off")
    ramps = _ramps(design, stop_s)
    built = {f"w{m}": part for m, part in enumerate(design.blocks.weights)}
    if isinstance(design, GatedDesign):
        built |= {f"acc{m}": part for m, part in enumerate(design.blocks.accumulators)}
    for ramp in ramps:
        half_s, edge_s = stop_s / 2, stop_s / 1000
        corners = (0.0, ramp.drive_v, half_s, ramp.drive_v, half_s + edge_s, -ramp.drive_v)
        text = " ".join(format_number(corner) for corner in corners)
        circuit.voltage(f"drive_{ramp.trace}", f"d{ramp.trace}", GROUND, f"PWL({text})")
        blocks.add_part(
            circuit,
            ramp.trace,
            edited_like(ramp.part, built[ramp.trace]),
            f"ramp_{ramp.trace}",
            inp=f"d{ramp.trace}",
            gate="on",
            reset="off",
            chop="off",
            w=ramp.trace,
            out=ramp.trace,
        )
    traces = {f"s{m}": f"s{m}" for m in design.channels} | {"y": "y"}
    traces |= {ramp.trace: ramp.trace for ramp in ramps}
    deck = Deck("blocks", circuit, traces, Transient.of(design.simulation, stop_s))
    return TransientBench(deck, ramps)


def _ramps(design: Design, stop_s: float) -> tuple[Ramp, ...]:
    ramps = []
    for m, weight in enumerate(design.weights):
        middle_v = (weight.minimum_v + weight.maximum_v) / 2
        reach_v = min(WEIGHT_RAMP_V, 0.2 * (weight.maximum_v - weight.minimum_v))
        drive_v = reach_v * weight.tau_s / (stop_s / 2)
        ramps.append(Ramp(f"w{m}", replace(weight, start_v=middle_v), drive_v, -1.0))
    if isinstance(design, GatedDesign):
        for m, accumulator in enumerate(design.accumulators):
            drive_v = ACCUMULATOR_RAMP_V * accumulator.tau_s / (stop_s / 2)
            ramps.append(Ramp(f"acc{m}", accumulator, drive_v, 1.0))
    return tuple(ramps)


def build_lowpass_bench(design: ContinuousDesign) -> Deck:
    """The low-pass from two decades below to two decades above its cut-off."""
    circuit = Circuit(f"Low-pass bench: {design.title}")
    circuit.voltage("drive", "drive", GROUND, "DC 0 AC 1")
    lowpass = edited_like(design.lowpass, design.blocks.lowpasses[0])
    circuit.instance("lowpass", lowpass.subcircuit("lowpass"), ("drive", "out"))
    cutoff_hz = design.lowpass.cutoff_hz
    return Deck("lowpass", circuit, {"out": "out"}, AcSweep(cutoff_hz / 100, cutoff_hz * 100, 20))
