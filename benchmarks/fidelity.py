"""What each fidelity costs: processor time per simulated second, and which blocks it goes to.

The same learner at ideal, behavioural and component fidelity, then at component fidelity with one
block at a time ideal: what that saves is the block's share. Processor time of ngspice is used, and
the least of several alternating rounds, so that other work on the machine disturbs less. Run it
with ``python -m benchmarks fidelity``; it needs ngspice.
"""

from __future__ import annotations

import resource
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hgecircuit.learner import Learner
from hgecircuit.pipeline import start_oscillators
from hgecircuit.run.engines.ngspice import Ngspice
from hgecircuit.run.simulate import simulate_deck

CIRCUIT = "circuits/xor.toml"
EPOCHS = 5
ROUNDS = 2
FIDELITIES = ("ideal", "behavioural", "component")
# Shares below this are within what two rounds differ by.
LEAST_SHARE = 0.02


@dataclass(frozen=True)
class Cost:
    """What one learner costs.

    Attributes:
        cpu_s: Processor time of ngspice per simulated second.
        points: Time points per simulated second.
    """

    cpu_s: float
    points: float

    @property
    def us_per_point(self) -> float:
        """Processor time per time point in microseconds."""
        return 1e6 * self.cpu_s / self.points


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        learners = {fidelity: _learner(folder, fidelity) for fidelity in FIDELITIES}
        netlists = {"component": learners["component"].netlist()}
        for block in type(learners["component"].spec.blocks).model_fields:
            if block == "fidelity":
                continue
            learner = _learner(folder, "component", block)
            # A block that the loop lacks changes nothing.
            if learner.netlist() not in netlists.values():
                learners[block], netlists[block] = learner, learner.netlist()
        costs = _measure(learners, folder)
    _show_fidelities(costs)
    _show_blocks(costs)


def _learner(folder: Path, fidelity: str, ideal: str | None = None) -> Learner:
    overrides = {"blocks.fidelity": fidelity, "loop.epochs": EPOCHS}
    if ideal is not None:
        overrides[f"blocks.{ideal}"] = "ideal"
    learner = Learner.from_file(CIRCUIT, overrides=overrides)
    if learner.spec.blocks.oscillator == "component":
        learner, _ = start_oscillators(learner, folder, Ngspice())
    return learner


def _measure(learners: dict[str, Learner], folder: Path) -> dict[str, Cost]:
    costs: dict[str, Cost] = {}
    for _ in range(ROUNDS):
        for name, learner in learners.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            record = simulate_deck(learner.deck(), folder, 600.0)
            spent_s = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
            simulated_s = float(record.time_s[-1])
            cost = Cost(spent_s / simulated_s, len(record.time_s) / simulated_s)
            if name not in costs or cost.cpu_s < costs[name].cpu_s:
                costs[name] = cost
    return costs


def _show_fidelities(costs: dict[str, Cost]) -> None:
    print(f"fidelity of {CIRCUIT}: {EPOCHS} epochs, least of {ROUNDS} rounds, processor time")
    print(
        f"{'fidelity':14}{'s per sim. s':>14}{'points per s':>14}{'us per point':>14}{'ratio':>8}"
    )
    least_s = costs["ideal"].cpu_s
    for name in FIDELITIES:
        cost = costs[name]
        ratio = cost.cpu_s / least_s
        print(
            f"{name:14}{cost.cpu_s:14.2f}{cost.points:14.0f}{cost.us_per_point:14.1f}{ratio:8.2f}"
        )


def _show_blocks(costs: dict[str, Cost]) -> None:
    whole = costs["component"]
    saved = {
        name: 1 - cost.cpu_s / whole.cpu_s for name, cost in costs.items() if name not in FIDELITIES
    }
    print("at component fidelity, one block made ideal:")
    print(f"{'block':14}{'saves':>8}{'points per s':>14}{'us per point':>14}")
    for name in sorted(saved, key=lambda name: -saved[name]):
        if abs(saved[name]) >= LEAST_SHARE:
            cost = costs[name]
            share = f"{100 * saved[name]:.0f} %"
            print(f"{name:14}{share:>8}{cost.points:14.0f}{cost.us_per_point:14.1f}")
    few = [name for name, share in saved.items() if abs(share) < LEAST_SHARE]
    if few:
        print(f"less than {100 * LEAST_SHARE:.0f} % either way: {', '.join(few)}")


if __name__ == "__main__":
    main()
