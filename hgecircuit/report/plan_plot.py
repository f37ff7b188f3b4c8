"""The spectrum of a frequency plan: carriers, products, bands, filters, noise and images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.report.plan_mixed import draw_mixed
from hgecircuit.report.plan_spectrum import (
    LARGEST_DRAWN,
    Lines,
    Spectrum,
    collision_levels,
    product_heights,
    product_lines,
    products_near,
)
from hgecircuit.report.plots.style import COLOURS, GREY, INK, legend_below, new_figure
from hgecircuit.units import format_quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The window in the middle shows at least this many steps of 1/T, or distances, around the closest
# carriers, and a margin for what lies on its ends.
_DETAIL_STEPS = 12.0
_DETAIL_DISTANCES = 5.0
_MARGIN = 0.03
_KILO_FROM = 10e3
# A window as narrow as this, as a share of its place, counts from its centre.
_NARROW = 0.02
_FLOOR_DB, _CEILING_DB = -130.0, 20.0
_SKIRT_STEPS = 40  # per 1/T, so that every null of a gate is met
# Width of one letter of a label, as a share of the panel's; labels that would touch are left out.
_LETTER_SHARE = 0.0112
# Columns of the picture in which products too many for lines are drawn.
_COLUMNS = 600
# More excluded bands than this in a panel would cover it.
_MOST_BANDS = 150
# More lines than this in a panel are drawn paler.
_CROWDED = 150
# Up to this many get a cap, which shows where they end between the filters' nulls.
_CAPPED = 40
# Heights of channel numbers above their carriers, in points: the second where the first is taken.
_LABEL_ROWS = (4.5, 12.5)
_CARRIER, _SECOND, _NOISE = COLOURS[0], COLOURS[1], COLOURS[2]
_THIRD, _HIT = COLOURS[3], COLOURS[5]


def draw_spectrum(spectrum: Spectrum) -> Figure:
    """Everything; the surroundings of the two closest carriers; and what the mixer makes of it.

    Args:
        spectrum: What to show.
    """
    figure = new_figure(9.2)
    upper, middle, lower = figure.subplots(3, 1, height_ratios=(1.25, 1, 1))
    whole = _Panel(upper, spectrum, (0.0, spectrum.end_hz))
    near = _Panel(middle, spectrum, _detail(spectrum))
    if len(spectrum.tones_hz) <= LARGEST_DRAWN:
        lines = product_lines(spectrum)
        whole.draw_products(lines)
        near.draw_products(lines)
    else:
        edges_hz = np.linspace(0.0, spectrum.end_hz, _COLUMNS + 1)
        whole.draw_heights(edges_hz, product_heights(spectrum, edges_hz))
        near.draw_products(products_near(spectrum, near.span_hz))
    for panel in (whole, near):
        panel.draw_bands()
        panel.draw_noise()
        panel.draw_carriers()
        panel.draw_collisions()
    near.draw_skirts()
    upper.set_title(_title(spectrum))
    middle.set_title("around the closest carriers: what their filters let through")
    draw_mixed(lower, spectrum, _closest(spectrum)[0])
    legend_below(figure, upper, middle, lower, columns=3)
    return figure


def _title(spectrum: Spectrum) -> str:
    total, channels = spectrum.collisions.total, len(spectrum.frequencies_hz)
    carriers = len(spectrum.tones_hz)
    found = "no product" if total == 0 else f"{total:,} product{'s' if total > 1 else ''}"
    rate_hz = spectrum.sample_rate_hz
    sampled = "" if rate_hz is None else f", sampled at {format_quantity(rate_hz, 'Hz')}"
    return (
        f"{channels} channel{'s' if channels > 1 else ''} on {carriers} "
        f"carrier{'s' if carriers > 1 else ''}, T = {format_quantity(spectrum.time_s, 's')}"
        f"{sampled}\n{found} up to order {spectrum.order} on a carrier"
    )


class _Panel:
    """One stretch of the spectrum."""

    def __init__(self, axes: Axes, spectrum: Spectrum, span_hz: tuple[float, float]) -> None:
        self._axes, self._spectrum, self.span_hz = axes, spectrum, span_hz
        tones = spectrum.tones_hz
        self._tones = tones[(tones >= span_hz[0]) & (tones <= span_hz[1])]
        width_hz, centre_hz = span_hz[1] - span_hz[0], sum(span_hz) / 2
        self._origin_hz, origin = 0.0, ""
        if width_hz < _NARROW * centre_hz:
            self._origin_hz = float(self._tones[0])
            origin = f" above {format_quantity(self._origin_hz, 'Hz', 12)}"
        in_kilo = span_hz[1] - self._origin_hz >= _KILO_FROM
        self._factor, unit = (1e-3, "kHz") if in_kilo else (1.0, "Hz")
        axes.set_xlim(*(self._at(end) for end in span_hz))
        axes.set_ylim(_FLOOR_DB, _CEILING_DB)
        axes.grid(visible=False, axis="x")
        axes.set_xlabel(f"frequency{origin} ({unit})")
        axes.set_ylabel("amplitude (dB of a carrier)")

    def _at(self, frequency_hz: float | np.ndarray) -> Any:
        """Where a frequency lies on the axis."""
        return (frequency_hz - self._origin_hz) * self._factor

    def draw_bands(self) -> None:
        """Excluded bands, also those narrower than a line of the picture."""
        label, bands = "excluded", self._spectrum.bands.within(*self.span_hz)
        if len(bands) > _MOST_BANDS:
            self._axes.set_title("excluded bands lie too close to show", loc="right", fontsize=8)
            return
        least_hz = (self.span_hz[1] - self.span_hz[0]) / _COLUMNS
        for lower_hz, upper_hz in bands:
            spare_hz = max(0.0, least_hz - (upper_hz - lower_hz)) / 2
            self._axes.axvspan(
                self._at(lower_hz - spare_hz),
                self._at(upper_hz + spare_hz),
                facecolor="#d6d6d6",
                edgecolor="none",
                label=label,
                zorder=0.5,
            )
            label = "_nolegend_"

    def draw_products(self, products: dict[int, Lines]) -> None:
        """Where products lie, at the level that the curvature gives them; low ones in front."""
        for order, lines in products.items():
            place_hz, level = lines.within(self.span_hz)
            place, colour = self._at(place_hz), _colour(order)
            self._axes.vlines(
                place,
                _FLOOR_DB,
                level,
                color=colour,
                linewidth=1.2,
                label=self._name(order),
                alpha=min(1.0, max(0.3, _CROWDED / max(1, len(place)))),
            )
            if len(place) <= _CAPPED:
                self._axes.plot(place, level, "_", color=colour, markersize=5, zorder=2.2)

    def draw_heights(self, edges_hz: np.ndarray, heights: dict[int, np.ndarray]) -> None:
        """Products too many for lines: how high the highest of every column is."""
        for order, level in heights.items():
            self._axes.stairs(
                np.maximum(level, _FLOOR_DB),
                self._at(edges_hz),
                baseline=_FLOOR_DB,
                fill=True,
                color=_colour(order),
                label=self._name(order),
            )

    def _name(self, order: int) -> str:
        share = self._spectrum.curvature ** (order - 1)
        return f"{'second' if order == 2 else 'third'}-order products, {100 * share:.2g} %"

    def draw_noise(self) -> None:
        """Noise within the filter's bandwidth."""
        lock_in = self._spectrum.lock_in
        if lock_in.noise is None:
            return
        place_hz = np.linspace(*self.span_hz, 600)[1:]
        power = lock_in.noise_power(np.maximum(place_hz, 1e-3 / self._spectrum.time_s))
        self._axes.plot(
            self._at(place_hz),
            10 * np.log10(power),
            color=_NOISE,
            linestyle="--",
            label="noise within the filter",
        )

    def draw_carriers(self) -> None:
        """Carriers, with the numbers of their channels as far as these don't touch."""
        place, zero = self._at(self._tones), np.zeros(len(self._tones))
        is_crowd = len(place) > LARGEST_DRAWN
        self._axes.vlines(
            place,
            _FLOOR_DB,
            zero,
            color=_CARRIER,
            linewidth=0.5 if is_crowd else 1.6,
            alpha=max(0.2, _CROWDED / len(place)) if len(place) > _CROWDED else 1.0,
            label="carriers",
            zorder=2.5,
        )
        if not is_crowd:
            self._axes.plot(place, zero, "o", color=_CARRIER, markersize=3.5, zorder=4)
        for tone_hz, text, row in self._labels():
            self._axes.annotate(
                text,
                (self._at(tone_hz), 0.0),
                textcoords="offset points",
                xytext=(0, _LABEL_ROWS[row]),
                ha="center",
                fontsize=7,
                color=INK,
            )

    def _labels(self) -> list[tuple[float, str, int]]:
        """Carrier, channel numbers and row: all in two rows, or some of them, spaced, in one."""
        named = []
        for tone_hz in self._tones.tolist():
            channels = np.flatnonzero(self._spectrum.frequencies_hz == tone_hz) + 1
            named.append((tone_hz, ",".join(str(channel) for channel in channels)))
        letter_hz = _LETTER_SHARE * (self.span_hz[1] - self.span_hz[0])
        placed = _in_rows(named, letter_hz, len(_LABEL_ROWS))
        return placed if len(placed) == len(named) else _in_rows(named, 2 * letter_hz, 1)

    def draw_collisions(self) -> None:
        """Products that lie on carriers, on top of them; of several the largest."""
        levels = collision_levels(self._spectrum)
        inside = [carrier_hz for carrier_hz in levels if carrier_hz in self._tones]
        if not inside:
            return
        place, level = self._at(np.array(inside)), [levels[hertz] for hertz in inside]
        size = 1.0 if len(inside) <= _CAPPED // 2 else 0.5
        self._axes.vlines(place, _FLOOR_DB, level, color=_HIT, linewidth=3 * size, zorder=3)
        found = self._spectrum.collisions
        is_crowd = len(self._spectrum.tones_hz) > LARGEST_DRAWN
        is_cut = is_crowd and found.total > len(found.listed)
        cut = f" (of the first {len(found.listed)})" if is_cut else ""
        self._axes.plot(
            place,
            level,
            "X",
            color=_HIT,
            markersize=7 * size,
            linestyle="none",
            label=f"products on a carrier{cut}",
            zorder=5,
        )

    def draw_skirts(self) -> None:
        """What each carrier's filter lets through of its surroundings."""
        time_s = self._spectrum.time_s
        first, last = (round(end * time_s * _SKIRT_STEPS) for end in self.span_hz)
        place_hz = np.arange(first, last + 1) / (_SKIRT_STEPS * time_s)
        label = "filter of a carrier"
        for tone_hz in self._tones:
            gain = self._spectrum.lock_in.window.at(place_hz - tone_hz)
            level = 20 * np.log10(np.maximum(gain, 1e-9))
            self._axes.plot(
                self._at(place_hz), level, color=GREY, linewidth=0.7, label=label, zorder=1.5
            )
            label = "_nolegend_"


