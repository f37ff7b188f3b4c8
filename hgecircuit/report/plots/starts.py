"""Random starts: the final loss of each, circuit beside digital reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.report.plots.style import CIRCUIT, GREY, INK, REFERENCE, legend_right, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LOWEST_LOSS = 1e-6


def draw_starts(verification: Verification, study: Study | None) -> Figure | None:
    """Final losses in the order of the circuit's, so that a share can be read off; None without."""
    from matplotlib.ticker import MaxNLocator

    if study is None:
        return None
    losses = np.array([result.loss for result in study.results])
    order = np.argsort(losses, kind="stable")
    rank = np.arange(1, len(losses) + 1)
    figure = new_figure(3.4)
    axes = figure.subplots()
    sides = (
        ("circuit", losses, study.solved, CIRCUIT, "o"),
        ("digital reference", study.reference.final_losses, study.reference_solved, REFERENCE, "s"),
    )
    shown = [np.maximum(side[1][order], _LOWEST_LOSS) for side in sides]
    axes.vlines(rank, np.minimum(*shown), np.maximum(*shown), color=GREY, linewidth=0.8, zorder=1)
    for (name, _, solved, colour, marker), values in zip(sides, shown, strict=True):
        for good, words in ((True, "solved"), (False, "not solved")):
            chosen = solved[order] == good
            axes.plot(
                rank[chosen],
                values[chosen],
                linestyle="none",
                marker=marker,
                markersize=6,
                color=colour,
                markeredgecolor=INK if good else colour,
                markeredgewidth=0.8 if good else 1.6,
                markerfacecolor=colour if good else "white",
                label=f"{name}, {words}",
            )
    axes.axhline(study.limits.loss, color=INK, linestyle="--", linewidth=1.0, label="limit of loss")
    axes.set_yscale("log")
    axes.set_xlim(0.3, len(losses) + 0.7)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("random start, in the order of the circuit's loss")
    axes.set_ylabel("final loss (dimensionless)")
    legend_right(figure, axes)
    return figure
