"""Blocks that both learners and their test benches share."""

from __future__ import annotations

from hgecircuit.design.design import CommonDesign, ContinuousDesign, GatedDesign
from hgecircuit.netlist import GROUND, Circuit
from hgecircuit.parts.adders import PatternAdder, PerturbationAdder
from hgecircuit.parts.error_circuits import ErrorCircuit
from hgecircuit.parts.selector import Selector
from hgecircuit.parts.sequencer import Sequencer


def add_sequencer(circuit: Circuit, sequencer: Sequencer) -> None:
    """Add the sequencer; its signals become nodes of the same names."""
    circuit.comment("Pattern sequencer and gate timing")
    circuit.instance("sequencer", sequencer.subcircuit(), list(sequencer.signals))


def add_oscillators(circuit: Circuit, design: CommonDesign) -> None:
    """Add the oscillator bank: carriers ``s<m>``, references ``r<m>``."""
    circuit.comment("Oscillator bank")
    nodes = [f"s{m}" for m in design.channels] + [f"r{m}" for m in design.channels]
    circuit.instance("oscillators", design.bank.subcircuit(), nodes)


def add_pattern_inputs(circuit: Circuit, design: CommonDesign) -> None:
    """Add the input electrodes' drivers: nodes ``v<electrode>`` from the selects ``p<k>``."""
    circuit.comment("Pattern levels of the input electrodes")
    task = design.task
    for n, electrode in enumerate(task.inputs):
        bits = [int(bit) for bit in task.bits[:, n]]
        adder = PatternAdder(float(task.low_v[n]), float(task.high_v[n]), bits)
        ones = [f"p{k}" for k, bit in enumerate(bits) if bit]
        name = f"pattern_adder_{electrode}"
        circuit.instance(f"pattern{n}", adder.subcircuit(name), [*ones, f"v{electrode}"])


def add_perturbation(circuit: Circuit, design: CommonDesign, *, gated: bool) -> None:
    """Add the perturbation adders: nodes ``v<electrode>`` from ``w<m>`` and ``s<m>``."""
    circuit.comment("Perturbation adders")
    for m, electrode in enumerate(design.task.controls):
        adder = PerturbationAdder(design.amplitudes_v[m], gated)
        same = design.amplitudes_v.index(design.amplitudes_v[m])
        gate = ["perturb"] if gated else []
        circuit.instance(
            f"adder{m}",
            adder.subcircuit(f"perturbation_adder_{same}"),
            [f"w{m}", f"s{m}", *gate, f"v{electrode}"],
        )


def add_device(
    circuit: Circuit, design: CommonDesign, stop_s: float, *, noisy: bool = True
) -> None:
    """Add the device and the converter: from electrodes ``v<electrode>`` to the output ``y``."""
    circuit.comment("Device and current-to-voltage converter")
    nodes = [f"v{electrode}" for electrode in range(design.device.electrodes)]
    circuit.instance("device", design.device.subcircuit(), [*nodes, "iout"])
    if noisy and design.noise is not None:
        circuit.instance("noise", design.noise.sample(stop_s).subcircuit(), ("iout",))
    circuit.instance("iv", design.iv.subcircuit(), ("iout", "y"))


def add_error_circuit(circuit: Circuit, design: CommonDesign, source: str, gate: str) -> None:
    """Add sample-and-holds ``y<k>`` of ``source``, the readout, and the selected ``d``."""
    patterns = design.patterns
    circuit.comment("Sample-and-holds of the outputs, one per pattern")
    for k in patterns:
        cell = design.sample_hold.subcircuit()
        circuit.instance(f"hold{k}", cell, (source, f"strobe{k}", f"y{k}"))
    circuit.comment("Error circuit")
    if isinstance(design.readout, ErrorCircuit):
        ports = [f"{kind}{k}" for kind in "yep" for k in patterns]
        circuit.instance("readout", design.readout.subcircuit(), [*ports, gate, "d"])
        return
    ports = [f"{kind}{k}" for kind in "yed" for k in patterns]
    circuit.instance("readout", design.readout.subcircuit(), ports)
    add_selector(circuit, design, "error", "d", "d")


def add_selector(circuit: Circuit, design: CommonDesign, name: str, kind: str, out: str) -> None:
    """Add a multiplexer that passes ``<kind><k>`` of the selected pattern to ``out``."""
    patterns = design.patterns
    nodes = [f"p{k}" for k in patterns] + [f"{kind}{k}" for k in patterns] + [out]
    circuit.instance(f"select_{name}", Selector(len(patterns)).subcircuit(), nodes)


def add_weights(circuit: Circuit, design: CommonDesign, source: str, gate: str) -> None:
    """Add the weight integrators ``w<m>``, fed by ``<source><m>`` while ``gate`` is open."""
    circuit.comment("Control voltages: gated integrators with clamps at the safe ranges")
    for m, weight in enumerate(design.weights):
        circuit.instance(
            f"weight{m}", weight.subcircuit(f"weight_{m}"), (f"{source}{m}", gate, f"w{m}")
        )


def add_accumulating_lock_in(circuit: Circuit, design: GatedDesign) -> None:
    """Add the coherent lock-in: ``y``, ``yh``, ``d``, ``gate`` to accumulators ``acc<m>``."""
    circuit.comment("Error times AC signal, then one demodulator and accumulator per control")
    circuit.behavioural_voltage("weighted", "q", GROUND, "v(gate)*v(d)*(v(y)-v(yh))")
    for m, accumulator in enumerate(design.accumulators):
        circuit.instance(f"demod{m}", design.multiplier.subcircuit(), ("q", f"r{m}", f"x{m}"))
        part = accumulator.subcircuit(f"accumulator_{design.accumulators.index(accumulator)}")
        circuit.instance(f"acc{m}", part, (f"x{m}", "reset", f"acc{m}"))


def add_filtering_lock_in(circuit: Circuit, design: ContinuousDesign) -> None:
    """Add the continuous lock-in: ``y``, gated by ``listen``, to filtered products ``g<m>``."""
    circuit.comment("AC coupling, and a switch that keeps a pattern's step from the demodulators")
    circuit.instance("coupling", design.coupling.subcircuit(), ("y", "yac"))
    circuit.behavioural_voltage("listen", "q", GROUND, "v(listen)*v(yac)")
    circuit.comment("Lock-in: one demodulator and low-pass per control")
    lowpass = design.lowpass.subcircuit()
    for m in design.channels:
        circuit.instance(f"demod{m}", design.multiplier.subcircuit(), ("q", f"r{m}", f"x{m}"))
        circuit.instance(f"lowpass{m}", lowpass, (f"x{m}", f"g{m}"))
