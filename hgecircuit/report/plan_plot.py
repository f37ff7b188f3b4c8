"""The spectrum of a frequency plan: carriers, products, excluded bands, filter skirts, noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.report.plan_spectrum import Lines, Spectrum, product_lines
from hgecircuit.report.plots.style import COLOURS, INK, legend_below, new_figure
from hgecircuit.units import format_quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The window below shows at least this many steps of 1/T, or distances, around the closest carriers.
_DETAIL_STEPS = 12.0
_DETAIL_DISTANCES = 5.0
_KILO_FROM = 10e3
_FLOOR_DB, _CEILING_DB = -130.0, 20.0
_SKIRT_STEPS = 40  # per 1/T, so that every null of a gate is met
# Width of one letter of a label, as a share of the panel's; labels that would touch are left out.
_LETTER_SHARE = 0.0108
# More lines than this in a panel are drawn paler.
_CROWDED = 150
# Up to this many get a cap, which shows where they end between the filters' nulls.
_CAPPED = 40
# Heights of channel numbers above their carriers, in points: the second where the first is taken.
_LABEL_ROWS = (4.5, 12.5)
_SECOND, _THIRD, _NOISE, _HIT = COLOURS[1], COLOURS[4], COLOURS[2], COLOURS[5]
_CARRIER = COLOURS[0]


def draw_spectrum(spectrum: Spectrum) -> Figure:
    """All carriers and products above; below, the surroundings of the two closest carriers.

    Args:
        spectrum: What to show.
    """
    figure = new_figure(6.6)
    upper, lower = figure.subplots(2, 1, height_ratios=(1.25, 1))
    tones = np.unique(spectrum.frequencies_hz)
    products = product_lines(spectrum, tones)
    panels = (
        _Panel(upper, spectrum, tones, (0.0, _end_hz(spectrum, tones))),
        _Panel(lower, spectrum, tones, _detail(spectrum, tones)),
    )
    for panel in panels:
        panel.draw_bands()
        panel.draw_products(products)
        panel.draw_noise()
        panel.draw_carriers()
        panel.draw_collisions()
    panels[1].draw_skirts()
    upper.set_title(_title(spectrum, tones))
    lower.set_title("around the closest carriers: what their filters let through")
    legend_below(figure, upper, lower, columns=3)
    return figure


def _title(spectrum: Spectrum, tones: np.ndarray) -> str:
    total = spectrum.collisions.total
    found = "no product" if total == 0 else f"{total} product{'s' if total > 1 else ''}"
    return (
        f"{len(spectrum.frequencies_hz)} channels on {len(tones)} carriers, "
        f"T = {format_quantity(spectrum.time_s, 's')}: {found} up to order {spectrum.order} "
        "on a carrier"
    )


class _Panel:
    """One stretch of the spectrum."""

    def __init__(
        self, axes: Axes, spectrum: Spectrum, tones: np.ndarray, span_hz: tuple[float, float]
    ) -> None:
        self._axes, self._spectrum, self._span_hz = axes, spectrum, span_hz
        self._tones = tones[(tones >= span_hz[0]) & (tones <= span_hz[1])]
        self._factor, unit = (1e-3, "kHz") if span_hz[1] >= _KILO_FROM else (1.0, "Hz")
        axes.set_xlim(*(end * self._factor for end in span_hz))
        axes.set_ylim(_FLOOR_DB, _CEILING_DB)
        axes.grid(visible=False, axis="x")
        axes.set_xlabel(f"frequency ({unit})")
        axes.set_ylabel("amplitude (dB of a carrier)")

    def draw_bands(self) -> None:
        """Excluded bands, also those narrower than a line of the picture."""
        label = "excluded"
        least_hz = (self._span_hz[1] - self._span_hz[0]) / 600
        for lower_hz, upper_hz in self._spectrum.bands.within(*self._span_hz):
            spare_hz = max(0.0, least_hz - (upper_hz - lower_hz)) / 2
            self._axes.axvspan(
                (lower_hz - spare_hz) * self._factor,
                (upper_hz + spare_hz) * self._factor,
                facecolor="#d6d6d6",
                edgecolor="none",
                label=label,
                zorder=0.5,
            )
            label = "_nolegend_"

    def draw_products(self, products: dict[int, Lines]) -> None:
        """Where products lie, at the level that the curvature gives them."""
        share = {2: self._spectrum.curvature, 3: self._spectrum.curvature**2}
        names = {2: "second-order products", 3: "third-order products"}
        for order, colour in ((3, _THIRD), (2, _SECOND)):
            if order not in products:
                continue
            place, level = self._inside(products[order])
            pale = min(1.0, max(0.3, _CROWDED / max(1, len(place))))
            name = f"{names[order]}, {100 * share[order]:.2g} %"
            self._axes.vlines(
                place, _FLOOR_DB, level, color=colour, linewidth=1.0, label=name, alpha=pale
            )
            if len(place) <= _CAPPED:
                self._axes.plot(place, level, "_", color=colour, markersize=5, zorder=2.2)

    def draw_noise(self) -> None:
        """Noise within the filter's bandwidth."""
        lock_in, factor = self._spectrum.lock_in, self._factor
        if lock_in.noise is None:
            return
        place_hz = np.linspace(*self._span_hz, 600)[1:]
        power = lock_in.noise_power(np.maximum(place_hz, 1e-3 / self._spectrum.time_s))
        level = 10 * np.log10(power)
        label = "noise within the filter"
        self._axes.plot(place_hz * factor, level, color=_NOISE, linestyle="--", label=label)

    def draw_carriers(self) -> None:
        """Carriers, with the numbers of their channels as far as these don't touch."""
        place, zero = self._tones * self._factor, np.zeros(len(self._tones))
        self._axes.vlines(
            place, _FLOOR_DB, zero, color=_CARRIER, linewidth=1.6, label="carriers", zorder=2.5
        )
        self._axes.plot(place, zero, "o", color=_CARRIER, markersize=3.5, zorder=4)
        letter_hz = _LETTER_SHARE * (self._span_hz[1] - self._span_hz[0])
        free_hz = [-np.inf] * len(_LABEL_ROWS)
        for tone_hz in self._tones:
            channels = np.flatnonzero(self._spectrum.frequencies_hz == tone_hz) + 1
            text = ",".join(str(channel) for channel in channels)
            half_hz = len(text) * letter_hz / 2
            row = next((k for k, end in enumerate(free_hz) if tone_hz - half_hz >= end), None)
            if row is None:
                continue
            free_hz[row] = tone_hz + half_hz
            self._axes.annotate(
                text,
                (tone_hz * self._factor, 0.0),
                textcoords="offset points",
                xytext=(0, _LABEL_ROWS[row]),
                ha="center",
                fontsize=7,
                color=INK,
            )

    def draw_collisions(self) -> None:
        """Products that lie on carriers, on top of them; of several the largest."""
        highest: dict[float, float] = {}
        for one in self._spectrum.collisions.listed:
            size = one.weight * self._spectrum.curvature ** (one.order - 1)
            highest[one.carrier_hz] = max(highest.get(one.carrier_hz, 0.0), size)
        inside = [hertz for hertz in sorted(highest) if hertz in self._tones]
        if not inside:
            return
        place = np.array(inside) * self._factor
        level = 20 * np.log10([highest[hertz] for hertz in inside])
        self._axes.vlines(place, _FLOOR_DB, level, color=_HIT, linewidth=3, zorder=3)
        self._axes.plot(
            place,
            level,
            "X",
            color=_HIT,
            markersize=7,
            linestyle="none",
            label="products on a carrier",
            zorder=5,
        )

    def draw_skirts(self) -> None:
        """What each carrier's filter lets through of its surroundings."""
        time_s = self._spectrum.time_s
        first, last = (round(end * time_s * _SKIRT_STEPS) for end in self._span_hz)
        place_hz = np.arange(first, last + 1) / (_SKIRT_STEPS * time_s)
        label = "filter skirt of a carrier"
        for tone_hz in self._tones:
            gain = self._spectrum.lock_in.window.at(place_hz - tone_hz)
            level = 20 * np.log10(np.maximum(gain, 1e-9))
            self._axes.plot(
                place_hz * self._factor, level, color=INK, linewidth=0.7, label=label, zorder=1.5
            )
            label = "_nolegend_"

    def _inside(self, lines: Lines) -> Lines:
        place_hz, level = lines
        keep = (place_hz >= self._span_hz[0]) & (place_hz <= self._span_hz[1])
        return place_hz[keep] * self._factor, level[keep]


def _end_hz(spectrum: Spectrum, tones: np.ndarray) -> float:
    """Up to the highest second harmonic; no further than half the sample rate."""
    end_hz = 2.06 * float(tones[-1])
    return end_hz if spectrum.sample_rate_hz is None else min(end_hz, spectrum.sample_rate_hz / 2)


def _detail(spectrum: Spectrum, tones: np.ndarray) -> tuple[float, float]:
    """A few times 1/T around the two closest carriers, or around the only one."""
    pair = tones[:1]
    if len(tones) > 1:
        closest = int(np.argmin(np.diff(tones)))
        pair = tones[closest : closest + 2]
    distance_hz = float(pair[-1] - pair[0])
    width_hz = max(_DETAIL_STEPS / spectrum.time_s, _DETAIL_DISTANCES * distance_hz)
    centre_hz = float(pair.mean())
    return max(0.0, centre_hz - width_hz / 2), centre_hz + width_hz / 2
