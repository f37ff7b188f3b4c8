"""What a frequency plan is asked for, checked, and as a problem of whole numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction

from hgecircuit.design.plans.bands import NO_BANDS, ExcludedBands
from hgecircuit.design.plans.collisions import LARGEST_TONES
from hgecircuit.design.plans.construct import Effort
from hgecircuit.design.plans.expected import Listening, listening
from hgecircuit.design.plans.limits import (
    check_limits,
    check_number,
    check_order,
    highest_allowed_hz,
)
from hgecircuit.design.plans.room import check_room, check_size
from hgecircuit.design.plans.slots import Slots, whole
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.errors import InputError
from hgecircuit.units import format_quantity

OBJECTIVES = ("top", "error", "time")
GATE = "gate"
#: Grid of the carriers in 1/T: a gate rejects every multiple of 1/T; a low-pass that settles in T
#: needs some distance, four times 1/T in circuit files (spec/signals.py).
GRID_CYCLES = {True: 1, False: 4}
# The device noise of Boon 2025, Fig. 2c: 1e-5 nA^2/Hz at 1 kHz, 1/f^1.5.
PAPER_NOISE = NoiseSpec(flicker_a2_per_hz=1e-23, frequency_hz=1e3, exponent=1.5)
# 8 mV (Boon 2025, Fig. 2d) at 100 nA/V.
PAPER_SIGNAL_A = 0.8e-9
LARGEST_CHANNELS = LARGEST_TONES
# A sample rate that is no multiple of the grid is written as a fraction of it up to here.
_LARGEST_DENOMINATOR = 64


@dataclass(frozen=True)
class PlanRequest:
    """What is wanted.

    Attributes:
        channels: Number of channels M.
        time_s: Measurement time T; None when the shortest is asked for without a limit.
        lowest_hz: No carrier lies below; 1/T without it.
        highest_hz: No carrier lies above; None without a limit.
        grid_hz: Carriers are multiples of this; 1/T for a gate without it, 4/T for a low-pass.
        quadrature: Whether two channels share each carrier, 90 deg apart.
        order: Products up to this order are kept off carriers, 2 or 3.
        bands: Excluded frequencies.
        sample_rate_hz: Sample rate of the rig; None without one.
        objective: ``top`` (lowest top carrier), ``error`` (least expected error) or ``time``
            (shortest T).
        response: ``gate`` or the family of the lock-in's low-pass.
        filter_order: Poles of the low-pass; None for 3, and for a gate.
        settled: Reading of "98 % settled" of a low-pass, ``first`` or ``stay``; None for ``first``,
            and for a gate.
        signal_a: Amplitude of a carrier in the output, for the expected error.
        noise: Noise of the output; None without noise.
        allow_collisions: Whether the plan with the fewest collisions will do when none is free.
        effort: How long to search, and the seed.
    """

    channels: int
    time_s: float | None = None
    lowest_hz: float | None = None
    highest_hz: float | None = None
    grid_hz: float | None = None
    quadrature: bool = False
    order: int = 3
    bands: ExcludedBands = NO_BANDS
    sample_rate_hz: float | None = None
    objective: str = "top"
    response: str = GATE
    filter_order: int | None = None
    settled: str | None = None
    signal_a: float = PAPER_SIGNAL_A
    noise: NoiseSpec | None = PAPER_NOISE
    allow_collisions: bool = False
    effort: Effort = field(default_factory=Effort)

    def __post_init__(self) -> None:
        _check_numbers(self)
        _check_combination(self)

    @property
    def carriers(self) -> int:
        """Number of distinct carriers D."""
        return (self.channels + 1) // 2 if self.quadrature else self.channels

    @property
    def highest_allowed_hz(self) -> float | None:
        """The upper limit, from the request or from the sample rate."""
        return highest_allowed_hz(self.highest_hz, self.sample_rate_hz)

    def grid_for_hz(self, time_s: float) -> float:
        """Grid of the carriers for a measurement time."""
        return self.grid_hz or GRID_CYCLES[self.response == GATE] / time_s

    def is_coherent(self, time_s: float) -> bool:
        """Whether every multiple of the grid makes whole cycles in T."""
        return whole(self.grid_for_hz(time_s) * time_s) is not None

    def lock_in(self, time_s: float) -> Listening:
        """Window, signal and noise for a measurement time."""
        return listening(
            self.response,
            time_s,
            filter_order=self.filter_order,
            settled=self.settled,
            signal_a=self.signal_a,
            noise=self.noise,
        )

    def slots(self, time_s: float) -> Slots:
        """The problem in whole numbers for a measurement time.

        Raises:
            InputError: The grid is too fine for T, doesn't fit the sample rate, or has no place
                outside the bands.
        """
        grid_hz = self.grid_for_hz(time_s)
        if grid_hz * time_s < 1 - 1e-9:
            raise InputError(
                f"carriers that close can't be told apart within {_seconds(time_s)}",
                key="--grid",
                value=_hertz(grid_hz),
                expected=f"at least {_hertz(1 / time_s)}, or --time {_seconds(1 / grid_hz)}",
            )
        step, modulus = self._sampling(grid_hz, time_s)
        unit_hz = grid_hz / step
        highest_hz = self.highest_allowed_hz
        highest = None if highest_hz is None else _floor(highest_hz / unit_hz)
        lowest = max(step, _ceil((self.lowest_hz or 0.0) / unit_hz))
        slots = Slots(unit_hz, self.order, lowest, highest, step, modulus, self.bands)
        check_room(slots, None if self.grid_hz else GRID_CYCLES[self.response == GATE])
        # No wide band at either end: searches start from there.
        slots = replace(slots, lowest=next(slots.rising(lowest)))
        if highest is not None:
            slots = replace(slots, highest=next(slots.falling(highest)))
        # The least error hangs from the upper limit.
        at_top = slots.highest if self.objective == "error" else None
        check_size(slots, at_top or slots.lowest)
        return slots

    def _sampling(self, grid_hz: float, time_s: float) -> tuple[int, int | None]:
        """Units per grid step, and units per sample rate."""
        rate_hz = self.sample_rate_hz
        if rate_hz is None:
            return 1, None
        samples = rate_hz * time_s
        if self.response == GATE and whole(samples) is None:
            nearest_s = max(1, round(samples)) / rate_hz
            raise InputError(
                "not a whole number of samples in the gate",
                key="--time",
                value=_seconds(time_s),
                expected=f"{_seconds(nearest_s)} at {_hertz(rate_hz)}",
            )
        ratio = Fraction(rate_hz / grid_hz).limit_denominator(_LARGEST_DENOMINATOR)
        if not math.isclose(float(ratio), rate_hz / grid_hz, rel_tol=1e-9):
            nearest_hz = rate_hz / max(1, round(rate_hz / grid_hz))
            raise InputError(
                "the grid does not fit the sample rate, so that aliases fall between its places",
                key="--grid",
                value=_hertz(grid_hz),
                expected=f"{_hertz(nearest_hz, 9)}, a whole part of {_hertz(rate_hz)}",
            )
        return ratio.denominator, ratio.numerator


def _check_numbers(request: PlanRequest) -> None:
    if not 1 <= request.channels <= LARGEST_CHANNELS:
        raise InputError(
            "not a number of channels that can be planned",
            key="--channels",
            value=request.channels,
            expected=f"1 to {LARGEST_CHANNELS}",
        )
    check_number("--time", request.time_s, "s")
    check_number("--grid", request.grid_hz, "Hz")
    check_number("--amplitude", request.signal_a, "A")
    check_limits(request.lowest_hz, request.highest_hz, request.sample_rate_hz)
    check_order(request.order)


def _check_combination(request: PlanRequest) -> None:
    if request.objective not in OBJECTIVES:
        raise InputError(
            "not a choice",
            key="--objective",
            value=request.objective,
            expected=" or ".join(OBJECTIVES),
        )
    highest_hz = request.highest_allowed_hz
    if request.objective == "time":
        if request.grid_hz is not None:
            raise InputError(
                "a fixed grid leaves no time to shorten",
                key="--grid",
                value=_hertz(request.grid_hz),
                expected="no --grid with --objective time: the grid is a multiple of 1/T",
            )
        if highest_hz is None:
            raise InputError(
                "without an upper limit any time will do",
                key="--highest",
                expected="--highest or --sample-rate with --objective time",
            )
    elif request.time_s is None:
        raise InputError("no measurement time", key="--time", expected="--time 10ms")
    if request.response == GATE and request.filter_order is not None:
        raise InputError(
            "a gate has no poles",
            key="--poles",
            value=request.filter_order,
            expected="no --poles with --response gate",
        )
    # Says so now, rather than after the search, when there is no such low-pass.
    try:
        request.lock_in(request.time_s or 1.0)
    except InputError as error:
        if error.key != "--order":
            raise
        # There it is the filter's order, here that of the products.
        raise InputError(
            error.problem, key="--poles", value=error.value, expected=error.expected
        ) from error
    if request.objective == "error" and highest_hz is None:
        raise InputError(
            "without an upper limit the error falls forever",
            key="--highest",
            expected="--highest or --sample-rate with --objective error",
        )


def _floor(value: float) -> int:
    return math.floor(value * (1 + 1e-12))


def _ceil(value: float) -> int:
    return math.ceil(value * (1 - 1e-12))


def _hertz(frequency_hz: float, digits: int = 6) -> str:
    return format_quantity(frequency_hz, "Hz", digits)


def _seconds(time_s: float) -> str:
    return format_quantity(time_s, "s", 6)
