"""Component-level pattern sequencer."""
