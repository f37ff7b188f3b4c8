"""Supply power, energy per update and per learned task: the circuit beside digital alternatives."""

from __future__ import annotations

from typing import NamedTuple

from hgecircuit.circuit.bill import CHIP, Bill
from hgecircuit.compare.digital import PAPER_RIG, embedded_lock_in, known_power_w


class Consumer(NamedTuple):
    """Something that learns, and what it takes.

    Attributes:
        name: What it is.
        supply_w: Its supply power in W; None when unknown.
        update_s: Time of one update of all controls in s; None when unknown.
        learned_s: Time until the task is learned in s; None when it is not, or unknown.
        bound: ``at least`` or ``at most`` when the power is no more than a limit, else empty.
    """

    name: str
    supply_w: float | None
    update_s: float | None
    learned_s: float | None
    bound: str = ""

    @property
    def update_j(self) -> float | None:
        """Energy of one update in J."""
        return _product(self.supply_w, self.update_s)

    @property
    def learned_j(self) -> float | None:
        """Energy until the task is learned in J."""
        return _product(self.supply_w, self.learned_s)


class Times(NamedTuple):
    """How long the circuit and its digital reference take, simulated.

    Attributes:
        epoch_s: One epoch of the circuit, which is one update.
        solved_s: Until the circuit has learned the task; None when it has not.
        iteration_s: One iteration of the digital reference; None when unknown.
        reference_s: Until the digital reference has learned the task; None when it has not.
    """

    epoch_s: float
    solved_s: float | None
    iteration_s: float | None
    reference_s: float | None


def analog_power_w(bill: Bill) -> float | None:
    """Supply power of a circuit's chips in W; None for a circuit without any."""
    return bill.supply_w if bill.count(CHIP) else None


def compare_energy(bill: Bill, times: Times, electrodes: int) -> tuple[Consumer, ...]:
    """The circuit, the embedded lock-in at two timings, and the paper's rig.

    Args:
        bill: The circuit's.
        times: How long it and its digital reference take.
        electrodes: Number of electrodes that are driven.
    """
    embedded_w = known_power_w(embedded_lock_in(electrodes))
    lower = bool(bill.modelled or bill.unknown_power)
    rig_w, reference = known_power_w(PAPER_RIG), (times.iteration_s, times.reference_s)
    return (
        Consumer(
            "analog circuit",
            analog_power_w(bill),
            times.epoch_s,
            times.solved_s,
            "at least" if lower and bill.count(CHIP) else "",
        ),
        Consumer("embedded lock-in, the paper's timing", embedded_w, *reference),
        Consumer("embedded lock-in, the circuit's timing", embedded_w, times.epoch_s, None),
        Consumer("paper's rig without its computer", rig_w, *reference, "at most"),
    )


def _product(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one * other
