"""What can't be done, said with the nearest that can: op-amps, cut-offs and settling times."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from hgecircuit.design.filters.hints import option, typed
from hgecircuit.design.filters.opamps import OpAmpFit
from hgecircuit.design.filters.request import FREQUENCY_HZ, IDEAL_OPAMP, MAX_ERROR, FilterRequest
from hgecircuit.design.filters.rounding import UnbuildableError
from hgecircuit.errors import InputError
from hgecircuit.parts.filters.prototypes import Prototype
from hgecircuit.units import format_quantity

if TYPE_CHECKING:
    from hgecircuit.design.filters.design import FilterDesign

# A step goes this far beyond what a design asks for: other components change it a little.
_BEYOND = 1.01
# Where the fastest filter of exact values is known well enough, and how many designs find it.
_NEAR, _TRIES = 1.05, 20
# Real values ask up to three times as much of an op-amp, differently at every speed.
_STEP, _REAL_TRIES = 1.15, 9


class Size(Protocol):
    """Makes designs without an op-amp, of exact values or of real ones."""

    def __call__(self, request: FilterRequest, /, *, exact: bool = False) -> FilterDesign:
        """Design a filter."""
        ...


_Sizing = Callable[[FilterRequest], "FilterDesign"]


def choose_opamp(design: FilterDesign, size: Size) -> OpAmpFit | None:
    """The part asked for, or the one with the least `error_v`; None for ideal ones.

    Args:
        design: A design without an op-amp.
        size: Makes such designs, to find what comes nearest when no part fits.

    Raises:
        InputError: No part fits, or not the one asked for.
    """
    request, fits = design.request, design.fits
    if request.opamp == IDEAL_OPAMP:
        return None
    fitting = sorted((fit for fit in fits if fit.fits), key=lambda fit: fit.error_v)
    if request.opamp is None:
        if fitting:
            return fitting[0]
        nearest = min(fits, key=lambda fit: fit.excess)
        ways = _ways(design, nearest, f" (then {nearest.part.name} fits)", size)
        raise InputError(
            "no op-amp of the table can do it",
            expected=f"{ways}, or --opamp ideal and an op-amp of your own",
        )
    named = next(fit for fit in fits if fit.part.name == request.opamp)
    if named.fits:
        return named
    others = ", ".join(fit.part.name for fit in fitting)
    raise InputError(
        f"this op-amp can't do it: {'; '.join(named.reasons)}",
        key="--opamp",
        value=request.opamp,
        expected=(f"one of {others}, or " if others else "") + _ways(design, named, "", size),
    )


def unbuildable(request: FilterRequest, error: UnbuildableError, size: Size) -> InputError:
    """The error with the cut-offs or settling times that these ranges and op-amps can build."""
    key, value = _speed(request)
    wider = "wider --resistor-min, --resistor-max, --capacitor-min, --capacitor-max"
    ways = "more values to choose from"
    if error.span_hz is not None:
        slow, fast = (
            _at(request, error.span_hz[0], up=True),
            _at(request, error.span_hz[1], up=False),
        )
        best = _slowed(fast, size) or fast
        ends = [_option(best), _option(slow)]
        if best != fast:
            ends[0] += f" ({_option(fast).split()[1]} with --opamp ideal)"
        if key == "--cutoff":
            ends.reverse()
        ways = f"from {ends[0]} to {ends[1]}"
    return InputError(error.problem, key=key, value=value, expected=f"{ways}, or {wider}")


def _ways(design: FilterDesign, fit: OpAmpFit, note: str, size: Size) -> str:
    """Options with which a part fits, and the speed at which one does."""
    request = design.request
    options = _relaxed(request, fit)
    ways = [options + note] if options else []
    slower = None
    if max(fit.excess_response, fit.excess_slew) > 1:
        slower = _slowed(request, size)
    if slower is not None:
        ways.append(_option(slower))
    elif not ways:
        # The change of the response is in proportion to the cut-off.
        ways.append(f"a cut-off or settling speed about {fit.excess_response:.2g} times lower")
    return ", or ".join(ways)


def _relaxed(request: FilterRequest, fit: OpAmpFit) -> str:
    """Options with which a part fits at the same speed; none when its response is far off."""
    options = []
    if fit.response_error > MAX_ERROR:
        return ""
    if fit.excess_response > 1:
        options.append(option("--opamp-error", fit.response_error, "%", up=True))
    if fit.excess_attenuation > 1 and fit.attenuation_db is not None:
        options.append(f"--attenuation {math.floor(10 * fit.attenuation_db) / 10:g}dB")
    excess_swing = fit.excess_swing
    if fit.excess_supply > 1 and request.supply_v is not None:
        least_v, most_v = fit.part.supply_v
        supply_v = min(max(request.supply_v, least_v), most_v)
        options.append(option("--supply", supply_v, "V", up=supply_v == least_v))
        excess_swing *= request.supply_v / supply_v
    signal = max(fit.excess_slew, excess_swing)
    if signal > 1:
        options.append(option("--amplitude", request.amplitude_v / signal, "V", up=False))
    if fit.excess_offset > 1:
        options.append(option("--offset-budget", fit.output_offset_v, "V", up=True))
    return " ".join(options)


def _slowed(request: FilterRequest, size: Size) -> FilterRequest | None:
    """The request with about the least longer settling time, or higher cut-off, for an op-amp.

    Designs with exact values, which take no time, find where; real ones decide.

    Returns:
        None when it is not the speed that speaks against the op-amps, or nothing else allows it.
    """
    start = _bracket(request, partial(size, exact=True))
    if start is None:
        return None
    for _ in range(_REAL_TRIES):
        excess, cutoff_hz = _excess_speed(start, size)
        if excess is None or excess <= 1:
            return None if excess is None else start
        start = _at(start, cutoff_hz / min(_BEYOND * excess, _STEP), up=False)
    return None


def _bracket(request: FilterRequest, size: _Sizing) -> FilterRequest | None:
    """The fastest that is slow enough, between one that is and one that is not."""
    good: FilterRequest | None = None
    good_hz, bad_hz = 0.0, math.inf
    for _ in range(_TRIES):
        excess, cutoff_hz = _excess_speed(request, size)
        if excess is None:
            return good
        if excess <= 1:
            good, good_hz = request, cutoff_hz
        else:
            bad_hz = cutoff_hz
        if bad_hz <= _NEAR * good_hz or bad_hz == math.inf:
            return good
        next_hz = cutoff_hz / (_BEYOND * excess)
        if not good_hz * _BEYOND < next_hz < bad_hz / _BEYOND:
            next_hz = math.sqrt(good_hz * bad_hz)
        request = _at(request, next_hz, up=False)
    return good


def _excess_speed(request: FilterRequest, size: _Sizing) -> tuple[float | None, float]:
    """How many times too fast a filter is for the best op-amp that fits otherwise; its cut-off.

    None when there is no such filter or op-amp.
    """
    try:
        design = size(request)
    except InputError:
        return None, math.nan
    speeds = [
        max(fit.excess_response, fit.excess_slew)
        for fit in design.fits
        if request.opamp in (None, fit.part.name) and fit.excess_besides_speed <= 1
    ]
    ideal = 0.0 if request.opamp == IDEAL_OPAMP else None
    return min(speeds, default=ideal), design.prototype.cutoff_hz


def _at(request: FilterRequest, cutoff_hz: float, *, up: bool) -> FilterRequest:
    """The request with another cut-off, or the settling time that gives it.

    Args:
        request: What is asked.
        cutoff_hz: The cut-off wanted, in Hz.
        up: Whether a higher cut-off than this is on the safe side.
    """
    if request.cutoff_hz is not None:
        return replace(request, cutoff_hz=typed(max(cutoff_hz, FREQUENCY_HZ[0]), up=up))
    prototype = Prototype(request.family, request.order, cutoff_hz)
    settles_s = prototype.settling_s(request.settle_error, request.settled)
    return replace(request, settle_time_s=typed(settles_s, up=not up))


def _speed(request: FilterRequest) -> tuple[str, str]:
    """The option that sets how fast a filter is, and its value."""
    if request.cutoff_hz is not None:
        return "--cutoff", format_quantity(request.cutoff_hz, "Hz")
    assert request.settle_time_s is not None
    return "--settle-time", format_quantity(request.settle_time_s, "s")


def _option(request: FilterRequest) -> str:
    key, value = _speed(request)
    return f"{key} {value.replace(' ', '')}"
