"""From a circuit file to a frozen, checked :class:`CircuitSpec` with every number in SI."""

from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.device_checks import check_against_device, control_ranges_v
from hgecircuit.spec.load import load_circuit_spec
from hgecircuit.spec.problems import CircuitFileError

__all__ = [
    "CircuitFileError",
    "CircuitSpec",
    "check_against_device",
    "control_ranges_v",
    "load_circuit_spec",
]
