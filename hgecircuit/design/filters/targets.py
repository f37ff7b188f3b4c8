"""From a request to the ideal filter: cut-off, poles, and whether it can do what is asked."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from hgecircuit.design.filters.hints import option
from hgecircuit.design.filters.request import FREQUENCY_HZ, TIME_S, FilterRequest
from hgecircuit.errors import InputError
from hgecircuit.parts.filters.prototypes import (
    FAMILIES,
    MAX_ORDER,
    PoleTarget,
    Prototype,
    cutoff_for_hz,
)
from hgecircuit.parts.filters.sections import TOPOLOGIES
from hgecircuit.units import format_quantity

# A settling time that is met to this share is met.
_ROUNDING = 1e-9


def choose_prototype(request: FilterRequest) -> Prototype:
    """The ideal filter of a request.

    Raises:
        InputError: The topology can't build the response, cut-off and settling time contradict,
            or the attenuation can't be reached; each with the nearest thing that is possible.
    """
    _check_topology(request)
    prototype = Prototype(request.family, request.order, _cutoff_hz(request))
    inside = [f for f in request.reject_hz if f <= prototype.cutoff_hz]
    if inside:
        raise InputError(
            f"an interfering frequency inside the pass-band, which ends at "
            f"{format_quantity(prototype.cutoff_hz, 'Hz')}",
            key="--reject",
            value=format_quantity(inside[0], "Hz"),
            expected=_join("a frequency above the cut-off", _with_cutoff(request, inside[0] / 2)),
        )
    _check_attenuation(request, prototype)
    return prototype


def section_targets(prototype: Prototype, topology: str) -> tuple[PoleTarget, ...]:
    """The sections that the topology builds, lowest Q first.

    Low Q first keeps the signal inside from exceeding the input: the section with the highest peak
    only sees what the others have passed.
    """
    if TOPOLOGIES[topology].second is None:
        pole_hz = float(np.abs(prototype.poles_rad_s[0])) / (2 * math.pi)
        return (PoleTarget(pole_hz, None),) * prototype.order
    return prototype.sections


def _check_topology(request: FilterRequest) -> None:
    real_poles = request.order == 1 or request.family == "critically-damped"
    if TOPOLOGIES[request.topology].second is None and not real_poles:
        raise InputError(
            f"RC sections have real poles only; a {request.family} filter of order "
            f"{request.order} has complex ones",
            key="--topology",
            value=request.topology,
            expected="--response critically-damped, the nearest with RC sections, or --topology "
            "sallen-key",
        )


def _cutoff_hz(request: FilterRequest) -> float:
    if request.settle_time_s is None:
        assert request.cutoff_hz is not None
        return request.cutoff_hz
    wanted = (request.settle_time_s, request.settle_error, request.settled)
    least_hz = cutoff_for_hz(request.family, request.order, *wanted)
    if request.cutoff_hz is None:
        return least_hz
    prototype = Prototype(request.family, request.order, request.cutoff_hz)
    settles_s = prototype.settling_s(request.settle_error, request.settled)
    if settles_s > request.settle_time_s * (1 + _ROUNDING):
        raise InputError(
            f"cut-off and settling time contradict: with {_hz(request.cutoff_hz)} the filter"
            f" settles to {100 * request.settle_error:.4g} % ({request.settled}) after "
            f"{_s(settles_s)}, not {_s(request.settle_time_s)}",
            key="--cutoff",
            value=_hz(request.cutoff_hz),
            expected=f"at least {option('--cutoff', least_hz, 'Hz', up=True)} for that time, or "
            + option("--settle-time", settles_s, "s", up=True),
        )
    return request.cutoff_hz


def _check_attenuation(request: FilterRequest, prototype: Prototype) -> None:
    if request.attenuation_db is None:
        return
    reached_db = prototype.attenuation_db(np.array(request.reject_hz))
    worst = int(np.argmin(reached_db))
    if reached_db[worst] >= request.attenuation_db:
        return
    raise InputError(
        f"a {request.family} filter of order {request.order} that cuts off at "
        f"{_hz(prototype.cutoff_hz)} takes {reached_db[worst]:.1f} dB off "
        f"{_hz(request.reject_hz[worst])}",
        key="--attenuation",
        value=f"{request.attenuation_db:g} dB",
        expected=_alternatives(request),
    )


def _alternatives(request: FilterRequest) -> str:
    """What comes nearest to the attenuation asked for: another order or response, or more time."""
    found = []
    for family in FAMILIES:
        for order in range(1, MAX_ORDER + 1):
            trial = dataclasses.replace(
                request, family=family, order=order, attenuation_db=None, topology="sallen-key"
            )
            try:
                prototype = choose_prototype(trial)
            except InputError:
                continue
            least_db = float(np.min(prototype.attenuation_db(np.array(request.reject_hz))))
            found.append((least_db, -order, family))
    enough = [one for one in found if one[0] >= (request.attenuation_db or 0.0)]
    hints = []
    if enough:
        least_db, order, family = max(enough, key=lambda one: (one[1], one[0]))
        hints.append(f"--order {-order} --response {family} ({least_db:.1f} dB)")
    elif found:
        least_db, order, family = max(found)
        hints.append(f"at most {least_db:.1f} dB, by --order {-order} --response {family}")
    return _join(*hints, _with_cutoff(request, _cutoff_for_attenuation_hz(request)))


def _cutoff_for_attenuation_hz(request: FilterRequest) -> float:
    """Highest cut-off at which the request's own response attenuates enough."""
    from scipy.optimize import brentq

    unit = Prototype(request.family, request.order, 1.0)
    wanted_db = request.attenuation_db or 0.0

    def excess(log_ratio: float) -> float:
        return float(unit.attenuation_db(math.exp(log_ratio))) - wanted_db

    log_ratio = float(np.asarray(brentq(excess, -20.0, 400.0 / request.order)))
    return min(request.reject_hz) / math.exp(log_ratio)


def _join(*hints: str | None) -> str:
    return ", or ".join(hint for hint in hints if hint)


def _with_cutoff(request: FilterRequest, cutoff_hz: float) -> str | None:
    """Options that give another cut-off; None when it is none of a real filter."""
    prototype = Prototype(request.family, request.order, cutoff_hz)
    settles_s = prototype.settling_s(request.settle_error, request.settled)
    if cutoff_hz <= FREQUENCY_HZ[0] or settles_s >= TIME_S[1]:
        return None
    slower = option("--settle-time", settles_s, "s", up=True)
    if request.cutoff_hz is None:
        return slower
    lower = option("--cutoff", cutoff_hz, "Hz", up=False)
    in_time = request.settle_time_s is None or settles_s < request.settle_time_s
    return lower if in_time else f"{lower} {slower}"


def _hz(value: float) -> str:
    return format_quantity(value, "Hz")


def _s(value: float) -> str:
    return format_quantity(value, "s")
