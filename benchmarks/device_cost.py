"""Cost of a device in ngspice: the emitted subcircuit against one behavioural source per neuron.

Writes the same network twice, runs both over the same electrode voltages with the same time steps,
and prints time per point, their ratio and the largest difference of the output current. Run it with
``python benchmarks/device_cost.py [--model NAME_OR_PATH] [--json]``; it needs ngspice. Processor
time of ngspice is used, so that other work on the machine disturbs less.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hgecircuit.devices.activations import ACTIVATIONS
from hgecircuit.devices.formats import load_device
from hgecircuit.devices.network import NetworkDevice
from hgecircuit.netlist import GROUND, Circuit, Subcircuit, format_number
from hgecircuit.run.engines.ngspice import Ngspice

TARGET_RATIO = 20.0
TARGET_DIFFERENCE = 1e-6
_FREQUENCIES_HZ = (12, 13, 16, 21, 23, 29, 31)
_STEP_S = 5e-5
_ROUNDS = 3


@dataclass(frozen=True)
class Cost:
    """One way of writing the device, measured."""

    us_per_point: float
    current_a: np.ndarray


def naive_subcircuit(model: NetworkDevice) -> Subcircuit:
    """The network with the whole weighted sum inside each neuron's expression."""
    inputs = [f"e{index}" for index in range(model.electrodes)]
    circuit = Subcircuit("naive", [*inputs, "out"], f"{model.name}, one source per neuron")
    nodes = inputs
    for layer, (weights, biases) in enumerate(
        zip(model.weights[:-1], model.biases[:-1], strict=True)
    ):
        outputs = [f"h{layer}_{neuron}" for neuron in range(len(biases))]
        for node, row, bias in zip(outputs, weights, biases, strict=True):
            total = _sum(nodes, row, bias)
            expression = ACTIVATIONS[model.activation].expression("sum")
            circuit.behavioural_voltage(
                node, node, GROUND, expression.replace("v(sum)", f"({total})")
            )
        nodes = outputs
    scale = model.current_scale_a
    bias = model.biases[-1][0] * scale + model.current_offset_a
    circuit.behavioural_current(
        "out", GROUND, "out", _sum(nodes, model.weights[-1][0] * scale, bias)
    )
    return circuit


def _sum(nodes: list[str], weights: np.ndarray, bias: float) -> str:
    terms = [
        f"({format_number(weight)})*v({node})" for node, weight in zip(nodes, weights, strict=True)
    ]
    return "+".join([*terms, f"({format_number(bias)})"])


def write_deck(model: NetworkDevice, device: Subcircuit | None, points: int) -> str:
    """Sines on the electrodes; without a device, one resistor per electrode stands in for it."""
    circuit = Circuit(f"cost of {model.name}")
    low, high = model.voltage_min_v, model.voltage_max_v
    electrodes = [f"e{index}" for index in range(model.electrodes)]
    for index, node in enumerate(electrodes):
        middle, size = (low[index] + high[index]) / 2, 0.45 * (high[index] - low[index])
        frequency = _FREQUENCIES_HZ[index % len(_FREQUENCIES_HZ)]
        wave = f"SIN({format_number(middle)} {format_number(size)} {frequency})"
        circuit.voltage(node, node, GROUND, wave)
        if device is None:
            circuit.resistor(node, node, "out", 1e8)
    if device is not None:
        circuit.instance("device", device, [*electrodes, "out"])
    circuit.voltage("out", "out", GROUND, 0.0)
    step, stop = format_number(_STEP_S), format_number(_STEP_S * points)
    circuit.directive(".options reltol=1e-3 vntol=1e-9 abstol=1e-15 trtol=50")
    circuit.directive(f".tran {step} {stop} 0 {step} uic")
    circuit.directive(".save i(vout)")
    return circuit.write()


def measure(model: NetworkDevice, points: int, folder: Path) -> dict[str, Cost]:
    """Best of three rounds of every form; a round runs one after the other."""
    forms = {
        "resistors": (None, points),
        "emitted": (model.subcircuit(), points),
        # the slow form gets fewer points: the same steps from the same start
        "naive": (naive_subcircuit(model), max(points // 10, 200)),
    }
    engine, costs = Ngspice(), {}
    for _ in range(_ROUNDS):
        for name, (device, count) in forms.items():
            deck = write_deck(model, device, count)
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            record = engine.run(deck, folder, traces={"current": "i(vout)"}, name=name)
            seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
            us_per_point = seconds / len(record.time_s) * 1e6
            if name not in costs or us_per_point < costs[name].us_per_point:
                current = np.interp(np.arange(count) * _STEP_S, record.time_s, record["current"])
                costs[name] = Cost(us_per_point, current)
    return costs


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="rnpu-compact")
    parser.add_argument("--points", type=int, default=20_000, help="of the emitted form")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    model = load_device(arguments.model)
    with tempfile.TemporaryDirectory() as name:
        costs = measure(model, arguments.points, Path(name))
    naive, emitted = costs["naive"], costs["emitted"]
    count = len(naive.current_a)
    difference = np.abs(naive.current_a - emitted.current_a[:count]).max() / model.current_range_a
    ratio = naive.us_per_point / emitted.us_per_point
    result = {
        "model": model.name,
        "hidden": list(model.hidden),
        "us_per_point": {name: cost.us_per_point for name, cost in costs.items()},
        "ratio": ratio,
        "ratio_target": TARGET_RATIO,
        "difference_of_range": float(difference),
        "difference_target": TARGET_DIFFERENCE,
        "passed": bool(ratio >= TARGET_RATIO and difference <= TARGET_DIFFERENCE),
    }
    print(json.dumps(result) if arguments.json else _format(result))


def _format(result: dict) -> str:
    lines = [f"{result['model']}, hidden layers {result['hidden']}: time per point in ngspice"]
    lines += [f"  {name:10} {us:9.1f} us" for name, us in result["us_per_point"].items()]
    lines.append(f"  naive / emitted: {result['ratio']:.1f} (at least {result['ratio_target']:g})")
    lines.append(
        f"  largest difference: {result['difference_of_range']:.1e} of the range "
        f"(at most {result['difference_target']:g})"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
