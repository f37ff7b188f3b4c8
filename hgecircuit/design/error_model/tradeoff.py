"""Gradient time against error: every filter, spacing and amplitude, and the best of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from hgecircuit.design.error_model.comb import DeviceCombs
from hgecircuit.design.error_model.points import check_electrodes, largest_amplitude_v
from hgecircuit.design.error_model.responses import GATE, RESPONSES, Filter
from hgecircuit.design.error_model.search import (
    PARTS,
    Errors,
    Space,
    filter_errors,
    gate_carriers,
)
from hgecircuit.devices.base import DeviceModel
from hgecircuit.errors import InputError
from hgecircuit.units import format_quantity

#: The paper's operating point (Boon 2025, Figs. 2d and 3).
PAPER_TIME_S, PAPER_SPACING_HZ, PAPER_AMPLITUDE_V = 0.1, 40.0, 8e-3


@dataclass(frozen=True)
class OperatingPoint:
    """One choice of everything.

    Attributes:
        time_s: Measurement time of one gradient.
        error: Relative error of the gradient.
        filter: The filter.
        cutoff_hz: Its cut-off.
        top_hz: Highest carrier.
        spacing_hz: Distance between carriers.
        amplitude_v: Perturbation amplitude.
        parts: Relative error by part, of :data:`PARTS`.
        place: Where the search found it: filter, time, spacing, amplitude.
    """

    time_s: float
    error: float
    filter: Filter
    cutoff_hz: float
    top_hz: float
    spacing_hz: float
    amplitude_v: float
    parts: dict[str, float]
    place: tuple[int, int, int, int]

    @property
    def largest(self) -> str:
        """Name of the largest part."""
        return max(self.parts, key=lambda name: self.parts[name])


@dataclass(frozen=True, eq=False)
class Tradeoff:
    """Result of a search.

    Attributes:
        space: What was tried.
        errors: Errors of every filter, in the space's order.
        combs: The device.
    """

    space: Space
    errors: tuple[Errors, ...]
    combs: DeviceCombs

    def point(self, choice: int, k: int, s: int, a: int) -> OperatingPoint:
        """The operating point at one place of the search."""
        errors, chosen = self.errors[choice], self.space.filters[choice]
        time_s = float(self.space.times_s[k])
        parts = errors.parts[:, k, s, a]
        return OperatingPoint(
            time_s,
            float(np.sqrt(max(parts.sum(), 0.0))),
            chosen,
            chosen.window(time_s).cutoff_hz,
            float(errors.top_hz[k]),
            float(errors.spacings_hz[k, s]),
            float(self.space.amplitudes_v[a]),
            {name: float(np.sqrt(max(part, 0.0))) for name, part in zip(PARTS, parts, strict=True)},
            (choice, k, s, a),
        )

    def over_amplitude(self, point: OperatingPoint) -> np.ndarray:
        """Parts of the relative error at a point, for all amplitudes: shape (4, A)."""
        choice, k, s, _ = point.place
        return np.sqrt(np.maximum(self.errors[choice].parts[:, k, s], 0.0))

    @cached_property
    def best_by_time(self) -> np.ndarray:
        """Least error of every filter at every time, shape (F, K)."""
        return np.stack([errors.relative.min(axis=(1, 2)) for errors in self.errors])

    def front(self, responses: Collection[str] = RESPONSES) -> tuple[OperatingPoint, ...]:
        """The Pareto front of some responses: rising time, falling error.

        It holds the times at which the least error falls below that of every shorter time.

        Args:
            responses: Names from :data:`RESPONSES`.
        """
        names = [chosen.response for chosen in self.space.filters]
        rows = [n for n, name in enumerate(names) if name in responses]
        front: list[OperatingPoint] = []
        least = np.inf
        for k in range(len(self.space.times_s) if rows else 0):
            choice = min(rows, key=lambda n: self.best_by_time[n, k])
            if not self.best_by_time[choice, k] < least:
                continue
            least = float(self.best_by_time[choice, k])
            places = self.errors[choice].relative[k]
            s, a = np.unravel_index(int(places.argmin()), places.shape)
            front.append(self.point(choice, k, int(s), int(a)))
        return tuple(front)


class PaperPoint(NamedTuple):
    """The paper's operating point, and a search over amplitude around it."""

    search: Tradeoff
    point: OperatingPoint


def paper_point(result: Tradeoff) -> PaperPoint | None:
    """The paper's filter, time, spacing and amplitude with a search's channels, top and noise.

    None when its carriers don't fit, or its amplitude the device.
    """
    space, combs = result.space, result.combs
    if (space.channels - 1) * PAPER_SPACING_HZ >= space.top_hz:
        return None
    if largest_amplitude_v(combs.device, space.channels) <= PAPER_AMPLITUDE_V:
        return None
    amplitudes_v = np.unique(np.append(space.amplitudes_v, PAPER_AMPLITUDE_V))
    around = replace(
        space,
        filters=(Filter("butterworth", 3, "first"),),
        times_s=np.array([PAPER_TIME_S]),
        spacings_hz=np.array([PAPER_SPACING_HZ]),
        amplitudes_v=amplitudes_v,
        one_spacing=False,
    )
    search = _search(combs, around)
    at = int(np.searchsorted(amplitudes_v, PAPER_AMPLITUDE_V))
    return PaperPoint(search, search.point(0, 0, 0, at))


def tradeoff(device: DeviceModel, space: Space) -> Tradeoff:
    """Search all of a space.

    Args:
        device: The device model; its first electrodes are the channels.
        space: What to try.

    Raises:
        InputError: More channels than electrodes, an amplitude that leaves the device's safe
            ranges, or no spacing or time that fits.
    """
    check_electrodes(device, space.channels)
    limit_hz = space.top_hz / max(space.channels - 1, 1)
    if space.channels > 1 and not (space.spacings_hz < limit_hz).any():
        raise InputError(
            f"{space.channels} carriers do not fit below {format_quantity(space.top_hz, 'Hz')}",
            key="--spacing",
            value=format_quantity(float(space.spacings_hz.min()), "Hz"),
            expected=f"below {format_quantity(limit_hz, 'Hz')}",
        )
    gates_only = all(chosen.response == GATE for chosen in space.filters)
    if gates_only and not space.one_spacing and not np.isfinite(gate_carriers(space)[0]).any():
        raise InputError(
            f"{space.channels} carriers on multiples of 1/T do not fit below "
            f"{format_quantity(space.top_hz, 'Hz')}",
            key="--longest",
            value=format_quantity(float(space.times_s.max()), "s"),
            expected=f"at least {format_quantity(space.channels / space.top_hz, 's')}, "
            "the shortest gate in which they all have whole periods",
        )
    return _search(DeviceCombs(device, space.channels, space.points), space)


def _search(combs: DeviceCombs, space: Space) -> Tradeoff:
    comb = combs.at(space.amplitudes_v)
    errors = tuple(filter_errors(space, comb, one) for one in space.filters)
    return Tradeoff(space, errors, combs)
