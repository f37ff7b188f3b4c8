"""Small random networks and damaged files for the tests of the device layer."""

import io
import pickle
import struct
from itertools import pairwise

import numpy as np

from hgecircuit.devices.network import NetworkDevice

LOW_V, HIGH_V = -1.0, 0.5


def random_network(activation="tanh", hidden=(6, 5), electrodes=3, seed=0, **changes):
    generator = np.random.default_rng(seed)
    sizes = [electrodes, *hidden, 1]
    fields = {
        "name": "random",
        "weights": tuple(
            generator.normal(0, 1.5 * inputs**-0.5, (outputs, inputs))
            for inputs, outputs in pairwise(sizes)
        ),
        "biases": tuple(generator.uniform(-1, 1, outputs) for outputs in sizes[1:]),
        "activation": activation,
        "current_scale_a": 2e-8,
        "voltage_min_v": np.full(electrodes, LOW_V),
        "voltage_max_v": np.full(electrodes, HIGH_V),
    }
    return NetworkDevice(**{**fields, **changes})


def random_voltages(model, count=50, seed=1):
    generator = np.random.default_rng(seed)
    return generator.uniform(model.voltage_min_v, model.voltage_max_v, (count, model.electrodes))


def legacy_torch_bytes(pickled_object, storages=()):
    """The old torch layout around an object that is already pickled (protocol 2)."""
    out = io.BytesIO()
    for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
        pickle.dump(value, out, protocol=2)
    out.write(pickled_object)
    pickle.dump([key for key, _ in storages], out, protocol=2)
    for _, values in storages:
        data = np.asarray(values, "<f4")
        out.write(struct.pack("<q", data.size) + data.tobytes())
    return out.getvalue()
