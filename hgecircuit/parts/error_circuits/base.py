"""What every error circuit offers: ports, errors, the loss's slope; and netlist pieces they share.

Ports, for K patterns, in this order:

- ``y<k>``: the held outputs, in V, without perturbation;
- ``e<k>``: errors, in V, a logic swing being 1 V; the latch watches them;
- ``p<k>``: selects, 1 V for the pattern that is shown and 0 V for the others;
- ``gate``: 1 V in the settled part of each pattern's gradient slot;
- ``d``: slope of the loss by the selected pattern's output, V per V. The learner multiplies it with
  y - y<k>, the AC part of the output.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit

# Load of an input that a circuit has no use for, so that its node is never left floating, in ohm.
_UNUSED_OHM = 1e9


class ErrorCircuit(ABC):
    """An error circuit; the loss is in V for 1 V of target swing, the held outputs are in V.

    Attributes:
        targets: Target of each pattern, 0 or 1 (a logic swing is 1 V).
    """

    targets: tuple[float, ...]

    @abstractmethod
    def error_v(self, held_v: np.ndarray) -> np.ndarray:
        """Settled errors e_k in V, shape (..., K), of held outputs of that shape, in V."""

    @abstractmethod
    def slope(self, held_v: np.ndarray) -> np.ndarray:
        """Settled slopes dE/dy_k in V per V, shape (..., K): ``d`` while pattern k is selected."""

    @abstractmethod
    def subcircuit(self, name: str = "error_circuit") -> Subcircuit:
        """The ports of this module's docstring; instances with other values need another name."""

    @property
    def centred_targets_v(self) -> np.ndarray:
        """z_k - mean z, shape (K,), in V."""
        targets = np.asarray(self.targets, dtype=float)
        return targets - targets.mean()


def error_ports(count: int) -> list[str]:
    """Names of the ports of an error circuit for ``count`` patterns, in order."""
    return [*(f"{kind}{k}" for kind in "yep" for k in range(count)), "gate", "d"]


def add_unused_gate(part: Subcircuit) -> None:
    """Load the gate in a circuit whose output depends on held outputs alone."""
    part.resistor("gate", "gate", GROUND, _UNUSED_OHM)


def add_sum(part: Subcircuit, node: str, terms: Sequence[tuple[str, str, float]]) -> None:
    """Add ``node`` = sum of factor (v(plus) - v(minus)), over (plus, minus, factor): resistors."""
    part.resistor(node, node, GROUND, 1.0)
    for n, (plus, minus, factor) in enumerate(terms):
        if factor:
            part.vccs(f"{node}_{n}", GROUND, node, plus, minus, factor)
