"""Design and verify fully analog learners based on homodyne gradient extraction (HGE).

>>> from hgecircuit import Learner
>>> learner = Learner.from_file("circuits/xor.toml")
>>> text = learner.netlist()

The public names are imported when they are first used, so that the package itself loads at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hgecircuit.devices.formats import load_device
    from hgecircuit.errors import HgeError, InputError, MissingToolError, SimulatorError
    from hgecircuit.learner import Learner
    from hgecircuit.pipeline import verify, verify_to_folder
    from hgecircuit.record import Record
    from hgecircuit.spec.circuit import CircuitSpec
    from hgecircuit.spec.load import load_circuit_spec

__version__ = "0.1.0"

__all__ = [
    "CircuitSpec",
    "HgeError",
    "InputError",
    "Learner",
    "MissingToolError",
    "Record",
    "SimulatorError",
    "load_circuit_spec",
    "load_device",
    "verify",
    "verify_to_folder",
]

_HOMES = {
    "CircuitSpec": "hgecircuit.spec.circuit",
    "HgeError": "hgecircuit.errors",
    "InputError": "hgecircuit.errors",
    "Learner": "hgecircuit.learner",
    "MissingToolError": "hgecircuit.errors",
    "Record": "hgecircuit.record",
    "SimulatorError": "hgecircuit.errors",
    "load_circuit_spec": "hgecircuit.spec.load",
    "load_device": "hgecircuit.devices.formats",
    "verify": "hgecircuit.pipeline",
    "verify_to_folder": "hgecircuit.pipeline",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'hgecircuit' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
