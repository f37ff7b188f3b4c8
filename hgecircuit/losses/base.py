"""What every loss offers: a value, and its exact derivative by each output."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np


class Loss(ABC):
    """A loss E of the outputs at all patterns, vectorised over leading axes.

    Patterns are the last axis of the outputs; targets are shared by all leading axes.
    """

    @abstractmethod
    def value(self, outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The loss E, dimensionless, shape (...).

        Args:
            outputs_a: Output currents in A, shape (..., K).
            targets: Target of every pattern, shape (K,).
        """

    @abstractmethod
    def derivative_per_a(self, outputs_a: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The derivatives dE/dI_k in 1/A, shape (..., K).

        Args:
            outputs_a: Output currents in A, shape (..., K).
            targets: Target of every pattern, shape (K,).
        """
