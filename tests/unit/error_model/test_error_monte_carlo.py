"""The sum of all terms against simulated lock-ins: the digital reference on a real device's model.

Confidence as docs/error-budget.md states it: the expected mean square lies within 3.3 standard
errors of the simulated one (99.9 %), and at most 0.3 % of all readings lie beyond the bound.
"""

import numpy as np
import pytest

from hgecircuit.design.error_model import (
    LockIn,
    Surroundings,
    Taylor,
    equal_spacing_hz,
    error_budget,
    taylor_of_device,
    window_for,
)
from hgecircuit.design.error_model.noise import noise_variance
from hgecircuit.design.error_model.quantities import spread_points_v
from hgecircuit.devices.formats import load_device
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.run.reference import LockIn as ReferenceLockIn

CONFIDENCE = 3.3
CHANNELS = 7


def _noise(
    rng: np.random.Generator, spec: NoiseSpec, count: int, rate_hz: float, records: int
) -> np.ndarray:
    """Gaussian noise of a one-sided density, shape (records, count): random Fourier amplitudes."""
    total = 16 * count
    frequency_hz = np.fft.rfftfreq(total, 1 / rate_hz)[1:]
    density = (
        spec.white_a2_per_hz
        + spec.flicker_a2_per_hz * (spec.frequency_hz / frequency_hz) ** spec.exponent
    )
    size = np.sqrt(density * rate_hz * total / 4)
    parts = rng.normal(size=(2, records, len(size)))
    spectrum = np.concatenate([np.zeros((records, 1)), size * (parts[0] + 1j * parts[1])], axis=1)
    return np.fft.irfft(spectrum, total)[:, :count]


@pytest.mark.parametrize(
    ("spec", "remove_mean"),
    [
        (NoiseSpec(white_a2_per_hz=1e-23), False),
        (NoiseSpec(white_a2_per_hz=1e-23), True),
        (NoiseSpec(flicker_a2_per_hz=1e-23, exponent=1.5), True),
        (NoiseSpec(flicker_a2_per_hz=1e-23, exponent=0.8, white_a2_per_hz=4e-24), False),
    ],
    ids=["white", "white without mean", "1/f^1.5 without mean", "1/f^0.8 and white"],
)
@pytest.mark.parametrize("settled", ["first", "stay"])
def test_noise_alone(spec: NoiseSpec, remove_mean: bool, settled: str) -> None:
    rng = np.random.default_rng(12)
    time_s, rate_hz, records = 0.02, 2e4, 1500
    frequencies_hz, amplitudes_v = np.array([150.0, 900.0]), np.array([0.008, 0.01])
    lock_in = LockIn(
        frequencies_hz,
        amplitudes_v,
        window_for("butterworth", time_s, settled=settled),
        remove_mean=remove_mean,
    )
    found = []
    current = _noise(rng, spec, round(time_s * rate_hz), rate_hz, records)
    for record in current:
        other = ReferenceLockIn(
            tuple(frequencies_hz),
            tuple(rng.uniform(0, 2 * np.pi, 2)),
            tuple(amplitudes_v),
            time_s,
            sample_rate_hz=rate_hz,
            settled="first" if settled == "first" else "stay",
            remove_mean=remove_mean,
        )
        found.append(other.derivative_a_per_v(other.demodulate(record)))
    variance = np.mean(np.square(found), axis=0)
    expected = noise_variance(lock_in, spec)
    assert np.all(np.abs(variance / expected - 1) < CONFIDENCE * np.sqrt(2 / records))


