"""Multipliers."""
