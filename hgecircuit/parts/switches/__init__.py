"""Analog switches at component fidelity."""
