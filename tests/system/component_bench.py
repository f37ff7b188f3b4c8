"""A bench for one component in ngspice."""

from pathlib import Path

from hgecircuit.netlist import GROUND, Circuit, Subcircuit
from hgecircuit.record import Record
from hgecircuit.run.engines.ngspice import Ngspice

# Below fA and nV, so that ngspice's own tolerance is none of the errors judged here.
OPTIONS = ".options reltol=1e-6 abstol=1e-18 vntol=1e-12 gmin=1e-15"
RELTOL = 1e-5  # what ten of its steps at reltol can add up to
# As a learner runs: see hgecircuit/emit/deck.py.
LEARNER_OPTIONS = ".options method=gear reltol=1e-3 abstol=1e-15 vntol=1e-9 trtol=50"


def measure(
    folder: Path,
    analysis: str,
    part: Subcircuit,
    nodes: tuple[str, ...],
    sources: dict[str, float | str],
    resistors: dict[tuple[str, str], float] | None = None,
    capacitors: dict[tuple[str, str], float] | None = None,
    currents: tuple[str, ...] = (),
    options: str = OPTIONS,
) -> Record:
    """One part with sources from nodes to ground; traces by node name, or ``i_<source>``."""
    circuit = Circuit(f"bench of {part.name}")
    for node, value in sources.items():
        circuit.voltage(node, node, GROUND, value)
    for n, ((plus, minus), ohm) in enumerate((resistors or {}).items()):
        circuit.resistor(str(n), plus, minus, ohm)
    for n, ((plus, minus), farad) in enumerate((capacitors or {}).items()):
        circuit.capacitor(str(n), plus, minus, farad)
    circuit.instance("part", part, nodes)
    observed = sorted(circuit.nodes)
    circuit.observe(*observed)
    traces = {node: f"v({node})" for node in observed}
    traces |= {f"i_{source}": f"i(v{source})" for source in currents}
    for text in (options, analysis, ".save " + " ".join(traces.values())):
        circuit.directive(text)
    return Ngspice().run(circuit.write(), folder, traces=traces, max_abs=1e9)
