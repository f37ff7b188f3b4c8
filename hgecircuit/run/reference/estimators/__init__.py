"""Gradient estimators with one interface: from a device and operating points to derivatives.

| class | idea | measurements per point | time per point |
|---|---|---|---|
| :class:`ExactGradient` | the model's own derivative | 0 | none |
| :class:`HomodyneGradient` | carriers and lock-in, together or in turn | 1, or M | T, or M T |
| :class:`FiniteDifference` | central differences | 2 M | M T |
| :class:`Spsa` | n random steps of all electrodes at once | 2 n | n T |
"""

from __future__ import annotations

from hgecircuit.run.reference.estimators.base import (
    Converter,
    GradientEstimator,
    Measurement,
    NoiseSource,
)
from hgecircuit.run.reference.estimators.exact import ExactGradient
from hgecircuit.run.reference.estimators.finite_difference import FiniteDifference
from hgecircuit.run.reference.estimators.homodyne import HomodyneGradient
from hgecircuit.run.reference.estimators.spsa import GainSequence, Spsa

__all__ = [
    "Converter",
    "ExactGradient",
    "FiniteDifference",
    "GainSequence",
    "GradientEstimator",
    "HomodyneGradient",
    "Measurement",
    "NoiseSource",
    "Spsa",
]
