"""Records and limits to verdicts."""
