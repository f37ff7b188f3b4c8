"""What a spectrum plot of a frequency plan shows: carriers, and where their products lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hgecircuit.design.plans import Collisions, ExcludedBands, FrequencyPlan, Listening

# Products of more carriers than this are too many for one line each.
LARGEST_DRAWN = 64
# Amplitudes of the products of x^2 and x^3 (see Collision.weight).
_TWICE, _PAIR = 0.5, 1.0
_THRICE, _TWICE_ONE, _TRIPLE = 0.25, 0.75, 1.5
# Steps of the frequency axis in which sums of three carriers are counted.
_BINS = 8192


class Lines(NamedTuple):
    """Places of products and their levels.

    Attributes:
        place_hz: Rising, shape (K,).
        level_db: Amplitude, in dB of a carrier, shape (K,).
    """

    place_hz: np.ndarray
    level_db: np.ndarray

    def within(self, span_hz: tuple[float, float]) -> Lines:
        """Those in an interval."""
        keep = (self.place_hz >= span_hz[0]) & (self.place_hz <= span_hz[1])
        return Lines(self.place_hz[keep], self.level_db[keep])


@dataclass(frozen=True)
class Spectrum:
    """What the picture shows.

    Attributes:
        frequencies_hz: One per channel, shape (M,).
        time_s: T.
        lock_in: Window, signal and noise.
        order: Highest order of products.
        collisions: Products that fall on carriers.
        bands: Excluded frequencies.
        sample_rate_hz: Products fold at it; None without one.
        curvature: Amplitude of a second-order product f1 + f2 as a share of a carrier; its square
            is that of x^3.
    """

    frequencies_hz: np.ndarray
    time_s: float
    lock_in: Listening
    order: int
    collisions: Collisions
    bands: ExcludedBands
    sample_rate_hz: float | None
    curvature: float

    @classmethod
    def of_plan(cls, plan: FrequencyPlan, curvature: float) -> Spectrum:
        """The spectrum of a plan."""
        request = plan.request
        return cls(
            plan.frequencies_hz,
            plan.time_s,
            request.lock_in(plan.time_s),
            request.order,
            plan.collisions,
            request.bands,
            request.sample_rate_hz,
            curvature,
        )

    @property
    def tones_hz(self) -> np.ndarray:
        """Distinct carriers, rising."""
        return np.unique(self.frequencies_hz)

    @property
    def end_hz(self) -> float:
        """The highest second harmonic and a little more; at most half the sample rate."""
        end_hz = 2.06 * float(self.frequencies_hz.max())
        return end_hz if self.sample_rate_hz is None else min(end_hz, self.sample_rate_hz / 2)

    def folded(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Where sums and differences appear, shape as given."""
        place = np.abs(frequency_hz)
        if self.sample_rate_hz is None:
            return place
        rest = np.mod(place, self.sample_rate_hz)
        return np.minimum(rest, self.sample_rate_hz - rest)


def product_lines(spectrum: Spectrum) -> dict[int, Lines]:
    """Every product, by order; only for up to :data:`LARGEST_DRAWN` carriers."""
    tones, c = spectrum.tones_hz, spectrum.curvature
    result = {2: _second(spectrum)}
    if spectrum.order >= 3:
        one, other = np.triu_indices(len(tones), 1)
        first, second = np.nonzero(~np.eye(len(tones), dtype=bool))
        twice, once = 2 * tones[first], tones[second]
        rows, last = np.nonzero(np.arange(len(tones)) > other[:, None])
        x, y, z = tones[one[rows]], tones[other[rows]], tones[last]
        pairs, triples = _TWICE_ONE * c**2, _TRIPLE * c**2
        result[3] = _placed(
            spectrum,
            (
                (3 * tones, _THRICE * c**2),
                (twice + once, pairs),
                (twice - once, pairs),
                *((total, triples) for total in (x + y + z, x + y - z, x - y + z, x - y - z)),
            ),
        )
    return result


def products_near(spectrum: Spectrum, span_hz: tuple[float, float]) -> dict[int, Lines]:
    """The products in a narrow interval, by order; for any number of carriers."""
    result = {2: _second(spectrum).within(span_hz)}
    if spectrum.order >= 3:
        result[3] = _third_near(spectrum, span_hz)
    return result


