"""Frequency plans: which carrier each control gets."""

from __future__ import annotations

import itertools
import math
from bisect import bisect, insort
from collections.abc import Iterator

from hgecircuit.errors import InputError
from hgecircuit.spec.carrier_rules import RELATIVE, Carriers
from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.signals import ExplicitPlan, QuadraturePlan
from hgecircuit.units import format_quantity

# The search takes 5 ms for five carriers but seconds for seven.
LARGEST_SEARCHED = 5
# A product this close to a carrier counts as on it; a little less than 1/2 for rounding.
HALF_SPACING = 0.5 - 1e-6
_QUADRATURE_RAD = math.pi / 2


def plan_carriers(spec: CircuitSpec) -> Carriers:
    """The carriers of a circuit, one per control, in the order of its controls."""
    plan, count = spec.perturbation, len(spec.device.controls)
    if isinstance(plan, ExplicitPlan):
        return Carriers(plan.frequencies_hz, plan.phases_rad)
    if isinstance(plan, QuadraturePlan):
        return quadrature_carriers(count, plan.lowest_hz, plan.spacing_hz)
    return golomb_carriers(count, plan.lowest_hz, plan.spacing_hz)


def quadrature_carriers(count: int, lowest_hz: float, spacing_hz: float) -> Carriers:
    """Two controls per frequency, as sine and cosine; a last odd control has one for itself.

    Five controls from 4/T in steps of 1/T get {4 sin, 4 cos, 5 sin, 5 cos, 7}/T.

    Args:
        count: Number of controls M.
        lowest_hz: Lowest carrier.
        spacing_hz: Grid of the carriers.

    Returns:
        Carriers of shape (M,).
    """
    distinct_hz = collision_free_hz((count + 1) // 2, lowest_hz, spacing_hz)
    return Carriers(
        tuple(distinct_hz[m // 2] for m in range(count)),
        tuple(_QUADRATURE_RAD * (m % 2) for m in range(count)),
    )


def golomb_carriers(count: int, lowest_hz: float, spacing_hz: float) -> Carriers:
    """One frequency per control, all in phase: a Golomb ruler on top of ``lowest_hz``.

    Five controls from 12/T in steps of 1/T get {12, 13, 16, 21, 23}/T.

    Args:
        count: Number of controls M.
        lowest_hz: Lowest carrier.
        spacing_hz: Grid of the carriers.

    Returns:
        Carriers of shape (M,).
    """
    return Carriers(collision_free_hz(count, lowest_hz, spacing_hz), (0.0,) * count)


def collision_free_hz(count: int, lowest_hz: float, spacing_hz: float) -> tuple[float, ...]:
    """Distinct carriers ``lowest + k spacing`` on which no product of two of them falls.

    Free of second harmonics (2 f_1), sums and differences (f_1 +- f_2), third-order products of two
    (2 f_1 - f_2), and of equal distances, which make three-tone products f_1 + f_2 - f_3. The first
    five have the lowest possible highest carrier (the first set in order among equals); more are
    added one by one, each as low as it can be. The same numbers give the same set everywhere.

    Returns:
        Rising frequencies, shape (count,).

    Raises:
        InputError: The lowest carrier lies below the spacing, so that its own products meet it.
    """
    lowest = lowest_hz / spacing_hz
    if lowest < 1 - RELATIVE:
        raise InputError(
            "the lowest carrier is below the spacing",
            key="perturbation.lowest",
            value=format_quantity(lowest_hz, "Hz", 6),
            expected=f"at least the spacing, {format_quantity(spacing_hz, 'Hz', 6)}",
        )
    searched = min(count, LARGEST_SEARCHED)
    span = searched - 1
    steps = _search([0], searched, span, lowest)
    while steps is None:
        span += 1
        steps = _search([0], searched, span, lowest)
    comb = _Comb(steps, lowest)
    while len(comb.steps) < count:
        comb.add(next(step for step in itertools.count(comb.steps[-1] + 1) if comb.has_room(step)))
    return tuple(lowest_hz + step * spacing_hz for step in comb.steps)


def _search(steps: list[int], count: int, span: int, lowest: float) -> list[int] | None:
    """The first set of ``count`` steps, none above ``span``, that starts with ``steps``."""
    if len(steps) == count:
        return steps
    comb = _Comb(steps, lowest)
    for step in range(steps[-1] + 1, span - (count - len(steps) - 1) + 1):
        if comb.has_room(step):
            found = _search([*steps, step], count, span, lowest)
            if found is not None:
                return found
    return None


class _Comb:
    """Carriers at ``lowest + step`` in units of the spacing, and where their products fall."""

    def __init__(self, steps: list[int], lowest: float) -> None:
        self.steps: list[int] = []
        self.lowest = lowest
        self._tones: list[float] = []
        self._products: list[float] = []
        self._distances: set[int] = set()
        for step in steps:
            self.add(step)

    def add(self, step: int) -> None:
        """Add a carrier above all others."""
        tone = self.lowest + step
        for product in self._new_products(tone):
            insort(self._products, product)
        self._distances.update(step - other for other in self.steps)
        self.steps.append(step)
        self._tones.append(tone)

    def has_room(self, step: int) -> bool:
        """Whether a carrier above all others meets no product, and makes none on a carrier."""
        distances = [step - other for other in self.steps]
        tone = self.lowest + step
        if not self._distances.isdisjoint(distances) or _is_near(self._products, tone):
            return False
        tones = [*self._tones, tone]
        return not any(_is_near(tones, product) for product in self._new_products(tone))

    def _new_products(self, tone: float) -> Iterator[float]:
        """Products that can meet a carrier, folded at 0 Hz.

        The rest needs no look: f_a - f_b falls on f_c when f_b + f_c falls on f_a, and 2 f_a - f_b
        falls on a carrier when distances are equal.
        """
        yield 2 * tone
        for other in self._tones:
            yield tone + other
            yield abs(2 * other - tone)


def _is_near(places: list[float], value: float) -> bool:
    """Whether ``value`` lies less than half a spacing from one of the rising ``places``."""
    index = bisect(places, value)
    around = places[max(index - 1, 0) : index + 1]
    return any(abs(place - value) < HALF_SPACING for place in around)
