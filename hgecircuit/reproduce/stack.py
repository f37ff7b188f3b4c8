"""Three devices in two layers, and the gate XOR through both."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from hgecircuit.devices.layers import LayeredDevice, two_layer
from hgecircuit.reproduce.rig import load
from hgecircuit.reproduce.seeds import seed_for
from hgecircuit.reproduce.trainings import homodyne, lock_in, pad_histories, record, rig
from hgecircuit.run.reference import (
    Descent,
    ExactGradient,
    GradientEstimator,
    HomodyneGradient,
    Task,
    train,
)
from hgecircuit.run.reference.tasks import Wiring, gate
from hgecircuit.run.reference.training import random_starts_v

#: The gate.
TABLE = "0110"
#: Electrodes of the last device that the first layer drives: the XOR inputs of a single device.
DRIVEN = (1, 4)
#: Electrode of each device of the first layer that carries one input, and its part of the range.
INPUT, SHARE = 6, (0.05, 0.95)
#: What may be trained: all electrodes by HGE or by exact gradients, or those of one layer alone by
#: exact gradients, the others staying where they start.
KINDS = ("hge", "exact", "first", "last")


@lru_cache
def three_devices() -> LayeredDevice:
    """Two devices side by side, each driving one electrode of a third; 19 electrodes are free."""
    device = load()
    return two_layer("three-devices", (device, device), device, DRIVEN)


def in_layer(layer: int) -> np.ndarray:
    """Which of the free electrodes are a layer's, shape (19,) of bool."""
    return np.array([place[0] == layer for place in three_devices().places])


def task() -> Task:
    """XOR, one input on each device of the first layer, so that only the last can join them."""
    device = three_devices()
    inputs = [device.places.index((0, number, INPUT)) for number in range(2)]
    return gate(TABLE, Wiring.on(device, inputs, SHARE))


def measure_gradients(points: int, seed: int) -> dict[str, np.ndarray]:
    """Derivatives by all 19 electrodes at random points in A/V, each of shape (points, 19).

    ``exact``; ``clean``: HGE without noise and converters; ``linear``: what the same lock-in would
    find on a linear device with the exact derivatives (settling and crosstalk, no curvature);
    ``measured``: HGE on the rig.

    Args:
        points: Number of operating points.
        seed: Of points and noise.
    """
    device = three_devices()
    setup = lock_in(device.electrodes)
    room_v = np.array(setup.amplitudes_v)
    generator = np.random.Generator(np.random.PCG64(seed_for(seed, "points")))
    low, high = device.voltage_min_v + room_v, device.voltage_max_v - room_v
    points_v = generator.uniform(low, high, (points, device.electrodes))
    everything = range(device.electrodes)
    clean, measured = (
        HomodyneGradient(setup, **on).measure(device, points_v, everything).gradient_a_per_v
        for on in ({}, rig(seed_for(seed, "noise"), points))
    )
    exact = device.gradient_a_per_v(points_v)
    linear = (exact * room_v) @ setup.coupling().T / room_v
    return {"exact": exact, "clean": clean, "linear": linear, "measured": measured}


def train_layers(kind: str, starts: int, iterations: int, seed: int) -> dict[str, np.ndarray]:
    """Train XOR from some starts.

    Args:
        kind: One of :data:`KINDS`.
        starts: Number of starts.
        iterations: At most.
        seed: Of starts, the same for all kinds, and noise.
    """
    device, whole = three_devices(), task()
    starts_v = random_starts_v(device, whole, starts, seed_for(seed, "starts"))
    descent = Descent(iterations=iterations)
    estimator: GradientEstimator = ExactGradient()
    if kind == "hge":
        measurements = starts * len(whole.targets) * iterations
        estimator = homodyne(len(whole.controls), seed_for(seed, "noise"), measurements)
    if kind in ("hge", "exact"):
        result = train(device, whole, estimator, starts_v, descent=descent)
        final_v, losses, stopped = result.final_voltages_v, result.losses, result.stopped
        iterations_made = result.iterations
    else:
        trained = in_layer(("first", "last").index(kind))[list(whole.controls)]
        parts = [_train_part(row_v, trained, descent) for row_v in starts_v]
        final_v, losses, stopped, iterations_made = (
            np.concatenate(part) for part in zip(*parts, strict=True)
        )
    made = record(device, whole, final_v, seed_for(seed, "recording"))
    return {
        "found": made.separated,
        "gap": made.gap_a,
        "stopped": stopped,
        "iterations": iterations_made,
        "losses": pad_histories(losses, iterations_made, iterations),
        "voltages": np.stack([starts_v, final_v], axis=1),
    }


def _train_part(
    start_v: np.ndarray, trained: np.ndarray, descent: Descent
) -> tuple[np.ndarray, ...]:
    """Train some controls of one start, the others held: voltages, losses, stopped, iterations."""
    whole = task()
    controls = np.array(whole.controls)
    held_v = zip(controls[~trained].tolist(), start_v[~trained].tolist(), strict=True)
    wiring = Wiring(
        whole.inputs, whole.made["spans_v"], tuple(controls[trained].tolist()), tuple(held_v)
    )
    result = train(
        three_devices(),
        gate(TABLE, wiring),
        ExactGradient(),
        start_v[None, trained],
        descent=descent,
    )
    final_v = start_v.copy()
    final_v[trained] = result.final_voltages_v[0]
    losses = pad_histories(result.losses, result.iterations, descent.iterations)
    return final_v[None], losses, result.stopped, result.iterations
