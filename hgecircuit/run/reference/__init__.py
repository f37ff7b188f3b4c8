"""The digital reference: homodyne gradient extraction and training as the paper does them.

Independent of the circuit: nothing here knows a netlist or a part. Read :mod:`.lock_in` first, then
:mod:`.estimators` (a device's gradient at operating points) and :mod:`.training`.
"""

from __future__ import annotations

from hgecircuit.run.reference.butterworth import (
    Butterworth,
    Settled,
    cutoff_for_hz,
    settling_angle,
)
from hgecircuit.run.reference.descent import Descent
from hgecircuit.run.reference.error_model import ErrorPower, error_power, mean_square_error
from hgecircuit.run.reference.estimators import (
    Converter,
    ExactGradient,
    FiniteDifference,
    GainSequence,
    GradientEstimator,
    HomodyneGradient,
    Measurement,
    NoiseSource,
    Spsa,
)
from hgecircuit.run.reference.lock_in import LockIn, Quadratures
from hgecircuit.run.reference.low_pass import Boxcar
from hgecircuit.run.reference.step_reading import StepReading
from hgecircuit.run.reference.task import Task
from hgecircuit.run.reference.training import TrainingResult, train

__all__ = [
    "Boxcar",
    "Butterworth",
    "Converter",
    "Descent",
    "ErrorPower",
    "ExactGradient",
    "FiniteDifference",
    "GainSequence",
    "GradientEstimator",
    "HomodyneGradient",
    "LockIn",
    "Measurement",
    "NoiseSource",
    "Quadratures",
    "Settled",
    "Spsa",
    "StepReading",
    "Task",
    "TrainingResult",
    "cutoff_for_hz",
    "error_power",
    "mean_square_error",
    "settling_angle",
    "train",
]
