"""What happened, in one line each: below the verdict table and at the top of the report."""

from __future__ import annotations

from collections.abc import Iterator

from hgecircuit.compare.sphere import Accuracy, SphereResult
from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.report.course import epochs_until, latched_s
from hgecircuit.report.plain import format_share, format_value
from hgecircuit.spec.runs import PAPER_ACCURACY


def summary_lines(verification: Verification, study: Study | None) -> Iterator[str]:
    """Circuit, reference and, if there are any, random starts."""
    if verification.sphere is not None:
        yield from _sphere_lines(verification, verification.sphere)
    else:
        yield _circuit_line(verification)
        yield _reference_line(verification)
    if study is not None:
        yield _study_line(study)


def _circuit_line(verification: Verification) -> str:
    learning, design = verification.learning, verification.learner.design
    ends = f"{design.epochs} epochs, {format_value(float(learning.epoch_end_s[-1]), 's')} simulated"
    shut_s = latched_s(verification)
    if learning.solved and learning.solved_s is not None:
        epochs = epochs_until(verification, learning.solved_s)
        text = f"solved after {epochs} epochs, {format_value(learning.solved_s, 's')} (of {ends})"
    elif learning.solved:
        text = f"solved in the exam only (after {ends})"
    else:
        text = f"not solved in {ends}"
    if shut_s is not None:
        text += f"; latched since {format_value(shut_s, 's')}"
    loss, margin = learning.exam_loss, learning.exam_margin_a
    return f"circuit: {text}; loss {loss:.4g}, margin {format_value(margin, 'A')}"


def _reference_line(verification: Verification) -> str:
    result, limits = verification.reference, verification.learner.spec.limits
    if result.task.constant:
        return "digital reference: any outputs are a constant gate; not trained"
    solved = bool(result.solved(limits.loss, limits.margin_a)[0])
    text = f"{'solved' if solved else 'not solved'}; {int(result.iterations[0])} iterations"
    if result.time_s is not None:
        text += f", {format_value(float(result.time_s[0]), 's')} simulated"
    loss, margin = float(result.final_losses[0]), float(result.margins_a[0])
    return (
        f"digital reference, same start: {text}; loss {loss:.4g}, "
        f"margin {format_value(margin, 'A')}"
    )


def _sphere_lines(verification: Verification, sphere: SphereResult) -> Iterator[str]:
    learning, reference = verification.learning, verification.reference
    ends = format_value(float(learning.epoch_end_s[-1]), "s")
    yield (
        f"circuit: {_told(sphere.exam)} after {verification.learner.design.epochs} epochs, {ends} "
        f"simulated; at the start {_told(sphere.epochs, 0)}; paper {100 * PAPER_ACCURACY:g} % of "
        "its test points (another device)"
    )
    text = f"digital reference, same start: {_told(sphere.reference)} after "
    text += f"{int(reference.iterations[0])} iterations"
    if reference.time_s is not None:
        text += f", {format_value(float(reference.time_s[0]), 's')} simulated"
    yield f"{text}; loss {float(reference.final_losses[0]):.4g}"


def _told(accuracy: Accuracy, epoch: int | None = None) -> str:
    """``94.3 % of the test points (93.3 % of the training points)``."""
    training, test = accuracy.training, accuracy.test
    if epoch is not None:
        training, test = training[epoch], test[epoch]
    return (
        f"{100 * float(test):.1f} % of the test points "
        f"({100 * float(training):.1f} % of the training points)"
    )


def _study_line(study: Study) -> str:
    count = len(study.results)
    parts = [
        f"{name} {int(solved.sum())} of {count} solved "
        f"({format_share(share)}, 95 % interval {format_share(low)} to {format_share(high)})"
        for name, solved, share, (low, high) in (
            ("circuit", study.solved, study.solved_share, study.solved_interval),
            (
                "digital reference",
                study.reference_solved,
                study.reference_share,
                study.reference_interval,
            ),
        )
    ]
    return f"random starts (seed {study.seed}): " + "; ".join(parts)
