"""The digital reference: homodyne gradient extraction and training as the paper does them.

Independent of the circuit: nothing here knows a netlist or a part. Read :mod:`.lock_in` first, then
:mod:`.estimators` (a device's gradient at operating points), :mod:`.tasks` and :mod:`.training`.
"""

from __future__ import annotations

from hgecircuit.run.reference.baseline_evolution import Evolution, train_evolution
from hgecircuit.run.reference.butterworth import Butterworth, Settled, cutoff_for_hz, settling_angle
from hgecircuit.run.reference.converters import NI_9202, NI_9264
from hgecircuit.run.reference.descent import SCHEDULES, Descent
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
from hgecircuit.run.reference.history import to_dataset, write_history
from hgecircuit.run.reference.lock_in import LockIn, Quadratures
from hgecircuit.run.reference.low_pass import Boxcar
from hgecircuit.run.reference.noise import (
    IndependentNoise,
    NoiseLaw,
    NoiseStream,
    OutputDrift,
    SummedNoise,
)
from hgecircuit.run.reference.step_reading import StepReading
from hgecircuit.run.reference.task import Task
from hgecircuit.run.reference.tasks import GATE_NAMES, Split, Wiring, gate, ring, sphere, waveform
from hgecircuit.run.reference.training import TrainingResult, random_starts_v, train
from hgecircuit.run.reference.training_groups import Restarted, train_groups, train_restarts
from hgecircuit.run.reference.training_result import Restarts, count_restarts, join_results
from hgecircuit.run.reference.training_state import Checkpoint

__all__ = [
    "GATE_NAMES",
    "NI_9202",
    "NI_9264",
    "SCHEDULES",
    "Boxcar",
    "Butterworth",
    "Checkpoint",
    "Converter",
    "Descent",
    "ErrorPower",
    "Evolution",
    "ExactGradient",
    "FiniteDifference",
    "GainSequence",
    "GradientEstimator",
    "HomodyneGradient",
    "IndependentNoise",
    "LockIn",
    "Measurement",
    "NoiseLaw",
    "NoiseSource",
    "NoiseStream",
    "OutputDrift",
    "Quadratures",
    "Restarted",
    "Restarts",
    "Settled",
    "Split",
    "Spsa",
    "StepReading",
    "SummedNoise",
    "Task",
    "TrainingResult",
    "Wiring",
    "count_restarts",
    "cutoff_for_hz",
    "error_power",
    "gate",
    "join_results",
    "mean_square_error",
    "random_starts_v",
    "ring",
    "settling_angle",
    "sphere",
    "to_dataset",
    "train",
    "train_evolution",
    "train_groups",
    "train_restarts",
    "waveform",
    "write_history",
]
