"""Rules that carriers must keep besides collisions, checked on frequencies in Hz."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.design.error_model import window_for
from hgecircuit.design.plans.bands import NO_BANDS, ExcludedBands
from hgecircuit.design.plans.collisions import Collisions, distinct_tones, find_collisions
from hgecircuit.design.plans.expected import SAME
from hgecircuit.design.plans.limits import check_limits, check_number
from hgecircuit.design.plans.request import GATE, PlanRequest
from hgecircuit.errors import InputError
from hgecircuit.spec.carrier_rules import RELATIVE, SAMPLES_PER_CYCLE
from hgecircuit.units import format_quantity

# Part of a cycle that a gate may be off: below it a neighbour leaks less than this over pi.
_LARGEST_REST = 1e-3


@dataclass(frozen=True)
class PlanCheck:
    """What was found in a list of carriers.

    Attributes:
        frequencies_hz: Distinct carriers, rising.
        collisions: Products that fall on them.
        breaks: Other rules that they break, one sentence each.
    """

    frequencies_hz: tuple[float, ...]
    collisions: Collisions
    breaks: tuple[str, ...]


def check_frequencies(
    frequencies_hz: list[float] | tuple[float, ...],
    *,
    order: int = 3,
    time_s: float | None = None,
    response: str = GATE,
    lowest_hz: float | None = None,
    highest_hz: float | None = None,
    bands: ExcludedBands = NO_BANDS,
    sample_rate_hz: float | None = None,
) -> PlanCheck:
    """Look for collisions and broken rules in any list of carriers.

    Products closer to a carrier than 1/T count as on it, since T can't tell them apart; without T
    only products on the carrier itself. Where carriers are closer than 2/T to each other or to
    0 Hz, half that distance takes the place of 1/T.

    Args:
        frequencies_hz: Carriers; at most two on one frequency (a quadrature pair).
        order: Products up to this order, 2 or 3.
        time_s: T, or None.
        response: ``gate``, for which carriers must make whole cycles in T, or a low-pass.
        lowest_hz: Lower limit.
        highest_hz: Upper limit.
        bands: Excluded frequencies.
        sample_rate_hz: Sample rate of the rig.

    Raises:
        InputError: Not carriers, above half the sample rate, or limits that none can keep.
    """
    check_limits(lowest_hz, highest_hz, sample_rate_hz)
    check_number("--time", time_s, "s")
    # Says so when there is no such response.
    window_for(response, time_s or 1.0)
    tones = distinct_tones(frequencies_hz)
    if sample_rate_hz is not None and tones[-1] >= sample_rate_hz / 2:
        raise InputError(
            "a carrier above half the sample rate is another frequency once sampled",
            key="--check",
            value=_hertz(tones[-1]),
            expected=f"below {_hertz(sample_rate_hz / 2)}",
        )
    limits = _Limits(lowest_hz, highest_hz, bands, sample_rate_hz)
    breaks = [*_shared(np.asarray(frequencies_hz), tones), *limits.breaks(tones)]
    if time_s is not None:
        breaks += _within(tones, time_s, response == GATE, sample_rate_hz)
    closest_hz = float(np.diff(tones).min(initial=math.inf))
    least_hz = min(closest_hz, float(tones[0]))
    tolerance_hz = None if time_s is None else min(1 / time_s, least_hz / 2)
    collisions = find_collisions(
        tones, order=order, tolerance_hz=tolerance_hz, sample_rate_hz=sample_rate_hz
    )
    return PlanCheck(tuple(tones.tolist()), collisions, tuple(breaks))


def rule_breaks(request: PlanRequest, time_s: float, frequencies_hz: np.ndarray) -> list[str]:
    """Rules of a request that carriers break; empty for a plan.

    Args:
        request: Limits.
        time_s: T.
        frequencies_hz: One per channel, shape (M,).
    """
    tones = distinct_tones(frequencies_hz)
    limits = _Limits(request.lowest_hz, request.highest_hz, request.bands, request.sample_rate_hz)
    whole_cycles = request.response == GATE and request.is_coherent(time_s)
    breaks = [
        *limits.breaks(tones),
        *_within(tones, time_s, whole_cycles, request.sample_rate_hz),
    ]
    if len(tones) != request.carriers:
        breaks.append(f"{len(tones)} frequencies for {request.carriers} carriers")
    return breaks


@dataclass(frozen=True)
class _Limits:
    lowest_hz: float | None
    highest_hz: float | None
    bands: ExcludedBands
    sample_rate_hz: float | None

    def breaks(self, tones: np.ndarray) -> list[str]:
        found = []
        for tone_hz, blocked in zip(tones, self.bands.blocked(tones), strict=True):
            if self.lowest_hz is not None and tone_hz < self.lowest_hz * (1 - RELATIVE):
                found.append(f"{_hertz(tone_hz)} is below {_hertz(self.lowest_hz)}")
            if self.highest_hz is not None and tone_hz > self.highest_hz * (1 + RELATIVE):
                found.append(f"{_hertz(tone_hz)} is above {_hertz(self.highest_hz)}")
            if blocked:
                found.append(f"{_hertz(tone_hz)} lies in an excluded band")
            rate_hz = self.sample_rate_hz
            if rate_hz is not None and tone_hz > rate_hz / SAMPLES_PER_CYCLE * (1 + RELATIVE):
                found.append(
                    f"{_hertz(tone_hz)} has fewer than {SAMPLES_PER_CYCLE} samples per cycle at "
                    f"{_hertz(rate_hz)}"
                )
        return found


def _shared(frequencies_hz: np.ndarray, tones: np.ndarray) -> list[str]:
    return [
        f"more than two channels on {_hertz(tone_hz)}"
        for tone_hz in tones
        if np.isclose(frequencies_hz, tone_hz, rtol=SAME, atol=0).sum() > 2
    ]


def _within(
    tones: np.ndarray, time_s: float, whole_cycles: bool, sample_rate_hz: float | None
) -> list[str]:
    """Rules that come from T."""
    found = []
    if sample_rate_hz is not None and whole_cycles and not _is_whole(time_s * sample_rate_hz):
        found.append(
            f"{format_quantity(time_s, 's', 6)} is not a whole number of samples at "
            f"{_hertz(sample_rate_hz)}"
        )
    for tone_hz in tones:
        cycles = tone_hz * time_s
        if cycles < 1 - RELATIVE:
            found.append(f"{_hertz(tone_hz)} makes less than one cycle in T")
        elif whole_cycles and not _is_whole(cycles):
            found.append(
                f"{_hertz(tone_hz)} makes {cycles:.10g} cycles in the gate, not a whole number"
            )
    for lower_hz, upper_hz in itertools.pairwise(tones):
        if (upper_hz - lower_hz) * time_s < 1 - RELATIVE:
            found.append(
                f"{_hertz(lower_hz)} and {_hertz(upper_hz)} are closer than "
                f"1/T = {_hertz(1 / time_s)}"
            )
    return found


def _is_whole(cycles: float) -> bool:
    return abs(cycles - round(cycles)) <= min(_LARGEST_REST, RELATIVE * max(1.0, cycles))


def _hertz(frequency_hz: float) -> str:
    return format_quantity(float(frequency_hz), "Hz", 6)
