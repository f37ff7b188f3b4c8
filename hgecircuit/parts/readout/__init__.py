"""Component-level error circuit."""
