"""Run every benchmark."""

from benchmarks import (
    device_cost,
    error_model,
    filters,
    learner_cost,
    plans,
    reference,
    rig,
    startup,
)

for benchmark in (startup, device_cost, learner_cost, filters, error_model, plans, reference, rig):
    benchmark.main()
    print()
