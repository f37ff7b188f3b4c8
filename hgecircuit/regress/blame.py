"""Which block it is: one block at a time made ideal, and the figures that got worse again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hgecircuit.compare.figures import BAD, Figure, Judgement, judge
from hgecircuit.regress.figures import aligned, gradient_figures, learning_figures
from hgecircuit.regress.measure import (
    Bench,
    Measured,
    not_ideal,
    read_gradients,
    read_learning,
    same_bench,
    same_circuit,
)
from hgecircuit.regress.plan import read_repeats

_GRADIENT, _LEARNING = ("gradient.", "budget."), ("learning.",)
_NONE_HELPS = "no single block improves it"
#: Figures that are followed when blame is asked for without anything being worse.
ON_REQUEST = ("gradient.error", "gradient.from_ideal", "learning.solved", "learning.time_s")


class Swap(NamedTuple):
    """A figure with one block ideal.

    Attributes:
        block: The block's key in `[blocks]`.
        value: The figure then; None when it can't be measured.
        repaired: Whether it is back within the baseline's limit; None without a baseline.
        share: How much of what it lost comes back (1 is all); of the figure itself without a
            baseline; None where that is no number.
    """

    block: str
    value: float | None
    repaired: bool | None
    share: float | None


@dataclass(frozen=True)
class Blame:
    """The ranking for one figure.

    Attributes:
        figure: The figure.
        swaps: Most helpful block first.
        without_effect: Blocks that are not in this figure's netlist: ideal or not is the same.
        conclusion: In a sentence.
    """

    figure: Figure
    swaps: tuple[Swap, ...]
    without_effect: tuple[str, ...]
    conclusion: str


class Question(NamedTuple):
    """A figure to be explained, and the limit that it broke.

    Attributes:
        now: The figure.
        before: The baseline's; None without one.
        risk: Risk of one figure.
    """

    now: Figure
    before: Figure | None
    risk: float


def questions_of(
    measured: Measured, judgements: Sequence[Judgement], risk: float, *, asked: bool
) -> list[Question]:
    """What there is to explain: figures that got worse, or a few when it was asked for."""
    bad = [
        Question(judgement.now, judgement.before, risk)
        for judgement in judgements
        if judgement.change in BAD and judgement.now is not None and _can_be_blamed(judgement.name)
    ]
    if bad or not asked:
        return bad
    known = {judgement.name: judgement.before for judgement in judgements}
    figures = [figure for figure in measured.figures if figure.name in ON_REQUEST]
    return [Question(figure, known.get(figure.name), risk) for figure in figures]


def find_blame(
    measured: Measured, questions: Sequence[Question], bench: Bench
) -> tuple[Blame, ...]:
    """Answer questions about a circuit, with its own seeds and starts.

    Every block that is not ideal is made ideal by itself. Figures of the gradient need the gradient
    bench once more per block, figures of learning all starts; a block whose swap leaves the netlist
    as it was is not run.
    """
    wants_learning = any(one.now.name.startswith(_LEARNING) for one in questions)
    wants_gradient = any(one.now.name.startswith(_GRADIENT) for one in questions)
    found: dict[str, list[Figure]] = {}
    for block in not_ideal(measured.learners[0]):
        swapped = read_repeats(measured.path, measured.plan, {f"blocks.{block}": "ideal"})
        figures: list[Figure] = []
        if wants_gradient and not same_bench(measured.learners, swapped):
            readings = read_gradients(swapped, f"{block}-ideal", bench)
            figures += gradient_figures(readings, measured.ideal)
        if wants_learning and measured.plan.starts and not same_circuit(measured.learners, swapped):
            outcomes = read_learning(swapped, f"{block}-ideal", measured.plan, bench)
            figures += learning_figures(outcomes)
        found[block] = figures
    return tuple(answer(question, found) for question in questions)


def _can_be_blamed(name: str) -> bool:
    return name.startswith((*_GRADIENT, *_LEARNING))


def answer(question: Question, found: dict[str, list[Figure]]) -> Blame:
    """Rank the blocks for one figure.

    Args:
        question: The figure.
        found: All figures with one block ideal, by that block; those that its swap can't have
            changed are left out.
    """
    name = question.now.name
    swaps, without_effect = [], []
    for block, figures in found.items():
        figure = next((one for one in aligned(figures, [question.now]) if one.name == name), None)
        if figure is None:
            without_effect.append(block)
        else:
            swaps.append(_swap(block, figure, question))
    sign = 1 if question.now.higher_is_worse else -1
    swaps.sort(key=lambda swap: (swap.value is None, sign * (swap.value or 0.0)))
    return Blame(
        question.now, tuple(swaps), tuple(without_effect), _conclude(question, tuple(swaps))
    )


def _swap(block: str, figure: Figure, question: Question) -> Swap:
    now, before = question.now.value, None if question.before is None else question.before.value
    value = figure.value
    if value is None or now is None:
        return Swap(block, value, None, None)
    repaired = None
    if before is not None:
        repaired = judge(question.before, figure, question.risk).change not in BAD
    lost = now - (0.0 if before is None else before)
    share = (now - value) / lost if lost and math.isfinite(lost) else None
    return Swap(block, value, repaired, share if share is None or math.isfinite(share) else None)


def _conclude(question: Question, swaps: tuple[Swap, ...]) -> str:
    if not swaps:
        return "no block that is not ideal has a part in it"
    repairing = [swap.block for swap in swaps if swap.repaired]
    best = swaps[0]
    sign = 1 if question.now.higher_is_worse else -1
    now = question.now.value
    helps = best.value is not None and now is not None and sign * best.value < sign * now
    if question.before is None:
        return (
            f"{best.block} has the largest part in it" if helps else "no single block improves it"
        )
    if len(repairing) == 1:
        return f"{repairing[0]}, made ideal, repairs this, and no other block does"
    if repairing:
        return f"any of {', '.join(repairing)}, made ideal, repairs this"
    closest = f"; {best.block} comes closest" if helps else ""
    return f"no single block repairs this{closest}"
