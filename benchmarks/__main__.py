"""Run every benchmark."""

from benchmarks import device_cost, error_model, filters, learner_cost, startup

for benchmark in (startup, device_cost, learner_cost, filters, error_model):
    benchmark.main()
    print()
