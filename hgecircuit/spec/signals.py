"""Perturbation and lock-in: the tables `[perturbation]` and `[lock_in]`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hgecircuit.spec.forms import Many, Number, Quantity
from hgecircuit.spec.table import (
    PositiveFrequency,
    PositiveTime,
    Table,
    derived,
    frequency,
    positive_voltage,
    setting,
)
from hgecircuit.units import PHASE

Settled = Literal["first", "stay"]

_AMPLITUDE = Many(positive_voltage(), or_one=True)
_FREQUENCIES = Many(frequency("400 Hz"))
TIME_WORDS = "Lock-in time T: the length of the gate, or when the low-pass has settled to 98 %."
SETTLED_WORDS = (
    'Reading of "98 % settled at t = time" of the Butterworth low-pass: the step response '
    "reaches 98 % for the first time, or stays within 2 % from then on."
)


class _Perturbation(Table):
    """What all plans have.

    Attributes:
        amplitude_v: Peak amplitude, one per control.
    """

    amplitude_v: Annotated[tuple[float, ...], _AMPLITUDE] = setting(
        default="20 mV",
        alias="amplitude",
        description="Peak amplitude of the sine on each control: one for all, or one each.",
    )


class QuadraturePlan(_Perturbation):
    """Two controls share a frequency, 90 deg apart; the frequencies avoid each other's products.

    Attributes:
        plan: "quadrature".
        lowest_hz: Lowest carrier.
        spacing_hz: Step of the frequency grid.
    """

    plan: Literal["quadrature"] = setting(
        default="quadrature",
        description="How carriers are chosen: `quadrature` (two controls per frequency, 90 deg "
        "apart), `golomb` (one frequency per control) or `explicit`.",
    )
    lowest_hz: PositiveFrequency = derived(
        "4/time with the gate filter, 10/time with the Butterworth",
        alias="lowest",
        description="Lowest carrier frequency.",
    )
    spacing_hz: PositiveFrequency = derived(
        "1/time with the gate filter, 4/time with the Butterworth",
        alias="spacing",
        description="Grid of the carriers: each is `lowest` plus a multiple of this.",
    )


class GolombPlan(_Perturbation):
    """One frequency per control, no two pairs with the same difference.

    Attributes:
        plan: "golomb".
        lowest_hz: Lowest carrier.
        spacing_hz: Step of the frequency grid.
    """

    plan: Literal["golomb"] = Field(description="One frequency per control.")
    lowest_hz: PositiveFrequency = derived(
        "12/time with the gate filter, 20/time with the Butterworth",
        alias="lowest",
        description="Lowest carrier frequency.",
    )
    spacing_hz: PositiveFrequency = derived(
        "1/time with the gate filter, 4/time with the Butterworth",
        alias="spacing",
        description="Grid of the carriers: each is `lowest` plus a multiple of this.",
    )


class ExplicitPlan(_Perturbation):
    """Carriers as listed.

    Attributes:
        plan: "explicit".
        frequencies_hz: One per control.
        phases_rad: One per control, in rad.
    """

    plan: Literal["explicit"] = Field(description="The carriers are listed.")
    frequencies_hz: Annotated[tuple[float, ...], _FREQUENCIES] = Field(
        alias="frequencies",
        description="Carrier frequency of each control; two controls may share one at 90 deg.",
    )
    phases_rad: Annotated[tuple[float, ...], Many(Quantity(PHASE))] = derived(
        "0 deg for every control",
        alias="phases",
        description="Phase of each control's sine: v = amplitude sin(2 pi f t + phase).",
    )


PerturbationSpec = QuadraturePlan | GolombPlan | ExplicitPlan


class GateFilter(Table):
    """A boxcar over exactly `time`: carriers at multiples of 1/time cancel.

    Attributes:
        filter: "gate".
        time_s: Length of the gate T.
    """

    filter: Literal["gate"] = derived(
        "gate for the coherent loop, butterworth for the continuous one",
        description="`gate` (coherent loop: integrate over exactly `time`) or `butterworth` "
        "(continuous loop: a low-pass of RC and Sallen-Key sections).",
    )
    time_s: PositiveTime = setting(
        default="10 ms",
        alias="time",
        description=TIME_WORDS,
    )


class ButterworthFilter(Table):
    """A Butterworth low-pass; the paper's is of third order (Boon 2025, Methods).

    Attributes:
        filter: "butterworth".
        order: Number of poles.
        time_s: Time T after which the step response has settled to 98 %.
        settled: Which reading of "settled".
    """

    filter: Literal["butterworth"] = derived(
        "gate for the coherent loop, butterworth for the continuous one",
        description="The low-pass.",
    )
    order: Annotated[int, Number(integer=True, at_least=1, at_most=6)] = setting(
        default=3, description="Poles of the low-pass: Sallen-Key sections, and an RC if odd."
    )
    time_s: PositiveTime = setting(default="10 ms", alias="time", description=TIME_WORDS)
    settled: Settled = setting(default="first", description=SETTLED_WORDS)


LockInSpec = GateFilter | ButterworthFilter
