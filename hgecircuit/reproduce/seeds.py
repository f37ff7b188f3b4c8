"""Seeds of a figure's parts: from the workshop's seed and the part's name alone."""

from __future__ import annotations

import numpy as np


def seed_for(seed: int, *name: str | float) -> int:
    """A seed that no other part shares, whatever parts there are and however they are split.

    Args:
        seed: The workshop's seed.
        name: What the part is: figure, method, settings, number of the block.
    """
    key = "/".join(str(word) for word in name).encode()
    sequence = np.random.SeedSequence(seed, spawn_key=tuple(key))
    # 63 bits: a seed must fit into a signed integer of JSON readers and of the noise
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))
