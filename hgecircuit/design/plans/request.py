"""What a frequency plan is asked for, checked, and as a problem of whole numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from hgecircuit.design.plans.bands import NO_BANDS, ExcludedBands
from hgecircuit.design.plans.collisions import LARGEST_TONES
from hgecircuit.design.plans.construct import Effort
from hgecircuit.design.plans.expected import Listening, listening
from hgecircuit.design.plans.slots import Slots, whole
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.errors import InputError
from hgecircuit.spec.carrier_rules import SAMPLES_PER_CYCLE
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
# Without an upper limit carriers must still be found somewhere between bands.
_MOST_BLOCKED = 65_536
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
        limits = [] if self.highest_hz is None else [self.highest_hz]
        if self.sample_rate_hz is not None:
            limits.append(self.sample_rate_hz / SAMPLES_PER_CYCLE)
        return min(limits, default=None)

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
        _check_room(self, slots)
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
    for key, value, unit in (
        ("--time", request.time_s, "s"),
        ("--lowest", request.lowest_hz, "Hz"),
        ("--highest", request.highest_hz, "Hz"),
        ("--grid", request.grid_hz, "Hz"),
        ("--sample-rate", request.sample_rate_hz, "Hz"),
        ("--amplitude", request.signal_a, "A"),
        *(("--avoid", mains_hz, "Hz") for mains_hz in request.bands.mains_hz),
    ):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise InputError(
                "not above zero",
                key=key,
                value=format_quantity(value, unit),
                expected=f"a value above 0 {unit}",
            )
    width_hz = request.bands.mains_width_hz
    if not (math.isfinite(width_hz) and width_hz >= 0):
        raise InputError(
            "not a width", key="--avoid-width", value=_hertz(width_hz), expected="0 Hz or more"
        )
    for lower_hz, upper_hz in request.bands.bands_hz:
        if not 0 <= lower_hz <= upper_hz < math.inf:
            raise InputError(
                "not a band",
                key="--exclude",
                value=f"{_hertz(lower_hz)}-{_hertz(upper_hz)}",
                expected="the lower end first, such as 100Hz-120Hz",
            )


def _check_combination(request: PlanRequest) -> None:
    for key, value, accepted in (
        ("--order", request.order, (2, 3)),
        ("--objective", request.objective, OBJECTIVES),
    ):
        if value not in accepted:
            names = " or ".join(str(one) for one in accepted)
            raise InputError("not a choice", key=key, value=value, expected=names)
    lowest_hz, highest_hz = request.lowest_hz, request.highest_allowed_hz
    if lowest_hz is not None and highest_hz is not None and lowest_hz > highest_hz:
        limit = "--highest" if request.highest_hz == highest_hz else "--sample-rate"
        raise InputError(
            f"the lower limit is above what {limit} allows",
            key="--lowest",
            value=_hertz(lowest_hz),
            expected=f"at most {_hertz(highest_hz)}",
        )
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
    request.lock_in(request.time_s or 1.0)
    if request.objective == "error" and highest_hz is None:
        raise InputError(
            "without an upper limit the error falls forever",
            key="--highest",
            expected="--highest or --sample-rate with --objective error",
        )


def _check_room(request: PlanRequest, slots: Slots) -> None:
    """Some place must lie within the limits and outside the bands."""
    if _has_place(slots):
        return
    grid_hz = slots.unit_hz * slots.step
    if not _has_place(replace(slots, bands=NO_BANDS)):
        raise InputError(
            "no multiple of the grid lies within the limits",
            key="--grid",
            value=_hertz(grid_hz),
            expected="a finer grid (a longer --time for a gate), or wider limits",
        )
    raise InputError(
        "every multiple of the grid within the limits is excluded",
        key="--avoid" if request.bands.mains_hz else "--exclude",
        value=", ".join(_hertz(one) for one in request.bands.mains_hz) or None,
        expected=_other_grid(request, grid_hz),
    )


def _has_place(slots: Slots) -> bool:
    """Whether any place is allowed; mains are followed for a while only, which they repeat."""
    last = slots.lowest + _MOST_BLOCKED * slots.step
    if len(slots.allowed(slots.lowest, last)):
        return True
    above_hz = max((upper for _, upper in slots.bands.bands_hz), default=0.0)
    first = max(last, _ceil(above_hz / slots.unit_hz))
    return len(slots.allowed(first, first + _MOST_BLOCKED * slots.step)) > 0


def _other_grid(request: PlanRequest, grid_hz: float) -> str:
    """A grid near the wanted one with multiples between the harmonics of mains."""
    for share in np.linspace(1.01, 2.0, 100):
        for finer_hz in (grid_hz / share, grid_hz * share):
            multiples = np.arange(1, 65) * finer_hz
            if np.mean(request.bands.blocked(multiples)) < 0.5:
                time = "" if request.grid_hz else f" (--time {_seconds(1 / finer_hz)} for a gate)"
                return (
                    f"another grid, such as {_hertz(finer_hz)}{time}, or a narrower --avoid-width"
                )
    return "a narrower --avoid-width"


def _floor(value: float) -> int:
    return math.floor(value * (1 + 1e-9))


def _ceil(value: float) -> int:
    return math.ceil(value * (1 - 1e-9))


def _hertz(frequency_hz: float, digits: int = 6) -> str:
    return format_quantity(frequency_hz, "Hz", digits)


def _seconds(time_s: float) -> str:
    return format_quantity(time_s, "s", 6)
