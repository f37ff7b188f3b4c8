"""How long a frequency plan takes, how good it is, and how much memory it needs."""

from __future__ import annotations

import resource
import time

from hgecircuit.design.plans import ExcludedBands, PlanRequest, find_collisions, make_plan

LIMIT_S = 10.0
LIMIT_CHANNELS = 1000
MAINS = ExcludedBands((50.0,))
CASES = {
    "5 channels": PlanRequest(5, time_s=1.0),
    "6 channels": PlanRequest(6, time_s=1.0),
    "8 channels": PlanRequest(8, time_s=1.0),
    "10 channels": PlanRequest(10, time_s=1.0),
    "20 channels": PlanRequest(20, time_s=1.0),
    "40 channels": PlanRequest(40, time_s=1.0),
    "100 channels": PlanRequest(100, time_s=1.0),
    "1,000 channels": PlanRequest(1000, time_s=1.0),
    "1,000 channels between mains": PlanRequest(1000, time_s=1.0, bands=MAINS),
    "1,000 channels, shortest time": PlanRequest(1000, objective="time", highest_hz=1e6),
    "1,000 channels, least error": PlanRequest(1000, time_s=1.0, objective="error", highest_hz=4e6),
    "1,000 channels, fewest collisions": PlanRequest(
        1000, time_s=1.0, highest_hz=1e6, allow_collisions=True
    ),
    "1,000 channels, 10 MHz samples": PlanRequest(1000, time_s=1.0, sample_rate_hz=10e6),
    "2,000 channels": PlanRequest(2000, time_s=1.0),
}


def main() -> None:
    """Print time, value, bound and gap of every case, then the check's own time."""
    print(f"frequency plans up to the third order; limit {LIMIT_S:g} s for 1,000 channels")
    print(f"{'case':34}{'time':>9}{'value':>14}{'bound':>14}{'gap':>8}")
    for name, request in CASES.items():
        start = time.perf_counter()
        plan = make_plan(request)
        seconds = time.perf_counter() - start
        optimum = plan.optimum
        late = request.channels == LIMIT_CHANNELS and seconds > LIMIT_S
        gap = "optimal" if optimum.is_optimal else f"{100 * optimum.gap:.0f} %"
        gap = gap if optimum.bound else "unknown"
        print(
            f"{name:34}{seconds:7.2f} s{optimum.value:14.7g}{optimum.bound:14.7g}{gap:>8}"
            f"{'  TOO SLOW' if late else ''}"
        )
        if name == "1,000 channels":
            _time_check(plan.frequencies_hz.tolist())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"largest memory of the process: {peak:.0f} MB")


def _time_check(frequencies_hz: list[float]) -> None:
    start = time.perf_counter()
    found = find_collisions(frequencies_hz)
    seconds = time.perf_counter() - start
    print(f"{'  of which the check':34}{seconds:7.2f} s{found.total:14d} collisions")


if __name__ == "__main__":
    main()
