"""Crosstalk and expected error against the error budget, integrals and Monte Carlo."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import signal

from hgecircuit import Learner
from hgecircuit.design.budget import reference_budget
from hgecircuit.design.error_model import window_for
from hgecircuit.design.plans import crosstalk, expected_error, phase_accuracy
from hgecircuit.design.plans.expected import listening
from hgecircuit.design.size import operating_points_v
from hgecircuit.devices.noise import NoiseSpec

CARRIERS_HZ = np.array([560.0, 960.0, 960.0, 1400.0])
PHASES_RAD = np.array([0.0, 0.0, math.pi / 2, 0.0])
TIME_S = 0.1
BUDGET_TIME_S = 0.03


@pytest.mark.parametrize("settled", ["first", "stay"])
def test_crosstalk_is_the_budget_s_term(coherent: Learner, settled: str) -> None:
    """Each carrier's signal times its leak, over the channel's amplitude (Boon 2025, Eq. 7)."""
    design = coherent.design
    points_v = operating_points_v(design, coherent.spec.verification)
    budget = reference_budget(design, points_v, BUDGET_TIME_S, settled)
    window = window_for("butterworth", BUDGET_TIME_S, settled=settled)
    bank, amplitudes_v = design.bank, np.asarray(design.amplitudes_v)
    leak = crosstalk(np.asarray(bank.frequencies_hz), np.asarray(bank.phases_rad), window)
    signal_a = np.abs(budget.exact_a_per_v) * amplitudes_v
    expected = budget.terms_a_per_v["parallel channels"]
    np.testing.assert_allclose(signal_a @ leak.T / amplitudes_v, expected, rtol=2e-3, atol=1e-15)


def test_a_coherent_gate_has_no_crosstalk() -> None:
    leak = crosstalk(CARRIERS_HZ, PHASES_RAD, window_for("gate", TIME_S))
    assert leak.max() < 1e-12
    # Half a cycle off, every carrier leaks as sinc says.
    shifted = crosstalk(
        CARRIERS_HZ + np.array([0, 5, 5, 0]), PHASES_RAD, window_for("gate", TIME_S)
    )
    assert shifted[0, 1] == pytest.approx(1 / (np.pi * 40.5) + 1 / (np.pi * 152.5))


def test_a_phase_error_leaks_its_sine() -> None:
    error_rad, delay_s = phase_accuracy(0.01, 960.0)
    off = PHASES_RAD + np.array([0, 0, error_rad, 0])
    leak = crosstalk(CARRIERS_HZ, off, window_for("gate", TIME_S))
    assert leak[1, 2] == pytest.approx(0.01)
    assert 2 * np.pi * 960.0 * delay_s == pytest.approx(math.asin(0.01))


@pytest.mark.parametrize("settled", ["first", "stay"])
def test_expected_errors_are_integrals_of_the_window(settled: str) -> None:
    """W(f) by the trapezoidal rule on SciPy's impulse response, noise by its square."""
    cutoff_hz = {"first": 3.663, "stay": 6.64}[settled] / (2 * np.pi * TIME_S)
    time_s = np.linspace(0, TIME_S, 20_001)
    system = signal.butter(3, 2 * np.pi * cutoff_hz, analog=True)
    weight = signal.impulse(system, T=time_s)[1][::-1]

    def at(frequency_hz: float) -> float:
        return abs(np.trapezoid(weight * np.exp(2j * np.pi * frequency_hz * time_s), time_s))

    noise = NoiseSpec(white_a2_per_hz=2e-23)
    lock_in = listening("butterworth", TIME_S, settled=settled, signal_a=1e-9, noise=noise)
    found = expected_error(lock_in, CARRIERS_HZ, PHASES_RAD)
    bandwidth_hz = np.trapezoid(weight**2, time_s) / 2
    tolerance = 3e-3
    assert found.noise == pytest.approx(
        np.full(4, math.sqrt(2 * bandwidth_hz * 2e-23) / 1e-9), rel=tolerance
    )
    assert found.second_harmonic == pytest.approx(
        [at(2 * carrier_hz) for carrier_hz in CARRIERS_HZ], rel=tolerance
    )
    power = [
        at(1520.0) ** 2 + at(400.0) ** 2,
        at(1520.0) ** 2 + at(400.0) ** 2,
        at(1960.0) ** 2 + at(840.0) ** 2,
    ]
    assert found.crosstalk[0] == pytest.approx(math.sqrt(sum(power)), rel=tolerance)
    # The partner on the same carrier leaves its 2 f, and nothing else.
    power = [at(1520.0) ** 2 + at(400.0) ** 2, at(1920.0) ** 2, at(2360.0) ** 2 + at(440.0) ** 2]
    assert found.crosstalk[1] == pytest.approx(math.sqrt(sum(power)), rel=tolerance)
    assert found.unsettled == pytest.approx(abs(1 - at(0.0)), rel=0.05)
    assert found.total[0] == pytest.approx(
        math.hypot(found.noise[0], found.crosstalk[0], found.second_harmonic[0])
    )
    assert found.mean_square == pytest.approx(float(np.mean(found.total**2)))


def test_expected_noise_is_that_of_simulated_lock_ins() -> None:
    """White noise through a gate, demodulated 2000 times; 2000 runs give 3 % at two sigma."""
    rng, rate_hz, density = np.random.default_rng(5), 50e3, 3e-23
    samples = round(TIME_S * rate_hz)
    noise_a = rng.normal(0, math.sqrt(density * rate_hz / 2), (2000, samples))
    reference = np.sin(2 * np.pi * 560.0 * np.arange(samples) / rate_hz)
    readings = 2 * (noise_a @ reference) / samples / 1e-9
    lock_in = listening("gate", TIME_S, signal_a=1e-9, noise=NoiseSpec(white_a2_per_hz=density))
    found = expected_error(lock_in, CARRIERS_HZ, PHASES_RAD)
    assert readings.std() == pytest.approx(found.noise[0], rel=0.05)
    assert found.noise[0] == pytest.approx(found.noise[3])


def test_without_noise_only_the_carriers_count() -> None:
    lock_in = listening("gate", TIME_S, signal_a=1e-9)
    assert expected_error(lock_in, CARRIERS_HZ, PHASES_RAD).total.max() < 1e-12
