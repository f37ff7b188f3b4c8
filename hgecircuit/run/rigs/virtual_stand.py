"""A virtual chassis in this process, with a device model of the caller's choice on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.run.rigs.config import RigSpec
from hgecircuit.run.rigs.products import MODULES

_OUTPUTS, _INPUTS = "NI 9264", "NI 9202"
# Share of the input's range that the device's whole current range may take, so that noise and
# what the device does between two points don't clip.
_SHARE = 0.5


def virtual_spec(
    device: DeviceModel,
    noise: NoiseSpec | None = None,
    *,
    resistor_ohm: float | None = None,
    port: int = 31763,
) -> RigSpec:
    """A rig like that of Boon 2025 for any device: enough output modules, one input module.

    Args:
        device: The device; its safe ranges are the electrodes' limits.
        noise: Its noise, or None.
        resistor_ohm: A resistor on electrode 0 in the device's place, or None.
        port: Where it is served.
    """
    per_module = MODULES[_OUTPUTS].channels
    count = -(-device.electrodes // per_module)
    modules = [
        {"slot": n + 1, "name": f"cDAQ1Mod{n + 1}", "product": _OUTPUTS} for n in range(count)
    ]
    inputs = f"cDAQ1Mod{count + 1}"
    modules.append({"slot": count + 1, "name": inputs, "product": _INPUTS})
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
        "current": {"channel": f"{inputs}/ai0", "gain": f"{_gain_ohm(device):.3g} ohm"},
    }
    if noise is not None:
        tables["virtual.noise"] = {
            "white": f"{noise.white_a2_per_hz:.9g} A^2/Hz",
            "flicker": f"{noise.flicker_a2_per_hz:.9g} A^2/Hz",
            "flicker_at": f"{noise.frequency_hz:.9g} Hz",
            "flicker_exponent": noise.exponent,
            "seed": noise.seed,
        }
    if resistor_ohm is not None:
        tables |= {"virtual.wiring": "resistor", "virtual.resistor": f"{resistor_ohm:.9g} ohm"}
    return RigSpec.from_text("", overrides=tables)


def calibration_resistor_ohm(device: DeviceModel) -> float:
    """A resistor through which 0.2 V give a tenth of the input's range."""
    return float(f"{10 * 0.2 * _gain_ohm(device) / MODULES[_INPUTS].range_v:.2g}")


@contextmanager
def serve_virtual(
    device: DeviceModel, noise: NoiseSpec | None = None, *, resistor_ohm: float | None = None
) -> Iterator[RigSpec]:
    """Serve a virtual chassis with a device on it, on any free port of this computer.

    Args:
        device: What its electrodes lead to.
        noise: The device's noise, or None.
        resistor_ohm: A resistor on electrode 0 in the device's place, or None.

    Yields:
        The rig file that leads to it.
    """
    from hgecircuit.run.rigs.virtual.server import RigServer

    # a rig file names its model by a file, and the caller's may have none: so it takes the place
    # of a resistor, which any number of electrodes may have
    stand = virtual_spec(device, noise, resistor_ohm=resistor_ohm or 1e7)
    with RigServer(stand) as server:
        if resistor_ohm is None:
            with server.rig.clock.lock:
                server.rig.bench.device = device
        yield virtual_spec(device, noise, resistor_ohm=resistor_ohm, port=server.port)


def _gain_ohm(device: DeviceModel) -> float:
    return _SHARE * MODULES[_INPUTS].range_v / device.current_range_a
