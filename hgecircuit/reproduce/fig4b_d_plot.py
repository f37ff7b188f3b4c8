"""Picture of Fig. 4b-d."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.report.plots.style import (
    COLOURS,
    GREY,
    INK,
    TARGET_COLOURS,
    legend_below,
    new_figure,
)
from hgecircuit.reproduce.balls import CLAIMED_ACCURACY
from hgecircuit.reproduce.wirings import SPHERE, SPHERE_STOP

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hgecircuit.reproduce.fig4b_d import Trained

_NANO = 1e9
_BINS = 40
_CLASSES = {0: "outer shell, target 0", 1: "inner ball, target 1"}
_MARKERS = {0: "x", 1: "o"}
# From where the cloud is seen, in degrees; the octant in front is left out.
_ELEVATION, _AZIMUTH = 22.0, -50.0


def draw(found: Trained) -> Figure:
    """Cloud, output over radius with histogram, accuracy over threshold, loss over iterations."""
    figure = new_figure(6.8)
    grid = figure.add_gridspec(2, 6, height_ratios=(1.25, 1))
    cloud = figure.add_subplot(grid[0, :3], projection="3d")
    radius = figure.add_subplot(grid[0, 3:5])
    histogram = figure.add_subplot(grid[0, 5], sharey=radius)
    threshold = figure.add_subplot(grid[1, :3])
    loss = figure.add_subplot(grid[1, 3:])
    _cloud(figure, cloud, found)
    _radius(radius, histogram, found)
    _accuracy(threshold, found)
    _loss(loss, found)
    legend_below(figure, radius, threshold, loss, columns=3)
    return figure


def _cloud(figure: Figure, axes: Any, found: Trained) -> None:
    points = found.coordinates
    front = (points[:, 0] > 0) & (points[:, 1] < 0) & (points[:, 2] > 0)
    shown_v = np.array(found.balls.points.test.patterns_v)[~front]
    output_na = found.test_a * _NANO
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
    axes.set_box_aspect((1, 1, 1), zoom=1.0)
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


def _radius(axes: Axes, histogram: Axes, found: Trained) -> None:
    radii = np.linalg.norm(found.coordinates, axis=1)
    output_na = found.test_a * _NANO
    bins = np.linspace(output_na.min(), output_na.max(), _BINS + 1)
    for target, words in _CLASSES.items():
        mine = found.test == target
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
        one.axhline(found.threshold_a * _NANO, color=INK, linestyle="--", linewidth=1.0)
    axes.set(xlabel="radius over half the span (1)", ylabel="output (nA)", xlim=(0, 1.02))
    axes.set_title("c  output over radius")
    histogram.tick_params(labelleft=False)
    histogram.set_xlabel("points")


def _accuracy(axes: Axes, found: Trained) -> None:
    place = found.thresholds_a * _NANO
    training, test = found.accuracies()
    axes.plot(place, training, color=GREY, linestyle="-.", label="accuracy, training points")
    axes.plot(place, test, color=COLOURS[0], label="accuracy, test points")
    axes.axvline(
        found.threshold_a * _NANO,
        color=INK,
        linestyle="--",
        linewidth=1.0,
        label="best threshold of the training points",
    )
    axes.axhline(CLAIMED_ACCURACY, color=COLOURS[5], linestyle=":", label="paper: 94 %")
    axes.set(xlabel="threshold (nA)", ylabel="accuracy (1)", ylim=(0.45, 1.01))
    axes.set_title(f"accuracy: {100 * found.right / len(found.test):.1f} % of test points")


def _loss(axes: Axes, found: Trained) -> None:
    balls = found.balls
    count = balls.losses.shape[1]
    others = np.delete(balls.losses, balls.chosen, axis=0)
    axes.plot(others.T, color=GREY, linewidth=0.5, label="loss, other starts", rasterized=True)
    axes.plot(balls.losses[balls.chosen], color=COLOURS[0], linewidth=2.0, label="loss, chosen")
    axes.axhline(SPHERE_STOP, color=INK, linestyle=(0, (5, 1, 1, 1)), label="stop: E = 0.2")
    axes.set(xlabel="iteration", ylabel="loss E (1)", ylim=(0, None), xlim=(0, count))
    axes.set_title("d  loss over iterations")
