"""Everything that runs: simulators, the digital reference, jobs side by side, run folders."""
