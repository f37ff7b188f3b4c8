"""Blocks that the learners and their test benches share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hgecircuit.design.blocks import Part
from hgecircuit.design.design import CommonDesign, ContinuousDesign, GatedDesign
from hgecircuit.netlist import Circuit
from hgecircuit.parts.sequencer import Sequencer


def add_part(circuit: Circuit, name: str, part: Part, kind: str = "", **nodes: str) -> None:
    """Add a part; a port that ``nodes`` does not name goes to the node of its own name.

    Args:
        circuit: Where it is added.
        name: Name of the instance.
        part: The part.
        kind: Name of the subcircuit; that of the instance unless given.
        **nodes: Node by port.
    """
    subcircuit = part.subcircuit(kind or name)
    circuit.instance(name, subcircuit, [nodes.get(port, port) for port in subcircuit.ports])


def add_parts(
    circuit: Circuit,
    name: str,
    parts: Sequence[Part],
    kind: str,
    nodes_of: Callable[[int], dict[str, str]],
) -> None:
    """Add a family ``<name><n>``; parts with equal figures share a subcircuit.

    Args:
        circuit: Where they are added.
        name: First part of the instances' names.
        parts: The family.
        kind: Name of the subcircuit if all are equal, else the first part of the names.
        nodes_of: Node by port for part n.
    """
    alike = all(part == parts[0] for part in parts)
    for n, part in enumerate(parts):
        of_kind = kind if alike else f"{kind}_{parts.index(part)}"
        add_part(circuit, f"{name}{n}", part, of_kind, **nodes_of(n))


def add_sequencer(circuit: Circuit, design: CommonDesign, sequencer: Sequencer) -> None:
    """Add the sequencer; its signals become nodes of the same names."""
    circuit.comment("Pattern sequencer and gate timing")
    add_part(circuit, "sequencer", design.blocks.sequencer(sequencer))


def add_oscillators(circuit: Circuit, design: CommonDesign) -> None:
    """Add the oscillator bank: carriers ``s<m>``, references ``r<m>``."""
    circuit.comment("Oscillator bank")
    add_part(circuit, "oscillators", design.blocks.oscillators, "oscillator_bank")


def add_pattern_inputs(circuit: Circuit, design: CommonDesign) -> None:
    """Add the input electrodes' drivers: nodes ``v<electrode>`` from the selects ``p<k>``."""
    circuit.comment("Pattern levels of the input electrodes")
    pairs = zip(design.task.inputs, design.blocks.level_drivers, strict=True)
    for n, (electrode, driver) in enumerate(pairs):
        add_part(circuit, f"pattern{n}", driver, f"pattern_adder_{electrode}", e=f"v{electrode}")


def add_perturbation(circuit: Circuit, design: CommonDesign) -> None:
    """Add the perturbation adders: nodes ``v<electrode>`` from ``w<m>`` and ``s<m>``."""
    circuit.comment("Perturbation adders")
    controls = design.task.controls
    add_parts(
        circuit,
        "adder",
        design.blocks.adders,
        "perturbation_adder",
        lambda m: {"w": f"w{m}", "s": f"s{m}", "gate": "perturb", "e": f"v{controls[m]}"},
    )


def add_device(
    circuit: Circuit, design: CommonDesign, stop_s: float, *, noisy: bool = True
) -> None:
    """Add the device and the converter: from electrodes ``v<electrode>`` to the output ``y``."""
    circuit.comment("Device and current-to-voltage converter")
    nodes = [f"v{electrode}" for electrode in range(design.device.electrodes)]
    with circuit.stands_for(""):
        circuit.instance("device", design.device.subcircuit(), [*nodes, "iout"])
        if noisy and design.noise is not None:
            circuit.instance("noise", design.noise.sample(stop_s).subcircuit(), ("iout",))
    add_part(circuit, "iv", design.blocks.iv, "iv_converter", inp="iout", out="y")


def add_error_circuit(circuit: Circuit, design: CommonDesign, source: str, gate: str) -> None:
    """Add sample-and-holds ``y<k>`` of ``source`` and the readout: ``e<k>``, ``d``."""
    circuit.comment("Sample-and-holds of the outputs, one per pattern")
    add_parts(
        circuit,
        "hold",
        design.blocks.sample_holds,
        "sample_hold",
        lambda k: {"inp": source, "gate": f"strobe{k}", "out": f"y{k}"},
    )
    circuit.comment("Error circuit")
    add_part(circuit, "readout", design.blocks.readout, gate=gate)


def add_weights(circuit: Circuit, design: CommonDesign, source: str, gate: str) -> None:
    """Add the weight integrators ``w<m>``, fed by ``<source><m>`` while ``gate`` is open."""
    circuit.comment("Control voltages: gated integrators with clamps at the safe ranges")
    add_parts(
        circuit,
        "weight",
        design.blocks.weights,
        "weight",
        lambda m: {"inp": f"{source}{m}", "gate": gate, "w": f"w{m}"},
    )


def add_accumulating_lock_in(circuit: Circuit, design: GatedDesign) -> None:
    """Add the coherent lock-in: ``y``, ``yh``, ``d``, ``gate`` to accumulators ``acc<m>``."""
    circuit.comment("Error times AC signal, then one demodulator and accumulator per control")
    add_part(circuit, "mixer", design.blocks.mixer)
    _add_demodulators(circuit, design)
    add_parts(
        circuit,
        "acc",
        design.blocks.accumulators,
        "accumulator",
        lambda m: {"inp": f"x{m}", "out": f"acc{m}"},
    )


def add_filtering_lock_in(circuit: Circuit, design: ContinuousDesign) -> None:
    """Add the continuous lock-in: ``y``, gated by ``listen``, to filtered products ``g<m>``."""
    circuit.comment("AC coupling, and a switch that keeps a pattern's step from the demodulators")
    add_part(circuit, "coupling", design.blocks.coupling, "ac_coupling", inp="y", out="yac")
    add_part(
        circuit, "listen", design.blocks.listen, "gate_switch", inp="yac", gate="listen", out="q"
    )
    circuit.comment("Lock-in: one demodulator and low-pass per control")
    _add_demodulators(circuit, design)
    add_parts(
        circuit,
        "lowpass",
        design.blocks.lowpasses,
        "lowpass",
        lambda m: {"inp": f"x{m}", "out": f"g{m}"},
    )


def _add_demodulators(circuit: Circuit, design: CommonDesign) -> None:
    add_parts(
        circuit,
        "demod",
        design.blocks.demodulators,
        "multiplier",
        lambda m: {"x": "q", "y": f"r{m}", "out": f"x{m}"},
    )
