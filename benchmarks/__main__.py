"""Run every benchmark, or those that are named: ``python -m benchmarks fidelity``."""

import sys

from benchmarks import (
    device_cost,
    error_model,
    fidelity,
    filters,
    learner_cost,
    plans,
    reference,
    rig,
    rig_client,
    startup,
)

ALL = (
    startup,
    device_cost,
    learner_cost,
    fidelity,
    filters,
    error_model,
    plans,
    reference,
    rig,
    rig_client,
)
BY_NAME = {module.__name__.partition(".")[2]: module for module in ALL}


def main(names: list[str]) -> None:
    """Run them in order."""
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BY_NAME)}")
    for name in names or BY_NAME:
        # A benchmark with options of its own must not read the names.
        sys.argv[1:] = []
        BY_NAME[name].main()
        print()


main(sys.argv[1:])
