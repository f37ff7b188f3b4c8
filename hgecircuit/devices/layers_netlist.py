"""A layered device as a SPICE subcircuit: its members' subcircuits and what lies between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hgecircuit.devices.layers_map import CLIPS, Connection, Place, electrode_range_v
from hgecircuit.netlist import GROUND, Subcircuit, format_number

if TYPE_CHECKING:
    from hgecircuit.devices.layers import LayeredDevice


def layered_subcircuit(model: LayeredDevice) -> Subcircuit:
    """The members, wired; ports ``e0 .. e<M-1>``, ``out``.

    A member's output current i flows through a 0 V source; per driven electrode H sources add the
    currents, in units of half the electrode's safe range from its middle, and one behavioural
    source clips that sum.

    Returns:
        A subcircuit whose electrodes draw no current and whose output current flows out of ``out``.
    """
    ports = [*(f"e{index}" for index in range(model.electrodes)), "out"]
    counts = "-".join(str(len(layer)) for layer in model.layers)
    circuit = Subcircuit(
        model.name.lower().replace("-", "_"),
        ports,
        f"device {model.name}: layers of {counts} devices; electrodes in V by (layer, device, "
        "electrode), current out of `out` in A",
    )
    last = model.members[-1]
    for member in model.members:
        tag = _tag(member.place)
        nodes = [f"v{tag}_{electrode}" for electrode in range(member.model.electrodes)]
        for port, electrode in zip(ports[member.part], member.free, strict=True):
            nodes[electrode] = port
        output = "out" if member is last else f"i{tag}"
        for connection in member.driven.values():
            _drive(circuit, connection, electrode_range_v(model.layers, connection.to))
        circuit.instance(tag, member.model.subcircuit(), [*nodes, output])
        if member is not last:
            circuit.voltage(f"i{tag}", output, GROUND, 0.0)
    return circuit


def _drive(circuit: Subcircuit, connection: Connection, range_v: tuple[float, float]) -> None:
    tag = _tag(connection.to)
    middle_v, half_v = (range_v[1] + range_v[0]) / 2, (range_v[1] - range_v[0]) / 2
    top = f"x{tag}"
    levels = [top, *(f"x{tag}_{index}" for index in range(len(connection.terms))), GROUND]
    for index, (source, weight) in enumerate(connection.terms):
        gain = connection.gain_ohm * weight / half_v
        plus, minus = levels[index], levels[index + 1]
        circuit.ccvs(f"{tag}_{index}", plus, minus, f"i{_tag(source)}", gain)
    circuit.voltage(f"x{tag}", levels[-2], GROUND, (connection.offset_v - middle_v) / half_v)
    clipped = CLIPS[connection.clip].function.expression(top)
    circuit.behavioural_voltage(
        f"v{tag}",
        f"v{tag}",
        GROUND,
        f"{format_number(middle_v)}+{format_number(half_v)}*({clipped})",
    )


def _tag(place: tuple[int, int, int] | Place) -> str:
    return "_".join(str(number) for number in place)
