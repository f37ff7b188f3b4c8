"""The best combination of several lists of responses: exact, but without trying all of it.

Wanted is one row of each list, so that their product is nearest to 1 at the worst frequency. The
lists form two halves; ln of the product is the sum of the halves' logarithms, and
|ln z| <= -ln(1 - |z - 1|). So a combination with an error below e has a sum of logarithms below
-ln(1 - e) in every coordinate (real or imaginary part at one frequency). Two coordinates find the
pairs (:class:`~hgecircuit.design.filters.join.NearPairs`), a few more sort out, and the exact error
is computed of what is left. The distance searched starts where the pairs are few and grows until it
holds an answer that nothing outside can beat.
"""

from __future__ import annotations

import itertools
import math
import operator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hgecircuit.design.filters.join import NearPairs
from hgecircuit.design.filters.metric import worst

# Coordinates that sort out, the first two of which find pairs.
_COORDINATES = 6
_SAMPLES = 300
# Pairs that are looked at first; and how much farther the next look goes.
_FIRST = 1_000_000
_GROWTH = 2.0
# Numbers of one table of exact responses.
_TABLE = 4_000_000
# Distances below are lost in rounding; the other stands for that of an error of 1 and more.
_FINEST, _FARTHEST = 1e-12, 30.0


def best_product(ratios: list[np.ndarray], error: float) -> tuple[list[int], float] | None:
    """One row of each list, whose product has the least error.

    Args:
        ratios: H / H_ideal of every section's combinations, complex, shape (n_k, F) each, n_k >= 1.
        error: The answer must be better than this.

    Returns:
        The rows (of equal answers the first) and their error; None when no error is that small.
    """
    if len(ratios) == 1:
        errors = worst(ratios[0])
        row = int(errors.argmin())
        return ([row], float(errors[row])) if errors[row] < error else None
    halves = _Halves(ratios)
    limit = max(-math.log1p(-error) * (1 + 1e-9), _FINEST) if error < 1 else _FARTHEST
    distance = limit
    near = halves.near(distance)
    while near.most > _FIRST:
        distance *= 0.9 * math.sqrt(_FIRST / near.most)
        near = halves.near(distance)
    while True:
        # What has a larger error than this may be beaten by something farther apart.
        known = error if distance >= limit else -math.expm1(-distance)
        found = halves.best(near, distance, known)
        if found is not None or distance >= limit:
            return found
        distance = min(_GROWTH * distance, limit)
        near = halves.near(distance)


def larger_half(sizes: list[int]) -> int:
    """Combinations of the larger half of lists of these lengths; the work grows with it."""
    if len(sizes) == 1:
        return sizes[0]
    return math.prod(sizes[k] for k in _split(sizes)[0])


def _split(sizes: list[int]) -> tuple[list[int], list[int]]:
    """The lists in two halves, the larger one first and with the fewest combinations possible."""
    every = range(len(sizes))
    splits = [
        (list(left), [k for k in every if k not in left])
        for count in range(1, len(sizes))
        for left in itertools.combinations(every, count)
    ]

    def combinations(two: tuple[list[int], list[int]]) -> list[int]:
        return [math.prod(sizes[k] for k in half) for half in two]

    # Each split is there twice, with either half first.
    return min((s for s in splits if operator.ge(*combinations(s))), key=combinations)


@dataclass(frozen=True)
class _Halves:
    """The lists, and their logarithms in two halves."""

    ratios: list[np.ndarray]

    @cached_property
    def split(self) -> tuple[list[int], list[int]]:
        """Lists of either half."""
        return _split([len(ratio) for ratio in self.ratios])

    @cached_property
    def logs(self) -> list[np.ndarray]:
        """Logarithms in the coordinates that differ most, shape (n_k, up to 6) each."""
        samples = []
        for ratio in self.ratios:
            sample = _coordinates(ratio[:: max(1, len(ratio) // _SAMPLES)])
            samples.append(sample - sample.mean(axis=0))
        chosen = _most_different(np.concatenate(samples))
        return [_coordinates(ratio)[:, chosen] for ratio in self.ratios]

    @cached_property
    def sums(self) -> list[np.ndarray]:
        """Either half's combinations in two coordinates, its last list varying fastest."""
        found = []
        for half in self.split:
            total = np.zeros((1, 2))
            for k in half:
                total = (total[:, None] + self.logs[k][None, :, :2]).reshape(-1, 2)
            found.append(total)
        return found

    def near(self, distance: float) -> NearPairs:
        """Pairs of combinations that are near in two coordinates."""
        larger, smaller = self.sums
        return NearPairs(larger, smaller, np.full(2, distance))

    def best(
        self, near: NearPairs, distance: float, error: float
    ) -> tuple[list[int], float] | None:
        """The best of the pairs, if it is better than an error."""
        best = error, []
        step = max(1, _TABLE // self.ratios[0].shape[1])
        for pair in near.blocks():
            rows = self._rows(*pair)
            total = sum(logs[row] for logs, row in zip(self.logs, rows, strict=True))
            close = np.flatnonzero(np.all(np.abs(total) <= distance, axis=1))
            for start in range(0, len(close), step):
                part = [row[close[start : start + step]] for row in rows]
                product = np.ones(1, dtype=complex)
                for ratio, row in zip(self.ratios, part, strict=True):
                    product = product * ratio[row]
                errors = worst(product)
                first = int(np.lexsort((*part[::-1], errors))[0])
                best = min(best, (float(errors[first]), [int(row[first]) for row in part]))
        return (best[1], best[0]) if best[0] < error else None

    def _rows(self, left: np.ndarray, right: np.ndarray) -> list[np.ndarray]:
        """Rows of every list, in the order of the lists."""
        rows: dict[int, np.ndarray] = {}
        for half, index in zip(self.split, (left, right), strict=True):
            sizes = [len(self.ratios[k]) for k in half]
            rows |= zip(half, np.unravel_index(index, sizes), strict=True)
        return [rows[k] for k in range(len(self.ratios))]


def _coordinates(ratios: np.ndarray) -> np.ndarray:
    """Real and imaginary parts of the logarithms, shape (n, 2 F)."""
    logs = np.log(ratios)
    return np.concatenate([np.real(logs), np.imag(logs)], axis=-1)


def _most_different(samples: np.ndarray) -> list[int]:
    """Columns of which each has the largest part that is not a sum of those before."""
    left, chosen = samples.copy(), []
    for _ in range(min(_COORDINATES, left.shape[1])):
        sizes = np.linalg.norm(left, axis=0)
        chosen.append(int(sizes.argmax()))
        unit = left[:, chosen[-1]] / (sizes.max() or 1.0)
        left -= np.outer(unit, unit @ left)
    return chosen
