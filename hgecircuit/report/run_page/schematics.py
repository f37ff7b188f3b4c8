"""The schematics that a run's page shows."""

from __future__ import annotations

from hgecircuit.learner import Learner
from hgecircuit.report.run_page.build import Schematic

#: Blocks that a derivative passes on its way, of whichever loop has them. All other sheets are left
#: to `hgecircuit draw`: together they would double the page.
SHEETS = (
    "block-diagram",
    "perturbation_adder",
    "iv_converter",
    "multiplier",
    "lowpass",
    "accumulator",
    "weight",
)


def choose_schematics(learner: Learner) -> list[Schematic]:
    """The block diagram and the blocks on the way from a perturbation to its weight.

    Of blocks that are built alike, one sheet stands for all; of a block on several sheets, all.
    """
    from hgecircuit.draw.export import page_bytes  # matplotlib takes its time

    drawings = learner.drawings()
    chosen = {
        page.name: page
        for name in SHEETS
        for page in drawings.pages
        if page.name == name or page in drawings.find(name) or page in drawings.find(f"{name}_0")
    }
    return [
        Schematic(
            page.title,
            page_bytes(page, "svg").decode("utf-8"),
            f"Schematic: {page.title}. As text in learner.cir.",
        )
        for page in chosen.values()
    ]
