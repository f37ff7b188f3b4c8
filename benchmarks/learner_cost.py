"""What the device costs inside a learner: time per point against resistors in its place."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import numpy as np

from hgecircuit.devices.base import DeviceModel
from hgecircuit.learner import Learner
from hgecircuit.netlist import Subcircuit
from hgecircuit.run.simulate import simulate_deck

RUNS = 3
EPOCHS = 20


class ResistorDevice(DeviceModel):
    """One resistor from every electrode to the output, of a usual conductance."""

    def __init__(self, like: DeviceModel, siemens: float = 2e-8) -> None:
        self.name = "resistors"
        self.voltage_min_v, self.voltage_max_v = like.voltage_min_v, like.voltage_max_v
        self.current_range_a = like.current_range_a
        self.provenance = {}
        self.siemens = siemens

    def current_a(self, voltages_v: np.ndarray) -> np.ndarray:
        """Sum of all resistors' currents."""
        return self.siemens * np.asarray(voltages_v).sum(axis=-1)

    def gradient_a_per_v(self, voltages_v: np.ndarray) -> np.ndarray:
        """The conductance, everywhere."""
        return np.full_like(np.asarray(voltages_v, dtype=float), self.siemens)

    def subcircuit(self) -> Subcircuit:
        """Resistors only."""
        ports = [f"e{electrode}" for electrode in range(self.electrodes)]
        part = Subcircuit("resistors", [*ports, "out"], "Resistors in the device's place.")
        for electrode, port in enumerate(ports):
            part.resistor(str(electrode), port, "out", 1 / self.siemens)
        return part


def main() -> None:
    """Print time per point of both learners with the device and with resistors."""
    print(f"learner cost: {EPOCHS} epochs, median of {RUNS} alternating runs")
    print(f"{'circuit':18}{'device us':>12}{'resistors us':>14}{'ratio':>8}")
    for circuit in ("xor", "xor_continuous"):
        learner = Learner.from_file(f"circuits/{circuit}.toml", overrides={"loop.epochs": EPOCHS})
        resistors = ResistorDevice(learner.device)
        design = dataclasses.replace(learner.design, device=resistors)
        plain = dataclasses.replace(learner, device=resistors, design=design)
        times = {learner.device.name: [], resistors.name: []}
        for _ in range(RUNS):
            for one in (learner, plain):
                times[one.device.name].append(_microseconds_per_point(one))
        device_us, resistors_us = (float(np.median(values)) for values in times.values())
        ratio = device_us / resistors_us
        print(f"{circuit:18}{device_us:12.1f}{resistors_us:14.1f}{ratio:8.2f}")


def _microseconds_per_point(learner: Learner) -> float:
    with tempfile.TemporaryDirectory() as folder:
        record = simulate_deck(learner.deck(), Path(folder), 600.0)
    return 1e6 * float(record.provenance["wall_s"]) / int(record.provenance["points"])


if __name__ == "__main__":
    main()
