"""Points of the sphere task, by seed: the same for circuits and for the digital reference."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

#: Radius of the ball labelled 1, and inner and outer radius of the shell labelled 0; 1 is half the
#: inputs' span. The paper states neither (Boon 2025, Fig. 4b-d).
INNER, OUTER = 0.5, (0.7, 1.0)


class Points(NamedTuple):
    """Points and their labels.

    Attributes:
        located: Coordinates from -1 to 1, shape (K, dimensions).
        targets: 1 in the ball, 0 in the shell, shape (K,).
    """

    located: np.ndarray
    targets: np.ndarray


def ball_points(
    seed: int,
    counts: tuple[int, int],
    dimensions: int,
    inner: float = INNER,
    outer: tuple[float, float] = OUTER,
) -> tuple[Points, Points]:
    """Training and test points, which are independent of each other.

    Both classes have half of the points, each uniform in its volume, in random order.

    Args:
        seed: Seed of both sets.
        counts: Number of training and of test points.
        dimensions: Number of coordinates.
        inner: Radius of the ball.
        outer: Inner and outer radius of the shell.
    """
    training, test = (
        _draw(child, count, dimensions, inner, outer)
        for count, child in zip(counts, np.random.SeedSequence(seed).spawn(2), strict=True)
    )
    return training, test


def _draw(
    child: np.random.SeedSequence,
    count: int,
    dimensions: int,
    inner: float,
    outer: tuple[float, float],
) -> Points:
    generator = np.random.Generator(np.random.PCG64(child))
    targets = generator.permutation(np.arange(count) % 2)
    low, high = np.where(targets == 1, [[0], [inner]], np.array(outer)[:, None])
    directions = generator.normal(size=(count, dimensions))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    # the volume within r grows with r^dimensions
    shares = generator.uniform(low**dimensions, high**dimensions)
    return Points(directions * shares[:, None] ** (1 / dimensions), targets)
