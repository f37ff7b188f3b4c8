"""What the stream loop came to on the sphere task: accuracy on training and test points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.compare.learning import LearningResult
from hgecircuit.compare.verdict import Sense, Verdict
from hgecircuit.design.design import StreamDesign
from hgecircuit.losses import accuracy, best_threshold
from hgecircuit.spec.runs import PAPER_ACCURACY, LimitsSpec


@dataclass(frozen=True)
class Accuracy:
    """Shares of points on their label's side of the threshold that is best for training points.

    Attributes:
        training: Of the training points, shape (...).
        test: Of the test points, shape (...).
        threshold_a: The threshold, shape (...), in A.
    """

    training: np.ndarray
    test: np.ndarray
    threshold_a: np.ndarray


@dataclass(frozen=True)
class SphereResult:
    """Accuracy of the circuit over its epochs and in its exam, and of the digital reference.

    Attributes:
        targets: Labels of training and of test points.
        exam_a: Outputs that the simulated circuit gives at the end, perturbation off, for training
            and for test points, in A.
        model_a: The device model's outputs at the same control voltages.
        exam: Accuracy of the exam.
        epochs: Accuracy of the device model at the control voltages of every epoch's end, the
            start first, shapes (N + 1,).
        reference: Accuracy of the device model at the end of the digital reference, scalars.
    """

    targets: tuple[np.ndarray, np.ndarray]
    exam_a: tuple[np.ndarray, np.ndarray]
    model_a: tuple[np.ndarray, np.ndarray]
    exam: Accuracy
    epochs: Accuracy
    reference: Accuracy

    @property
    def exam_error_a(self) -> float:
        """Largest difference between exam and device model, in A."""
        pairs = zip(self.exam_a, self.model_a, strict=True)
        return max(float(np.abs(exam - model).max()) for exam, model in pairs)


def assess_sphere(
    design: StreamDesign,
    learning: LearningResult,
    test_exam_a: np.ndarray,
    reference_v: np.ndarray,
) -> SphereResult:
    """Judge training and test points.

    Args:
        design: The learner.
        learning: The learning run; its exam is that of the training points.
        test_exam_a: Outputs of the exam for the test points, in A.
        reference_v: Control voltages at the end of the digital reference, shape (C,), in V.
    """
    model_a = outputs_a(design, learning.weights_v[-1])
    exam_a = (learning.exam_a, test_exam_a)
    return SphereResult(
        (design.task.targets, design.test.targets),
        exam_a,
        model_a,
        accuracy_from(design, *exam_a),
        accuracy_of(design, learning.weights_v),
        accuracy_of(design, reference_v),
    )


def outputs_a(design: StreamDesign, weights_v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outputs of the device model, shapes (..., K) each, in A, for training and test points.

    Args:
        design: The learner.
        weights_v: Control voltages, shape (..., C), in V.
    """
    training, test = (
        design.device.current_a(task.electrode_voltages_v(weights_v))
        for task in (design.task, design.test)
    )
    return training, test


def accuracy_of(design: StreamDesign, weights_v: np.ndarray) -> Accuracy:
    """Accuracy of the device model at control voltages of shape (..., C), in V."""
    return accuracy_from(design, *outputs_a(design, weights_v))


def accuracy_source(limits: LimitsSpec) -> str:
    """Where the smallest accuracy comes from."""
    paper = math.isclose(limits.accuracy, PAPER_ACCURACY)
    return "Boon 2025, text on Fig. 4c" if paper else "limits.accuracy in the circuit file"


def sphere_verdicts(
    design: StreamDesign, result: SphereResult, limits: LimitsSpec
) -> list[Verdict]:
    """Verdicts of the sphere task."""
    share = float(result.reference.test)
    largest_a = max(float(np.abs(outputs).max()) for outputs in result.model_a)
    offset_a = abs(design.iv.offset_v) / design.iv.gain_ohm
    return [
        Verdict(
            "learning.test_accuracy",
            float(result.exam.test),
            limits.accuracy,
            Sense.AT_LEAST,
            "1",
            accuracy_source(limits),
            f"{len(result.targets[1])} test points, perturbation off, threshold best for the "
            f"training points; digital reference from the same start {100 * share:.1f} %",
        ),
        Verdict(
            "learning.exam_error_A",
            result.exam_error_a,
            design.simulation.reltol * largest_a + offset_a,
            Sense.AT_MOST,
            "A",
            "simulation.reltol of the largest output, and the converter's offset",
            "exam in the simulator against the device model, all points",
        ),
    ]


def accuracy_from(design: StreamDesign, training_a: np.ndarray, test_a: np.ndarray) -> Accuracy:
    """Accuracy of outputs, however they were found.

    Args:
        design: The learner, with its training and test points.
        training_a: Outputs at the training points, shape (..., K), in A.
        test_a: Outputs at the test points, likewise.
    """
    best = best_threshold(training_a, design.task.targets)
    share = accuracy(test_a, design.test.targets, best.threshold_a)
    return Accuracy(best.accuracy, share, best.threshold_a)
