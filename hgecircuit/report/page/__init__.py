"""The design page: one HTML file in which a designer moves quantities and sees what they do.

The file holds everything it needs: styles, scripts, and the error model's arithmetic in
``arithmetic.js``, which tests compare with :mod:`hgecircuit.design.error_model`.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files

from hgecircuit.design.error_model.budget import LEVERS
from hgecircuit.report.page.fields import CHOICES, FIELDS
from hgecircuit.report.page.start import PageStart, start_of_circuit

__all__ = ["ARITHMETIC", "PageStart", "design_page", "script", "start_of_circuit"]

#: Scripts in the order in which the page runs them; the first ones are pure functions.
ARITHMETIC = ("complex.js", "curvature.js", "noise.js", "arithmetic.js", "sections.js")
SCRIPTS = (*ARITHMETIC, "words.js", "spectrum.js", "controls.js", "theme.js", "page.js")
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
    # "<" could end the script element that holds the data.
    text = json.dumps(data, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    page = _read("page.html")
    page = page.replace("/*STYLES*/", _read("page.css"))
    page = page.replace("/*SCRIPTS*/", "\n".join(map(script, SCRIPTS)))
    return page.replace("/*DATA*/", text)


def script(name: str) -> str:
    """One of the page's scripts."""
    return _read(name)


def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
