"""Picture of Fig. 2e."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.report.plots.style import COLOURS, INK, LINES, MARKERS, legend_below, new_figure
from hgecircuit.reproduce.repeats import METHODS, PAPER_REPETITIONS
from hgecircuit.reproduce.spread import variance_factors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hgecircuit.reproduce.fig2e import Measured2e

_READING = "first"
_METHOD_COLOURS = {"HGE": COLOURS[0], "FD": COLOURS[5]}
_NANO, _MILLI = 1e9, 1e3
# Points of FD stand this factor to the right of those of HGE.
_ASIDE = 1.12
_FINE = 200


def draw(found: Measured2e) -> Figure:
    """Derivative, its variance, and the error of its mean over the amplitude."""
    figure = new_figure(3.7)
    panels = figure.subplots(1, 3)
    for m, method in enumerate(METHODS):
        style: dict[str, Any] = {"color": _METHOD_COLOURS[method], "marker": MARKERS[m]}
        amplitudes_mv = found.amplitudes_v * _MILLI * _ASIDE**m
        _derivatives(panels[0], found, method, amplitudes_mv, style)
        _variances(panels[1], found, method, style, LINES[m])
        _errors(panels[2], found, method, style, LINES[m])
    exact = found.point.derivative_a_per_v * _NANO
    panels[0].axhline(exact, color=INK, linewidth=1.0, label="exact derivative of the model")
    # four standard deviations of FD at about 10 mV; smaller amplitudes leave the panel
    reach = 4 * np.sqrt(found.expected["FD", _READING] * (found.amplitudes_v / 1e-2) ** 2)[0]
    panels[0].set_ylim(exact - reach * _NANO, exact + reach * _NANO)
    panels[0].set_title(f"{PAPER_REPETITIONS} repetitions")
    panels[0].set_ylabel("derivative, mean ± deviation (nA/V)")
    panels[1].set_title(f"{found.repetitions} repetitions")
    panels[1].set_ylabel("variance of the derivative, (nA/V)²")
    panels[2].set_title(f"means of {PAPER_REPETITIONS} repetitions")
    panels[2].set_ylabel("rms error over exact derivative (1)")
    for axes in panels:
        axes.set_xscale("log")
        axes.set_xlabel("amplitude (mV)")
    for axes in panels[1:]:
        axes.set_yscale("log")
    legend_below(figure, *panels, columns=3)
    return figure


def _derivatives(
    axes: Axes, found: Measured2e, method: str, amplitudes_mv: np.ndarray, style: dict[str, Any]
) -> None:
    few = found.derivatives[method, _READING][:, :PAPER_REPETITIONS] * _NANO
    axes.errorbar(
        amplitudes_mv,
        few.mean(axis=1),
        few.std(axis=1, ddof=1),
        linestyle="none",
        markerfacecolor="white",
        capsize=2,
        elinewidth=1.0,
        label=f"{method}, {PAPER_REPETITIONS} repetitions",
        **style,
    )


def _variances(
    axes: Axes, found: Measured2e, method: str, style: dict[str, Any], line: Any
) -> None:
    amplitudes_mv = found.amplitudes_v * _MILLI
    axes.plot(
        amplitudes_mv,
        found.expected[method, _READING] * _NANO**2,
        color=style["color"],
        linestyle=line,
        label=f"{method}, expected",
    )
    low, high = variance_factors(found.repetitions)
    values = found.variance((method, _READING)) * _NANO**2
    axes.errorbar(
        amplitudes_mv,
        values,
        [values * (1 - low), values * (high - 1)],
        linestyle="none",
        capsize=2,
        elinewidth=1.0,
        label=f"{method}, {found.repetitions} repetitions",
        **style,
    )


def _errors(axes: Axes, found: Measured2e, method: str, style: dict[str, Any], line: Any) -> None:
    """Points as measured; the line adds curvature and settling to the noise of ten."""
    key, exact = (method, _READING), found.point.derivative_a_per_v
    amplitudes_mv = found.amplitudes_v * _MILLI
    fine_v = np.geomspace(found.amplitudes_v[0], found.amplitudes_v[-1], _FINE)
    # curvature goes with the square of the amplitude, and noise with its inverse
    off = np.interp(fine_v**2, found.amplitudes_v**2, found.clean[key] - exact)
    noise = found.expected[key][0] * (found.amplitudes_v[0] / fine_v) ** 2 / PAPER_REPETITIONS
    expected = np.sqrt(off**2 + noise) / abs(exact)
    axes.plot(fine_v * _MILLI, expected, color=style["color"], linestyle=line)
    share = np.sqrt(found.error_of_mean(key)) / abs(exact)
    axes.plot(amplitudes_mv, share, linestyle="none", **style)
