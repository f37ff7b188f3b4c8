"""Real values for one section: every combination of series values near its target."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.design.filters.request import FilterRequest
from hgecircuit.errors import InputError
from hgecircuit.parts.filters.eseries import nearest, series_values
from hgecircuit.parts.filters.prototypes import PoleTarget
from hgecircuit.parts.filters.sections import SectionKind
from hgecircuit.units import format_quantity

# Two combinations whose pole frequency and Q agree to this are one; the handier values are kept.
_SAME = 1e-9
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
    kind: SectionKind, target: PoleTarget, stock: Stock, reach: np.ndarray
) -> Candidates:
    """Every combination within ``reach`` of the target, without doubles, in a fixed order.

    Args:
        kind: Topology of the section.
        target: Pole frequency and Q that are wanted.
        stock: Values that can be bought.
        reach: Largest |ln(f/f_0)| and |ln(Q/Q_0)|, shape (1,) or (2,).
    """
    values = (
        _first_order(target, stock, reach)
        if target.q is None
        else _second_order(kind, target, stock, reach)
    )
    offsets = [np.log(kind.pole_hz(**values) / target.pole_hz)]
    if target.q is not None:
        offsets.append(np.log(kind.q(**values) / target.q))
    found = Candidates(kind, values, np.stack(offsets, axis=-1))
    found = found.take(np.flatnonzero(np.all(np.abs(found.offsets) <= reach, axis=-1)))
    return _without_doubles(found, stock)


def _first_order(target: PoleTarget, stock: Stock, reach: np.ndarray) -> dict[str, np.ndarray]:
    c1, ra = (a.ravel() for a in np.meshgrid(stock.capacitors_f, stock.resistors_ohm))
    product = ra * c1 * 2 * math.pi * target.pole_hz
    near = np.abs(np.log(product)) <= reach[0]
    return {"ra": ra[near], "c1": c1[near]}


def _second_order(
    kind: SectionKind, target: PoleTarget, stock: Stock, reach: np.ndarray
) -> dict[str, np.ndarray]:
    """For every pair of capacitors and every R_a, the R_b that bring f_0 within reach."""
    assert target.q is not None
    c1, c2 = (a.ravel() for a in np.meshgrid(stock.capacitors_f, stock.capacitors_f))
    # Q is at most sqrt(C_1/C_2) / (2 sqrt(k)), and at R_a/R_b = ratio as small as below.
    k, ratio = kind.second_resistor_weight, MAX_RESISTOR_RATIO
    most = np.sqrt(c1 / c2 / k) / 2
    least = np.sqrt(c1 / c2) * min(
        math.sqrt(ratio) / (ratio + k), 1 / math.sqrt(ratio) / (1 / ratio + k)
    )
    fits = (most >= target.q * math.exp(-reach[1])) & (least <= target.q * math.exp(reach[1]))
    c1, c2 = c1[fits, None], c2[fits, None]
    ra = stock.resistors_ohm[None, :]
    rb = 1 / ((2 * math.pi * target.pole_hz) ** 2 * ra * c1 * c2)
    low, high = rb * math.exp(-2 * reach[0]), rb * math.exp(2 * reach[0])
    low = np.maximum(low, ra / ratio)
    high = np.minimum(high, ra if kind.swappable else ra * ratio)
    grain = 1e-12
    start = np.searchsorted(stock.resistors_ohm, low * (1 - grain))
    count = np.maximum(np.searchsorted(stock.resistors_ohm, high * (1 + grain), "right") - start, 0)
    pair, resistor = np.nonzero(count)
    repeat = count[pair, resistor]
    first = np.cumsum(repeat) - repeat
    index = np.repeat(start[pair, resistor] - first, repeat) + np.arange(repeat.sum())
    pair, resistor = np.repeat(pair, repeat), np.repeat(resistor, repeat)
    return {
        "ra": stock.resistors_ohm[resistor],
        "rb": stock.resistors_ohm[index],
        "c1": c1[pair, 0],
        "c2": c2[pair, 0],
    }


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
