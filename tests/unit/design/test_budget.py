"""The error budget's terms against independent calculations."""

import dataclasses
from typing import cast

import numpy as np
import pytest

from hgecircuit import Learner
from hgecircuit.design.budget import gradient_budget, reference_budget
from hgecircuit.design.design import CoherentDesign, ContinuousDesign
from hgecircuit.design.error_model.circuit import full_answer
from hgecircuit.design.error_model.responses import window_for
from hgecircuit.design.error_model.windows import LowpassWindow
from hgecircuit.design.size import operating_points_v
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.parts.filters.opamp import IDEAL
from hgecircuit.parts.filters.prototypes import Prototype
from hgecircuit.parts.oscillators import OscillatorBank
from hgecircuit.run.reference import Butterworth, cutoff_for_hz


@pytest.fixture(scope="module")
def points_v(coherent: Learner) -> np.ndarray:
    return operating_points_v(coherent.design, coherent.spec.verification)


def test_points_cover_every_control_range_and_stay_inside(
    coherent: Learner, points_v: np.ndarray
) -> None:
    """A Latin hypercube has one point in each of P equal slices of every control's range."""
    for m, weight in enumerate(coherent.design.weights):
        values_v = points_v[:, coherent.design.task.controls[m]]
        share = (values_v - weight.minimum_v) / (weight.maximum_v - weight.minimum_v)
        assert sorted(np.floor(share * len(points_v)).astype(int)) == list(range(len(points_v)))


def test_a_coherent_gate_rejects_all_other_carriers(
    coherent: Learner, points_v: np.ndarray
) -> None:
    budget = gradient_budget(coherent.design, points_v)
    for term in ("settling", "second harmonic", "parallel channels", "intermodulation"):
        assert budget.relative(term) < 1e-9
    assert budget.relative("curvature") > 1e-4


def test_a_detuned_oscillator_costs_what_sinc_says(coherent: Learner, points_v: np.ndarray) -> None:
    """|W(2 f)| of a gate of T is |sinc(2 f T)| (numpy's sinc)."""
    design = coherent.design
    assert isinstance(design, CoherentDesign)
    bank = dataclasses.replace(cast(OscillatorBank, design.bank), frequency_error=0.01)
    budget = gradient_budget(dataclasses.replace(design, bank=bank), points_v)
    cycles = 2 * 1.01 * np.array(bank.frequencies_hz) * design.timing.gate_s
    expected = np.abs(budget.exact_a_per_v) * np.abs(np.sinc(cycles))
    np.testing.assert_allclose(budget.terms_a_per_v["second harmonic"], expected, rtol=1e-3)


def test_a_low_pass_settles_as_its_step_response(continuous: Learner, points_v: np.ndarray) -> None:
    """At the first point nothing came before: what is missing is 1 - s(T), 2 % in both readings."""
    design = continuous.design
    assert isinstance(design, ContinuousDesign)
    lowpass = dataclasses.replace(design.lowpass, opamp=IDEAL)
    budget = gradient_budget(dataclasses.replace(design, lowpass=lowpass), points_v)
    share = budget.terms_a_per_v["settling"][0] / np.abs(budget.exact_a_per_v[0])
    np.testing.assert_allclose(share, 0.02, rtol=1e-3)


def test_the_window_of_a_long_low_pass_is_its_frequency_response() -> None:
    """For T much longer than the filter's memory |W(f)| is |H(f)| of Boon 2025, Eq. 7."""
    window = window_for("butterworth", 1.0)
    filters = Butterworth(3, 20 * window.cutoff_hz)
    long = LowpassWindow(Prototype("butterworth", 3, filters.cutoff_hz), 1.0)
    frequency_hz = np.array([5.0, 20.0, 45.0, 110.0])
    expected = np.abs(filters.response(frequency_hz))
    np.testing.assert_allclose(long.at(frequency_hz), expected, rtol=2e-3)
    assert long.noise_bandwidth_hz == pytest.approx(filters.noise_bandwidth_hz, rel=1e-3)


def test_the_reference_is_two_percent_short_of_settled(
    coherent: Learner, points_v: np.ndarray
) -> None:
    budget = reference_budget(coherent.design, points_v, 0.1, "first")
    assert budget.relative("settling") == pytest.approx(0.02, rel=1e-3)
    assert cutoff_for_hz(3, 0.1, "first") == pytest.approx(5.83, abs=0.01)


def test_curvature_is_the_cubic_term_of_a_cubic_device(coherent: Learner) -> None:
    """I = V^3: the first harmonic is 3 V^2 a + 3 a^3 / 4, so the shift is 3 a^2 / 4."""

    class Cubic:
        electrodes = 7

        def current_a(self, voltages_v: np.ndarray) -> np.ndarray:
            return np.asarray(voltages_v)[..., 0] ** 3

        def gradient_a_per_v(self, voltages_v: np.ndarray) -> np.ndarray:
            gradient = np.zeros_like(np.asarray(voltages_v))
            gradient[..., 0] = 3 * np.asarray(voltages_v)[..., 0] ** 2
            return gradient

    device = Cubic()
    design = dataclasses.replace(coherent.design, device=device)
    points_v = np.full((2, 7), 0.3)
    curve = full_answer(design, points_v)
    amplitude_v = design.amplitudes_v[0]
    np.testing.assert_allclose(curve.shift_a_per_v[:, 0], 3 * amplitude_v**2 / 4, rtol=1e-6)
    # 3 V a^2 / 2 is rectified.
    np.testing.assert_allclose(curve.rectified_a, 3 * 0.3 * amplitude_v**2 / 2, rtol=1e-6)


def test_noise_adds_three_standard_deviations(coherent: Learner, points_v: np.ndarray) -> None:
    """White noise S behind a gate of T: sigma of 2 <n s> / a is sqrt(S / T) / a."""
    design = coherent.design
    assert isinstance(design, CoherentDesign)
    density = 1e-24
    noisy = dataclasses.replace(design, noise=NoiseSpec(white_a2_per_hz=density))
    term = gradient_budget(noisy, points_v).terms_a_per_v["noise"]
    sigma = np.sqrt(density / design.timing.gate_s) / design.amplitudes_v[0]
    np.testing.assert_allclose(term, 3 * sigma, rtol=1e-3)
