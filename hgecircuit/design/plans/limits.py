"""Checks of the numbers that a plan, or the check of a list of carriers, is asked for with."""

from __future__ import annotations

from hgecircuit.errors import InputError
from hgecircuit.spec.carrier_rules import SAMPLES_PER_CYCLE
from hgecircuit.units import format_quantity

# Far beyond every lock-in, and near enough that no square or power of them overflows.
_RANGES = {"s": (1e-12, 1e12), "Hz": (1e-12, 1e15), "A": (1e-21, 1e3)}


def check_number(key: str, value: float | None, unit: str) -> None:
    """Refuse what is no time, frequency or current; None is none and passes.

    Raises:
        InputError: Not above zero, not a number, or too far away from anything real.
    """
    lowest, highest = _RANGES[unit]
    if value is None or lowest <= value <= highest:
        return
    written = format_quantity(value, unit)
    if not value > 0:
        raise InputError(
            "not above zero", key=key, value=written, expected=f"a value above 0 {unit}"
        )
    ends = (format_quantity(end, unit) for end in (lowest, highest))
    raise InputError("out of range", key=key, value=written, expected=" to ".join(ends))


def check_order(order: int) -> None:
    """Refuse an order of products other than 2 and 3.

    Raises:
        InputError: Another order.
    """
    if order not in (2, 3):
        raise InputError("not a choice", key="--order", value=order, expected="2 or 3")


def highest_allowed_hz(highest_hz: float | None, sample_rate_hz: float | None) -> float | None:
    """The upper limit of carriers, from the request or from the sample rate; None without both."""
    limits = [] if highest_hz is None else [highest_hz]
    if sample_rate_hz is not None:
        limits.append(sample_rate_hz / SAMPLES_PER_CYCLE)
    return min(limits, default=None)


def check_limits(
    lowest_hz: float | None, highest_hz: float | None, sample_rate_hz: float | None
) -> None:
    """Refuse limits that no carrier can keep.

    Raises:
        InputError: Not frequencies, or the lower limit above the upper one.
    """
    check_number("--lowest", lowest_hz, "Hz")
    check_number("--highest", highest_hz, "Hz")
    check_number("--sample-rate", sample_rate_hz, "Hz")
    allowed_hz = highest_allowed_hz(highest_hz, sample_rate_hz)
    if lowest_hz is not None and allowed_hz is not None and lowest_hz > allowed_hz:
        limit = "--highest" if highest_hz == allowed_hz else "--sample-rate"
        raise InputError(
            f"the lower limit is above what {limit} allows",
            key="--lowest",
            value=format_quantity(lowest_hz, "Hz", 6),
            expected=f"at most {format_quantity(allowed_hz, 'Hz', 6)}",
        )
