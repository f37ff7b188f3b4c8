"""The rig's part of a verification: derivatives and training on a rig, beside the other two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.compare.gradient import GradientResult
from hgecircuit.compare.learning import LearningResult
from hgecircuit.compare.sphere import Accuracy, SphereResult, accuracy_from
from hgecircuit.compare.three_way import RigGradientResult, ThreeWay
from hgecircuit.design.design import StreamDesign
from hgecircuit.on_rig import RigLearner
from hgecircuit.run.base import Progress
from hgecircuit.run.reference import LockIn, Quadratures, TrainingResult
from hgecircuit.run.reference.converters import Converter
from hgecircuit.run.reference.estimators.sampling import sampled_a, shifted_currents_a
from hgecircuit.run.rigs.apparatus import Apparatus
from hgecircuit.run.rigs.calibrate import CalibrationPlan, calibrate
from hgecircuit.run.rigs.calibration import Calibration
from hgecircuit.run.rigs.cdaq import CdaqRig
from hgecircuit.run.rigs.journal import Journal
from hgecircuit.run.rigs.opening import make_rig, open_apparatus
from hgecircuit.run.rigs.products import MODULES
from hgecircuit.run.rigs.virtual_stand import calibration_resistor_ohm, serve_virtual

if TYPE_CHECKING:
    from hgecircuit.learner import Learner
    from hgecircuit.run.base import ProgressCallback
    from hgecircuit.run.rigs.config import RigSpec

#: Value of ``--rig`` for a virtual chassis of the circuit's own device.
VIRTUAL = "virtual"
# Repetitions of every operating point: the noise's size is then known to 1 / sqrt(2 N (R - 1)).
_REPETITIONS = 4
# Share of the rig's stage that the training takes, for its progress.
_TRAINING_SHARE = 0.6


@dataclass(frozen=True)
class RigMeasurement:
    """What a rig gave for a learner.

    Attributes:
        lock_in: The lock-in that was used.
        quadratures: Of every repetition and operating point, shape (R, P, C), in A, the chain taken
            off.
        training: From the circuit's own start.
        test_a: Outputs at the test points after it, shape (K,), in A; None for a task without.
        calibration: Of the chain.
        spec: The rig.
        place: What it is, in words.
        modelled: Whether its device is the circuit's own device model.
    """

    lock_in: LockIn
    quadratures: Quadratures
    training: TrainingResult
    test_a: np.ndarray | None
    calibration: Calibration
    spec: RigSpec
    place: str
    modelled: bool


@dataclass(frozen=True)
class RigStage:
    """Where a verification finds its rig.

    Attributes:
        config: A rig file, or None for a virtual chassis of the circuit's own device.
        calibration: A file of ``rig calibrate``, or None: a virtual chassis is calibrated with a
            resistor, any other is taken as its rig file says.
        replay: A recording in the rig's place, or None.
    """

    config: Path | None = None
    calibration: Path | None = None
    replay: Path | None = None

    def measure(
        self,
        learner: Learner,
        points_v: np.ndarray,
        folder: Path,
        progress: ProgressCallback | None = None,
    ) -> RigMeasurement:
        """Measure all derivatives, then train.

        Args:
            learner: From a circuit file.
            points_v: Operating points, shape (P, E), in V.
            folder: Where the log goes, in ``rig-log``.
            progress: Called with how far it is.
        """
        import time

        start = time.monotonic()
        with self._open(learner, folder) as (apparatus, spec, place):
            bench = RigLearner(learner, apparatus)
            found = bench.estimator.quadratures(
                bench.device, np.tile(points_v, (_REPETITIONS, 1)), bench.task.controls
            )
            shape = (_REPETITIONS, len(points_v), -1)
            quadratures = Quadratures(*(part.reshape(shape) for part in found))

            def report(done: Progress) -> None:
                if progress is not None:
                    share = 1 - _TRAINING_SHARE + _TRAINING_SHARE * done.fraction
                    progress(Progress(share, time.monotonic() - start))

            training = bench.train(learner.design.start_v[None], progress=report)
            return RigMeasurement(
                bench.lock_in,
                quadratures,
                training,
                bench.test_outputs_a(training.final_voltages_v[0]),
                apparatus.calibration,
                spec,
                place,
                self.config is None,
            )

    @contextmanager
    def _open(self, learner: Learner, folder: Path) -> Iterator[tuple[Apparatus, RigSpec, str]]:
        from hgecircuit.run.rigs.calibration import load_calibration
        from hgecircuit.run.rigs.config_load import load_rig_spec

        log = folder / "rig-log"
        if self.config is not None:
            spec = load_rig_spec(self.config)
            calibration = None if self.calibration is None else load_calibration(self.calibration)
            rig = make_rig(spec, self.replay)
            place = f"{spec.title}, rig file {self.config.name}"
            with open_apparatus(
                spec,
                rig,
                calibration=calibration,
                log=None if self.replay else log,
                afresh=True,
            ) as apparatus:
                yield apparatus, spec, place
            return
        device, noise = learner.device, learner.design.noise
        resistor_ohm = calibration_resistor_ohm(device)
        with (
            serve_virtual(device, noise, resistor_ohm=resistor_ohm) as spec,
            open_apparatus(spec, _private(spec, folder)) as apparatus,
        ):
            carriers_hz = RigLearner(learner, apparatus).lock_in.frequencies_hz
            plan = CalibrationPlan.around(carriers_hz, resistor_ohm)
            calibration = calibrate(apparatus, plan, spec.volts_per_ampere).calibration
        with (
            serve_virtual(device, noise) as spec,
            open_apparatus(
                spec, _private(spec, folder), calibration=calibration, log=log, afresh=True
            ) as apparatus,
        ):
            yield apparatus, spec, "virtual chassis, the circuit's device model on it"


def _private(spec: RigSpec, folder: Path) -> CdaqRig:
    """A chassis that nobody else can use: its notes are kept with the run."""
    return CdaqRig(spec, Journal(f"port {spec.connection.port}", folder))


def compare_three(
    learner: Learner,
    gradient: GradientResult,
    learning: LearningResult,
    reference: TrainingResult,
    rig: RigMeasurement,
    sphere: SphereResult | None = None,
) -> ThreeWay:
    """Put the three side by side.

    Args:
        learner: The learner.
        gradient: Simulated and reference derivatives.
        learning: What the circuit learned in ngspice.
        reference: The digital reference's training.
        rig: What the rig gave.
        sphere: Accuracy of circuit and reference, for a task with test points.
    """
    task, trained = learner.design.task, rig.training
    made = rig.calibration.provenance

    def each(read: Callable[[TrainingResult], Any], ngspice: Any) -> dict[str, Any]:
        return {"reference": read(reference), "ngspice": ngspice, "rig": read(trained)}

    return ThreeWay(
        learner.spec.task.patterns,
        np.asarray(task.targets, float),
        task.controls,
        gradient,
        _attribute(learner, gradient, rig),
        each(lambda side: side.final_outputs_a[0], learning.exam_a),
        each(_bits, learning.truth_table),
        trained,
        each(lambda side: float(side.final_losses[0]), learning.exam_loss),
        each(lambda side: float(side.margins_a[0]), learning.exam_margin_a),
        rig.place,
        str(made.get("kind", "unknown")),
        rig.modelled,
        _accuracies(learner, rig, sphere),
    )


def _accuracies(
    learner: Learner, rig: RigMeasurement, sphere: SphereResult | None
) -> dict[str, Accuracy] | None:
    """Accuracy on training and test points by side; None for a task without test points."""
    design = learner.design
    if sphere is None or rig.test_a is None or not isinstance(design, StreamDesign):
        return None
    on_rig = accuracy_from(design, rig.training.final_outputs_a[0], rig.test_a)
    return {"reference": sphere.reference, "ngspice": sphere.exam, "rig": on_rig}


def _bits(result: TrainingResult) -> str:
    return "".join(str(int(bit)) for bit in result.truth_tables[0])


def _attribute(
    learner: Learner, gradient: GradientResult, rig: RigMeasurement
) -> RigGradientResult:
    """Split what sets rig and reference apart into its causes."""
    lock_in, points_v = rig.lock_in, gradient.points_v
    amplitudes_v = np.array(lock_in.amplitudes_v)
    each = rig.quadratures.x_a / amplitudes_v
    measured = each.mean(axis=0)
    ideal = _quadratures(learner, lock_in, points_v)
    expected = _quadratures(learner, lock_in, points_v, _output(rig.spec), _input(rig))
    # one size for all points of a channel: the noise does not know the operating point
    variance = each.var(axis=0, ddof=1).mean(axis=0)
    # a reference with noise has measured every point once
    scatter = np.sqrt(variance * (1 / len(each) + (learner.design.noise is not None)))
    converters = np.real(expected - ideal) / amplitudes_v
    uncertain = rig.calibration.uncertainty
    terms = {
        "noise": np.broadcast_to(scatter, measured.shape),
        "converters": converters,
        "latency": uncertain.get("phase_rad", 0.0) * abs(np.imag(expected)) / amplitudes_v,
        "gain": uncertain.get("gain", 0.0) * abs(np.real(expected)) / amplitudes_v,
    }
    factors = _chain_factors(lock_in, expected, rig.quadratures)
    turned = np.exp(1j * np.angle(factors)) * expected
    found = {
        "latency": np.real(turned - expected) / amplitudes_v,
        "gain": np.real((abs(factors) - 1) * turned) / amplitudes_v,
    }
    rest = measured - gradient.reference - converters - found["latency"] - found["gain"]
    return RigGradientResult(measured, len(each), terms, {**found, "rest": rest})


def _chain_factors(lock_in: LockIn, expected: np.ndarray, found: Quadratures) -> np.ndarray:
    """What the chain still does at each carrier after its calibration, complex, shape (C,).

    Least squares over all operating points and over the channels that share the carrier.
    """
    seen = (found.x_a + 1j * found.y_a).mean(axis=0)
    frequencies_hz = np.array(lock_in.frequencies_hz)
    factors = np.empty(len(frequencies_hz), complex)
    for frequency_hz in np.unique(frequencies_hz):
        same = frequencies_hz == frequency_hz
        power = (abs(expected[:, same]) ** 2).sum()
        factors[same] = (seen[:, same] * expected[:, same].conj()).sum() / power
    return factors


def _quadratures(
    learner: Learner,
    lock_in: LockIn,
    points_v: np.ndarray,
    dac: Converter | None = None,
    adc: Converter | None = None,
) -> np.ndarray:
    """The lock-in's X + j Y on the device model, shape (P, C), in A.

    Args:
        learner: The learner, with its device model and controls.
        lock_in: The lock-in.
        points_v: Operating points, shape (P, E), in V.
        dac: The outputs' converters, or None for ideal ones.
        adc: The input's converter, or None for an ideal one.
    """
    shift_v = np.zeros((lock_in.period_samples, points_v.shape[1]))
    shift_v[:, list(learner.design.task.controls)] = lock_in.perturbation_period_v()
    current_a = shifted_currents_a(learner.device, points_v, shift_v, dac)
    found = lock_in.demodulate_period(sampled_a(current_a, None, adc))
    return found.x_a + 1j * found.y_a


def _input(rig: RigMeasurement) -> Converter:
    """The input's converter, in A, as far as its product is known."""
    module = MODULES[_product(rig.spec, rig.spec.current.channel)]
    return Converter("adc", module.bits, module.span_v, rig.calibration.gain_v_per_a)


def _output(spec: RigSpec) -> Converter:
    """The outputs' converters."""
    module = MODULES[_product(spec, spec.electrodes.channels[0])]
    return Converter("dac", module.bits, module.span_v)


def _product(spec: RigSpec, channel: str) -> str:
    name = channel.partition("/")[0].lower()
    return next(module.product for module in spec.modules if module.name.lower() == name)
