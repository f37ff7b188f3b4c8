"""Gradient bench: the learner's own lock-in, its loop open, over given operating points."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hgecircuit.circuit import blocks
from hgecircuit.circuit.deck import Deck, Transient
from hgecircuit.design.design import (
    BENCH_ERROR_V,
    CoherentDesign,
    CommonDesign,
    ContinuousDesign,
    Design,
)
from hgecircuit.design.timing import GUARD_EDGES, SETTLE_SHARE
from hgecircuit.netlist import GROUND, Circuit, format_number
from hgecircuit.parts.sequencer import Sequencer, Window


@dataclass(frozen=True)
class GradientBench:
    """A deck that measures the gradient at every operating point, and how to read it.

    Attributes:
        deck: The simulation.
        traces: Lock-in output of every control.
        read_s: When to read them, shape (P,).
        zero_s: When to read the base that is subtracted, shape (P,); None when there is none.
        scale_a_per_v2: Factors from a reading in V to a derivative in A/V, shape (C,).
    """

    deck: Deck
    traces: tuple[str, ...]
    read_s: np.ndarray
    zero_s: np.ndarray | None
    scale_a_per_v2: np.ndarray


def build_bench(design: Design, points_v: np.ndarray) -> GradientBench:
    """Build the bench for operating points of shape (P, M), in V.

    The scale assumes nominal parts, so every imperfection shows in the gradient that is read.
    """
    if isinstance(design, CoherentDesign):
        return _build_coherent_bench(design, points_v)
    return _build_continuous_bench(design, points_v)


def halve_step(bench: GradientBench) -> GradientBench:
    """The same bench at half the time step, which shows the solver's own error."""
    analysis = bench.deck.analysis
    assert isinstance(analysis, Transient)
    finer = replace(analysis, max_step_s=analysis.max_step_s / 2)
    return replace(bench, deck=replace(bench.deck, name="gradient_half_step", analysis=finer))


def _build_coherent_bench(design: CoherentDesign, points_v: np.ndarray) -> GradientBench:
    """One slot per point: output held, gate, reset; two gates of opposite signs when chopped."""
    timing, edge_s = design.timing, design.timing.edge_s
    gradient_s, gates = timing.evaluation_s, 2 if timing.chopped else 1
    gradient_stops_s = gradient_s + (timing.blank_s + timing.gate_s) * np.arange(1, gates + 1)
    reset_s = float(gradient_stops_s[-1])
    slot_s = reset_s + timing.transfer_s
    gate_stops_s = gradient_stops_s - (GUARD_EDGES + 1) * edge_s
    signals = {
        "strobe": (Window(SETTLE_SHARE * gradient_s, gradient_s - GUARD_EDGES * edge_s),),
        "perturb": (Window(gradient_s, reset_s),),
        "gate": tuple(Window(stop_s - timing.gate_s, stop_s) for stop_s in gate_stops_s),
        "reset": (Window(reset_s + 2 * edge_s, slot_s - 2 * edge_s),),
    }
    if timing.chopped:
        signals["chop"] = (Window(float(gradient_stops_s[0]), reset_s),)
    delay_s = timing.delay_s
    stop_s = delay_s + len(points_v) * slot_s
    circuit = Circuit(f"Gradient bench: {design.title}")
    blocks.add_sequencer(circuit, design, Sequencer(signals, slot_s, edge_s, delay_s, {}))
    blocks.add_oscillators(circuit, design)
    _add_operating_points(circuit, design, points_v, delay_s + slot_s * np.arange(len(points_v)))
    blocks.add_perturbation(circuit, design)
    blocks.add_device(circuit, design, stop_s)
    hold = design.blocks.sample_holds[0]
    blocks.add_part(circuit, "hold", hold, "sample_hold", inp="y", gate="strobe", out="yh")
    circuit.voltage("error", "d", GROUND, BENCH_ERROR_V)
    blocks.add_accumulating_lock_in(circuit, design)
    starts_s = delay_s + slot_s * np.arange(len(points_v))
    tau_s = np.array([accumulator.tau_s for accumulator in design.accumulators])
    volts_per_signal = gates * timing.gate_s / tau_s / 2 * BENCH_ERROR_V * design.lock_in_gain
    names = tuple(f"acc{m}" for m in design.channels)
    return GradientBench(
        _deck(design, circuit, names, stop_s),
        names,
        starts_s + gate_stops_s[-1] + 2 * edge_s,
        starts_s + gate_stops_s[0] - timing.gate_s - edge_s,
        1 / (volts_per_signal * _signal_per_derivative(design)),
    )


def _build_continuous_bench(design: ContinuousDesign, points_v: np.ndarray) -> GradientBench:
    timing, edge_s, delay_s = design.timing, design.timing.edge_s, design.timing.delay_s
    ready_s = timing.blank_s + timing.settle_s
    slot_s = ready_s + GUARD_EDGES * edge_s
    signals = {"listen": (Window(timing.blank_s, ready_s + edge_s),)}
    stop_s = delay_s + len(points_v) * slot_s
    circuit = Circuit(f"Gradient bench: {design.title}")
    blocks.add_sequencer(circuit, design, Sequencer(signals, slot_s, edge_s, delay_s, {}))
    blocks.add_oscillators(circuit, design)
    starts_s = delay_s + slot_s * np.arange(len(points_v))
    _add_operating_points(circuit, design, points_v, starts_s)
    blocks.add_perturbation(circuit, design)
    blocks.add_device(circuit, design, stop_s)
    blocks.add_filtering_lock_in(circuit, design)
    names = tuple(f"g{m}" for m in design.channels)
    return GradientBench(
        _deck(design, circuit, names, stop_s),
        names,
        starts_s + ready_s,
        None,
        2 / _signal_per_derivative(design),
    )


def _signal_per_derivative(design: CommonDesign) -> np.ndarray:
    """Amplitude in V at the demodulators per derivative in A/V, shape (C,), with nominal parts."""
    return design.iv.gain_ohm * np.asarray(design.amplitudes_v) * design.chain_gain


def _add_operating_points(
    circuit: Circuit, design: CommonDesign, points_v: np.ndarray, starts_s: np.ndarray
) -> None:
    """Add staircase sources: ``w<m>`` for the controls, ``v<electrode>`` for the inputs."""
    circuit.comment("Operating points, one after the other")
    nodes = {electrode: f"w{m}" for m, electrode in enumerate(design.task.controls)}
    for electrode in range(design.device.electrodes):
        node = nodes.get(electrode, f"v{electrode}")
        levels_v = points_v[:, electrode]
        corners = [0.0, levels_v[0]]
        for start_s, before_v, level_v in zip(
            starts_s[1:], levels_v[:-1], levels_v[1:], strict=True
        ):
            corners += [start_s, before_v, start_s + design.timing.edge_s, level_v]
        text = " ".join(format_number(float(number)) for number in corners)
        circuit.voltage(f"point{electrode}", node, GROUND, f"PWL({text})")


def _deck(design: CommonDesign, circuit: Circuit, names: tuple[str, ...], stop_s: float) -> Deck:
    traces = {name: name for name in names}
    return Deck("gradient", circuit, traces, Transient.of(design.simulation, stop_s))