def _in_rows(
    named: list[tuple[float, str]], letter_hz: float, rows: int
) -> list[tuple[float, str, int]]:
    """From the left, every label that fits in a row, with the first row that has room."""
    placed, free_hz = [], [-np.inf] * rows
    for tone_hz, text in named:
        half_hz = (len(text) + 0.5) * letter_hz / 2
        row = next((k for k, end in enumerate(free_hz) if tone_hz - half_hz >= end), None)
        if row is not None:
            free_hz[row] = tone_hz + half_hz
            placed.append((tone_hz, text, row))
    return placed


def _colour(order: int) -> str:
    return _SECOND if order == 2 else _THIRD


def _closest(spectrum: Spectrum) -> np.ndarray:
    """The two closest carriers, or the only one."""
    tones = spectrum.tones_hz
    closest = int(np.argmin(np.diff(tones))) if len(tones) > 1 else 0
    return tones[closest : closest + 2]


def _detail(spectrum: Spectrum) -> tuple[float, float]:
    """A few times 1/T around the two closest carriers, or around the only one."""
    pair = _closest(spectrum)
    distance_hz = float(pair[-1] - pair[0])
    width_hz = max(_DETAIL_STEPS / spectrum.time_s, _DETAIL_DISTANCES * distance_hz)
    reach_hz, centre_hz = (0.5 + _MARGIN) * width_hz, float(pair.mean())
    return max(0.0, centre_hz - reach_hz), centre_hz + reach_hz
