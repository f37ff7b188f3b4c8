"""Central differences against exact derivatives, and their settling, noise and time."""

import numpy as np
import pytest
from analytic_devices import AnalyticDevice, Linear, Quadratic, close
from scipy import signal

from hgecircuit.errors import InputError
from hgecircuit.run.reference import ExactGradient, FiniteDifference, StepReading

RATE_HZ = 1e4
SLOPES = np.array([20e-9, -35e-9, 5e-9, 60e-9])
BOXCAR = StepReading(0.1, low_pass="boxcar")


class Cubic(AnalyticDevice):
    """I = 1 nA/V^3 sum V^3."""

    def current_a(self, voltages_v):
        return 1e-9 * (voltages_v**3).sum(axis=-1)

    def gradient_a_per_v(self, voltages_v):
        return 3e-9 * voltages_v**2


def points(count=6):
    return np.random.default_rng(7).uniform(-1, 1, (count, 4))


def scipy_weights(reading):
    """The low-pass's weights of the samples of one half, oldest first, by SciPy."""
    system = signal.butter(reading.order, 2 * np.pi * reading.filter.cutoff_hz, analog=True)
    b, a, _ = signal.cont2discrete(system, 1 / reading.sample_rate_hz, method="zoh")
    impulse = np.eye(1, reading.samples_per_half + 1)[0]
    return signal.lfilter(b.ravel(), a, impulse)[:0:-1]


@pytest.mark.parametrize("device", [Linear(SLOPES, 7e-9), Quadratic(SLOPES, 30e-9)])
@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize(
    ("reading", "gain"),
    [
        (BOXCAR, 1.0),
        (StepReading(0.1), 0.98),
        (StepReading(0.1, order=1), 0.98),
        (StepReading(0.1, settled="stay"), 1.02),
    ],
)
def test_central_differences_of_a_square_law_are_exact_but_for_settling(
    device, noisy, reading, gain
):
    """``noisy``: the path over all samples, with a constant in place of noise."""
    noise = (lambda rows, samples: np.full((rows, samples), 3e-9)) if noisy else None
    estimate = FiniteDifference(reading, 0.05, noise).measure(device, points(), [3, 0, 2])
    exact = ExactGradient().measure(device, points(), [3, 0, 2])
    assert estimate.gradient_a_per_v == close(gain * exact.gradient_a_per_v)
    # I'' a^2 / 2 at both ends of one electrode in three
    bend = getattr(device, "bend", 0.0)
    shift_a = bend * 0.05**2 + 3e-9 * noisy
    assert estimate.output_a == close(exact.output_a + shift_a)


def test_a_cubic_law_adds_its_third_derivative():
    """(f(V + a) - f(V - a)) / 2a = f' + f''' a^2 / 6."""
    estimate = FiniteDifference(BOXCAR, 0.1).measure(Cubic(4), points(), range(4))
    expected = 3e-9 * points() ** 2 + 1e-9 * 0.1**2
    assert estimate.gradient_a_per_v == close(expected)


def test_white_noise_gives_the_variance_of_two_filtered_samples():
    sigma_a, count, reading = 1e-9, 1500, StepReading(0.1)
    rng = np.random.default_rng(8)
    estimator = FiniteDifference(
        reading, 0.01, lambda rows, samples: sigma_a * rng.standard_normal((rows, samples))
    )
    gradient = estimator.measure(Linear(np.zeros(2)), np.zeros((count, 2)), [0, 1])
    weights = scipy_weights(reading)
    assert weights.sum() == pytest.approx(0.98, abs=1e-6)
    expected = 2 * sigma_a**2 * (weights**2).sum() / (2 * 0.01) ** 2
    variance = gradient.gradient_a_per_v.var(axis=0)
    # 4 standard deviations of a variance of 1500 values
    assert variance == close(np.full(2, expected), 4 * np.sqrt(2 / count))


def test_noise_runs_on_from_the_plus_half_to_the_minus_half():
    """A drift of 1 nA/s: the second half reads it T/2 later, filtered alike."""
    reading = StepReading(0.1)

    def drift(rows, samples):
        assert samples == 1000
        return np.tile(1e-9 * np.arange(samples) / RATE_HZ, (rows, 1))

    result = FiniteDifference(reading, 0.01, drift).measure(Linear(SLOPES), points(), range(4))
    expected = 0.98 * (SLOPES - 1e-9 * 0.05 / (2 * 0.01))
    assert result.gradient_a_per_v == close(np.tile(expected, (6, 1)))
    undisturbed = Linear(SLOPES).current_a(points())
    assert result.output_a - undisturbed == close(np.full(6, 1e-9 * 0.04995))


def test_every_sample_is_weighed_as_scipy_filters_it():
    """Noise of one row per point and electrode, in this order."""
    reading, rng = StepReading(0.02), np.random.default_rng(9)
    noise_a = rng.normal(size=(3 * 2, 200))
    estimator = FiniteDifference(reading, 0.5, lambda rows, samples: noise_a)
    result = estimator.measure(Linear(np.zeros(2)), np.zeros((3, 2)), [0, 1])
    expected = (noise_a[:, :100] - noise_a[:, 100:]) @ scipy_weights(reading)
    assert result.gradient_a_per_v == close(expected.reshape(3, 2), 1e-7)
    assert result.output_a == close(noise_a.reshape(3, -1).mean(axis=1))


def test_time_and_measurements_are_counted_per_electrode():
    estimator = FiniteDifference(BOXCAR, 0.01)
    assert estimator.time_per_point_s(7) == pytest.approx(0.7)
    assert estimator.evaluations_per_point(7) == 14
    assert estimator.at_iteration(3) is estimator


@pytest.mark.parametrize("amplitude_v", [0.0, -0.01, np.nan, np.inf])
def test_bad_amplitudes_are_named(amplitude_v):
    with pytest.raises(InputError, match="amplitude_v"):
        FiniteDifference(BOXCAR, amplitude_v)


@pytest.mark.parametrize("electrodes", [[0, 0], [0, 4], [-1]])
def test_bad_electrodes_are_named(electrodes):
    with pytest.raises(InputError, match="electrodes"):
        FiniteDifference(BOXCAR, 0.01).measure(Linear(SLOPES), points(), electrodes)
