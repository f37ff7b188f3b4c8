"""Writes pages as SVG, PNG and one PDF; the same pages give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from matplotlib import rc_context, rcdefaults, rcParams
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from hgecircuit.draw.page import Page
from hgecircuit.draw.render import STYLE, draw_page, paint

PNG_DPI = 150
KINDS = ("svg", "png", "pdf")
#: Stands in every file, so that a later run knows which files are drawings.
MARK = "hgecircuit drawing"
# No date, no version: the same sheets give the same bytes.
_METADATA = {
    "svg": {"Date": None, "Creator": None, "Title": MARK},
    "png": {"Software": None, "Title": MARK},
    "pdf": {
        "Creator": None,
        "Producer": None,
        "CreationDate": None,
        "ModDate": None,
        "Title": MARK,
    },
}


@contextmanager
def _styled() -> Iterator[None]:
    """Matplotlib's own defaults plus the sheets' style, whatever the user has set."""
    with rc_context():
        rcdefaults()
        for name, value in STYLE.items():
            rcParams[name] = value
        yield


@contextmanager
def _painted(page: Page) -> Iterator[Figure]:
    with _styled():
        yield paint(draw_page(page))


def page_bytes(page: Page, kind: str) -> bytes:
    """One page as a file of kind ``svg``, ``png`` or ``pdf``."""
    if kind == "pdf":
        return pdf_bytes([page])
    buffer = io.BytesIO()
    with _painted(page) as figure:
        figure.savefig(buffer, format=kind, metadata=_METADATA[kind], dpi=PNG_DPI)
    return buffer.getvalue()


def pdf_bytes(pages: Sequence[Page]) -> bytes:
    """All pages as one PDF."""
    buffer = io.BytesIO()
    with _styled(), PdfPages(buffer, metadata=_METADATA["pdf"]) as pdf:
        for page in pages:
            with _painted(page) as figure:
                pdf.savefig(figure)
    return buffer.getvalue()
