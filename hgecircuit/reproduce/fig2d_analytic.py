"""Fig. 2d, the analytic line: expected error over measurement time."""

from __future__ import annotations

from hgecircuit.design.error_model.figures import TOLERANCE, figure_2d, settings
from hgecircuit.reproduce.base import Claim, PaperFigure, Reproduction
from hgecircuit.reproduce.data import dataset
from hgecircuit.reproduce.workshop import Workshop

_UNIT = "A^2/V^2"


def make(_: Workshop) -> Reproduction:
    """The line from Eq. 8; nothing in it is random."""
    from hgecircuit.report.design_plots import draw_figure_2d

    data = figure_2d()
    claim = Claim(
        text="the variance of HGE decreases with 1/T",
        source="Boon 2025, Fig. 2d",
        claimed="slope -1",
        found=f"slope {data.slopes['first']:.3f}",
        criterion=f"slope of log(error) over log(T) within {100 * TOLERANCE:.0f} % of -1, both "
        "readings of 98 % settled",
        agrees=data.agrees,
        values={f"slope_{reading}": slope for reading, slope in data.slopes.items()},
    )
    variables = {}
    for reading in data.settled:
        words = f"Eq. 8, settled, reading {reading}"
        variables[f"{reading}_settled"] = ("time", data.settled[reading], _UNIT, words)
        words = f"variance read at T from rest, reading {reading}"
        variables[f"{reading}_at_T"] = ("time", data.at_time[reading], _UNIT, words)
    return Reproduction(
        (claim,),
        dataset({"time": (data.times_s, "s", "measurement time T")}, variables),
        lambda: draw_figure_2d(data),
        settings(data.quantities) | {"time_s": [0.01, 1.0]},
    )


FIGURE = PaperFigure("fig2d-analytic", "expected error over measurement time: falls with 1/T", make)
