"""How long a user waits for a netlist, for `--help` and for the import of the package."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from hgecircuit.learner import Learner

RUNS = 7
LIMITS_S = {
    "import hgecircuit": 0.5,
    "hgecircuit --help": 0.5,
    "netlist of circuits/xor.toml, in process": 0.3,
}


def main() -> None:
    """Print the median of every time beside its limit."""
    script = str(Path(sys.executable).parent / "hgecircuit")
    times = {
        "import hgecircuit": _processes([sys.executable, "-c", "import hgecircuit"]),
        "hgecircuit --help": _processes([script, "--help"]),
        "netlist of circuits/xor.toml, in process": _netlists(),
        "hgecircuit netlist circuits/xor.toml": _processes(
            [script, "netlist", "circuits/xor.toml"]
        ),
    }
    print(f"start-up: median of {RUNS} runs")
    for what, seconds in times.items():
        limit = f"limit {LIMITS_S[what]} s" if what in LIMITS_S else ""
        print(f"{what:44}{np.median(seconds):8.3f} s  {limit}")


def _processes(command: list[str]) -> list[float]:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return times


def _netlists() -> list[float]:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        Learner.from_file("circuits/xor.toml").netlist()
        times.append(time.perf_counter() - start)
    return times


if __name__ == "__main__":
    main()
