"""What a learning run came to: truth table, loss, margin, time to solution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hgecircuit.compare.study import StartResult
from hgecircuit.compare.verdict import Sense, Verdict
from hgecircuit.design.design import Design, GatedDesign
from hgecircuit.losses import mark_gate
from hgecircuit.record import Record
from hgecircuit.spec.runs import LimitsSpec

# Output swing that every general-purpose op-amp on supplies of 12 V or more reaches.
RAIL_V = 10.0
_FILE = "limits in the circuit file"


class _Words(NamedTuple):
    """How a gate is judged (:func:`hgecircuit.losses.marks.mark_gate`), for people."""

    threshold: str
    loss: str
    margin: str


_LABELLED = _Words(
    "halfway between the class means", "loss of Boon 2025, Methods", "lowest 1 minus highest 0"
)
_CONSTANT = _Words(
    "half of loop.separation_min from the mean output",
    "2 mean ((output - mean)/separation_min)^2",
    "twice the least distance from the threshold",
)


@dataclass(frozen=True)
class LearningResult:
    """The course of one run, epoch by epoch, and its exam.

    Attributes:
        targets: Target of every pattern, shape (K,).
        epoch_end_s: Simulated time at the start and at the end of every epoch, shape (N + 1,).
        weights_v: Control voltages then, shape (N + 1, C), in V.
        outputs_a: Undisturbed outputs of the device model at them, shape (N + 1, K), in A.
        losses: Loss of those outputs, shape (N + 1,): the paper's; for a constant gate that of
            :func:`hgecircuit.losses.marks.mark_gate`, which also says what its margin is.
        margins_a: Lowest 1 minus highest 0 of those outputs, shape (N + 1,), in A.
        exam_a: Outputs that the simulated circuit gives at the end, perturbation off, shape (K,).
        exam_loss: Loss of the exam.
        exam_margin_a: Margin of the exam, in A.
        truth_table: Bits of the exam, threshold halfway between the class means (Boon 2025,
            Fig. 4a).
        solved: Whether the exam keeps both limits.
        solved_s: Start of the solved stretch that lasts to the end, or None.
    """

    targets: np.ndarray
    epoch_end_s: np.ndarray
    weights_v: np.ndarray
    outputs_a: np.ndarray
    losses: np.ndarray
    margins_a: np.ndarray
    exam_a: np.ndarray
    exam_loss: float
    exam_margin_a: float
    truth_table: str
    solved: bool
    solved_s: float | None

    @property
    def constant(self) -> bool:
        """Whether all targets are equal."""
        return len(np.unique(self.targets)) == 1


def epoch_ends_s(design: Design) -> np.ndarray:
    """The start of the first epoch and the end of every epoch, shape (N + 1,)."""
    return design.timing.delay_s + design.timing.epoch_s * np.arange(design.epochs + 1)


def final_weights_v(design: Design, record: Record) -> np.ndarray:
    """Control voltages at the end of a learning run, shape (C,), in V."""
    return np.array([record[f"w{m}"][-1] for m in design.channels])


def assess_learning(
    design: Design, record: Record, exam_a: np.ndarray, limits: LimitsSpec
) -> LearningResult:
    """Follow a learning run and judge its end.

    Args:
        design: The learner.
        record: The run, with traces ``w<m>``.
        exam_a: Outputs of the exam at the final control voltages, shape (K,), in A.
        limits: Largest loss, smallest margin, scale of the loss's sigmoid.
    """
    times_s = epoch_ends_s(design)
    weights_v = np.stack([record.at(f"w{m}", times_s) for m in design.channels], axis=-1)
    outputs_a = design.device.current_a(design.task.electrode_voltages_v(weights_v))
    targets, scales = design.task.targets, (limits.loss_scale_a, design.separation_min_a)
    course, exam = (mark_gate(each, targets, *scales) for each in (outputs_a, exam_a))
    solved = is_solved(float(exam.loss), float(exam.margin_a), limits)
    pairs = zip(course.loss, course.margin_a, strict=True)
    good = np.array([is_solved(*pair, limits) for pair in pairs])
    failures = np.flatnonzero(~good)
    first = 0 if not len(failures) else int(failures[-1]) + 1
    return LearningResult(
        targets=targets,
        epoch_end_s=times_s,
        weights_v=weights_v,
        outputs_a=outputs_a,
        losses=course.loss,
        margins_a=course.margin_a,
        exam_a=exam_a,
        exam_loss=float(exam.loss),
        exam_margin_a=float(exam.margin_a),
        truth_table="".join(str(int(bit)) for bit in exam.bits),
        solved=solved,
        solved_s=float(times_s[first]) if solved and first < len(times_s) else None,
    )


def is_solved(loss: float, margin: float, limits: LimitsSpec) -> bool:
    """Whether a loss and a margin in A keep both limits."""
    return bool(loss < limits.loss and margin > limits.margin_a)


def headroom_verdict(design: GatedDesign, record: Record) -> Verdict:
    """Largest accumulator voltage of a run: behavioural parts have no rails, real ones do."""
    peak_v = max(float(np.abs(record[f"acc{m}"]).max()) for m in design.channels)
    return Verdict(
        "learning.accumulator_peak_V",
        peak_v,
        RAIL_V,
        Sense.AT_MOST,
        "V",
        "op-amps at +-12 V or more keep +-10 V",
        "a lower loop.learning_rate lowers it",
    )


def restarts_verdict(tried: Sequence[StartResult], restarts: int) -> Verdict:
    """How many starts it took, out of those that the circuit file allows."""
    learned = tried[-1].solved
    return Verdict(
        "learning.starts_needed",
        len(tried) if learned else None,
        1 + restarts,
        Sense.AT_MOST,
        "1",
        "start.restarts in the circuit file, and one",
        "the last of them learned" if learned else "none learned",
    )


def learning_verdicts(result: LearningResult, limits: LimitsSpec) -> list[Verdict]:
    """Verdicts of a learning run."""
    words = _CONSTANT if result.constant else _LABELLED
    return [
        Verdict(
            "learning.truth_table",
            result.truth_table,
            "".join(str(int(target)) for target in result.targets),
            Sense.EQUAL,
            "bits",
            "task.targets in the circuit file",
            f"perturbation off, threshold {words.threshold}",
        ),
        Verdict(
            "learning.loss",
            result.exam_loss,
            limits.loss,
            Sense.AT_MOST,
            "1",
            f"{_FILE}; {words.loss}",
        ),
        Verdict(
            "learning.margin_A",
            result.exam_margin_a,
            limits.margin_a,
            Sense.AT_LEAST,
            "A",
            _FILE,
            words.margin,
        ),
        Verdict(
            "learning.time_s",
            result.solved_s,
            float(result.epoch_end_s[-1]),
            Sense.AT_MOST,
            "s",
            "simulated time (loop.epochs in the circuit file)",
            "solved from then on to the end" if result.solved_s is not None else "never solved",
        ),
    ]
