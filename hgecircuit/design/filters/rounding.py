"""The usual way to real values, that joint selection is compared with; and what can't be built."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.design.filters.candidates import Stock
from hgecircuit.design.filters.metric import Metric, worst
from hgecircuit.errors import InputError
from hgecircuit.parts.filters.eseries import nearest
from hgecircuit.parts.filters.prototypes import PoleTarget, Prototype
from hgecircuit.parts.filters.sections import SectionKind
from hgecircuit.units import format_quantity

# Rounding may move a value this far beyond the ends of the range.
_SLACK = 1 + 1e-9


class UnbuildableError(InputError):
    """No components within the ranges build the filter.

    Attributes:
        span_hz: Lowest and highest cut-off that can be built, in Hz; None when there is none.
    """

    def __init__(self, stock: Stock, prototype: Prototype, span_hz: tuple[float, float]) -> None:
        inside = span_hz[0] <= prototype.cutoff_hz <= span_hz[1]
        self.span_hz = None if inside or span_hz[0] >= span_hz[1] else span_hz
        ohms, farads = stock.resistors_ohm, stock.capacitors_f
        super().__init__(
            f"no components from {format_quantity(float(ohms[0]), 'Ω')} to "
            f"{format_quantity(float(ohms[-1]), 'Ω')} and {format_quantity(float(farads[0]), 'F')}"
            f" to {format_quantity(float(farads[-1]), 'F')} build a cut-off of "
            f"{format_quantity(prototype.cutoff_hz, 'Hz')}"
        )


@dataclass(frozen=True)
class Rounded:
    """Two ways of rounding.

    Attributes:
        exact: Exact values of every section, before rounding.
        values: Every exact value rounded to the nearest of its series.
        error: Response error of ``values``.
        recomputed: Real capacitors first, resistors exact for them, then rounded.
        recomputed_error: Response error of ``recomputed``.
    """

    exact: list[dict[str, float]]
    values: list[dict[str, float]]
    error: float
    recomputed: list[dict[str, float]]
    recomputed_error: float


def round_values(
    prototype: Prototype, kinds: tuple[SectionKind, ...], metric: Metric, stock: Stock
) -> Rounded:
    """Size every section exactly with a capacitor of the series, and round.

    Raises:
        UnbuildableError: No values within the ranges build a section.
    """
    exact = []
    for kind, target in zip(kinds, metric.targets, strict=True):
        sized = _size(kind, target, stock)
        if sized is None:
            raise UnbuildableError(
                stock, prototype, _span_hz(prototype, kinds, metric.targets, stock)
            )
        exact.append(sized)
    values = [_round(one, stock) for one in exact]
    recomputed = [
        _recompute(kind, target, one, stock)
        for kind, target, one in zip(kinds, metric.targets, exact, strict=True)
    ]
    return Rounded(
        exact, values, _error(kinds, metric, values), recomputed, _error(kinds, metric, recomputed)
    )


def _size(kind: SectionKind, target: PoleTarget, stock: Stock) -> dict[str, float] | None:
    """Exact values within the ranges, with resistors as near as can be to the preferred."""
    found = []
    for capacitor_f, low_hz, high_hz in _spans(kind, target.q, stock):
        if low_hz <= target.pole_hz * _SLACK and target.pole_hz <= high_hz * _SLACK:
            values = kind.size(target, capacitor_f)
            found.append((abs(math.log(values["ra"] / stock.middle_ohm)), values))
    return min(found, key=lambda one: one[0])[1] if found else None


def _spans(kind: SectionKind, q: float | None, stock: Stock) -> list[tuple[float, float, float]]:
    """For every capacitor of the series, the pole frequencies that the resistors can build, in Hz.

    Returns:
        Capacitor in F, lowest and highest pole frequency.
    """
    found = []
    for capacitor_f in stock.capacitors_f:
        values = kind.size(PoleTarget(1.0, q), float(capacitor_f))
        if values["c1"] <= stock.capacitors_f[-1] * _SLACK:
            # Resistors are in inverse proportion to the frequency.
            ohms = [values[name] for name in ("ra", "rb") if name in values]
            low_hz = max(ohms) / float(stock.resistors_ohm[-1])
            high_hz = min(ohms) / float(stock.resistors_ohm[0])
            found.append((float(capacitor_f), low_hz, high_hz))
    return found


def _round(values: dict[str, float], stock: Stock) -> dict[str, float]:
    return {
        name: float(nearest(stock.capacitors_f if name[0] == "c" else stock.resistors_ohm, value))
        for name, value in values.items()
    }


def _recompute(
    kind: SectionKind, target: PoleTarget, exact: dict[str, float], stock: Stock
) -> dict[str, float]:
    if target.q is None:
        return _round(exact, stock)
    least_f = exact["c1"] / _SLACK
    c1 = float(min(stock.capacitors_f[stock.capacitors_f >= least_f], default=exact["c1"]))
    ra, rb = kind.resistors_for(target, np.array(c1), np.array(exact["c2"]))
    return _round({"ra": float(ra), "rb": float(rb), "c1": c1, "c2": exact["c2"]}, stock)


def _error(kinds: tuple[SectionKind, ...], metric: Metric, values: list[dict[str, float]]) -> float:
    ratio = np.ones(len(metric.frequency_hz), dtype=complex)
    for index, (kind, target, one) in enumerate(zip(kinds, metric.targets, values, strict=True)):
        offsets = [float(np.log(kind.pole_hz(**one) / target.pole_hz))]
        if target.q is not None:
            offsets.append(float(np.log(kind.q(**one) / target.q)))
        ratio *= metric.ratios_at(index, np.array([offsets]))[0]
    return float(worst(ratio))


def _span_hz(
    prototype: Prototype,
    kinds: tuple[SectionKind, ...],
    targets: tuple[PoleTarget, ...],
    stock: Stock,
) -> tuple[float, float]:
    """Lowest and highest cut-off that these ranges can build, in Hz; crossed when there is none."""
    low_hz, high_hz = 0.0, math.inf
    for kind, target in zip(kinds, targets, strict=True):
        scale = prototype.cutoff_hz / target.pole_hz
        spans = [span for span in _spans(kind, target.q, stock) if span[1] <= span[2]]
        low_hz = max(low_hz, scale * min((span[1] for span in spans), default=math.inf))
        high_hz = min(high_hz, scale * max((span[2] for span in spans), default=0.0))
    return low_hz, high_hz
