"""How long the error model takes: a budget, the search over time and error, the paper's figures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hgecircuit.design.error_model.circuit import circuit_budget
from hgecircuit.design.error_model.figures import figure_2d, figure_3b
from hgecircuit.design.error_model.quantities import PAPER_NOISE, Quantities, quantities_budget
from hgecircuit.design.error_model.responses import all_filters
from hgecircuit.design.error_model.tradeoff import Space, tradeoff
from hgecircuit.design.size import operating_points_v
from hgecircuit.devices.formats import load_device
from hgecircuit.learner import Learner

RUNS = 3
CIRCUIT = Path("circuits") / "xor.toml"
LIMITS_S = {"search of 2.9 million operating points": 5.0}


def main() -> None:
    """Print the median of every time beside its limit."""
    device = load_device("rnpu-compact")
    learner = Learner.from_file(CIRCUIT)
    points_v = operating_points_v(learner.design, learner.spec.verification)
    space = Space(
        all_filters(),
        np.geomspace(0.005, 1, 41),
        np.geomspace(5, 160, 80),
        np.geomspace(1e-3, 0.2, 40),
        noise=PAPER_NOISE,
    )
    many = Quantities(channels=1000, spacing_hz=0.9)
    jobs: dict[str, Callable[[], object]] = {
        f"budget of {CIRCUIT}": lambda: circuit_budget(learner.design, points_v),
        "budget of the paper's quantities": lambda: quantities_budget(Quantities()),
        "the same with 1,000 channels": lambda: quantities_budget(many),
        "the same on rnpu-compact, over its range": lambda: quantities_budget(Quantities(), device),
        "search of 2.9 million operating points": lambda: tradeoff(device, space).front(),
        "data of Fig. 3b": figure_3b,
        "data of Fig. 2d": figure_2d,
    }
    print(f"error model: median of {RUNS} runs")
    for what, job in jobs.items():
        limit = f"limit {LIMITS_S[what]} s" if what in LIMITS_S else ""
        print(f"{what:44}{np.median([_time_s(job) for _ in range(RUNS)]):8.3f} s  {limit}")


def _time_s(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
