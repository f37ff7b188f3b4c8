"""``report.html``: a run as one page that works without a network, on paper, and in the dark."""

from hgecircuit.report.run_page.build import Schematic, build_run_page

__all__ = ["Schematic", "build_run_page"]
