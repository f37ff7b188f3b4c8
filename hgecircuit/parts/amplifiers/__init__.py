"""Amplifiers at component fidelity."""
