"""Pairs of points, one of each of two sets, whose sum is near zero: without trying all of them.

The first set is cut into rows as high as the reach allows; within a row it is sorted along the
other coordinate. What fits a point of the second set then lies in one stretch of two rows, and both
ends of a stretch are found by bisection: n log n instead of n^2 steps. The first set may be large.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_BLOCK = 1_000_000
_ROWS = 2


class NearPairs:
    """Pairs (i, j) with |one[i] + other[j]| <= reach in both coordinates.

    Args:
        one: Shape (n, 2), n above 0.
        other: Shape (m, 2).
        reach: Largest size of each coordinate of the sum, above 0, shape (2,).
    """

    def __init__(self, one: np.ndarray, other: np.ndarray, reach: np.ndarray) -> None:
        self._one, self._other, self._reach = one, other, reach
        along, across = one.T
        low, high = (-other + sign * reach for sign in (-1, 1))
        # Rows a little higher than needed, so that rounding can't put a fit into a third one.
        height = 2 * float(reach[1])
        grain = np.finfo(float).eps
        rounding = 8 * grain * (1 + max(np.abs(across).max(), np.abs(low[:, 1]).max()) / height)
        height *= 1 + 4 * rounding
        first = np.floor(low[:, 1] / height - rounding)
        # A stretch ends within its row: between rows is a gap of 1.
        base, span = along.min(), float(np.ptp(along)) + 1.0
        keys = np.floor(across / height) * span + (along - base)
        self._order = np.argsort(keys, kind="stable")
        keys = keys[self._order]
        slack = 8 * grain * max(abs(keys[0]), abs(keys[-1]), span)
        rows = (first[:, None] + np.arange(_ROWS)) * span
        start, stop = (
            (rows + np.clip(ends - base + sign * slack, -0.25, span - 0.5)[:, None]).ravel()
            for ends, sign in ((low[:, 0], -1), (high[:, 0], 1))
        )
        # Bisection in rising order is four times as fast as in any order.
        rising = np.argsort(start)
        self._point = rising // _ROWS
        self._start = np.searchsorted(keys, start[rising])
        stop = np.searchsorted(keys, stop[rising], "right")
        self._count = np.maximum(stop - self._start, 0)

    @property
    def most(self) -> int:
        """At least as many as there are pairs, and often twice as many."""
        return int(self._count.sum())

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Indices into both sets, a bounded number at a time."""
        ends = np.cumsum(self._count)
        start = done = 0
        while start < len(ends):
            stop = max(start + 1, int(np.searchsorted(ends, done + _BLOCK, "right")))
            count = self._count[start:stop]
            offset = np.repeat(self._start[start:stop] - (ends[start:stop] - count), count)
            i = self._order[offset + np.arange(done, ends[stop - 1])]
            j = np.repeat(self._point[start:stop], count)
            near = np.all(np.abs(self._one[i] + self._other[j]) <= self._reach, axis=1)
            yield i[near], j[near]
            start, done = stop, int(ends[stop - 1])
