"""A virtual chassis in this process, with a device model of the caller's choice on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.run.rigs.config import RigSpec
from hgecircuit.run.rigs.products import MODULES
from hgecircuit.run.rigs.resistor import resistor_model

if TYPE_CHECKING:
    from hgecircuit.run.rigs.virtual.server import RigServer

_OUTPUTS, _INPUTS = "NI 9264", "NI 9202"
# Share of the input's range that the device's whole current range may take, so that noise and
# what the device does between two points don't clip.
_SHARE = 0.5
# Density of the device's noise in Boon 2025, Fig. 2c, where the circuit states none.
_PAPER = NoiseSpec(flicker_a2_per_hz=1e-23, frequency_hz=1e3, exponent=1.5)


def virtual_spec(device: DeviceModel, noise: NoiseSpec | None = None, port: int = 31763) -> RigSpec:
    """A rig like that of Boon 2025 for any device: enough output modules, one input module.

    Args:
        device: The device; its safe ranges are the electrodes' limits.
        noise: Its noise; the paper's unless given.
        port: Where it is served.
    """
    per_module = MODULES[_OUTPUTS].channels
    count = -(-device.electrodes // per_module)
    modules = [
        {"slot": n + 1, "name": f"cDAQ1Mod{n + 1}", "product": _OUTPUTS} for n in range(count)
    ]
    inputs = f"cDAQ1Mod{count + 1}"
    modules.append({"slot": count + 1, "name": inputs, "product": _INPUTS})
    gain_ohm = _SHARE * MODULES[_INPUTS].range_v / device.current_range_a
    noise = noise or _PAPER
    tables: dict[str, Any] = {
        "title": "virtual chassis",
        "connection.port": port,
        "chassis": {"name": "cDAQ1", "product": "cDAQ-9178" if count < 8 else "cDAQ-9179"},
        "modules": modules,
        "electrodes": {
            "channels": [
                f"cDAQ1Mod{n // per_module + 1}/ao{n % per_module}"
                for n in range(device.electrodes)
            ],
            "min": [f"{min(0.0, value):.9g} V" for value in device.voltage_min_v],
            "max": [f"{max(0.0, value):.9g} V" for value in device.voltage_max_v],
        },
        "current": {"channel": f"{inputs}/ai0", "gain": f"{gain_ohm:.3g} ohm"},
        "virtual.noise": {
            "white": f"{noise.white_a2_per_hz:.9g} A^2/Hz",
            "flicker": f"{noise.flicker_a2_per_hz:.9g} A^2/Hz",
            "flicker_at": f"{noise.frequency_hz:.9g} Hz",
            "flicker_exponent": noise.exponent,
            "seed": noise.seed,
        },
    }
    return RigSpec.from_text("", overrides=tables)


@contextmanager
def serve_virtual(
    device: DeviceModel, noise: NoiseSpec | None = None
) -> Iterator[tuple[RigServer, RigSpec]]:
    """Serve a virtual chassis with a device on it, on any free port of this computer.

    Args:
        device: What its electrodes lead to.
        noise: The device's noise; the paper's unless given.

    Yields:
        The server, and the rig file that leads to it.
    """
    from hgecircuit.run.rigs.virtual.server import RigServer

    with RigServer(virtual_spec(device, noise)) as server:
        _put(server, device)
        yield server, virtual_spec(device, noise, server.port)


@contextmanager
def swap_resistor(server: RigServer, spec: RigSpec) -> Iterator[float]:
    """A resistor in the device's place for as long as the block lasts; yields its resistance."""
    device = server.rig.bench.device
    low, high = np.array(spec.electrodes.min_v), np.array(spec.electrodes.max_v)
    # the current of the sines' peak, 0.2 V, is then a tenth of the input's range
    resistor_ohm = float(f"{0.2 * 10 * spec.current.gain_ohm / spec.current.range_v:.2g}")
    _put(server, resistor_model(resistor_ohm, 0, low, high))
    try:
        yield resistor_ohm
    finally:
        _put(server, device)


def _put(server: RigServer, device: DeviceModel) -> None:
    with server.rig.clock.lock:
        server.rig.bench.device = device
