"""Picture of Fig. 4b-d."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.report.plots.style import (
    COLOURS,
    GREY,
    INK,
    TARGET_COLOURS,
    new_figure,
)
from hgecircuit.reproduce.ball_reading import CORNERS_HZ, SHOWN, Reading, Trained
from hgecircuit.reproduce.balls import CLAIMED_ACCURACY, NOISE_WORDS
from hgecircuit.reproduce.wirings import SPHERE, SPHERE_STOP

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_NANO = 1e9
_BINS = 40
_CLASSES = {0: "outer shell, target 0", 1: "inner ball, target 1"}
_MARKERS = {0: "x", 1: "o"}
# From where the cloud is seen, in degrees; the octant in front is left out.
_ELEVATION, _AZIMUTH = 22.0, -50.0


def draw(found: Trained) -> Figure:
    """Cloud, output over radius with histogram, accuracies, loss over iterations."""
    figure = new_figure(7.2)
    above, below = np.asarray(figure.subfigures(2, 1, height_ratios=(1.25, 1)))
    grid = above.add_gridspec(1, 6)
    cloud = above.add_subplot(grid[0, :3], projection="3d")
    radius = above.add_subplot(grid[0, 3:5])
    histogram = above.add_subplot(grid[0, 5], sharey=radius)
    threshold, corner, loss = below.subplots(1, 3)
    _cloud(above, cloud, found)
    _radius(radius, histogram, found.readings[SHOWN], np.linalg.norm(found.coordinates, axis=1))
    _accuracy(threshold, found.readings[SHOWN])
    _corner(corner, found)
    _loss(loss, found)
    handles = {}
    for axes in (radius, threshold, corner, loss):
        handles |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    below.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=3)
    return figure


def _cloud(figure: SubFigure, axes: Any, found: Trained) -> None:
    points = found.coordinates
    front = (points[:, 0] > 0) & (points[:, 1] < 0) & (points[:, 2] > 0)
    shown_v = np.array(found.balls[SHOWN].points.test.patterns_v)[~front]
    output_na = found.readings[SHOWN].test_a * _NANO
    drawn = axes.scatter(
        *shown_v.T,
        c=output_na[~front],
        cmap="cividis",
        vmin=output_na.min(),
        vmax=output_na.max(),
        s=9,
        linewidths=0.2,
        edgecolors=INK,
        depthshade=False,
        rasterized=True,
    )
    axes.view_init(_ELEVATION, _AZIMUTH)
    axes.set_box_aspect((1, 1, 1), zoom=0.93)
    for name, electrode in zip("xyz", SPHERE.inputs, strict=True):
        getattr(axes, f"set_{name}label")(f"electrode {electrode} (V)", fontsize=8, labelpad=-2)
        axes.tick_params(axis=name, labelsize=7, pad=-2)
        getattr(axes, f"{name}axis").set_major_locator(_few_ticks())
    axes.set_title("b  test points, front octant left out")
    bar = figure.colorbar(drawn, ax=axes, shrink=0.7, pad=0.0, aspect=25, location="bottom")
    bar.set_label("output (nA)")


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(4)


def _radius(axes: Axes, histogram: Axes, reading: Reading, radii: np.ndarray) -> None:
    output_na = reading.test_a * _NANO
    bins = np.linspace(output_na.min(), output_na.max(), _BINS + 1)
    for target, words in _CLASSES.items():
        mine = reading.test == target
        axes.plot(
            radii[mine],
            output_na[mine],
            linestyle="none",
            marker=_MARKERS[target],
            markersize=2.5,
            markerfacecolor="none",
            markeredgewidth=0.7,
            color=TARGET_COLOURS[target],
            label=words,
            rasterized=True,
        )
        histogram.hist(
            output_na[mine],
            bins,
            orientation="horizontal",
            histtype="step",
            color=TARGET_COLOURS[target],
            linestyle="-" if target else "--",
            linewidth=1.2,
        )
    for one in (axes, histogram):
        one.axhline(reading.threshold_a * _NANO, color=INK, linestyle="--", linewidth=1.0)
    axes.set(xlabel="radius over half the span (1)", ylabel="output (nA)", xlim=(0, 1.02))
    axes.set_title("c  output over radius")
    histogram.tick_params(labelleft=False)
    histogram.set_xlabel("points")


def _accuracy(axes: Axes, reading: Reading) -> None:
    place = reading.thresholds_a * _NANO
    training, test = reading.accuracies()
    axes.plot(place, training, color=GREY, linestyle="-.", label="training points")
    axes.plot(place, test, color=COLOURS[0], label="test points")
    axes.axvline(
        reading.threshold_a * _NANO,
        color=INK,
        linestyle="--",
        linewidth=1.0,
        label="best threshold of the training points",
    )
    axes.axhline(CLAIMED_ACCURACY, color=COLOURS[5], linestyle=":", label="paper: 94 %")
    axes.set(xlabel="threshold (nA)", ylabel="accuracy (1)", ylim=(0.45, 1.01))
    axes.set_title(f"{100 * reading.right / len(reading.test):.1f} % of test points")


def _corner(axes: Axes, found: Trained) -> None:
    for number, (colour, line) in enumerate(((GREY, "-."), (COLOURS[0], "-"))):
        shares = found.corners[:, :, number]
        axes.plot(CORNERS_HZ, shares.mean(axis=1), color=colour, linestyle=line, marker="o")
    axes.axhline(CLAIMED_ACCURACY, color=COLOURS[5], linestyle=":")
    axes.set(xscale="log", xlabel="noise flat below (Hz)", ylabel="accuracy (1)", ylim=(0.45, 1.01))
    axes.set_title("the same by noise")


def _loss(axes: Axes, found: Trained) -> None:
    for noise, colour, line in (("continued", COLOURS[5], "-"), (SHOWN, COLOURS[0], "-")):
        balls = found.balls[noise]
        others = np.delete(balls.losses, balls.chosen, axis=0)
        axes.plot(others.T, color=GREY, linewidth=0.35, label="other starts", rasterized=True)
        axes.plot(
            balls.losses[balls.chosen],
            color=colour,
            linestyle=line,
            linewidth=2.0 if noise == SHOWN else 0.9,
            label=f"loss, {NOISE_WORDS[noise]}",
        )
    axes.axhline(SPHERE_STOP, color=INK, linestyle=(0, (5, 1, 1, 1)), label="stop: E = 0.2")
    count = found.balls[SHOWN].losses.shape[1]
    axes.set(xlabel="iteration", ylabel="loss E (1)", ylim=(0, None), xlim=(0, count))
    axes.set_title("d  loss over iterations")
