"""What a spectrum plot of a frequency plan shows: carriers, and where their products lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.design.plans import Collisions, ExcludedBands, FrequencyPlan, Listening

# Products of more carriers than this fill the picture, and take long to draw.
LARGEST_DRAWN = 64
# Amplitudes of the products of x^2 and x^3 (see Collision.weight).
_TWICE, _PAIR = 0.5, 1.0
_THRICE, _TWICE_ONE, _TRIPLE = 0.25, 0.75, 1.5


# Places in Hz and levels in dB.
Lines = tuple[np.ndarray, np.ndarray]


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


def product_lines(spectrum: Spectrum, tones: np.ndarray) -> dict[int, Lines]:
    """Places and levels of the products, by order; none when there are too many to draw."""
    if len(tones) > LARGEST_DRAWN:
        return {}
    c = spectrum.curvature
    one, other = np.triu_indices(len(tones), 1)
    a, b = tones[one], tones[other]
    result = {
        2: _placed(spectrum, ((2 * tones, _TWICE * c), (a + b, _PAIR * c), (b - a, _PAIR * c)))
    }
    if spectrum.order >= 3:
        first, second = np.nonzero(~np.eye(len(tones), dtype=bool))
        twice, once = 2 * tones[first], tones[second]
        third = np.arange(len(tones))
        rows, last = np.nonzero(third > other[:, None])
        x, y, z = a[rows], b[rows], tones[last]
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


def _placed(spectrum: Spectrum, parts: tuple[tuple[np.ndarray, float], ...]) -> Lines:
    """Folded places, and the highest level at each, in dB."""
    place = np.abs(np.concatenate([part for part, _ in parts]))
    amplitude = np.concatenate([np.full(len(part), size) for part, size in parts])
    if spectrum.sample_rate_hz is not None:
        rest = np.mod(place, spectrum.sample_rate_hz)
        place = np.minimum(rest, spectrum.sample_rate_hz - rest)
    # One line per place: more than a thousandth of 1/T apart is another place.
    key = np.round(place * spectrum.time_s, 3)
    order = np.lexsort((-amplitude, key))
    _, first = np.unique(key[order], return_index=True)
    chosen = order[first]
    return place[chosen], 20 * np.log10(amplitude[chosen])
