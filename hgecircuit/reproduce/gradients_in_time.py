"""Errors of gradients found within one measurement time, over noise and number of electrodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.reproduce.rig import load
from hgecircuit.reproduce.rivals import METHODS, equal_time
from hgecircuit.reproduce.seeds import seed_for
from hgecircuit.reproduce.stack import three_devices
from hgecircuit.reproduce.trainings import rig
from hgecircuit.reproduce.workshop import Workshop

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel

#: Methods that are compared; alone, a direction per pattern is plain SPSA.
COMPARED = tuple(name for name in METHODS if name != "spsa_own")
#: Amplitudes or steps; each method takes its best one at every point.
STEPS_V = (8e-3, 25e-3, 80e-3)
#: Noise densities, as multiples of the device's.
FACTORS = (1e-2, 1e-1, 1.0, 1e1, 1e2)
#: Electrodes by which to differentiate: on one device, and 19 on two that drive a third.
COUNTS = (1, 2, 4, 7, 19)
#: Electrodes while the noise varies: those of a gate's controls.
USUAL_COUNT = 5
# Distance of the operating points to the ends of the safe ranges: the largest step.
_MARGIN_V = STEPS_V[-1]


def measure_errors(count: int, factor: float, points: int, seed: int) -> dict[str, np.ndarray]:
    """Relative errors of all methods with all steps, shape (methods, steps).

    The root of the sum over all points of |found - exact|^2 over that of |exact|^2.

    Args:
        count: Number of electrodes.
        factor: Noise density over the device's.
        points: Number of random operating points.
        seed: Of points and noise.
    """
    device = _device(count)
    generator = np.random.Generator(np.random.PCG64(seed_for(seed, "points")))
    low, high = device.voltage_min_v + _MARGIN_V, device.voltage_max_v - _MARGIN_V
    points_v = generator.uniform(low, high, (points, device.electrodes))
    # no order of the electrodes is favoured
    electrodes = generator.permutation(device.electrodes)[:count].tolist()
    exact = device.gradient_a_per_v(points_v)[:, electrodes]
    errors = np.empty((len(COMPARED), len(STEPS_V)))
    for row, method in zip(errors, COMPARED, strict=True):
        for number, step_v in enumerate(STEPS_V):
            on = rig(seed_for(seed, method, step_v), points, factor=factor)
            estimator = equal_time(method, count, step_v, on)
            found = estimator.measure(device, points_v, electrodes).gradient_a_per_v
            row[number] = np.linalg.norm(found - exact) / np.linalg.norm(exact)
    return {"errors": errors}


def run_errors(workshop: Workshop, points: int) -> tuple[np.ndarray, np.ndarray]:
    """Errors over noise and over electrodes, shapes (factors or counts, methods, steps)."""
    settings = [(USUAL_COUNT, factor) for factor in FACTORS] + [(count, 1.0) for count in COUNTS]
    jobs = [
        {
            "count": count,
            "factor": factor,
            "points": points,
            "seed": seed_for(workshop.seed, "spsa", "gradient"),
        }
        for count, factor in settings
    ]
    errors = np.array([one["errors"] for one in workshop.run("gradients", measure_errors, jobs)])
    return errors[: len(FACTORS)], errors[len(FACTORS) :]


def _device(count: int) -> DeviceModel:
    device = load()
    if count <= device.electrodes:
        return device
    return three_devices()
