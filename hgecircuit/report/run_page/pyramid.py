"""A trace as the least and the greatest value of equal spans of time: no peak is lost.

Between two time points of the simulator a trace is the straight line between its values, as
everywhere in this package. A span's least and greatest value are those of that line, ends included,
so spans join without gaps, and those of any row of spans are the least and greatest of theirs. That
is why only the finest level is stored: a page makes all coarser ones itself, two spans to one.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass

import numpy as np

#: Values are stored as whole steps from 0 to this.
STEPS = 65535
# The level that zlib itself takes for a fair trade.
_COMPRESSION = 6


@dataclass(frozen=True)
class Spans:
    """The finest level of a trace.

    Attributes:
        lows: Least value of each span, shape (N,), in the trace's unit.
        highs: Greatest value, shape (N,).
    """

    lows: np.ndarray
    highs: np.ndarray


@dataclass(frozen=True)
class Packed:
    """Spans as text for a page.

    A value is ``offset + step * n`` with n from 0 to 65535. Least values are rounded down and
    greatest values up, so that a packed span never hides a peak, and shows at most a step too much.

    Attributes:
        offset: Value of n = 0, in the trace's unit.
        step: Distance of neighbouring values; 0 for a trace that never changes.
        text: Base64 of the zlib stream of four planes of N bytes each: low and high byte of the
            change of n of the least value from span to span (the first from 0, modulo 65536), low
            and high byte of n of the greatest less n of the least value.
    """

    offset: float
    step: float
    text: str


def make_spans(time_s: np.ndarray, values: np.ndarray, count: int) -> Spans:
    """Least and greatest values of ``count`` equal spans from the first to the last time.

    Args:
        time_s: Time points, shape (n,), rising, in s.
        values: The trace at them, shape (n,).
        count: N, the number of spans.
    """
    edges_s = np.linspace(time_s[0], time_s[-1], count + 1)
    at_edges = np.interp(edges_s, time_s, values)
    lows = np.minimum(at_edges[:-1], at_edges[1:])
    highs = np.maximum(at_edges[:-1], at_edges[1:])
    place = np.clip(np.searchsorted(edges_s, time_s, side="right") - 1, 0, count - 1)
    first = np.flatnonzero(np.diff(place, prepend=-1))
    filled = place[first]
    lows[filled] = np.minimum(lows[filled], np.minimum.reduceat(values, first))
    highs[filled] = np.maximum(highs[filled], np.maximum.reduceat(values, first))
    return Spans(lows, highs)


def halve(spans: Spans) -> Spans:
    """Two spans to one; a page does the same to its own.

    Args:
        spans: An even number of them.
    """
    return Spans(spans.lows.reshape(-1, 2).min(axis=1), spans.highs.reshape(-1, 2).max(axis=1))


def pack(spans: Spans) -> Packed:
    """Spans as text; :class:`Packed` has the format."""
    offset = float(spans.lows.min())
    step = (float(spans.highs.max()) - offset) / STEPS
    scale = 1 / step if step > 0 else 0.0
    lows = np.clip(np.floor((spans.lows - offset) * scale), 0, STEPS).astype(np.int64)
    highs = np.clip(np.ceil((spans.highs - offset) * scale), 0, STEPS).astype(np.int64)
    # A quotient may be rounded across a whole number; the value that comes back decides.
    lows -= (offset + step * lows > spans.lows) & (lows > 0)
    highs += (offset + step * highs < spans.highs) & (highs < STEPS)
    planes = []
    for numbers in (np.diff(lows, prepend=0), highs - lows):
        words = (numbers % (STEPS + 1)).astype("<u2")
        planes += [(words & 0xFF).astype(np.uint8), (words >> 8).astype(np.uint8)]
    stream = zlib.compress(np.concatenate(planes).tobytes(), _COMPRESSION)
    return Packed(offset, step, base64.b64encode(stream).decode("ascii"))


def unpack(packed: Packed, count: int) -> Spans:
    """What a page reads from packed spans.

    Args:
        packed: The text.
        count: N, the number of spans.
    """
    stream = zlib.decompress(base64.b64decode(packed.text))
    planes = np.frombuffer(stream, np.uint8).reshape(4, count).astype(np.int64)
    lows = np.cumsum(planes[0] + 256 * planes[1]) % (STEPS + 1)
    highs = lows + planes[2] + 256 * planes[3]
    return Spans(packed.offset + packed.step * lows, packed.offset + packed.step * highs)
