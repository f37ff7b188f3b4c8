"""Which products of carriers fall on carriers: an independent check of any list of frequencies.

It works on frequencies in Hz by sorting sums, and shares nothing with the searches, which work on
whole numbers with bit sets.

A device with a quadratic and a cubic term, driven by carriers of equal amplitude, makes products at
2 f1, f1 +- f2 (second order) and 3 f1, 2 f1 +- f2, f1 +- f2 +- f3 (third order). f1 + f2 - f2 is
the carrier f1 itself: a change of its gain that no plan can avoid, and no collision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hgecircuit.design.plans.limits import check_number, check_order
from hgecircuit.errors import InputError
from hgecircuit.units import format_quantity

# Rounding of sums of three frequencies, relative to the highest.
_ROUNDING = 1e-12
_ROWS = 128
LARGEST_TONES = 2048
# Amplitude of each product for x^2 and x^3 of unit amplitudes, by how often its tones occur.
_WEIGHTS = {(2,): 1 / 2, (1, 1): 1.0, (3,): 1 / 4, (1, 2): 3 / 4, (1, 1, 1): 3 / 2}


@dataclass(frozen=True)
class Collision:
    """One product that falls on a carrier.

    Attributes:
        order: 2 or 3.
        tones_hz: Carriers that make it, falling multiplicity first.
        counts: How often each occurs, negative when it is subtracted.
        product_hz: Where the product lies before it is folded; never negative.
        carrier_hz: The carrier on which it falls.
        weight: Its amplitude for x^order of carriers of amplitude 1.
        is_alias: Whether it reaches the carrier only after sampling.
    """

    order: int
    tones_hz: tuple[float, ...]
    counts: tuple[int, ...]
    product_hz: float
    carrier_hz: float
    weight: float
    is_alias: bool

    @property
    def formula(self) -> str:
        """The product in words of carriers, such as "2 x 500 Hz - 400 Hz"."""
        text = ""
        for tone_hz, count in zip(self.tones_hz, self.counts, strict=True):
            times = f"{abs(count)} x " if abs(count) > 1 else ""
            sign = (" - " if count < 0 else " + ") if text else ("-" if count < 0 else "")
            text += f"{sign}{times}{format_quantity(tone_hz, 'Hz', 9)}"
        return text


@dataclass(frozen=True)
class Collisions:
    """All collisions of a list of carriers.

    Attributes:
        order: Products up to this order were looked at.
        counts: Number of collisions by order; exact.
        listed: The first of them, second order first, then by carrier.
        tolerance_hz: Products closer than this to a carrier count.
    """

    order: int
    counts: dict[int, int]
    listed: tuple[Collision, ...]
    tolerance_hz: float

    @property
    def total(self) -> int:
        """Number of collisions."""
        return sum(self.counts.values())


def find_collisions(
    frequencies_hz: np.ndarray | tuple[float, ...] | list[float],
    *,
    order: int = 3,
    tolerance_hz: float | None = None,
    sample_rate_hz: float | None = None,
    listed: int = 1000,
) -> Collisions:
    """Products up to ``order`` that fall on carriers.

    Args:
        frequencies_hz: Carriers, shape (M,); those that occur twice count once (quadrature pairs).
        order: 2 or 3.
        tolerance_hz: A product closer than this to a carrier is on it; rounding only without it.
        sample_rate_hz: Rate at which the output is sampled; products fold at it.
        listed: Longest list that is made; all are counted.

    Returns:
        The collisions. Time and memory grow with M^2, not with M^3.

    Raises:
        InputError: Not frequencies, too many, or the lowest or a distance within the tolerance.
    """
    check_order(order)
    check_number("--sample-rate", sample_rate_hz, "Hz")
    tones = distinct_tones(frequencies_hz)
    least = _ROUNDING * max(float(tones[-1]), sample_rate_hz or 0.0)
    tolerance = least if tolerance_hz is None else max(least, tolerance_hz * (1 - 1e-6))
    if tones[0] <= tolerance:
        raise InputError(
            "the lowest carrier is lost in the rounding of the highest, or within the tolerance",
            value=format_quantity(tones[0], "Hz", 7),
            expected=f"above {format_quantity(tolerance, 'Hz')}",
        )
    gaps = np.diff(tones)
    if len(gaps) and gaps.min() <= tolerance:
        place = int(np.argmin(gaps))
        raise InputError(
            "two carriers are closer than what counts as one frequency",
            value=f"{format_quantity(tones[place], 'Hz', 7)}, "
            f"{format_quantity(tones[place + 1], 'Hz', 7)}",
            expected=f"equal, or more than {format_quantity(tolerance, 'Hz')} apart",
        )
    search = _Search(tones, tolerance, sample_rate_hz)
    counts, found = {2: search.second_count()}, []
    if order >= 3:
        counts[3] = search.third_count()
    if counts[2]:
        found += _first(search.second(), listed)
    if counts.get(3):
        found += _first(search.third(), listed - len(found))
    found.sort(key=lambda one: (one.order, one.carrier_hz, one.product_hz, one.tones_hz))
    return Collisions(order, counts, tuple(found), tolerance)


def distinct_tones(frequencies_hz: np.ndarray | tuple[float, ...] | list[float]) -> np.ndarray:
    """Distinct frequencies, rising.

    Raises:
        InputError: None, not above 0 Hz, or too many.
    """
    values = np.asarray(frequencies_hz, float)
    bad = values[~(np.isfinite(values) & (values > 0))]
    if len(values) == 0 or len(bad):
        raise InputError(
            "not a list of carriers",
            value=float(bad[0]) if len(bad) else "nothing",
            expected="frequencies above 0 Hz",
        )
    tones = np.sort(values)
    tones = tones[np.concatenate([[True], np.diff(tones) > _ROUNDING * tones[1:]])]
    if len(tones) > LARGEST_TONES:
        raise InputError(
            "too many carriers for the check",
            value=len(tones),
            expected=f"at most {LARGEST_TONES} frequencies",
        )
    return tones


def _first(found: Iterator[Collision], most: int) -> list[Collision]:
    return [one for one, _ in zip(found, range(max(0, most)), strict=False)]


class _Search:
    """Signed carriers S (each f and -f), and the sorted sums x + y of pairs x != -y."""

    def __init__(self, tones: np.ndarray, tolerance: float, rate: float | None) -> None:
        self._tones, self._tolerance = tones, tolerance
        self._signed = np.concatenate([tones, -tones])
        # Sums of four signed carriers below half the rate stay below twice the rate.
        self._images = np.array([0.0]) if rate is None else rate * np.arange(-1, 2)
        self._rate = rate
        count = len(tones)
        one, other = np.triu_indices(2 * count)
        keep = other - one != count
        one, other = one[keep].astype(np.int32), other[keep].astype(np.int32)
        sums = self._signed[one] + self._signed[other]
        by_size = np.argsort(sums, kind="stable")
        self._sums, self._one, self._other = sums[by_size], one[by_size], other[by_size]

    def _range(self, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and last + 1 of the sums within the tolerance of targets."""
        first = np.searchsorted(self._sums, targets - self._tolerance, "left")
        return first, np.searchsorted(self._sums, targets + self._tolerance, "right")

    def second_count(self) -> int:
        first, last = self._range((self._tones[:, None] + self._images).ravel())
        return int((last - first).sum())

    def second(self) -> Iterator[Collision]:
        for carrier in self._tones:
            for image in self._images:
                first, last = self._range(np.array([carrier + image]))
                for k in range(int(first[0]), int(last[0])):
                    yield self._made((int(self._one[k]), int(self._other[k])), carrier)

    def third_count(self) -> int:
        """Triples x + y + z on a carrier w, from the pairs x + y on w - z.

        A triple of three different members is found three times, {x, x, z} twice, {x, x, x} once;
        and w + v - v is found 2 M - 1 times for every carrier w.
        """
        if not self._has_coincidences():
            return 0
        found = doubles = triples = 0
        for start in range(0, len(self._tones), _ROWS):
            wanted = self._tones[start : start + _ROWS, None] + self._images
            rest = (wanted.ravel()[:, None] - self._signed).ravel()
            first, last = self._range(rest)
            found += int((last - first).sum())
            both, three = self._repeated(wanted.ravel())
            doubles, triples = doubles + both, triples + three
        found -= len(self._tones) * (2 * len(self._tones) - 1)
        return (found - 2 * doubles - triples) // 3 + doubles + triples

    def _repeated(self, wanted: np.ndarray) -> tuple[int, int]:
        """Numbers of {x, x, z} with z other than x and -x, and of {x, x, x}, on wanted places."""
        rising = np.sort(self._signed)
        rest = wanted[:, None] - 2 * self._signed
        first = np.searchsorted(rising, rest - self._tolerance, "left")
        last = np.searchsorted(rising, rest + self._tolerance, "right")
        same = np.abs(rest - self._signed) <= self._tolerance
        opposite = np.abs(rest + self._signed) <= self._tolerance
        return int((last - first - same - opposite).sum()), int(same.sum())

    def _has_coincidences(self) -> bool:
        """Whether two pairs have one sum, which every third-order collision needs."""
        sums = self._sums
        if self._rate is not None:
            sums = np.sort(np.mod(sums, self._rate))
            sums = np.append(sums, sums[0] + self._rate)
        # A collision sees two sums at most the tolerance apart, up to its own rounding.
        return bool((np.diff(sums) <= self._tolerance * (1 + 1e-6)).any())

    def third(self) -> Iterator[Collision]:
        for carrier in self._tones:
            for image in self._images:
                first, last = self._range(carrier + image - self._signed)
                for z in np.flatnonzero(last > first):
                    for k in range(int(first[z]), int(last[z])):
                        members = (int(self._one[k]), int(self._other[k]), int(z))
                        # Every triple once, and none that is a carrier by itself.
                        if members[1] <= z and not self._is_trivial(members):
                            yield self._made(members, carrier)

    def _is_trivial(self, members: tuple[int, ...]) -> bool:
        count = len(self._tones)
        return any((member + count) % (2 * count) in members for member in members)

    def _made(self, members: tuple[int, ...], carrier: float) -> Collision:
        """The collision of a product of signed carriers, written with a positive frequency."""
        count = len(self._tones)
        product = float(self._signed[list(members)].sum())
        sign = -1 if product < 0 else 1
        times: dict[int, int] = {}
        for member in members:
            step = sign if member < count else -sign
            times[member % count] = times.get(member % count, 0) + step
        rank = sorted(times, key=lambda tone: (times[tone] < 0, -abs(times[tone]), tone))
        return Collision(
            len(members),
            tuple(float(self._tones[tone]) for tone in rank),
            tuple(times[tone] for tone in rank),
            abs(product),
            float(carrier),
            _WEIGHTS[tuple(sorted(abs(n) for n in times.values()))],
            bool(abs(abs(product) - carrier) > self._tolerance),
        )
