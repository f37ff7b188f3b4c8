"""The device's sheet: the structure of its model, which is no circuit to build."""

from __future__ import annotations

from collections import Counter

from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.network import NetworkDevice
from hgecircuit.draw.block import full_name
from hgecircuit.draw.page import AREA, Page
from hgecircuit.draw.sheet import Text
from hgecircuit.draw.text import Box, text_width, wrap_text
from hgecircuit.netlist import Circuit, Element

_BOX = (4.6, 3.0)
_GAP = 2.4


def draw_device(device: DeviceModel, circuit: Circuit) -> Page:
    """Draw what the model of the device consists of."""
    element = next(one for one in circuit.elements if one.name == "device")
    assert element.part is not None
    page = Page(
        "device",
        f"Device model {device.name}",
        f"{full_name(element)}. Not a circuit to build: the netlist computes the device's current "
        "by this model; in hardware the device itself stands here.",
    )
    y = AREA.top - 1.0
    if isinstance(device, NetworkDevice):
        _draw_network(page, device, element, y)
        y -= _BOX[1] + 1.4
    counts = Counter(one.kind for one in element.part.elements)
    listed = ", ".join(f"{counts[kind]} {kind}" for kind in sorted(counts))
    lines = [
        f"In the netlist: subcircuit {element.part.name}, ports {' '.join(element.part.ports)}.",
        f"Its elements, which this sheet leaves out: {listed}.",
        f"Tied to: {' '.join(element.nodes)}.",
        "Electrodes draw no current; the output current flows out of the last port.",
    ]
    for number, (low, high) in enumerate(
        zip(device.voltage_min_v, device.voltage_max_v, strict=True)
    ):
        lines.append(f"Electrode e{number}: {low:.4g} V to {high:.4g} V")
    page.texts.append(Text(wrap_text("\n".join(lines), AREA.width), (AREA.left, y), "left", "top"))
    return page


def _draw_network(page: Page, device: NetworkDevice, element: Element, top: float) -> None:
    assert element.part is not None
    width, height = _BOX
    x, y = AREA.left + 3.0, top - height / 2
    inputs = element.part.ports[:-1]
    page.texts.append(Text(f"{inputs[0]} .. {inputs[-1]}", (x - 2.9, y), "left"))
    for n, weights in enumerate(device.weights):
        neurons, before = weights.shape
        last = n == len(device.weights) - 1
        page.arrows.append(((x - (1.2 if n == 0 else _GAP), y), (x, y)))
        caption = f"{before} lines"
        page.texts.append(Text(caption, (x - 1.0 if n == 0 else x - _GAP / 2, y + 0.3), "center"))
        page.rectangle(Box(x, y - height / 2, x + width, y + height / 2))
        law = "weighted sum" if last else f"{device.activation}(weighted sum)"
        lines = [
            "output neuron" if last else f"layer {n + 1}",
            f"{neurons} neuron{'s' * (neurons > 1)}",
            law,
            f"{neurons * before} weights, {neurons} biases",
        ]
        if last:
            lines.append(f"1 unit = {device.current_scale_a:.4g} A")
        text = "\n".join(lines)
        assert text_width(text) < width
        page.texts.append(Text(text, (x + width / 2, y), "center"))
        x += width + _GAP
    out = x - _GAP
    page.arrows.append(((out, y), (out + 1.2, y)))
    page.texts.append(Text(element.part.ports[-1], (out + 1.4, y), "left"))
