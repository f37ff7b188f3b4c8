"""What the lock-in of one channel sees: the images of all carriers behind its mixer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.report.plan_spectrum import LARGEST_DRAWN, Spectrum
from hgecircuit.report.plots.style import COLOURS, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FLOOR_DB, _CEILING_DB = -130.0, 20.0
# The axis starts at this share of 1/T; the filter is drawn exactly up to this many lobes, in steps
# of so many per 1/T, and after them by its peaks.
_START, _EXACT_LOBES, _STEPS, _PEAKS = 0.1, 6, 40, 300
_DIFFERENCE, _SUM, _NOISE, _LEFT = COLOURS[0], COLOURS[4], COLOURS[2], COLOURS[5]


def draw_mixed(axes: Axes, spectrum: Spectrum, tone_hz: float) -> None:
    """Images at the differences and sums with a carrier, the filter, and what it leaves of them.

    Multiplied with the reference at f_k, the channel's own signal becomes a constant and its image
    at 2 f_k; every other carrier has two images as large, at f_n - f_k and f_n + f_k.

    Args:
        axes: Panel to fill.
        spectrum: Carriers, filter, noise.
        tone_hz: Carrier f_k.
    """
    tones, time_s = spectrum.tones_hz, spectrum.time_s
    others = tones[tones != tone_hz]
    pale = 0.3 if len(tones) > LARGEST_DRAWN else 1.0
    images = {
        "images at differences": (_DIFFERENCE, spectrum.folded(others - tone_hz)),
        "images at sums": (_SUM, spectrum.folded(tones + tone_hz)),
    }
    for label, (colour, place_hz) in images.items():
        if len(place_hz) == 0:
            continue
        axes.vlines(place_hz, _FLOOR_DB, 0.0, color=colour, linewidth=1.2, alpha=pale, label=label)
    _draw_left(axes, spectrum, np.concatenate([place for _, place in images.values()]))
    place_hz, level = _filter(spectrum)
    axes.plot(place_hz, level, color=INK, linewidth=0.9, label="filter behind the mixer")
    if spectrum.lock_in.noise is not None:
        noise = 10 * np.log10(float(spectrum.lock_in.noise_power(np.array(tone_hz))))
        axes.axhline(noise, color=_NOISE, linestyle="--", label="noise within the filter")
    axes.set_xscale("log")
    axes.set_xlim(_START / time_s, max(spectrum.end_hz, 2 * _EXACT_LOBES / time_s))
    axes.set_ylim(_FLOOR_DB, _CEILING_DB)
    axes.set_xlabel("frequency behind the mixer (Hz)")
    axes.set_ylabel("amplitude (dB)")
    channel = int(np.flatnonzero(spectrum.frequencies_hz == tone_hz)[0]) + 1
    axes.set_title(f"behind the mixer of channel {channel}: the images of all carriers")


def _draw_left(axes: Axes, spectrum: Spectrum, place_hz: np.ndarray) -> None:
    """What the filter leaves of the images, where it is more than the floor."""
    level = 20 * np.log10(np.maximum(spectrum.lock_in.window.at(place_hz), 1e-12))
    seen = level > _FLOOR_DB
    if not seen.any():
        return
    axes.plot(
        place_hz[seen],
        level[seen],
        "v",
        color=_LEFT,
        markersize=3.5,
        linestyle="none",
        label="what the filter leaves of them",
        zorder=4,
    )


def _filter(spectrum: Spectrum) -> tuple[np.ndarray, np.ndarray]:
    """The filter in dB: exact at first, then only its peaks, which lie too close for the eye."""
    window, time_s = spectrum.lock_in.window, spectrum.time_s
    # The lobes of a finite window are 1/T wide, and the nulls of a gate whole multiples of it.
    exact = np.arange(1, _EXACT_LOBES * _STEPS + _STEPS // 2) / _STEPS
    last = max(2 * _EXACT_LOBES, int(spectrum.end_hz * time_s))
    lobes = np.unique(np.geomspace(_EXACT_LOBES, last, _PEAKS).astype(int))
    peaks = window.at((lobes[:, None] + np.arange(_STEPS) / _STEPS) / time_s).max(axis=1)
    gain = np.concatenate([window.at(exact / time_s), peaks])
    place_hz = np.concatenate([exact, lobes + 0.5]) / time_s
    return place_hz, 20 * np.log10(np.maximum(gain, 1e-9))
