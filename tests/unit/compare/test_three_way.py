"""Rig against reference: causes that are known are found, and a rig that is wrong fails."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hgecircuit import Learner
from hgecircuit.compare.gradient import GradientResult
from hgecircuit.compare.learning import LearningResult
from hgecircuit.compare.three_way import ThreeWay, three_way_verdicts
from hgecircuit.compare.verdict import Status
from hgecircuit.design.budget import gradient_budget, reference_budget
from hgecircuit.design.size import operating_points_v
from hgecircuit.losses import truth_table
from hgecircuit.report.blocks import Code, Strong, Table
from hgecircuit.report.three_way import three_way_data, three_way_section
from hgecircuit.rig_stage import RigMeasurement, compare_three
from hgecircuit.run.reference import Quadratures, TrainingResult
from hgecircuit.run.reference.converters import NI_9264, Converter
from hgecircuit.run.rigs.alignment import Timing
from hgecircuit.run.rigs.calibration import Calibration
from hgecircuit.run.rigs.virtual_stand import virtual_spec

REPETITIONS = 6


@pytest.fixture(scope="module")
def gradient(coherent: Learner) -> GradientResult:
    """A circuit that measures what the reference does."""
    points_v = operating_points_v(coherent.design, coherent.spec.verification)
    reference = coherent.reference_estimator().measure(
        coherent.device, points_v, coherent.design.task.controls
    )
    return GradientResult(
        points_v,
        reference.gradient_a_per_v,
        reference.gradient_a_per_v,
        gradient_budget(coherent.design, points_v),
        reference_budget(coherent.design, points_v, 0.1, "first"),
    )


@pytest.fixture(scope="module")
def reference(coherent: Learner) -> TrainingResult:
    return coherent.train_reference(coherent.design.start_v[None])


def measured(
    learner: Learner,
    gradient: GradientResult,
    reference: TrainingResult,
    *,
    factor: complex = 1.0,
    noise_a_per_v: float = 0.0,
    phase_error_rad: float = 0.0,
) -> ThreeWay:
    """A rig with converters, whose chain multiplies by a factor, with white noise."""
    lock_in, spec = learner.reference_estimator().lock_in, virtual_spec(learner.device)
    adc = Converter("adc", 24, 10.0, spec.volts_per_ampere)
    shift_v = np.zeros((lock_in.period_samples, learner.device.electrodes))
    shift_v[:, list(learner.design.task.controls)] = lock_in.perturbation_period_v()
    driven_v = NI_9264(gradient.points_v[:, None, :] + shift_v)
    x_a, y_a = lock_in.demodulate_period(adc(learner.device.current_a(driven_v)))
    seen = factor * (x_a + 1j * y_a)
    random = np.random.default_rng(7).normal(size=(2, REPETITIONS, *seen.shape))
    random *= noise_a_per_v * np.array(lock_in.amplitudes_v)
    made = Calibration(
        Timing(),
        spec.volts_per_ampere,
        uncertainty={"phase_rad": phase_error_rad, "gain": 0.0},
        provenance={"kind": "resistor"},
    )
    rig = RigMeasurement(
        lock_in,
        Quadratures(np.real(seen) + random[0], np.imag(seen) + random[1]),
        reference,
        None,
        made,
        spec,
        "a rig",
        True,
    )
    outputs_a = reference.final_outputs_a[0]
    zero = np.zeros(1)
    targets = np.array(reference.task.targets)
    bits = "".join(str(int(bit)) for bit in truth_table(outputs_a, targets))
    learning = LearningResult(
        targets, zero, zero, zero, zero, zero, outputs_a, 0.0, 0.0, bits, True, 0
    )
    return compare_three(learner, gradient, learning, reference, rig)


def statuses(result: ThreeWay, learner: Learner) -> dict[str, Status]:
    verdicts = three_way_verdicts(result, learner.spec.limits)
    return {verdict.name.removeprefix("rig."): verdict.status for verdict in verdicts}


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def test_converters_alone_explain_a_quiet_rig(
    coherent: Learner, gradient: GradientResult, reference: TrainingResult
) -> None:
    result = measured(coherent, gradient, reference)
    assert set(statuses(result, coherent).values()) == {Status.PASS}
    row = result.rows()[-1]
    assert row["rig_less_reference"] == pytest.approx(row["converters"], rel=1e-9)
    assert float(row["converters"]) > 1e-12
    for name in ("noise", "latency", "gain", "rest"):
        assert float(row[name]) < 1e-9 * float(row["reference"]), name


def test_delay_and_gain_are_found_as_such(
    coherent: Learner, gradient: GradientResult, reference: TrainingResult
) -> None:
    factor = 1.01 * np.exp(0.03j)
    result = measured(coherent, gradient, reference, factor=factor)
    row, size = result.rows()[-1], rms(gradient.reference)
    assert float(row["gain"]) == pytest.approx(0.01 * size, rel=0.03)
    assert float(row["latency"]) > 0.2 * 0.03 * size  # quadrature partners leak into each other
    assert float(row["rest"]) < 1e-9 * size
    # a calibration that claims to be better than that makes the rig fail
    assert statuses(result, coherent)["vs_reference.relative_error"] is Status.FAIL
    # the parts add up to the difference
    parts = sum(result.rig.found_a_per_v.values()) + result.rig.terms_a_per_v["converters"]
    np.testing.assert_allclose(parts, result.rig.measured - gradient.reference, atol=1e-18)


def test_an_uncertain_calibration_allows_what_it_leaves_open(
    coherent: Learner, gradient: GradientResult, reference: TrainingResult
) -> None:
    turned = measured(coherent, gradient, reference, factor=np.exp(0.02j), phase_error_rad=0.02)
    assert statuses(turned, coherent)["vs_reference.relative_error"] is Status.PASS


def test_noise_is_taken_from_the_repetitions(
    coherent: Learner, gradient: GradientResult, reference: TrainingResult
) -> None:
    sigma = 2e-9
    result = measured(coherent, gradient, reference, noise_a_per_v=sigma)
    row = result.rows()[-1]
    # N (R - 1) = 600 degrees of freedom know it to 3 %; the mean of R has 1 / sqrt(R) of it
    assert float(row["noise"]) == pytest.approx(sigma / np.sqrt(REPETITIONS), rel=0.1)
    assert float(row["rest"]) == pytest.approx(float(row["noise"]), rel=0.25)
    assert statuses(result, coherent)["vs_reference.relative_error"] is Status.PASS


@pytest.mark.parametrize("factor", [0.0, -1.0, 0.9])
def test_a_rig_that_is_dead_or_wrong_fails(
    coherent: Learner, gradient: GradientResult, reference: TrainingResult, factor: float
) -> None:
    result = measured(coherent, gradient, reference, factor=factor)
    found = statuses(result, coherent)
    assert found["vs_reference.relative_error"] is Status.FAIL
    assert found["vs_circuit.relative_error"] is Status.FAIL


def test_noise_that_drowns_the_gradient_judges_nothing(
    coherent: Learner, gradient: GradientResult, reference: TrainingResult
) -> None:
    result = measured(coherent, gradient, reference, noise_a_per_v=5e-7)
    assert statuses(result, coherent)["vs_reference.relative_error"] is Status.NOT_MEASURED


def test_what_was_learned_is_judged(
    coherent: Learner, gradient: GradientResult, reference: TrainingResult
) -> None:
    good = measured(coherent, gradient, reference)
    outputs_a = {**good.outputs_a, "rig": good.outputs_a["rig"][::-1] * [1, -1, 1, 1]}
    bad = dataclasses.replace(
        good,
        outputs_a=outputs_a,
        truth_tables={**good.truth_tables, "rig": "0010"},
        losses={**good.losses, "rig": 0.9},
        margins_a={**good.margins_a, "rig": -1e-9},
    )
    found = statuses(bad, coherent)
    assert found["truth_table"] is Status.FAIL
    assert found["loss"] is Status.FAIL
    assert found["margin_A"] is Status.FAIL


def test_the_report_s_table_and_data(
    coherent: Learner, gradient: GradientResult, reference: TrainingResult
) -> None:
    result = measured(coherent, gradient, reference, noise_a_per_v=1e-9)
    channels, patterns = (one for one in three_way_section(result) if isinstance(one, Table))
    names = [f"electrode {electrode}" for electrode in result.controls]
    assert [row[0] for row in channels.rows] == [*names, Strong("all")]
    assert [row[0] for row in patterns.rows] == [*map(Code, result.patterns), "margin"]
    data = three_way_data(result)
    assert data is not None
    assert [row["channel"] for row in data["channels"]][-1] == "all"
    assert data["truth_tables"]["rig"] == "0110"
    assert three_way_section(None) == []
    assert three_way_data(None) is None
