"""Plots of a filter: Bode, step response and spread over tolerances, all from the exact network."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.design.filters.design import FilterDesign
from hgecircuit.design.filters.tolerance import Builds
from hgecircuit.report.plots.style import (
    CIRCUIT,
    GREY,
    INK,
    REFERENCE,
    legend_below,
    new_figure,
    scale_for,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Suffixes of files that can be written.
FORMATS = ("png", "svg", "pdf")
_METADATA = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}
_BODE_POINTS = 400
_BAND_POINTS = 80
_STEP_POINTS = 1000
_BINS = 30
_BAND: dict[str, Any] = {"color": CIRCUIT, "alpha": 0.22, "linewidth": 0}
_IDEAL: dict[str, Any] = {"color": REFERENCE, "linestyle": "--", "label": "ideal"}
_REAL: dict[str, Any] = {"color": CIRCUIT, "label": "exact network"}
_BAND_LABEL = "all random builds"
_MARK_LABEL = "cut-off, settling time"
_MOST_LABELS = 6
# A wanted value that is farther from the real one would hide the builds.
_FAR = 1.5


def render_filter(design: FilterDesign, kind: str) -> bytes:
    """The figure of a filter as a file's bytes; the same design gives the same bytes.

    Args:
        design: What to show.
        kind: ``png``, ``svg`` or ``pdf``.
    """
    with styled():
        figure = draw_filter(design)
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, metadata=_METADATA[kind])
    return buffer.getvalue()


def draw_filter(design: FilterDesign) -> Figure:
    """Bode plot and its deviation from the ideal, step response and its error, two histograms."""
    figure = new_figure(10.8)
    panels = figure.subplots(4, 2, height_ratios=(1.2, 0.8, 1, 0.8))
    draw_bode(design, panels[:2, 0], panels[:2, 1])
    draw_step(design, panels[2, 0], panels[2, 1])
    draw_spread(design, panels[3, 0], panels[3, 1])
    figure.align_ylabels(panels[:, 0])
    figure.align_ylabels(panels[:, 1])
    legend_below(figure, panels[0, 0], panels[2, 0], panels[3, 0], columns=4)
    return figure


def draw_bode(design: FilterDesign, gain: Sequence[Axes], phase: Sequence[Axes]) -> None:
    """Gain in dB and phase in degrees over frequency; below, their deviations from the ideal.

    Args:
        design: What to show.
        gain: Panels for the gain and its deviation.
        phase: Panels for the phase and its deviation.
    """
    cutoff_hz = design.prototype.cutoff_hz
    reject_hz = np.array(design.request.reject_hz)
    stop_hz = max(20 * cutoff_hz, 2 * float(reject_hz.max(initial=0.0)))
    grid_hz = np.geomspace(cutoff_hz / 20, stop_hz, _BODE_POINTS)
    coarse_hz = np.geomspace(cutoff_hz / 20, stop_hz, _BAND_POINTS)
    real = design.analysis.response(grid_hz) / design.cascade.gain
    ideal = design.prototype.response(grid_hz)
    bands = iter(_bode_bands(design, coarse_hz))
    for panels, read, title, unit in (
        (gain, _decibels, "gain", "dB"),
        (phase, _degrees, "phase", "deg"),
    ):
        upper, lower = panels
        upper.fill_between(coarse_hz, *next(bands), label=_BAND_LABEL, **_BAND)
        upper.plot(grid_hz, read(ideal), zorder=3, **_IDEAL)
        upper.plot(grid_hz, read(real), **_REAL)
        lower.fill_between(coarse_hz, *next(bands), **_BAND)
        lower.axhline(0.0, zorder=3, **_IDEAL)
        lower.plot(grid_hz, read(real / ideal), **_REAL)
        for axes in panels:
            axes.axvline(design.analysis.cutoff_hz, color=GREY, linewidth=0.9, label=_MARK_LABEL)
            axes.set_xscale("log")
            axes.set_xlim(grid_hz[0], stop_hz)
        upper.set_title(title)
        upper.set_ylabel(f"{title} ({unit})")
        upper.tick_params(labelbottom=False)
        lower.set_ylabel(f"deviation ({unit})")
        lower.set_xlabel("frequency (Hz)")
    _mark_rejected(design, gain[0], reject_hz)


def _bode_bands(design: FilterDesign, frequency_hz: np.ndarray) -> list[np.ndarray]:
    """Least and largest gain, its deviation, phase and its deviation of all builds.

    Returns:
        Four arrays of shape (2, F).
    """
    ideal = design.prototype.response(frequency_hz)

    def read(block: Builds) -> list[np.ndarray]:
        builds = block.responses(frequency_hz) / design.cascade.gain
        # Deviations are of the ratio, so that turns of 360 degrees can't differ.
        return [kind(one) for kind in (_decibels, _degrees) for one in (builds, builds / ideal)]

    return _ends(design, "bands of the Bode plot", read)


def _ends(
    design: FilterDesign, stage: str, read: Callable[[Builds], list[np.ndarray]]
) -> list[np.ndarray]:
    """Least and largest value over all builds of some curves, shape (2, points) each."""
    found: list[np.ndarray] = []
    for block in design.builds.blocks(design.report, stage):
        ends = [np.stack([curve.min(0), curve.max(0)]) for curve in read(block)]
        both = zip(found, ends, strict=True) if found else ((one, one) for one in ends)
        found = [np.stack([np.minimum(a[0], b[0]), np.maximum(a[1], b[1])]) for a, b in both]
    return found


def _mark_rejected(design: FilterDesign, axes: Axes, reject_hz: np.ndarray) -> None:
    """A dot at every interfering frequency; its level there, or of the ends only if many."""
    if not len(reject_hz):
        return
    levels = -design.analysis.attenuation_db(reject_hz)
    dots: dict[str, Any] = {"color": INK, "marker": "o", "linestyle": "none", "zorder": 4}
    axes.plot(reject_hz, levels, label="interfering frequency", **dots)
    order = np.argsort(reject_hz)
    labelled = order if len(order) <= _MOST_LABELS else order[[0, -1]]
    for frequency_hz, level in zip(reject_hz[labelled], levels[labelled], strict=True):
        axes.annotate(
            f"{level:.1f} dB".replace("-", "\u2212"),
            (frequency_hz, level),
            xytext=(-6, -3),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=7.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )


def _decibels(response: np.ndarray) -> np.ndarray:
    return 20 * np.log10(np.abs(response))


def _degrees(response: np.ndarray) -> np.ndarray:
    return np.rad2deg(np.unwrap(np.angle(response), axis=-1))


def draw_step(design: FilterDesign, step: Axes, error: Axes) -> None:
    """Step response with its settling band, and what is missing to the end value."""
    request = design.request
    settled_s = design.analysis.settling_s(request.settle_error, request.settled)
    stop_s = 2.0 * settled_s
    scale = scale_for([stop_s], "s")
    time_s = np.linspace(0, stop_s, _STEP_POINTS)
    low, high = _ends(
        design, "bands of the step plot", lambda block: [block.steps(stop_s, _STEP_POINTS)]
    )[0]
    place = time_s * scale.factor
    step.fill_between(place, low, high, **_BAND)
    floor = request.settle_error / 100
    # Where some builds are above and some below, the least deviation of the set is none.
    least = np.where((low < 1) & (high > 1), floor, np.minimum(np.abs(low - 1), np.abs(high - 1)))
    most = np.maximum(np.abs(low - 1), np.abs(high - 1))
    error.fill_between(place, np.maximum(least, floor), np.maximum(most, floor), **_BAND)
    for response, style in (
        (design.prototype.step(time_s), {**_IDEAL, "zorder": 3}),
        (design.analysis.step_grid(stop_s, _STEP_POINTS), _REAL),
    ):
        step.plot(place, response, **style)
        error.plot(place, np.maximum(np.abs(response - 1), floor), **style)
    for axes in (step, error):
        axes.set_xlabel(f"time ({scale.unit})")
        axes.set_xlim(0, place[-1])
        axes.axvline(settled_s * scale.factor, color=GREY, linewidth=0.9)
    band = (1 - request.settle_error, 1 + request.settle_error)
    label = f"within {100 * request.settle_error:.4g} %"
    step.axhspan(*band, color=GREY, alpha=0.35, linewidth=0, label=label)
    error.axhline(request.settle_error, color=GREY, linewidth=0.9)
    error.set_yscale("log")
    error.set_ylim(floor, 1.5)
    step.set_title("step response")
    step.set_ylabel("share of the end value (1)")
    shown = f"{settled_s * scale.factor:.4g} {scale.unit}"
    error.set_title(f"settled ({request.settled}) after {shown}")
    error.set_ylabel("distance to the end value (1)")


def draw_spread(design: FilterDesign, cutoff: Axes, settling: Axes) -> None:
    """Histograms of the cut-off and the settling time over all builds."""
    request = design.request
    settled_s = design.figures.settling_s[request.settled]
    nominal_s = design.analysis.settling_s(request.settle_error, request.settled)
    cutoffs_hz, cutoff_hz = design.figures.cutoffs_hz, design.analysis.cutoff_hz
    finite_s = settled_s[np.isfinite(settled_s)]
    for axes, values, nominal, wanted, unit, title in (
        (cutoff, cutoffs_hz, cutoff_hz, design.prototype.cutoff_hz, "Hz", "cut-off"),
        (settling, finite_s, nominal_s, request.settle_time_s, "s", "settling time"),
    ):
        scale = scale_for(values, unit)
        axes.hist(values * scale.factor, _BINS, color=CIRCUIT, alpha=0.6)
        axes.axvline(nominal * scale.factor, color=INK, label="nominal values")
        title_end = ""
        if wanted is not None and 1 / _FAR < wanted / nominal < _FAR:
            axes.axvline(wanted * scale.factor, color=REFERENCE, linestyle="--", label="wanted")
        elif wanted is not None:
            title_end = f", {wanted * scale.factor:.4g} {scale.unit} wanted"
        axes.set_title(f"{title} of {request.builds} builds{title_end}")
        axes.set_xlabel(f"{title} ({scale.unit})")
        axes.set_ylabel("builds")
