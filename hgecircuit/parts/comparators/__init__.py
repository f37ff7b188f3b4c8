"""Comparators at component fidelity."""
