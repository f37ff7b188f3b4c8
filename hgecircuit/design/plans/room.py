"""Whether there is any place for a carrier, and what to say when there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hgecircuit.design.plans.bands import NO_BANDS
from hgecircuit.design.plans.slots import LARGEST_MODULUS, LARGEST_PLACE, Slots
from hgecircuit.errors import InputError
from hgecircuit.units import format_quantity


class NoPlaceError(InputError):
    """Not a single carrier fits between the limits and the bands."""


def check_room(slots: Slots, grid_cycles: float | None) -> None:
    """Some place must lie within the limits and outside the bands.

    Args:
        slots: The rules.
        grid_cycles: The grid in 1/T when it follows T; None when it is fixed.

    Raises:
        NoPlaceError: There is none.
    """
    if _has_place(slots):
        return
    grid, bands = _hertz(slots.unit_hz * slots.step), slots.bands
    if not _has_place(replace(slots, bands=NO_BANDS)):
        raise NoPlaceError(
            "no multiple of the grid lies within the limits",
            key="--grid",
            value=grid,
            expected="a finer grid (a longer --time for a gate), or wider limits",
        )
    if not _has_place(replace(slots, bands=replace(bands, mains_hz=()))):
        raise NoPlaceError(
            f"no multiple of the grid, {grid}, lies within the limits and outside the bands",
            key="--exclude",
            value=", ".join(f"{_hertz(lower)}-{_hertz(upper)}" for lower, upper in bands.bands_hz),
            expected="narrower bands or wider limits",
        )
    raise NoPlaceError(
        f"every multiple of the grid, {grid}, is excluded within the limits",
        key="--avoid",
        value=", ".join(_hertz(mains_hz) for mains_hz in bands.mains_hz),
        expected=_other_grid(slots, grid_cycles),
    )


def check_size(slots: Slots, place: int, largest: int = LARGEST_PLACE) -> None:
    """Places must be few enough to be counted one by one.

    Args:
        slots: The rules.
        place: About where carriers will lie.
        largest: Largest place.

    Raises:
        InputError: Too many.
    """
    share = max(place / largest, (slots.modulus or 0) / LARGEST_MODULUS)
    if share <= 1:
        return
    raise InputError(
        "too fine a grid for carriers or a sample rate that high",
        key="--grid",
        value=_hertz(slots.unit_hz * slots.step),
        expected=f"at least {_hertz(share * slots.unit_hz, 10)} (a shorter --time for a gate)",
    )


def _has_place(slots: Slots) -> bool:
    return next(slots.rising(slots.lowest), None) is not None


def _other_grid(slots: Slots, grid_cycles: float | None) -> str:
    """A grid near the wanted one with multiples between the harmonics of mains."""
    grid_hz = slots.unit_hz * slots.step
    for share in np.linspace(1.01, 2.0, 100):
        for other_hz in (grid_hz / share, grid_hz * share):
            if np.mean(slots.bands.blocked(np.arange(1, 65) * other_hz)) < 0.5:
                other = f"another grid, such as {_hertz(other_hz)}"
                if grid_cycles is not None:
                    time = format_quantity(grid_cycles / other_hz, "s", 6)
                    other = f"another time, such as --time {time}"
                return f"{other}, or a narrower --avoid-width"
    return "a narrower --avoid-width"


def _hertz(frequency_hz: float, digits: int = 6) -> str:
    return format_quantity(float(frequency_hz), "Hz", digits)
