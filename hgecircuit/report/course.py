"""The course of a learning run as reports show it: held outputs, latch, epochs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.compare.verification import Verification
from hgecircuit.design.design import StreamDesign
from hgecircuit.losses import mark_gate

# The latch's output is a logic level of 0 V or 1 V.
_LOGIC_V = 0.5


@dataclass(frozen=True)
class Course:
    """A learning run, read from its waveforms.

    Attributes:
        time_s: When each held output has just been taken, shape (N, K).
        outputs_a: Held outputs, shape (N, K), in A.
        thresholds_a: Threshold that every epoch's outputs would be read with, shape (N,), in A.
    """

    time_s: np.ndarray
    outputs_a: np.ndarray
    thresholds_a: np.ndarray


def read_course(verification: Verification) -> Course:
    """The course of a verification's learning run."""
    design, record = verification.learner.design, verification.record
    assert not isinstance(design, StreamDesign)  # its one held output belongs to many patterns
    time_s = design.timing.evaluation_times_s(design.epochs)
    held_v = [record.at(f"y{k}", time_s[:, k]) for k in design.patterns]
    outputs_a = np.stack(held_v, axis=-1) / design.iv.gain_ohm
    limits, targets = verification.learner.spec.limits, design.task.targets
    marks = mark_gate(outputs_a, targets, limits.loss_scale_a, design.separation_min_a)
    return Course(
        time_s,
        outputs_a,
        marks.threshold_a,
    )


def epochs_until(verification: Verification, time_s: float) -> int:
    """Whole epochs from the start of the first one to the end of an epoch."""
    timing = verification.learner.design.timing
    return round((time_s - timing.delay_s) / timing.epoch_s)


def has_latch(verification: Verification) -> bool:
    """Whether the topology has a latch."""
    return "open" in verification.record.traces


def latched_s(verification: Verification) -> float | None:
    """Since when the latch has stayed shut to the end of the run, in s.

    None if it is open at the end, or there is no latch.
    """
    record, timing = verification.record, verification.learner.design.timing
    if not has_latch(verification) or record["open"][-1] > _LOGIC_V:
        return None
    open_at = np.flatnonzero(record["open"] > _LOGIC_V)
    # A start that is solved already never opens it.
    return float(record.time_s[open_at[-1] + 1]) if len(open_at) else timing.delay_s
