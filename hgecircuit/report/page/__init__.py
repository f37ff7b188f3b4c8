"""The design page: one HTML file in which a designer moves quantities and sees what they do.

The file holds everything it needs: styles, scripts, and the error model's arithmetic in
``arithmetic.js``, which tests compare with :mod:`hgecircuit.design.error_model`.
"""

from __future__ import annotations

from dataclasses import asdict

from hgecircuit.design.error_model.budget import LEVERS
from hgecircuit.report.page.fields import CHOICES, FIELDS
from hgecircuit.report.page.start import PageStart, start_of_circuit
from hgecircuit.report.web import SHARED_SCRIPTS, build_page, read_resource, shared_script

__all__ = ["ARITHMETIC", "PageStart", "design_page", "script", "start_of_circuit"]

#: Scripts in the order in which the page runs them; the first ones are pure functions.
ARITHMETIC = ("complex.js", "curvature.js", "noise.js", "arithmetic.js", "sections.js")
SCRIPTS = (*ARITHMETIC, "spectrum.js", "controls.js", "page.js")
_TERMS = (
    "settling",
    "parallel channels",
    "second harmonic",
    "noise",
    "curvature",
    "second-order products",
    "third-order products",
)


def design_page(start: PageStart | None = None) -> str:
    """The page as one HTML text.

    Args:
        start: Its first values; the paper's point without it.
    """
    start = start or PageStart()
    data = {
        "fields": [asdict(field) for field in FIELDS],
        "choices": [asdict(choice) for choice in CHOICES],
        "start": start.values(),
        "title": start.title,
        "note": start.note,
        "levers": {name: LEVERS[name] for name in _TERMS},
    }
    return build_page(
        title="Lock-in design",
        kind="design page",
        body=read_resource(__name__, "body.html"),
        styles=[read_resource(__name__, "page.css")],
        scripts=[*map(shared_script, SHARED_SCRIPTS), *map(script, SCRIPTS)],
        data=data,
    )


def script(name: str) -> str:
    """One of the page's scripts."""
    return read_resource(__name__, name)
