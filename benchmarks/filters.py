"""How long a designer waits for a filter: selection of values, analysis, random builds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from hgecircuit.design.filters.candidates import Stock
from hgecircuit.design.filters.data import design_data
from hgecircuit.design.filters.design import design_filter
from hgecircuit.design.filters.metric import Metric
from hgecircuit.design.filters.request import FilterRequest
from hgecircuit.design.filters.rounding import round_values
from hgecircuit.design.filters.select import Selection, select_values
from hgecircuit.design.filters.targets import choose_prototype, section_targets
from hgecircuit.parts.filters.sections import TOPOLOGIES

RUNS = 5
MANY_BUILDS = 20_000
FINEST = {"resistor_series": "E192", "capacitor_series": "E192"}
PAPER = {"settle_time_s": 0.1, "reject_hz": (40.0, 400.0)}
CASES = (
    ("order 3, E24 and E12", {}),
    ("order 3, E96 and E12", {"resistor_series": "E96"}),
    ("order 3, E192 and E24", {"resistor_series": "E192", "capacitor_series": "E24"}),
    ("order 3 Bessel, E24 and E12", {"family": "bessel"}),
    ("order 3 critically damped", {"family": "critically-damped"}),
    ("order 3 multiple feedback", {"topology": "multiple-feedback"}),
    ("order 4, E24 and E12", {"order": 4}),
    ("order 6, E24 and E12", {"order": 6}),
    ("order 4, E192 and E192", {"order": 4, **FINEST}),
    ("order 6, E192 and E192", {"order": 6, **FINEST}),
    ("the same, multiple feedback", {"order": 6, "topology": "multiple-feedback", **FINEST}),
    ("the same, Bessel", {"order": 6, "family": "bessel", **FINEST}),
    ("the same, critically damped", {"order": 6, "family": "critically-damped", **FINEST}),
)


def main() -> None:
    """Print the median time of every step, and what joint selection gains."""
    print(
        f"filter: joint selection of values, median of {RUNS} runs; "
        "wanted: order 3 in 1 s, all in 5 s"
    )
    print(f"{'case':32}{'s':>8}{'error %':>10}{'rounded %':>11}{'better':>8}  proven best")
    for name, changes in CASES:
        request = FilterRequest(**{**PAPER, **changes})
        selection = _select(request)
        seconds = _median(lambda request=request: _select(request))
        print(
            f"{name:32}{seconds:8.3f}{100 * selection.error:10.3f}"
            f"{100 * selection.rounded_error:11.2f}{selection.improvement:8.0f}  "
            f"{'yes' if selection.complete else 'no'}"
        )
    request = FilterRequest(**PAPER)
    print("\nwhole design of the paper's filter")
    print(f"{'request to values and op-amps':44}{_median(lambda: design_filter(request)):8.3f} s")
    everything = _median(lambda: design_data(design_filter(request)))
    print(f"{'with 1000 random builds, as --json':44}{everything:8.3f} s")
    many = design_filter(replace(request, builds=MANY_BUILDS))
    start = time.perf_counter()
    design_data(many)
    seconds = time.perf_counter() - start
    print(f"{f'{MANY_BUILDS} random builds':44}{seconds:8.3f} s")


def _select(request: FilterRequest) -> Selection:
    prototype = choose_prototype(request)
    targets = section_targets(prototype, request.topology)
    kinds = TOPOLOGIES[request.topology].kinds(targets)
    metric = Metric.of(prototype, targets, request.reject_hz)
    stock = Stock.of(request)
    return select_values(kinds, metric, stock, round_values(prototype, kinds, metric, stock))


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


if __name__ == "__main__":
    main()
