"""A network device as a SPICE subcircuit that is cheap per time point.

Weighted sums are linear G sources into 1-ohm nodes and each neuron is one behavioural source:
ngspice differentiates a behavioural expression symbolically, so one expression with the whole sum
in it costs more than the square of its length (`benchmarks/device_cost.py` measures both).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.devices.activations import ACTIVATIONS
from hgecircuit.netlist import GROUND, Subcircuit, format_number

if TYPE_CHECKING:
    from hgecircuit.devices.network import NetworkDevice


def network_subcircuit(model: NetworkDevice) -> Subcircuit:
    """The network with ports ``e0 .. e<M-1>``, ``out``; zero weights get no element.

    Returns:
        A subcircuit whose electrodes draw no current and whose output current flows out of ``out``.
    """
    inputs = [f"e{index}" for index in range(model.electrodes)]
    circuit = Subcircuit(
        model.name.lower().replace("-", "_"),
        [*inputs, "out"],
        f"device {model.name}: network {model.electrodes}-"
        + "-".join(str(count) for count in model.hidden)
        + f"-1, {model.activation}; electrodes in V, current out of `out` in A",
    )
    weights, biases, activation = _as_emitted(model)
    nodes = inputs
    for layer in range(1, len(weights)):
        nodes = _hidden_layer(
            circuit, layer, nodes, weights[layer - 1], biases[layer - 1], activation
        )
    _output(circuit, model, nodes, weights[-1][0], float(biases[-1][0]))
    return circuit


def _as_emitted(
    model: NetworkDevice,
) -> tuple[list[np.ndarray], list[np.ndarray], str]:
    """Weights and biases; a sigmoid becomes the cheaper 0.5 + 0.5 tanh(a/2), folded in exactly."""
    weights, biases = list(model.weights), list(model.biases)
    if model.activation != "sigmoid":
        return weights, biases, model.activation
    for layer in range(len(weights) - 1):
        weights[layer], biases[layer] = 0.5 * weights[layer], 0.5 * biases[layer]
        following = weights[layer + 1]
        biases[layer + 1] = biases[layer + 1] + 0.5 * following.sum(axis=1)
        weights[layer + 1] = 0.5 * following
    return weights, biases, "tanh"


def _hidden_layer(
    circuit: Subcircuit,
    layer: int,
    inputs: list[str],
    weights: np.ndarray,
    biases: np.ndarray,
    activation: str,
) -> list[str]:
    outputs = []
    for neuron, (row, bias) in enumerate(zip(weights, biases, strict=True)):
        total, output = f"a{layer}_{neuron}", f"h{layer}_{neuron}"
        tag = f"{layer}_{neuron}"
        circuit.resistor(f"a{tag}", total, GROUND, 1.0)
        _sum_into(circuit, tag, total, inputs, row, float(bias))
        expression = ACTIVATIONS[activation].expression(total)
        circuit.behavioural_current(f"h{tag}", GROUND, output, expression)
        circuit.resistor(f"h{tag}", output, GROUND, 1.0)
        outputs.append(output)
    return outputs


def _sum_into(
    circuit: Subcircuit, tag: str, node: str, inputs: list[str], row: np.ndarray, bias: float
) -> None:
    for index, weight in enumerate(row):
        if weight != 0:
            circuit.vccs(f"{tag}_{index}", GROUND, node, inputs[index], GROUND, float(weight))
    if bias != 0:
        circuit.current(tag, GROUND, node, bias)


def _output(
    circuit: Subcircuit, model: NetworkDevice, inputs: list[str], row: np.ndarray, bias: float
) -> None:
    scale = model.current_scale_a
    if model.clip_a is None:
        _sum_into(circuit, "o", "out", inputs, row * scale, bias * scale + model.current_offset_a)
        return
    # the sum in units of the scale, so that its node's tolerance fits the current's
    circuit.resistor("o", "sum", GROUND, 1.0)
    _sum_into(circuit, "o", "sum", inputs, row, bias + model.current_offset_a / scale)
    low, high = (format_number(limit) for limit in model.clip_a)
    circuit.behavioural_current(
        "o", GROUND, "out", f"max(min({format_number(scale)}*v(sum),{high}),{low})"
    )