def _check(
    time_s: float,
    frequencies_hz: np.ndarray,
    amplitude_v: float,
    noise: NoiseSpec | None,
    trials: int,
    settled: str,
    rate_hz: float,
) -> np.ndarray:
    """Compare the budget with simulated readings; the budget's share of every term."""
    device = load_device("rnpu-compact")
    points_v = spread_points_v(device, 12, CHANNELS, amplitude_v)
    amplitudes_v = np.full(CHANNELS, amplitude_v)
    taylor = taylor_of_device(device, points_v, tuple(range(CHANNELS)), amplitudes_v)
    window = window_for("butterworth", time_s, settled=settled)
    lock_in = LockIn(frequencies_hz, amplitudes_v, window, remove_mean=True)
    budget = error_budget(lock_in, taylor, Surroundings(noise=noise))
    rng = np.random.default_rng(2026)
    squares = np.empty((trials, len(points_v), CHANNELS))
    samples = round(time_s * rate_hz)
    for trial in range(trials):
        other = ReferenceLockIn(
            tuple(frequencies_hz),
            tuple(rng.uniform(0, 2 * np.pi, CHANNELS)),
            tuple(amplitudes_v),
            time_s,
            sample_rate_hz=rate_hz,
            settled="first" if settled == "first" else "stay",
        )
        current = device.current_a(points_v[:, None, :] + other.perturbation_v())
        if noise is not None:
            current = current + _noise(rng, noise, samples, rate_hz, len(points_v))
        derivative = other.derivative_a_per_v(other.demodulate(current))
        squares[trial] = (derivative - taylor.gradient_a_per_v) ** 2
    beyond = np.mean(np.sqrt(squares) > budget.bound_a_per_v)
    assert beyond <= 0.003
    expected = budget.mean_square_a2_per_v2
    # The whole gradient: one number, and its spread over trials.
    total = squares.sum(axis=(1, 2))
    spread = total.std() / np.sqrt(trials)
    assert abs(total.mean() - expected.sum()) < CONFIDENCE * spread
    assert spread < 0.05 * total.mean()
    # Every channel over all points.
    for m in range(CHANNELS):
        one = squares[:, :, m].sum(axis=1)
        error = one.std() / np.sqrt(trials)
        assert abs(one.mean() - expected[:, m].sum()) < 4.0 * error  # 99.994 % for each of 7
    return np.array([np.sum(term.mean_square_a2_per_v2) / expected.sum() for term in budget.terms])


def test_noise_and_crosstalk() -> None:
    """The paper's point: T = 0.1 s, 40 Hz, 8 mV, 1e-5 nA^2/Hz."""
    shares = _check(
        0.1,
        equal_spacing_hz(CHANNELS, 1e3, 40.0),
        8e-3,
        NoiseSpec(white_a2_per_hz=1e-23),
        250,
        "first",
        1e4,
    )
    assert np.sum(shares > 0.1) == 3  # noise, crosstalk and settling all count


def test_curvature_and_products() -> None:
    """Large amplitudes, carriers whose sums and differences meet others, little noise."""
    frequencies_hz = np.array([100.0, 140.0, 190.0, 240.0, 290.0, 330.0, 430.0])
    shares = _check(0.05, frequencies_hz, 0.03, NoiseSpec(white_a2_per_hz=1e-24), 250, "stay", 2e4)
    assert np.sum(shares > 0.01) >= 4  # curvature and second-order products among them


def test_a_budget_without_a_term_is_refuted() -> None:
    """The comparison has teeth: take the crosstalk away and it fails."""
    lock_in = LockIn(
        equal_spacing_hz(2, 300.0, 60.0), np.full(2, 8e-3), window_for("butterworth", 0.03)
    )
    gradient = np.array([[3e-8, 9e-8]])
    budget = error_budget(lock_in, Taylor(gradient))
    rng = np.random.default_rng(4)
    squares = []
    for _ in range(300):
        other = ReferenceLockIn(
            (300.0, 240.0),
            tuple(rng.uniform(0, 2 * np.pi, 2)),
            (8e-3, 8e-3),
            0.03,
            sample_rate_hz=5e4,
            remove_mean=False,
        )
        found = other.demodulate(other.perturbation_v() @ gradient[0])
        squares.append((other.derivative_a_per_v(found) - gradient[0]) ** 2)
    mean, spread = np.mean(squares, axis=0), np.std(squares, axis=0) / np.sqrt(300)
    whole = budget.mean_square_a2_per_v2[0]
    part = whole - budget.term("parallel channels").mean_square_a2_per_v2[0]
    assert np.all(np.abs(mean - whole) < CONFIDENCE * spread)
    assert np.all(np.abs(mean - part) > 2 * CONFIDENCE * spread)
