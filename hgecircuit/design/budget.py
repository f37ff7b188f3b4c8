"""Error budget of the extracted gradient: what the circuit's own equations allow, term by term.

Every term is a bound in A/V on |measured - dI/dV_m| at each operating point; `verify` takes its
limits from the norm of their sum over all points and channels. One term is an estimate: the
solver's step error is counted in the channel that causes it, while a strong channel's also reaches
weak ones (`resolution_a_per_v` allows for that). The filter terms are Boon 2025, Eqs. 5 to 9, with
the lock-in's finite time window W(f) in the place of |H(f)|, so that settling is part of them, and
amplitudes in the place of mean squares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from hgecircuit.design.design import CommonDesign, Design
from hgecircuit.design.error_model.budget import ErrorBudget
from hgecircuit.design.error_model.circuit import (
    circuit_budget,
    full_answer,
    lock_in_budget,
    reference_listening,
)
from hgecircuit.design.error_model.response import FullResponse
from hgecircuit.design.error_model.windows import SampledWindow, sampled_window
from hgecircuit.parts.filters.butterworth3 import Butterworth3, settled_cutoff_hz

# Points of the midpoint rule for W(f); any tone below a tenth of this per window is resolved.
_WINDOW_POINTS = 4000
# The error model tells these apart; here they are one term.
_PARTS = ("gain of the parts", "multiplier offset", "integrator offset")


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

        The bound, plus the strongest channel's step error at the same point.
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
    lowpass = Butterworth3(settled_cutoff_hz(time_s, settled))
    window = _window(time_s, lambda t: lowpass.impulse_response_per_s(time_s - t))
    listening = reference_listening(design, window)
    exact = design.device.gradient_a_per_v(points_v)[:, list(design.task.controls)]
    answer = _curvature(design, points_v, exact)
    bounds = _bounds(lock_in_budget(design, points_v, listening, answer)).terms_a_per_v
    # Nothing lies in front of its demodulators.
    return GradientBudget(exact, {name: bounds[name] for name in bounds if name != "phase lag"})


def _bounds(budget: ErrorBudget) -> GradientBudget:
    bounds = {term.name: term.bound_a_per_v for term in budget.terms}
    parts = [bounds.pop(name) for name in _PARTS if name in bounds]
    if parts:
        bounds["parts"] = np.sum(parts, axis=0)
    return GradientBudget(budget.exact_a_per_v, bounds)


def _curvature(design: CommonDesign, points_v: np.ndarray, exact: np.ndarray) -> FullResponse:
    """Response of the device model to all carriers at once, against its derivative ``exact``."""
    assert exact.shape == (len(points_v), len(design.task.controls))
    return full_answer(design, points_v)


def _window(length_s: float, weight_per_s: Callable[[np.ndarray], np.ndarray]) -> SampledWindow:
    return sampled_window(length_s, weight_per_s, _WINDOW_POINTS)
