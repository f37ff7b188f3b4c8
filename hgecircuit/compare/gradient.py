"""Gradients of the simulated lock-in, the device model and the digital reference, compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.compare.verdict import Sense, Verdict
from hgecircuit.design.budget import GradientBudget
from hgecircuit.spec.runs import LimitsSpec

_BUDGET = "error budget of the circuit file (sum of its terms)"
# A dead lock-in, which reads 0 everywhere, has a relative error of 1: a limit of 1 or more, or a
# cosine of 0 or less, can't tell a gradient from none.
DEAD = 1.0


@dataclass(frozen=True)
class GradientResult:
    """Derivatives at the operating points of the gradient bench, all in A/V.

    Attributes:
        points_v: Electrode voltages, shape (P, M), in V.
        measured: From the simulated lock-in outputs, shape (P, C).
        reference: From the digital reference, shape (P, C).
        budget: Exact derivatives and error bounds of the circuit.
        reference_budget: The same for the digital reference's own lock-in.
    """

    points_v: np.ndarray
    measured: np.ndarray
    reference: np.ndarray
    budget: GradientBudget
    reference_budget: GradientBudget

    @property
    def exact(self) -> np.ndarray:
        """The device model's derivatives, shape (P, C)."""
        return self.budget.exact_a_per_v

    @property
    def cosines(self) -> np.ndarray:
        """Cosine between measured and exact gradient at every point, shape (P,)."""
        norms = np.linalg.norm(self.measured, axis=1) * np.linalg.norm(self.exact, axis=1)
        return (self.measured * self.exact).sum(axis=1) / norms

    @property
    def sign_errors(self) -> int:
        """Derivatives of the wrong sign among those that the error budget can resolve."""
        sure = np.abs(self.exact) > self.budget.resolution_a_per_v
        return int(np.sum(sure & (np.sign(self.measured) != np.sign(self.exact))))

    @property
    def reference_bound_a_per_v(self) -> np.ndarray:
        """Bound on the difference of the two lock-ins, which see the same curvature, (P, C)."""
        both = (self.budget, self.reference_budget)
        return sum(
            (each.bound_a_per_v - each.terms_a_per_v["curvature"] for each in both),
            start=np.zeros_like(self.exact),
        )

    def relative_error(self, other: np.ndarray) -> float:
        """Norm of the difference over the norm of ``other``, over all points and channels."""
        return float(np.linalg.norm(self.measured - other) / np.linalg.norm(other))


def gradient_verdicts(result: GradientResult, limits: LimitsSpec) -> list[Verdict]:
    """Verdicts of the gradient; limits come from the budget unless the circuit file states them."""
    share, cosine = limits.gradient_relative_error, limits.gradient_cosine
    both = float(np.linalg.norm(result.reference_bound_a_per_v) / np.linalg.norm(result.reference))
    points, channels = result.measured.shape
    limit = result.budget.relative() if share is None else share
    cosine_limit = result.budget.cosine if cosine is None else cosine
    return [
        Verdict(
            "gradient.vs_model.relative_error",
            _judged(result.relative_error(result.exact), limit < DEAD),
            limit,
            Sense.AT_MOST,
            "1",
            _BUDGET if share is None else "limits.gradient_relative_error in the circuit file",
            _words(f"{points} operating points, {channels} channels", limit < DEAD),
        ),
        Verdict(
            "gradient.vs_reference.relative_error",
            _judged(result.relative_error(result.reference), both < DEAD),
            both,
            Sense.AT_MOST,
            "1",
            "error budgets of circuit and digital reference without the curvature they share",
            _words("", both < DEAD),
        ),
        Verdict(
            "gradient.cosine",
            _judged(float(np.median(result.cosines)), cosine_limit > 0),
            cosine_limit,
            Sense.AT_LEAST,
            "1",
            "sqrt(1 - budget^2), median over the points"
            if cosine is None
            else "limits.gradient_cosine in the circuit file",
            _words("median over the operating points", cosine_limit > 0),
        ),
        Verdict(
            "gradient.sign_errors",
            result.sign_errors,
            0,
            Sense.AT_MOST,
            "1",
            "derivatives above what the error budget can resolve must have the right sign",
        ),
    ]


def _judged(value: float, telling: bool) -> float | None:
    """The value, or None when its limit could not tell a gradient from none."""
    return value if telling else None


def _words(note: str, telling: bool) -> str:
    return note if telling else "the error budget is too large to judge a gradient"
