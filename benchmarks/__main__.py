"""Run every benchmark."""

from benchmarks import device_cost, learner_cost, startup

for benchmark in (startup, device_cost, learner_cost):
    benchmark.main()
    print()
