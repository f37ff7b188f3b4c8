"""Fig. 3b: expected error over carrier spacing, parallel against sequential."""

from __future__ import annotations

from hgecircuit.design.error_model.figures import (
    DOMINATES,
    MEDIAN,
    MEETS,
    Figure3b,
    figure_3b,
    settings,
)
from hgecircuit.reproduce.base import Claim, PaperFigure, Reproduction
from hgecircuit.reproduce.data import dataset
from hgecircuit.reproduce.workshop import Workshop

_UNIT = "A^2/V^2"


def make(_: Workshop) -> Reproduction:
    """The figure from Eqs. 8 and 10; nothing in it is random."""
    from hgecircuit.report.design_plots import draw_figure_3b

    data = figure_3b()
    return Reproduction(
        (_claim(data),),
        dataset({"spacing": (data.spacings_hz, "Hz", "carrier spacing")}, _variables(data)),
        lambda: draw_figure_3b(data),
        settings(data.quantities),
        (
            f"At most {DOMINATES:g} times the sequential error, where crosstalk is no longer the "
            f"larger part, is reached from {data.dominates_hz['first', MEDIAN]:.1f} Hz.",
            "Read at T from rest, the filter's own transient is larger than |H| in Eq. 10: the "
            "dotted curve.",
        ),
    )


def _claim(data: Figure3b) -> Claim:
    found_hz = data.meets_hz["first", MEDIAN]
    return Claim(
        text="the parallel error meets the sequential error from about 40 Hz spacing",
        source="Boon 2025, Fig. 3b",
        claimed="about 40 Hz",
        found=f"{found_hz:.1f} Hz",
        criterion=f"settled parallel error (Eq. 10) at most {MEETS} times the sequential one "
        f"(Eq. 8) at all wider spacings, signal ratio {MEDIAN}, first reading of 98 % settled; "
        "within 10 % of 40 Hz",
        agrees=data.agrees,
        values={
            "found_Hz": found_hz,
            "crossovers": [
                {
                    "settled": reading,
                    "signal_ratio": ratio,
                    "meets_Hz": data.meets_hz[reading, ratio],
                    "crosstalk_below_rest_Hz": data.dominates_hz[reading, ratio],
                }
                for reading, ratio in data.meets_hz
            ],
        },
    )


def _variables(data: Figure3b) -> dict:
    found = {}
    for reading, values in data.sequential.items():
        found[f"{reading}_sequential"] = ("spacing", values, _UNIT, "sequential, Eq. 8")
        for (one, ratio), together in data.parallel.items():
            if one == reading:
                words = f"parallel, Eq. 10, signal ratio {ratio:g}"
                found[f"{reading}_parallel_ratio_{ratio:g}"] = ("spacing", together, _UNIT, words)
        words = f"parallel, read at T from rest, signal ratio {MEDIAN:g}"
        name = f"{reading}_parallel_ratio_{MEDIAN:g}_at_T"
        found[name] = ("spacing", data.at_time[reading], _UNIT, words)
    return found


FIGURE = PaperFigure("fig3b", "expected error over spacing: parallel meets sequential", make)
