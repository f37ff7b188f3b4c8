"""Error budgets: terms with bias, spread and bound, their sum, and what reduces each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

#: Standard deviations of noise in a bound: 99.7 % of all readings of Gaussian noise.
BOUND_SIGMAS = 3.0

#: What reduces a term.
LEVERS = {
    "settling": "divide every reading by the step response at T, or listen longer",
    "previous pattern": "reset the low-pass between patterns, or listen longer",
    "second harmonic": "higher carriers or a longer T; with a gate, whole periods in T",
    "parallel channels": "wider spacing, a longer T or a higher order; a gate with carriers on "
    "multiples of 1/T rejects all others",
    "curvature": "a smaller amplitude (the error falls with its square)",
    "second-order products": "a plan without sums and differences near a carrier, or a smaller "
    "amplitude",
    "third-order products": "unequal spacing (no 2 f1 - f2 or f1 + f2 - f3 on a carrier), or a "
    "smaller amplitude (the error falls with its square)",
    "intermodulation": "a plan free of collisions, a longer T, or a smaller amplitude",
    "direct current": "couple the output through a capacitor, or subtract the held output",
    "pattern step": "a longer blank after the pattern switch, or a higher coupling cut-off",
    "phase lag": "a faster chain, or references that trail by the chain's lag",
    "noise": "a longer T, a larger amplitude or, against 1/f noise, higher carriers",
    "multiplier offset": "a multiplier with less output offset, more converter gain or amplitude, "
    "or a perturbation whose sign alternates by pattern",
    "integrator offset": "a zero-drift amplifier, more converter gain or amplitude, or a "
    "perturbation whose sign alternates by pattern",
    "held output": "a sample-and-hold that droops less, higher carriers, or multipliers of less "
    "input offset",
    "oscillator crosstalk": "oscillators of less distortion, carriers on whose multiples no other "
    "carrier lies, or oscillators that do not pull each other",
    "operating point": "op-amps of less offset behind the perturbation adders and level drivers",
    "gain of the parts": "trim the oscillators' amplitude and the multipliers' scale, or a higher "
    "DC gain of the integrators",
}


@dataclass(frozen=True, eq=False)
class Term:
    """One cause of error.

    Attributes:
        name: A key of :data:`LEVERS`.
        bias_a_per_v: The part that is the same in every reading, signed, shape (P, C).
        variance_a2_per_v2: Mean square of the part that is not, over noise and the oscillators'
            random phases, shape (P, C).
        bound_a_per_v: Largest error; of noise three standard deviations. Shape (P, C).
    """

    name: str
    bias_a_per_v: np.ndarray
    variance_a2_per_v2: np.ndarray
    bound_a_per_v: np.ndarray

    @property
    def mean_square_a2_per_v2(self) -> np.ndarray:
        """Mean squared error of this term alone, shape (P, C)."""
        return self.bias_a_per_v**2 + self.variance_a2_per_v2

    @property
    def lever(self) -> str:
        """What reduces it."""
        return LEVERS[self.name]


def bias_term(name: str, bias_a_per_v: np.ndarray, bound_a_per_v: np.ndarray | None = None) -> Term:
    """A term that is the same in every reading."""
    bias = np.asarray(bias_a_per_v, float)
    bound = np.abs(bias) if bound_a_per_v is None else bound_a_per_v
    return Term(name, bias, np.zeros_like(bias), bound)


def random_term(name: str, variance_a2_per_v2: np.ndarray, bound_a_per_v: np.ndarray) -> Term:
    """A term without a bias."""
    variance = np.asarray(variance_a2_per_v2, float)
    return Term(name, np.zeros_like(variance), variance, bound_a_per_v)


@dataclass(frozen=True, eq=False)
class ErrorBudget:
    """Terms of the error of extracted derivatives at P operating points in C channels.

    Attributes:
        exact_a_per_v: The derivatives themselves, shape (P, C).
        terms: The terms.
        covariance_a2_per_v2: What the mean square of the sum has beyond the terms' own, because
            some of them have a fixed phase to each other; shape (P, C), either sign.
    """

    exact_a_per_v: np.ndarray
    terms: tuple[Term, ...]
    covariance_a2_per_v2: np.ndarray | float = 0.0

    @property
    def mean_square_a2_per_v2(self) -> np.ndarray:
        """Expected squared error of every derivative, shape (P, C).

        Biases add with their signs, everything else as powers.
        """
        bias = np.sum([term.bias_a_per_v for term in self.terms], axis=0)
        variance = np.sum([term.variance_a2_per_v2 for term in self.terms], axis=0)
        return bias**2 + np.maximum(variance + self.covariance_a2_per_v2, 0.0)

    @property
    def bound_a_per_v(self) -> np.ndarray:
        """Sum of all bounds, shape (P, C)."""
        return np.sum([term.bound_a_per_v for term in self.terms], axis=0)

    def term(self, name: str) -> Term:
        """The term of that name."""
        return next(term for term in self.terms if term.name == name)

    def relative_rms(self, mean_square_a2_per_v2: np.ndarray) -> float:
        """Root of the mean squared error over the gradient's norm, over all points and channels."""
        share = np.sum(mean_square_a2_per_v2) / np.sum(self.exact_a_per_v**2)
        return math.sqrt(float(share))

    def relative_bound(self, bound_a_per_v: np.ndarray) -> float:
        """Norm of bounds over the gradient's norm, over all points and channels."""
        return float(np.linalg.norm(bound_a_per_v) / np.linalg.norm(self.exact_a_per_v))

    def sampling_error(self, parts: int) -> float:
        """Standard error of the sum's relative error, as a share of it, from parts of the points.

        It says how far the operating points that happen to be taken are from all there are.

        Args:
            parts: Number of consecutive parts of the points, each of them a sample of its own.
        """
        squares = [self.mean_square_a2_per_v2.sum(axis=1), (self.exact_a_per_v**2).sum(axis=1)]
        errors, powers = (
            [float(part.sum()) for part in np.array_split(one, parts)] for one in squares
        )
        found = np.sqrt(np.divide(errors, powers))
        whole = self.relative_rms(self.mean_square_a2_per_v2)
        return float(np.std(found, ddof=1)) / math.sqrt(parts) / whole if whole else 0.0

    def largest_first(self) -> tuple[Term, ...]:
        """Terms by expected error, then by bound, largest first."""

        def size(term: Term) -> tuple[float, float]:
            mean_square = float(np.sum(term.mean_square_a2_per_v2))
            return mean_square, float(np.sum(term.bound_a_per_v**2))

        return tuple(sorted(self.terms, key=size, reverse=True))
