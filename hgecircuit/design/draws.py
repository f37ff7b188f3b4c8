"""Where every single part of a circuit lies inside its data sheet's limits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np

# A normal distribution whose three sigma are the maximum; what lies beyond is at the maximum.
_SIGMAS = 3.0


@dataclass(frozen=True)
class Draws:
    """Errors of parts as shares of their maximum, each from its own name.

    A part's share follows from the seed and its name alone, so adding a part changes no other.

    Attributes:
        errors: ``none``, ``typical`` (normal, three sigma at the maximum) or ``maximum`` (either
            sign).
        seed: Seed of all draws.
    """

    errors: Literal["none", "typical", "maximum"]
    seed: int

    def share(self, name: str) -> float:
        """The share of a figure, such as ``adder0.opamp.offset``, from -1 to 1."""
        if self.errors == "none":
            return 0.0
        digest = hashlib.sha256(f"{self.seed} {name}".encode()).digest()
        drawn = np.random.default_rng(int.from_bytes(digest[:8], "big")).standard_normal()
        if self.errors == "maximum":
            return 1.0 if drawn >= 0 else -1.0
        return float(np.clip(drawn / _SIGMAS, -1.0, 1.0))

    def shares(self, name: str, *figures: str) -> tuple[float, ...]:
        """Shares of several figures of one part."""
        return tuple(self.share(f"{name}.{figure}") for figure in figures)
