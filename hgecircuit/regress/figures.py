"""From what was measured to the figures that are followed."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace

from hgecircuit.circuit.bill import KINDS, Bill
from hgecircuit.compare.digital import embedded_lock_in, known_power_w
from hgecircuit.compare.energy import analog_power_w
from hgecircuit.compare.figures import Figure, Kind
from hgecircuit.learner import Learner
from hgecircuit.regress.gradients import Reading
from hgecircuit.regress.learning import Outcomes

_BUDGET = "budget."


def gradient_figures(readings: Sequence[Reading], ideal: Sequence[Reading]) -> list[Figure]:
    """Measured errors and the budget's terms.

    Args:
        readings: One per repeat.
        ideal: Those of the same circuit with every block ideal.
    """

    def mean(name: str, values: Sequence[float], higher_is_worse: bool = True) -> Figure:
        return Figure(name, "1", Kind.MEAN, tuple(values), higher_is_worse)

    parts = [one.distance(other) for one, other in zip(readings, ideal, strict=True)]
    figures = [
        mean("gradient.error", [one.error for one in readings]),
        mean("gradient.cosine", [one.cosine for one in readings], higher_is_worse=False),
        mean("gradient.from_ideal", parts),
        _share("gradient.signs", sum(r.right for r in readings), sum(r.sure for r in readings)),
        _share("gradient.within_budget", sum(r.within for r in readings), len(readings)),
        mean(f"{_BUDGET}sum", [one.total for one in readings]),
    ]
    for name in _term_names(readings):
        figures.append(mean(_term(name), [one.terms.get(name, 0.0) for one in readings]))
    return figures


def aligned(figures: Sequence[Figure], other: Sequence[Figure]) -> list[Figure]:
    """Figures with the terms of the budget that only ``other`` has, as zeros.

    A circuit without a source of error has no such term, which is a zero and nothing missing.
    """
    known = {figure.name for figure in figures}
    count = next((len(one.values) for one in figures if one.name == f"{_BUDGET}sum"), 0)
    absent = [
        replace(figure, values=(0.0,) * count)
        for figure in other
        if figure.name.startswith(_BUDGET) and figure.name not in known and count
    ]
    return [*figures, *absent]


def learning_figures(outcomes: Outcomes) -> list[Figure]:
    """Success and time to the solution."""
    starts = len(outcomes.times_s)
    figures = [
        _share("learning.solved", outcomes.solved, starts),
        Figure("learning.time_s", "s", Kind.MEDIAN, outcomes.times_s),
        Figure("learning.epochs", "epochs", Kind.MEDIAN, outcomes.epochs),
        Figure("learning.loss", "1", Kind.MEDIAN, outcomes.losses),
    ]
    if not any(map(math.isnan, outcomes.margins_a)):
        margin = Figure("learning.margin_A", "A", Kind.MEDIAN, outcomes.margins_a, False)
        figures.append(margin)
    return figures


def part_figures(learner: Learner, bill: Bill) -> list[Figure]:
    """Component counts, supply power, energy of an update."""

    def exact(name: str, unit: str, value: float | None) -> Figure:
        return Figure(name, unit, Kind.EXACT, () if value is None else (value,))

    power_w = analog_power_w(bill)
    update_j = None if power_w is None else power_w * learner.design.timing.epoch_s
    return [
        *(exact(f"parts.{kind}s", "parts", float(bill.count(kind))) for kind in KINDS),
        exact("parts.packages", "parts", float(bill.packages)),
        exact("parts.only_modelled", "parts", float(len(bill.whole_models))),
        exact("power.supply_W", "W", power_w),
        exact("power.unknown", "parts", float(len(bill.unknown_power))),
        exact("power.update_J", "J", update_j),
    ]


def information(learner: Learner, outcomes: Outcomes | None, bill: Bill) -> list[Figure]:
    """What is told and never judged."""
    digest = hashlib.sha256(learner.netlist().encode()).hexdigest()
    pieces = len(bill.modelled) - len(bill.whole_models)
    figures = [
        Figure("netlist.sha256", "text", Kind.INFORMATION, (), text=digest),
        _told("parts.pieces_modelled", "parts", float(pieces)),
    ]
    if outcomes is not None:
        power_w = analog_power_w(bill)
        if power_w is not None:
            energies = tuple(power_w * time_s for time_s in outcomes.times_s)
            figures.append(_told("power.learned_J", "J", _middle(energies)))
        figures.append(_told("cost.wall_s_per_simulated_s", "s/s", _middle(outcomes.wall_s)))
        figures.append(_told("cost.points_per_simulated_s", "1/s", _middle(outcomes.points)))
    return figures


def reference_values(
    readings: Sequence[Reading], outcomes: Outcomes | None, iteration_s: float, electrodes: int
) -> dict[str, float]:
    """The digital reference's figures by the circuit's names: what it has an answer to.

    Args:
        readings: One per repeat.
        outcomes: The reference's starts; None when there are none.
        iteration_s: Its time per iteration.
        electrodes: Number of electrodes of the device.
    """
    items = embedded_lock_in(electrodes)
    power_w = known_power_w(items)
    values = {
        "gradient.error": _mean([one.reference_error for one in readings]),
        f"{_BUDGET}sum": _mean([one.reference_total for one in readings]),
        "parts.chips": float(sum(item.quantity for item in items)),
        "power.supply_W": power_w,
        "power.update_J": power_w * iteration_s,
    }
    names = {name for one in readings for name in one.reference_terms}
    for name in names:
        terms = [one.reference_terms.get(name, 0.0) for one in readings]
        values[_term(name)] = _mean(terms)
    if outcomes is not None:
        for figure in learning_figures(outcomes):
            if figure.value is not None:
                values[figure.name] = figure.value
        values["power.learned_J"] = power_w * values["learning.time_s"]
    return values


def _term_names(readings: Sequence[Reading]) -> list[str]:
    """Largest first."""
    names = dict.fromkeys(name for one in readings for name in one.terms)
    size = {name: max(one.terms.get(name, 0.0) for one in readings) for name in names}
    return sorted(names, key=lambda name: -size[name])


def _term(name: str) -> str:
    return _BUDGET + name.replace(" ", "_")


def _share(name: str, successes: int, trials: int) -> Figure:
    return Figure(name, "1", Kind.SHARE, (float(successes), float(trials)), False)


def _told(name: str, unit: str, value: float) -> Figure:
    return Figure(name, unit, Kind.INFORMATION, (value,))


def _middle(values: Sequence[float]) -> float:
    value = Figure("", "", Kind.MEDIAN, tuple(values)).value
    assert value is not None
    return value


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
