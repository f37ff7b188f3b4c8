"""The plots of a report, one table: name, caption, and what draws it.

A new plot is one row. Each function returns a figure, or None when the run has nothing to show.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.report.plots.epoch import draw_epoch
from hgecircuit.report.plots.gradient import draw_budget, draw_derivatives
from hgecircuit.report.plots.learning import draw_controls, draw_loss, draw_outputs
from hgecircuit.report.plots.sphere import draw_accuracy, draw_batch, draw_exam
from hgecircuit.report.plots.starts import draw_starts
from hgecircuit.report.plots.style import styled
from hgecircuit.report.plots.three_way import draw_three_way

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PLOT_FOLDER = "plots"
# Neither file holds a date or a version, so the same data give the same bytes.
_METADATA = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


class Plot(NamedTuple):
    """One plot.

    Attributes:
        name: File name without suffix.
        caption: One sentence below it.
        draw: Makes the figure.
    """

    name: str
    caption: str
    draw: Callable[[Verification, Study | None], Figure | None]


PLOTS = (
    Plot(
        "outputs",
        "Held output of every pattern over simulated time. The dotted line is the threshold halfway"
        " between the means of the wanted 1s and the wanted 0s.",
        draw_outputs,
    ),
    Plot(
        "accuracy",
        "Share of training and test points on their label's side of the threshold that is best for"
        " the training points, device model at the control voltages of circuit and digital"
        " reference.",
        draw_accuracy,
    ),
    Plot(
        "exam",
        "Outputs in the exam, as read in the simulator with the perturbation off.",
        draw_exam,
    ),
    Plot(
        "controls",
        "Control voltages over simulated time; dashed lines are the integrators' clamps.",
        draw_controls,
    ),
    Plot(
        "loss",
        "The paper's loss of the circuit and of the digital reference, from the same start. Each"
        " has its own time axis.",
        draw_loss,
    ),
    Plot(
        "epoch",
        "The first epoch in which the control voltages move.",
        draw_epoch,
    ),
    Plot(
        "batch",
        "The first batch of points after which the control voltages move.",
        draw_batch,
    ),
    Plot(
        "derivatives",
        "Derivatives from the simulated lock-in at the operating points, against the device model's"
        " exact ones and against the digital reference; below, the differences.",
        draw_derivatives,
    ),
    Plot(
        "budget",
        "Terms of the gradient's error budget, as shares of the gradient's norm, beside the error"
        " that was measured.",
        draw_budget,
    ),
    Plot(
        "starts",
        "Final loss of every random start, circuit and digital reference from the same voltages.",
        draw_starts,
    ),
    Plot(
        "three-way",
        "Derivatives in ngspice and on the rig against the digital reference, what sets them apart,"
        " and what was learned.",
        draw_three_way,
    ),
)


#: Every file that a report's plots may have, relative to its folder.
PLOT_FILES = tuple(f"{PLOT_FOLDER}/{plot.name}.{kind}" for plot in PLOTS for kind in _METADATA)


def write_plots(verification: Verification, study: Study | None, folder: Path) -> list[Plot]:
    """Draw every plot that has something to show, as PNG and SVG.

    Args:
        verification: What to show.
        study: Random starts, or None.
        folder: Where the files go; it exists.

    Returns:
        The plots written.
    """
    written = []
    for plot in PLOTS:
        with styled():
            figure = plot.draw(verification, study)
            if figure is None:
                continue
            # Both files share one layout, which takes longer than either.
            figure.draw_without_rendering()
            figure.set_layout_engine(None)
            for kind, metadata in _METADATA.items():
                figure.savefig(folder / f"{plot.name}.{kind}", format=kind, metadata=metadata)
        written.append(plot)
    return written
