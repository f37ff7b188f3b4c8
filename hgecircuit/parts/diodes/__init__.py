"""Diodes."""