def collision_levels(spectrum: Spectrum) -> dict[float, float]:
    """The highest product on each carrier that has one, in dB.

    With more than :data:`LARGEST_DRAWN` carriers only of the products that the check lists.
    """
    found = spectrum.collisions
    if found.total == 0:
        return {}
    if len(spectrum.tones_hz) > LARGEST_DRAWN:
        highest: dict[float, float] = {}
        for one in found.listed:
            size = 20 * math.log10(one.weight * spectrum.curvature ** (one.order - 1))
            highest[one.carrier_hz] = max(highest.get(one.carrier_hz, -math.inf), size)
        return dict(sorted(highest.items()))
    lines = product_lines(spectrum)
    levels = {}
    for tone_hz in spectrum.tones_hz.tolist():
        around_hz = (tone_hz - found.tolerance_hz, tone_hz + found.tolerance_hz)
        level = np.concatenate([part.within(around_hz).level_db for part in lines.values()])
        if len(level):
            levels[tone_hz] = float(level.max())
    return levels


def product_heights(spectrum: Spectrum, edges_hz: np.ndarray) -> dict[int, np.ndarray]:
    """The highest product between each two edges, in dB, by order, shape (K,); -inf without one.

    Sums of three carriers are counted in steps of the axis, so that their ends are that far off.

    Args:
        spectrum: Carriers.
        edges_hz: Rising, equally spaced, shape (K + 1,).
    """
    columns = len(edges_hz) - 1
    second = np.full(columns, -np.inf)
    lines = _second(spectrum).within((edges_hz[0], edges_hz[-1]))
    at = np.minimum(np.searchsorted(edges_hz, lines.place_hz, "right") - 1, columns - 1)
    np.maximum.at(second, at, lines.level_db)
    result = {2: second}
    if spectrum.order >= 3:
        step_hz = 6 * float(spectrum.frequencies_hz.max()) / _BINS
        tones = np.round(spectrum.tones_hz / step_hz).astype(int)
        signed = np.bincount(np.concatenate([tones, -tones]) + _BINS // 4, minlength=_BINS // 2)
        spread = np.fft.rfft(signed > 0, 2 * _BINS)
        found = np.flatnonzero(np.fft.irfft(spread**3, 2 * _BINS) > 0.5) - 3 * (_BINS // 4)
        places = spectrum.folded(found * step_hz)
        hit = np.histogram(places, edges_hz)[0] > 0
        level_db = 20 * np.log10(_TRIPLE * spectrum.curvature**2)
        result[3] = np.where(hit, level_db, -np.inf)
    return result


def _second(spectrum: Spectrum) -> Lines:
    tones, c = spectrum.tones_hz, spectrum.curvature
    one, other = np.triu_indices(len(tones), 1)
    a, b = tones[one], tones[other]
    return _placed(spectrum, ((2 * tones, _TWICE * c), (a + b, _PAIR * c), (b - a, _PAIR * c)))


def _third_near(spectrum: Spectrum, span_hz: tuple[float, float]) -> Lines:
    """Sums of three signed carriers in an interval or its images, from the sums of two."""
    tones, rate_hz = spectrum.tones_hz, spectrum.sample_rate_hz
    signed, count = np.concatenate([tones, -tones]), len(tones)
    one, other = np.triu_indices(2 * count)
    keep = other - one != count
    one, other = one[keep], other[keep]
    by_size = np.argsort(signed[one] + signed[other])
    one, other = one[by_size], other[by_size]
    sums = signed[one] + signed[other]
    parts = []
    for image_hz in (0.0,) if rate_hz is None else (-rate_hz, 0.0, rate_hz):
        first = np.searchsorted(sums, image_hz + span_hz[0] - signed, "left")
        last = np.searchsorted(sums, image_hz + span_hz[1] - signed, "right")
        for third in np.flatnonzero(last > first):
            pair = slice(first[third], last[third])
            opposite = (third + count) % (2 * count)
            real = (one[pair] != opposite) & (other[pair] != opposite)
            equal = (one[pair] == other[pair]) * 1 + (one[pair] == third) + (other[pair] == third)
            weight = np.choose(equal, (_TRIPLE, _TWICE_ONE, _TWICE_ONE, _THRICE))
            parts.append((sums[pair][real] + signed[third], weight[real] * spectrum.curvature**2))
    return _placed(spectrum, tuple(parts))


def _placed(spectrum: Spectrum, parts: tuple[tuple[np.ndarray, float | np.ndarray], ...]) -> Lines:
    """Folded places, and the highest level at each, in dB."""
    if not parts:
        return Lines(np.zeros(0), np.zeros(0))
    place = spectrum.folded(np.concatenate([part for part, _ in parts]))
    amplitude = np.concatenate([np.broadcast_to(size, part.shape) for part, size in parts])
    # One line per place: more than a thousandth of 1/T apart is another place.
    key = np.round(place * spectrum.time_s, 3)
    order = np.lexsort((-amplitude, key))
    _, first = np.unique(key[order], return_index=True)
    chosen = order[first]
    return Lines(place[chosen], 20 * np.log10(amplitude[chosen]))
