"""Design and verify fully analog learners based on homodyne gradient extraction (HGE)."""
