"""The low-passes and the gate that a lock-in can have, by name."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.design.error_model.windows import FilterWindow, GateWindow, LowpassWindow
from hgecircuit.errors import InputError
from hgecircuit.parts.filters.prototypes import (
    ALIASES,
    FAMILIES,
    MAX_ORDER,
    Prototype,
    cutoff_for_hz,
)
from hgecircuit.parts.filters.settling import READINGS

#: Step response at T is this far from 1: the paper's "98 % settled" (Boon 2025, Methods).
SETTLED_ERROR = 0.02
#: The gated integrator.
GATE = "gate"
#: Every response by its name: the filter families, and the gate.
RESPONSES = (*FAMILIES, GATE)


def window_for(
    response: str, time_s: float, *, order: int | None = None, settled: str | None = None
) -> FilterWindow:
    """The window of a low-pass that is 98 % settled at T, or of a gate.

    Args:
        response: One of :data:`RESPONSES`.
        time_s: T.
        order: Poles of the low-pass, 3 without it; none for a gate.
        settled: Reading of "98 % settled", ``first`` or ``stay``, ``first`` without it; none for a
            gate.

    Raises:
        InputError: No such response, order, reading or time, or a gate with an order or a reading.
    """
    response = ALIASES.get(response, response)
    if response not in RESPONSES:
        raise InputError(
            "no such filter response",
            key="--response",
            value=response,
            expected=", ".join(RESPONSES),
        )
    if not (math.isfinite(time_s) and time_s > 0):
        raise InputError("not a measurement time", key="--time", value=time_s, expected="above 0 s")
    if response == GATE:
        for key, value in (("--order", order), ("--settled", settled)):
            if value is not None:
                raise InputError(
                    "a gate has none: it forgets everything before it opens",
                    key=key,
                    value=value,
                    expected=f"no {key} with --response gate",
                )
        return GateWindow(time_s)
    order, settled = 3 if order is None else order, settled or "first"
    if order not in range(1, MAX_ORDER + 1):
        nearest = min(max(order, 1), MAX_ORDER)
        raise InputError(
            "no filter of that order",
            key="--order",
            value=order,
            expected=f"1 to {MAX_ORDER}; the nearest is {nearest}",
        )
    if settled not in READINGS:
        raise InputError(
            "no such reading of settled", key="--settled", value=settled, expected="first or stay"
        )
    cutoff_hz = cutoff_for_hz(response, order, time_s, SETTLED_ERROR, settled)
    return LowpassWindow(Prototype(response, order, cutoff_hz), time_s)


@dataclass(frozen=True)
class Filter:
    """A filter that a lock-in may have.

    Attributes:
        response: One of :data:`RESPONSES`.
        order: Poles; None for a gate.
        settled: Reading of "98 % settled"; None for a gate.
    """

    response: str
    order: int | None = None
    settled: str | None = None

    def window(self, time_s: float) -> FilterWindow:
        """Its window of length ``time_s``."""
        return window_for(self.response, time_s, order=self.order, settled=self.settled)

    @property
    def label(self) -> str:
        """In words."""
        if self.response == GATE:
            return "gate"
        return f"{self.response} {self.order}, {self.settled}"


def all_filters(
    responses: tuple[str, ...] = RESPONSES,
    orders: tuple[int, ...] = tuple(range(1, MAX_ORDER + 1)),
    readings: tuple[str, ...] = READINGS,
) -> tuple[Filter, ...]:
    """Every filter of these responses, orders and readings, each once.

    Where a step response doesn't overshoot by 2 % both readings are one; so are all of order 1.
    """
    found: dict[tuple[complex, ...], Filter] = {}
    for response in responses:
        if response == GATE:
            found[(0j,)] = Filter(GATE)
            continue
        for order in orders:
            for settled in readings:
                chosen = Filter(response, order, settled)
                window = chosen.window(1.0)
                assert isinstance(window, LowpassWindow)
                key = tuple(np.round(window.lowpass.poles_rad_s, 6).tolist())
                found.setdefault(key, chosen)
    return tuple(found.values())
