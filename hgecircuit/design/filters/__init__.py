"""Filters: from what a designer wants to components that can be bought, with every figure."""
