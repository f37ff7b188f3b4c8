"""Error budget of the extracted gradient: what the circuit's own equations allow, term by term.

Every term is a bound in A/V on |measured - dI/dV_m| at each operating point; `verify` takes its
limits from the norm of their sum over all points and channels. The simulation adds a term of its
own, the solver's step error as measured (:func:`with_measured_step`). The filter terms are Boon
2025, Eqs. 5 to 9, with the lock-in's finite time window W(f) in the place of |H(f)|, so that
settling is part of them, and amplitudes in the place of mean squares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hgecircuit.design.design import CommonDesign, Design
from hgecircuit.design.error_model.budget import ErrorBudget
from hgecircuit.design.error_model.circuit import (
    circuit_budget,
    full_answer,
    lock_in_budget,
    reference_listening,
)
from hgecircuit.design.error_model.responses import window_for

# The error model tells these apart; here they are one term.
_PARTS = (
    "gain of the parts",
    "oscillator crosstalk",
    "operating point",
    "multiplier offset",
    "integrator offset",
    "held output",
)


@dataclass(frozen=True)
class GradientBudget:
    """Bounds on the error of the extracted gradient.

    Attributes:
        exact_a_per_v: The device model's exact derivatives at the operating points, shape (P, C).
        terms_a_per_v: Bound of every term, shape (P, C), by name.
    """

    exact_a_per_v: np.ndarray
    terms_a_per_v: Mapping[str, np.ndarray]

    @property
    def bound_a_per_v(self) -> np.ndarray:
        """Sum of all terms, shape (P, C)."""
        return np.sum(list(self.terms_a_per_v.values()), axis=0)

    @property
    def resolution_a_per_v(self) -> np.ndarray:
        """Smallest derivative whose sign is sure, shape (P, C).

        The bound, plus the strongest channel's step error at the same point, because a strong
        channel's step error also reaches weak ones.
        """
        steps = self.terms_a_per_v.get("time step")
        strongest = 0.0 if steps is None else steps.max(axis=1, keepdims=True)
        return self.bound_a_per_v + strongest

    def relative(self, term: str | None = None) -> float:
        """One term, or the sum, as a share of the gradient: norm over norm, over all points."""
        error = self.bound_a_per_v if term is None else self.terms_a_per_v[term]
        return float(np.linalg.norm(error) / np.linalg.norm(self.exact_a_per_v))

    @property
    def cosine(self) -> float:
        """Least median cosine: an error of relative norm q costs at most 1 - sqrt(1 - q^2)."""
        exact, bound = self.exact_a_per_v, self.bound_a_per_v
        share = np.linalg.norm(bound, axis=1) / np.linalg.norm(exact, axis=1)
        return float(np.median(np.sqrt(np.clip(1 - share**2, 0, None))))


def gradient_budget(design: Design, points_v: np.ndarray) -> GradientBudget:
    """Budget of the gradient bench at operating points of shape (P, M), in V."""
    return _bounds(circuit_budget(design, points_v))


def with_measured_step(
    budget: GradientBudget, measured: np.ndarray, halved: np.ndarray
) -> GradientBudget:
    """The budget with the solver's step error, as measured, for a term.

    The trapezoidal rule is of second order, so the error at a step h is 4/3 of the difference to
    the result at h/2 (Richardson).

    Args:
        budget: Of the gradient bench.
        measured: Derivatives at the design's time step, shape (P, C), in A/V.
        halved: Derivatives at half of it, shape (P, C), in A/V.
    """
    step = 4 / 3 * np.abs(measured - halved)
    return replace(budget, terms_a_per_v={**budget.terms_a_per_v, "time step": step})


def reference_budget(
    design: CommonDesign, points_v: np.ndarray, time_s: float, settled: str
) -> GradientBudget:
    """Budget of a digital lock-in with the same carriers that starts from rest at every point.

    Args:
        design: Carriers, amplitudes, device.
        points_v: Operating points, shape (P, M), in V.
        time_s: Measurement time T.
        settled: Reading of "98 % settled", ``first`` or ``stay``.
    """
    window = window_for("butterworth", time_s, settled=settled)
    listening, answer = reference_listening(design, window), full_answer(design, points_v)
    budget = _bounds(lock_in_budget(design, points_v, listening, answer))
    # Nothing lies in front of its demodulators.
    terms = {name: term for name, term in budget.terms_a_per_v.items() if name != "phase lag"}
    return replace(budget, terms_a_per_v=terms)


def _bounds(budget: ErrorBudget) -> GradientBudget:
    bounds = {term.name: term.bound_a_per_v for term in budget.terms}
    parts = [bounds.pop(name) for name in _PARTS if name in bounds]
    if parts:
        bounds["parts"] = np.sum(parts, axis=0)
    return GradientBudget(budget.exact_a_per_v, bounds)
