"""Verdicts to a report folder: JSON, Markdown, plots, waveforms. docs/report.md describes it."""

from __future__ import annotations

from hgecircuit.report.folder import Report, write_report
from hgecircuit.report.rows import Row

__all__ = ["Report", "Row", "write_report"]
