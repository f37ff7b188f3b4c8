"""Circuit texts for the tests: one that is right, and ways to make it wrong."""

from __future__ import annotations

import numpy as np

from hgecircuit.spec import CircuitSpec

CIRCUIT = """\
format = 1
title = "XOR"

[task]
patterns = ["00", "01", "10", "11"]
targets = "0110"

[device]
model = "rnpu-compact"
inputs = [1, 4]
controls = [0, 2, 3, 5, 6]
logic_low = "-1.11 V"
logic_high = "0.51 V"

[perturbation]
amplitude = "20 mV"
plan = "quadrature"
lowest = "400 Hz"
spacing = "100 Hz"

[lock_in]
time = "10 ms"

[loop]
kind = "coherent"
learning_rate = 1.0
epochs = 60

[start]
seed = 3
"""
FILE = "circuits/xor.toml"


def changed(old: str, new: str) -> str:
    """The circuit with one piece of text exchanged, which must be there exactly once."""
    assert CIRCUIT.count(old) == 1, old
    return CIRCUIT.replace(old, new)


def read(text: str, file: str | None = FILE, **overrides: object) -> CircuitSpec:
    return CircuitSpec.from_text(
        text, file, overrides={key.replace("__", "."): value for key, value in overrides.items()}
    )


def explicit(frequencies: list[str], phases: list[str] | None = None) -> str:
    """The circuit with listed carriers."""
    lines = [f"frequencies = {frequencies}"] + ([f"phases = {phases}"] if phases else [])
    return changed(
        'plan = "quadrature"\nlowest = "400 Hz"\nspacing = "100 Hz"',
        'plan = "explicit"\n' + "\n".join(lines).replace("'", '"'),
    )


class SevenElectrodes:
    """What the checks need of a device model: its name and its safe ranges."""

    name = "test-device"
    voltage_min_v = np.array([-1.2, -1.2, -1.2, -1.2, -1.2, -0.7, -0.7])
    voltage_max_v = np.array([0.6, 0.6, 0.6, 0.6, 0.6, 0.3, 0.3])
    electrodes = 7
