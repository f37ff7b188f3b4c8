"""Component-level sample-and-holds and analog multiplexers."""
