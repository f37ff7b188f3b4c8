"""Which seeds the repeats of a circuit use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hgecircuit.learner import Learner

DEFAULT_STARTS, DEFAULT_REPEATS = 20, 5
#: Largest number of repeats; a plan's seed moves all seeds by as much, so no two plans share one.
MOST_REPEATS = 1000
# Seeds of circuit files are below this.
_SEEDS = 2**32
# Seed of the random starts: that of `hgecircuit verify --starts`.
_STARTS_SEED = 2026


@dataclass(frozen=True)
class Plan:
    """How often a circuit is measured, and with which seeds.

    Attributes:
        seed: 0 for the circuit file's own seeds; another number moves them all.
        starts: Number of random starts.
        repeats: Number of repeats: other draws of the parts, operating points and noise.
    """

    seed: int = 0
    starts: int = DEFAULT_STARTS
    repeats: int = DEFAULT_REPEATS

    @property
    def starts_seed(self) -> int:
        """Seed of the random starts."""
        return self.moved(_STARTS_SEED)

    def moved(self, seed: int, repeat: int = 0) -> int:
        """A seed of the circuit file as this plan's repeat uses it."""
        return (seed + MOST_REPEATS * self.seed + repeat) % _SEEDS


def read_repeats(
    path: Path, plan: Plan, changes: Mapping[str, Any] | None = None
) -> tuple[Learner, ...]:
    """The learner of a circuit file, once per repeat.

    Args:
        path: The circuit file.
        plan: Seeds and number of repeats.
        changes: Values by dotted key in place of the file's, such as ``{"blocks.step": "ideal"}``.

    Raises:
        InputError: Anything wrong in the file.
    """
    changes = dict(changes or {})
    own = Learner.from_file(path, overrides=changes).spec
    learners = []
    for repeat in range(plan.repeats):
        seeds = {
            "components.seed": plan.moved(own.components.seed, repeat),
            "verification.seed": plan.moved(own.verification.seed, repeat),
        }
        if own.device.noise is not None:
            seeds["device.noise.seed"] = plan.moved(own.device.noise.seed, repeat)
        learners.append(Learner.from_file(path, overrides={**changes, **seeds}))
    return tuple(learners)
