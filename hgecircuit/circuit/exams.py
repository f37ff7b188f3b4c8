"""Which exams a design's learner sits: the one table of tasks."""

from __future__ import annotations

import numpy as np

from hgecircuit.circuit.exam import Exam, build_exam
from hgecircuit.circuit.stream import build_stream_exam
from hgecircuit.design.design import Design, StreamDesign


def build_exams(design: Design, weights_v: np.ndarray) -> tuple[Exam, ...]:
    """The exam of what was learnt and, if the task has test points, that of those.

    Args:
        design: The learner.
        weights_v: Control voltages, shape (C,), in V.
    """
    if isinstance(design, StreamDesign):
        return (
            build_stream_exam(design, design.task, weights_v, "exam"),
            build_stream_exam(design, design.test, weights_v, "exam_test"),
        )
    return (build_exam(design, weights_v),)
