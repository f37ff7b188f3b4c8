"""The content of ``report.json``; docs/report.md describes every key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hgecircuit.compare.gradient import GradientResult
from hgecircuit.compare.sphere import SphereResult
from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.design.budget import GradientBudget
from hgecircuit.report.course import epochs_until, has_latch, latched_s
from hgecircuit.report.parts import bill_json, power_json, times_of
from hgecircuit.report.plain import to_plain
from hgecircuit.report.provenance import build_provenance
from hgecircuit.report.rows import headline, verdict_json
from hgecircuit.report.three_way import three_way_data

FORMAT = "hgecircuit-report"
VERSION = 1
_WORST_POINTS = 5


def build_data(
    verification: Verification, study: Study | None, circuit_file: Path | None, command: str
) -> dict[str, Any]:
    """The report as plain data without NaN."""
    learner, spec = verification.learner, verification.learner.spec
    bill = learner.bill()
    return to_plain(
        {
            "format": FORMAT,
            "version": VERSION,
            "name": spec.name,
            "title": spec.title,
            "passed": verification.passed,
            "result": headline(verification.verdicts),
            "verdicts": [verdict_json(verdict) for verdict in verification.verdicts],
            "learning": _learning(verification),
            "reference": _reference(verification),
            "gradient": _gradient(verification.gradient),
            "budget": _budgets(verification.gradient),
            "parts": bill_json(bill),
            "power": power_json(bill, times_of(verification), learner.design.device.electrodes),
            "rig": three_way_data(verification.rig),
            "changed_values": [
                {"element": edit.name, "was": edit.change.was, "value": edit.change.value}
                for edit in learner.edits
            ],
            "study": None if study is None else study.to_json(),
            "provenance": build_provenance(verification, study, circuit_file, command),
        }
    )


def sorted_terms(budget: GradientBudget) -> list[tuple[str, float]]:
    """Terms of an error budget as shares of the gradient, largest first."""
    shares = [(name, budget.relative(name)) for name in budget.terms_a_per_v]
    return sorted(shares, key=lambda term: -term[1])


def relative_to_exact(result: GradientResult, found: np.ndarray) -> float:
    """Norm of the error of ``found`` over the norm of the exact gradient, over all points."""
    return float(np.linalg.norm(found - result.exact) / np.linalg.norm(result.exact))


def bound_shares(result: GradientResult) -> np.ndarray:
    """Error of every simulated derivative over its own bound, shape (P, C)."""
    error = np.abs(result.measured - result.exact)
    bound = result.budget.bound_a_per_v
    return np.divide(error, bound, out=np.where(error > 0, np.inf, 0.0), where=bound > 0)


def _learning(verification: Verification) -> dict[str, Any]:
    learning, design = verification.learning, verification.learner.design
    solved_s = learning.solved_s
    return {
        "controls": list(design.task.controls),
        "start_V": learning.weights_v[0],
        "final_V": learning.weights_v[-1],
        "clamp_min_V": [weight.minimum_v for weight in design.weights],
        "clamp_max_V": [weight.maximum_v for weight in design.weights],
        "patterns": list(verification.learner.spec.task.patterns),
        "targets": "".join(str(int(target)) for target in learning.targets),
        "truth_table": learning.truth_table,
        "exam_outputs_A": learning.exam_a,
        "loss": learning.exam_loss,
        "margin_A": learning.exam_margin_a,
        "solved": learning.solved,
        "solved_s": solved_s,
        "epochs": design.epochs,
        "epochs_to_solution": None if solved_s is None else epochs_until(verification, solved_s),
        "epoch_s": design.timing.epoch_s,
        "simulated_s": learning.epoch_end_s[-1],
        "has_latch": has_latch(verification),
        "latched_s": latched_s(verification),
        "losses": learning.losses,
        "starts_tried": [
            {
                "start_V": one.start_v,
                "solved": one.solved,
                "loss": one.loss,
                "margin_A": one.margin_a,
            }
            for one in verification.tried
        ],
        "sphere": None if verification.sphere is None else _sphere(verification.sphere),
    }


def _sphere(result: SphereResult) -> dict[str, Any]:
    return {
        "training_points": len(result.targets[0]),
        "test_points": len(result.targets[1]),
        "threshold_A": result.exam.threshold_a,
        "training_accuracy": result.exam.training,
        "test_accuracy": result.exam.test,
        "test_targets": "".join(str(int(target)) for target in result.targets[1]),
        "test_outputs_A": result.exam_a[1],
        "exam_error_A": result.exam_error_a,
        "epoch_training_accuracy": result.epochs.training,
        "epoch_test_accuracy": result.epochs.test,
        "reference_training_accuracy": result.reference.training,
        "reference_test_accuracy": result.reference.test,
    }


def _reference(verification: Verification) -> dict[str, Any]:
    result, limits = verification.reference, verification.learner.spec.limits
    count = int(result.iterations[0])
    return {
        "start_V": result.voltages_v[0, 0],
        "final_V": result.final_voltages_v[0],
        "outputs_A": result.final_outputs_a[0],
        "truth_table": "".join(str(int(bit)) for bit in result.truth_tables[0]),
        "loss": result.final_losses[0],
        "margin_A": result.margins_a[0],
        "solved": result.solved(limits.loss, limits.margin_a)[0],
        "stopped": result.stopped[0],
        "iterations": count,
        "simulated_s": None if result.time_s is None else result.time_s[0],
        "losses": result.losses[0, :count],
    }


def _gradient(result: GradientResult) -> dict[str, Any]:
    errors = np.linalg.norm(result.measured - result.exact, axis=1)
    shares = errors / np.linalg.norm(result.exact, axis=1)
    over = bound_shares(result)
    worst = np.argsort(-shares, kind="stable")[:_WORST_POINTS]
    return {
        "points": len(result.points_v),
        "channels": result.exact.shape[1],
        "points_V": result.points_v,
        "cosines": result.cosines,
        "sign_errors": result.sign_errors,
        "over_bound": int((over > 1).sum()),
        "largest_share_of_bound": over.max(),
        "worst": [
            {
                "point": int(p),
                "point_V": result.points_v[p],
                "relative_error": shares[p],
                "cosine": result.cosines[p],
                "measured_A_per_V": result.measured[p],
                "exact_A_per_V": result.exact[p],
                "reference_A_per_V": result.reference[p],
                "bound_A_per_V": result.budget.bound_a_per_v[p],
            }
            for p in worst
        ],
    }


def _budgets(result: GradientResult) -> dict[str, Any]:
    sides = {
        "circuit": (result.budget, result.measured),
        "reference": (result.reference_budget, result.reference),
    }
    return {
        side: {
            "terms": [
                {"name": name, "relative_error": share} for name, share in sorted_terms(budget)
            ],
            "sum": budget.relative(),
            "cosine": budget.cosine,
            "measured": relative_to_exact(result, found),
        }
        for side, (budget, found) in sides.items()
    }
