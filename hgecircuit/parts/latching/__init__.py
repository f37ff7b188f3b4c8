"""Component-level latch."""
