"""Design and verify fully analog learners based on homodyne gradient extraction (HGE)."""
__version__ = "0.1.0"
