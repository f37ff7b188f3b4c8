"""A filter's netlist: the op-amp's and the filter's subcircuit, to be included anywhere."""

from __future__ import annotations

from hgecircuit.design.filters.design import FilterDesign
from hgecircuit.netlist import Circuit
from hgecircuit.units import format_quantity


def write_netlist(design: FilterDesign, name: str = "lowpass") -> str:
    """Both definitions as text; the same design gives the same bytes.

    Args:
        design: What to write.
        name: Name of the filter's subcircuit; its ports are ``inp`` and ``out``.
    """
    filter_part = design.cascade.subcircuit(design.analysis.opamp, name)
    bench = Circuit("filter")
    bench.instance("filter", filter_part, filter_part.ports)
    request = design.request
    opamp = "ideal op-amps" if design.chosen is None else f"op-amps: {design.chosen.part.name}"
    header = (
        f"* {request.family} low-pass of order {request.order}, cut-off"
        f" {format_quantity(design.prototype.cutoff_hz, 'Hz')}, {opamp}\n"
        f"* use: X1 in out {name}\n"
        "* capacitors start at 0 V when .tran has uic\n"
    )
    return header + "".join("*\n" + part.write() for part in bench.subcircuits())
