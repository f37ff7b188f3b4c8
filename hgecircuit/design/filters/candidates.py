"""Real values for one section: every combination of series values near its target."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hgecircuit.design.filters.join import NearPairs
from hgecircuit.design.filters.request import FilterRequest
from hgecircuit.errors import InputError
from hgecircuit.parts.filters.eseries import nearest, series_values
from hgecircuit.parts.filters.prototypes import PoleTarget
from hgecircuit.parts.filters.sections import SectionKind
from hgecircuit.units import format_quantity

# Two combinations whose pole frequency and Q agree to this are one; the handier values are kept.
_SAME = 1e-9
# Series values that are as far apart as a limit says count as within it.
_GRAIN = 1e-9
# Reaches below the grain of the doubles above.
_FINEST = 1e-12
#: More combinations than this are never looked at together.
MANY = 1_000_000
#: Largest ratio of the two resistors of a section: beyond it one only adds noise and offset.
MAX_RESISTOR_RATIO = 10.0


@dataclass(frozen=True)
class Stock:
    """Values that can be bought.

    Attributes:
        resistors_ohm: Rising, shape (n,).
        capacitors_f: Rising, shape (m,).
    """

    resistors_ohm: np.ndarray
    capacitors_f: np.ndarray

    @classmethod
    def of(cls, request: FilterRequest) -> Stock:
        """The values of a request's series within its ranges.

        Raises:
            InputError: A range holds no value of its series.
        """
        found = []
        resistors = (request.resistor_series, request.resistor_range_ohm, "Ω")
        capacitors = (request.capacitor_series, request.capacitor_range_f, "F")
        for key, (series, limits, unit) in (
            ("--resistor-min, --resistor-max", resistors),
            ("--capacitor-min, --capacitor-max", capacitors),
        ):
            values = series_values(series, *limits)
            if not len(values):
                around = series_values(series, limits[0] / 10, limits[1] * 10)
                close = nearest(around, math.sqrt(limits[0] * limits[1]))
                raise InputError(
                    f"there is no {series} value in this range",
                    key=key,
                    value=" to ".join(format_quantity(limit, unit) for limit in limits),
                    expected=f"a range with, for example, {format_quantity(float(close), unit)}",
                )
            found.append(values)
        return cls(*found)

    @property
    def middle_ohm(self) -> float:
        """Resistance that is preferred among equals: the middle of the range on a log scale."""
        return math.sqrt(self.resistors_ohm[0] * self.resistors_ohm[-1])


@dataclass(frozen=True)
class Candidates:
    """Combinations for one section, shape (n,) each.

    Attributes:
        kind: Topology of the section.
        values: ``ra``, ``c1`` and, for a second-order section, ``rb``, ``c2``.
        offsets: Deviations ln(f/f_0) and, for a second-order section, ln(Q/Q_0); shape (n, 1 or 2).
    """

    kind: SectionKind
    values: dict[str, np.ndarray]
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets)

    def take(self, index: np.ndarray) -> Candidates:
        """Some of the combinations."""
        values = {name: value[index] for name, value in self.values.items()}
        return Candidates(self.kind, values, self.offsets[index])

    def pick(self, index: int) -> dict[str, float]:
        """One combination."""
        return {name: float(value[index]) for name, value in self.values.items()}


def find_candidates(
    kind: SectionKind, target: PoleTarget, stock: Stock, reach: np.ndarray, most: int = MANY
) -> tuple[Candidates, float]:
    """Every combination within reach of the target, without doubles, in a fixed order.

    Args:
        kind: Topology of the section.
        target: Pole frequency and Q that are wanted.
        stock: Values that can be bought.
        reach: Largest |ln(f/f_0)| and |ln(Q/Q_0)|, shape (1,) or (2,).
        most: The reach is shortened until it holds at most about so many.

    Returns:
        The combinations, and the share of the reach that they come from; 1 when it is all of it.
    """
    pairs = _halves(kind, target, stock, reach)
    if not all(len(one.logs) for one in pairs):
        return _candidates(kind, target, stock, [(_NONE, _NONE)], pairs), 1.0
    share = 1.0
    near = _near(pairs, reach)
    while near.most > most:
        # In proportion to the reach, or to its square with a Q; a little less to get there.
        share *= 0.9 * (most / near.most) ** (1 / len(reach))
        near = _near(pairs, share * reach)
    return _candidates(kind, target, stock, near.blocks(), pairs), share


class _Half(NamedTuple):
    """All pairs of resistors, or of capacitors: what they add to ln f and ln Q.

    Attributes:
        values: By variable, shape (n,) each.
        logs: Shape (n, 2); the second is 0 without a Q.
    """

    values: dict[str, np.ndarray]
    logs: np.ndarray


_NONE = np.zeros(0, dtype=np.int64)


def _near(pairs: tuple[_Half, _Half], reach: np.ndarray) -> NearPairs:
    both = np.append(reach, 1.0)[:2]
    return NearPairs(pairs[0].logs, pairs[1].logs, np.maximum(both, _FINEST))


def _candidates(
    kind: SectionKind,
    target: PoleTarget,
    stock: Stock,
    blocks: Iterable[tuple[np.ndarray, np.ndarray]],
    pairs: tuple[_Half, _Half],
) -> Candidates:
    index = [np.concatenate(side) for side in zip(*blocks, strict=True)]
    values = {
        name: value[chosen]
        for half, chosen in zip(pairs, index, strict=True)
        for name, value in half.values.items()
    }
    offsets = [np.log(kind.pole_hz(**values) / target.pole_hz)]
    if target.q is not None:
        offsets.append(np.log(kind.q(**values) / target.q))
    return _without_doubles(Candidates(kind, values, np.stack(offsets, axis=-1)), stock)


def _halves(
    kind: SectionKind, target: PoleTarget, stock: Stock, reach: np.ndarray
) -> tuple[_Half, _Half]:
    """Resistors and capacitors apart: their logarithms add up to ln(f/f_0) and ln(Q/Q_0).

    ln f = -ln(2 pi) - ln(R_a R_b)/2 - ln(C_1 C_2)/2, ln Q = g(R_a/R_b) + ln(C_1/C_2)/2 with
    g(x) = ln(sqrt(x) / (x + k)), which is largest at x = k.
    """
    wanted = math.log(2 * math.pi * target.pole_hz)
    ohms, farads = np.log(stock.resistors_ohm), np.log(stock.capacitors_f)
    if target.q is None:
        nothing = np.zeros(len(ohms)), np.zeros(len(farads))
        return (
            _Half({"ra": stock.resistors_ohm}, np.stack([-ohms, nothing[0]], axis=-1)),
            _Half({"c1": stock.capacitors_f}, np.stack([-farads - wanted, nothing[1]], axis=-1)),
        )
    k, wide = kind.second_resistor_weight, math.log(MAX_RESISTOR_RATIO)
    a, b = _within(ohms, -wide, 0.0 if kind.swappable else wide)
    ratio = ohms[a] - ohms[b]
    shape = ratio / 2 - np.log(np.exp(ratio) + k)
    resistors = np.stack([-(ohms[a] + ohms[b]) / 2, shape], axis=-1)
    least = math.log(target.q) - reach[1] + math.log(2 * math.sqrt(k))
    most = math.log(target.q) + reach[1] - float(shape.min(initial=0.0))
    two, one = _within(farads, 2 * least, 2 * most)
    capacitors = np.stack(
        [-(farads[one] + farads[two]) / 2 - wanted, (farads[one] - farads[two]) / 2], axis=-1
    )
    capacitors[:, 1] -= math.log(target.q)
    return (
        _Half({"ra": stock.resistors_ohm[a], "rb": stock.resistors_ohm[b]}, resistors),
        _Half({"c1": stock.capacitors_f[one], "c2": stock.capacitors_f[two]}, capacitors),
    )


def _within(logs: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """All pairs (i, j) of rising logarithms with low <= logs[j] - logs[i] <= high."""
    start = np.searchsorted(logs, logs + low - _GRAIN)
    count = np.searchsorted(logs, logs + high + _GRAIN, "right") - start
    first = np.repeat(np.arange(len(logs)), count)
    return first, np.repeat(start - np.cumsum(count) + count, count) + np.arange(count.sum())


def _without_doubles(found: Candidates, stock: Stock) -> Candidates:
    """One combination for each response: the one with resistors nearest to the preferred."""
    if not len(found):
        return found
    values = found.values
    middle = np.sqrt(values["ra"] * values.get("rb", values["ra"]))
    unhandy = np.round(np.abs(np.log(middle / stock.middle_ohm)), 9)
    spread = np.round(np.abs(np.log(values["ra"] / values.get("rb", values["ra"]))), 9)
    keys = np.round(found.offsets / _SAME).astype(np.int64)
    order = np.lexsort((values["ra"], values["c1"], spread, unhandy, *keys.T[::-1]))
    keys = keys[order]
    first = np.ones(len(keys), dtype=bool)
    first[1:] = np.any(keys[1:] != keys[:-1], axis=-1)
    return found.take(order[first])
