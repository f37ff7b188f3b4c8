"""What is between the outputs and the input: the device, a resistor in its place, or a wire."""

from __future__ import annotations

from typing import final

import numpy as np

from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.formats import load_device
from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.run.rigs.config import RigSpec
from hgecircuit.run.rigs.virtual.bench import Bench
from hgecircuit.run.rigs.virtual.noise import RigNoise

# A wire has no pole; one so fast leaves exp(-2 pi 1e5) of a step after 0.1 ms.
_WIRE_HZ = 1e9


@final
class Resistor(DeviceModel):
    """A resistor from one electrode to the input of the current; the others are open.

    Args:
        electrodes: Number of electrodes.
        electrode: The one that drives the resistor.
        ohm: Its resistance.
        range_v: Largest voltage of either sign that the outputs can put out.
    """

    def __init__(self, electrodes: int, electrode: int, ohm: float, range_v: float = 10.0) -> None:
        self.name = "resistor"
        self.voltage_min_v = np.full(electrodes, -range_v)
        self.voltage_max_v = np.full(electrodes, range_v)
        self.current_range_a = 2 * range_v / ohm
        self.provenance = {"ohm": ohm, "electrode": electrode}
        self._electrode, self._ohm = electrode, ohm

    def current_a(self, voltages_v: np.ndarray) -> np.ndarray:
        """V / R of the one electrode, shape (...), at voltages of shape (..., M)."""
        return np.asarray(voltages_v, float)[..., self._electrode] / self._ohm

    def gradient_a_per_v(self, voltages_v: np.ndarray) -> np.ndarray:
        """1 / R for the one electrode and 0 for the others, shape (..., M)."""
        slopes = np.zeros(np.shape(voltages_v))
        slopes[..., self._electrode] = 1 / self._ohm
        return slopes

    def subcircuit(self) -> Subcircuit:
        """The resistor as SPICE: ports ``e0 .. e<M-1>``, then ``out``."""
        ports = [f"e{index}" for index in range(self.electrodes)]
        circuit = Subcircuit(self.name, [*ports, "out"], "a resistor in a device's place")
        for index, port in enumerate(ports):
            slope = 1 / self._ohm if index == self._electrode else 0.0
            circuit.vccs(port, GROUND, "out", port, GROUND, slope)
        return circuit


def make_bench(spec: RigSpec, outputs: np.ndarray) -> Bench:
    """The analog side of a rig file.

    Args:
        spec: The rig file.
        outputs: Index of each electrode's output among all outputs.

    Raises:
        InputError: The device model can't be used.
    """
    virtual = spec.virtual
    if virtual.wiring == "loopback":
        wire = Resistor(len(outputs), virtual.electrode, 1.0)
        return Bench(wire, outputs, volts_per_ampere=1.0, offset_v=0.0, bandwidth_hz=_WIRE_HZ)
    return Bench(
        device=Resistor(len(outputs), virtual.electrode, virtual.resistor_ohm)
        if virtual.wiring == "resistor"
        else _device(spec, len(outputs)),
        electrodes=outputs,
        volts_per_ampere=spec.volts_per_ampere,
        offset_v=virtual.offset_v,
        bandwidth_hz=virtual.bandwidth_hz,
        noise_a=None if virtual.noise is None else RigNoise(virtual.noise),
    )


def _device(spec: RigSpec, electrodes: int) -> DeviceModel:
    virtual = spec.virtual
    try:
        device = load_device(virtual.device, spec.folder)
    except InputError as error:
        raise InputError(
            error.problem,
            file=spec.source.file,
            key="virtual.device",
            value=virtual.device,
            expected=error.expected,
        ) from error
    if device.electrodes != electrodes:
        raise InputError(
            f"the device model has {device.electrodes} electrodes, the rig {electrodes}",
            file=spec.source.file,
            key="virtual.device",
            value=virtual.device,
            expected="a model with as many electrodes as electrodes.channels has entries",
        )
    return device
