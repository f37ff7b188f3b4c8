"""Reference, ngspice and rig side by side: derivatives, truth tables, and what sets them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hgecircuit.compare.gradient import DEAD, GradientResult
from hgecircuit.compare.sphere import Accuracy, accuracy_source
from hgecircuit.compare.verdict import Sense, Verdict
from hgecircuit.run.reference import TrainingResult
from hgecircuit.spec.runs import LimitsSpec

_FILE = "limits in the circuit file"
# Standard deviations by which a norm of many noisy numbers may exceed its expectation.
_SIGMAS = 3.0


@dataclass(frozen=True)
class RigGradientResult:
    """Derivatives from the rig at the gradient bench's operating points, and their error terms.

    Attributes:
        measured: Mean of the repetitions, shape (P, C), in A/V.
        repetitions: How often every point was measured.
        terms_a_per_v: What sets rig and digital reference apart, by name, shape (P, C) in A/V.
            ``noise`` is one standard deviation; ``converters`` what the converters make of the
            reference's own samples, with its sign; ``latency`` and ``gain`` one standard error of
            the calibration.
        found_a_per_v: Parts of the difference as found in the data, by name, shape (P, C) in A/V:
            ``latency`` (the chain's phase at each carrier), ``gain``, and ``rest``. With the
            converters' term they add up to the difference.
    """

    measured: np.ndarray
    repetitions: int
    terms_a_per_v: Mapping[str, np.ndarray]
    found_a_per_v: Mapping[str, np.ndarray]

    @property
    def budget_a_per_v(self) -> float:
        """Norm of the difference that the terms allow, over all points and channels, in A/V.

        The noise's expected norm is sigma sqrt(N); it and its estimate from R repetitions each
        scatter by 1 / sqrt(2 N) and 1 / sqrt(2 N (R - 1)) of it, and may do so three times, as the
        calibration may be wrong by three standard errors.
        """
        noise = self.terms_a_per_v["noise"]
        count = noise.size
        scatter = 1 / np.sqrt(2 * count) + 1 / np.sqrt(2 * count * max(1, self.repetitions - 1))
        calibration = sum(
            float(np.linalg.norm(self.terms_a_per_v[name])) for name in ("latency", "gain")
        )
        converters = float(np.linalg.norm(self.terms_a_per_v["converters"]))
        random = float(np.linalg.norm(noise)) * (1 + _SIGMAS * scatter)
        return random + converters + _SIGMAS * calibration


@dataclass(frozen=True)
class ThreeWay:
    """One task, three ways.

    Attributes:
        patterns: Input patterns as text, K of them.
        targets: Wanted bits, shape (K,).
        controls: Electrodes of the C channels.
        gradient: Simulated and reference derivatives with their budgets.
        rig: The rig's derivatives.
        outputs_a: Outputs after training by side (``reference``, ``ngspice``, ``rig``), shape (K,).
        truth_tables: Learned bits by side, threshold halfway between the class means (Boon 2025,
            Fig. 4a).
        training: The rig's training.
        losses: Loss after training by side.
        margins_a: Lowest 1 minus highest 0 after training by side, in A.
        place: Where and what the rig is, in words.
        calibration: What the calibration is, in words.
        modelled: Whether the rig's device is the circuit's own device model, so that the reference
            must agree with it.
        accuracies: Shares of training and test points that are told right by side, for a task with
            test points; None for a gate.
    """

    patterns: tuple[str, ...]
    targets: np.ndarray
    controls: tuple[int, ...]
    gradient: GradientResult
    rig: RigGradientResult
    outputs_a: Mapping[str, np.ndarray]
    truth_tables: Mapping[str, str]
    training: TrainingResult
    losses: Mapping[str, float]
    margins_a: Mapping[str, float]
    place: str
    calibration: str
    modelled: bool
    accuracies: Mapping[str, Accuracy] | None = None

    def relative_error(self, first: np.ndarray, second: np.ndarray) -> float:
        """Norm of a difference over the norm of the second, over all points and channels."""
        return float(np.linalg.norm(first - second) / np.linalg.norm(second))

    def rows(self) -> list[dict[str, float | str]]:
        """One row per channel and one for all: rms over the operating points, in A/V."""
        simulated, reference = self.gradient.measured, self.gradient.reference
        columns: dict[str, np.ndarray] = {
            "reference": reference,
            "ngspice_less_reference": simulated - reference,
            "analog_budget": self.gradient.reference_bound_a_per_v,
            "rig_less_reference": self.rig.measured - reference,
            "noise": self.rig.terms_a_per_v["noise"],
            "converters": self.rig.terms_a_per_v["converters"],
            "latency": self.rig.found_a_per_v["latency"],
            "gain": self.rig.found_a_per_v["gain"],
            "rest": self.rig.found_a_per_v["rest"],
        }
        names = [f"electrode {electrode}" for electrode in self.controls]
        rows = []
        for m, name in enumerate(names):
            values = {key: _rms(column[:, m]) for key, column in columns.items()}
            rows.append({"channel": name, **values})
        rows.append({"channel": "all", **{key: _rms(value) for key, value in columns.items()}})
        return rows


def three_way_verdicts(result: ThreeWay, limits: LimitsSpec) -> list[Verdict]:
    """Verdicts of the rig: what it learned, and its gradient against reference and circuit."""
    reference, simulated = result.gradient.reference, result.gradient.measured
    size = float(np.linalg.norm(reference))
    limit = result.rig.budget_a_per_v / size
    circuit = float(np.linalg.norm(result.gradient.reference_bound_a_per_v)) / size
    note = (
        f"{len(reference)} operating points, {result.rig.repetitions} times each"
        if result.modelled
        else "the device on the rig is not the model: the difference is the model's too"
    )
    source = "noise as repeated, converters, what the calibration leaves of delay and gain"
    return [
        *_learning_verdicts(result, limits),
        Verdict(
            "rig.vs_reference.relative_error",
            result.relative_error(result.rig.measured, reference) if limit < DEAD else None,
            limit,
            Sense.AT_MOST,
            "1",
            source,
            note if limit < DEAD else "the error budget is too large to judge a gradient",
        ),
        Verdict(
            "rig.vs_circuit.relative_error",
            result.relative_error(result.rig.measured, simulated)
            if limit + circuit < DEAD
            else None,
            limit + circuit,
            Sense.AT_MOST,
            "1",
            f"{source}, and the analog budget",
            note,
        ),
    ]


def _learning_verdicts(result: ThreeWay, limits: LimitsSpec) -> list[Verdict]:
    """What was learned on the rig, judged as the circuit is: by test points where it has them."""
    if result.accuracies is not None:
        accuracy = float(result.accuracies["rig"].test)
        return [
            Verdict(
                "rig.test_accuracy",
                accuracy,
                limits.accuracy,
                Sense.AT_LEAST,
                "1",
                accuracy_source(limits),
                "trained on the rig, perturbation off, threshold best for the training points",
            )
        ]
    verdicts = [
        Verdict(
            "rig.truth_table",
            result.truth_tables["rig"],
            "".join(str(int(target)) for target in result.targets),
            Sense.EQUAL,
            "1",
            "task.targets in the circuit file",
            "trained on the rig, perturbation off",
        ),
        Verdict("rig.loss", result.losses["rig"], limits.loss, Sense.AT_MOST, "1", _FILE),
    ]
    if not result.training.task.constant:  # all outputs alike have no margin
        margin_a = result.margins_a["rig"]
        verdicts.append(
            Verdict("rig.margin_A", margin_a, limits.margin_a, Sense.AT_LEAST, "A", _FILE)
        )
    return verdicts


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
