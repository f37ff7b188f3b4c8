"""The paper's figures, made again: every figure a module, every statement a claim with a number.

A figure's module has ``make(workshop) -> Reproduction`` and ``FIGURE``; a new one adds a row here.
"""

from __future__ import annotations

from importlib import import_module

from hgecircuit.errors import InputError
from hgecircuit.reproduce.base import PaperFigure

#: Module of every figure by its name on the command line, in the order of the paper.
FIGURES: dict[str, str] = {
    "fig1c": "fig1c",
    "fig2c": "fig2c",
    "fig2d": "fig2d",
    "fig2d-analytic": "fig2d_analytic",
    "fig2e": "fig2e",
    "fig3b": "fig3b",
    "fig3c": "fig3c",
    "fig3d": "fig3d",
    "fig4a": "fig4a",
    "fig4b-d": "fig4b_d",
    "spsa": "spsa",
    "ga": "ga",
    "layers": "layers",
}


def find_figure(name: str) -> PaperFigure:
    """A figure by its name.

    Raises:
        InputError: There is none of that name.
    """
    if name not in FIGURES:
        import difflib

        near = difflib.get_close_matches(name, FIGURES, 1, 0.3)
        nearest = f"; the nearest is {near[0]}" if near else ""
        expected = ", ".join(FIGURES) + ", all" + nearest
        raise InputError("no such figure", key="FIGURE", value=name, expected=expected)
    return import_module(f"hgecircuit.reproduce.{FIGURES[name]}").FIGURE
