"""Gradients of devices with known derivatives, against what the lock-in must add to them."""

import numpy as np
import pytest
from analytic_devices import Linear, Quadratic, Surrogate, close

from hgecircuit.devices.formats import load_device
from hgecircuit.errors import InputError
from hgecircuit.run.reference import ExactGradient, HomodyneGradient, LockIn
from hgecircuit.run.reference.error_model import mean_square_error

RATE_HZ = 1e4
FREQUENCIES = (400.0, 440.0, 480.0, 520.0)
SLOPES = np.array([20e-9, -35e-9, 5e-9, 60e-9])


def lock_in(frequencies=FREQUENCIES, phases=None, amplitude_v=0.01, **others):
    count = len(frequencies)
    phases = (0.0,) * count if phases is None else phases
    others = {"time_s": 0.1, **others}
    return LockIn(tuple(frequencies), tuple(phases), (amplitude_v,) * count, **others)


def points(device, count=6, seed=7):
    rng = np.random.default_rng(seed)
    return rng.uniform(device.voltage_min_v, device.voltage_max_v, (count, device.electrodes))


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize("settled", ["first", "stay"])
def test_a_linear_device_gives_its_slopes_times_the_coupling(sequential, settled):
    device, chosen = Linear([3e-9, *SLOPES], offset_a=-9e-9), [1, 2, 3, 4]
    setup = lock_in(phases=(0.1, 1.2, 2.3, 3.4), settled=settled)
    estimate = HomodyneGradient(setup, sequential).measure(device, points(device), chosen)
    coupling = np.diag(np.diag(setup.coupling())) if sequential else setup.coupling()
    expected = np.tile(coupling @ SLOPES, (6, 1))
    assert estimate.gradient_a_per_v == close(expected)
    # and that is the exact slope within settling (2 %), and in parallel the neighbours' transients
    exact = ExactGradient().measure(device, points(device), chosen).gradient_a_per_v
    error = np.linalg.norm(expected - exact, axis=1) / np.linalg.norm(exact, axis=1)
    assert error.max() < (0.0205 if sequential else 0.05)


def test_channels_may_go_to_any_electrodes_in_any_order():
    device = Linear(SLOPES)
    result = HomodyneGradient(lock_in((400.0, 700.0)), sequential=True).measure(
        device, points(device), [3, 0]
    )
    assert result.gradient_a_per_v[0] == close(0.98 * SLOPES[[3, 0]], 2e-3)


def test_sequential_channels_keep_their_own_phase_and_amplitude():
    """Each alone: its coupling to itself, and the mean output over the measurements."""
    device = Quadratic(SLOPES, 30e-9)
    amplitudes_v = np.array([0.01, 0.02, 0.03, 0.04])
    setup = LockIn(FREQUENCIES, (0.1, 1.2, 2.3, 3.4), tuple(amplitudes_v), 0.1)
    origin = np.zeros((1, 4))
    result = HomodyneGradient(setup, sequential=True).measure(device, origin, range(4))
    assert result.gradient_a_per_v[0] == close(np.diag(setup.coupling()) * SLOPES, 5e-3)
    assert result.output_a[0] == close((30e-9 * amplitudes_v**2 / 2).mean(), 1e-3)


def test_quadrature_pairs_share_frequencies_without_seeing_each_other():
    device = Linear(SLOPES)
    setup = lock_in((400.0, 400.0, 640.0, 640.0), (0.0, np.pi / 2, 0.0, np.pi / 2))
    gradient = HomodyneGradient(setup).measure(device, points(device), range(4)).gradient_a_per_v
    # 240 Hz apart, the transient of a neighbour is below h(T) / w = 0.4 %
    assert gradient[0] == close(0.98 * SLOPES, 0.01)


def test_curvature_shifts_the_output_but_not_the_gradient():
    """I'' a^2 / 4 for each electrode; mixing products of a square law lie away from 0 Hz."""
    device = Quadratic(SLOPES, 30e-9)
    setup = lock_in((400.0, 430.0, 530.0, 610.0), amplitude_v=0.05)
    estimate = HomodyneGradient(setup).measure(device, points(device), range(4))
    exact = ExactGradient().measure(device, points(device), range(4))
    shift_a = 4 * 2 * 30e-9 * 0.05**2 / 4
    assert estimate.output_a - exact.output_a == close(np.full(6, shift_a), 0.02)
    expected = exact.gradient_a_per_v @ setup.coupling().T
    # the mixing products' own transients: bend x amplitude x h(T) / w of the nearest, at 20 Hz
    assert estimate.gradient_a_per_v == pytest.approx(expected, abs=30e-9 * 0.05 * 4 * 0.04)


@pytest.mark.parametrize("use", ["x", "amplitude"])
def test_signs_and_sizes_on_the_measured_device(use):
    """Small perturbation, so that its kinks matter little: a median cosine of 0.999."""
    device = Surrogate()
    frequencies = tuple(400.0 + 60 * k for k in range(7))
    setup = lock_in(frequencies, amplitude_v=0.002, use=use)
    voltages_v = points(device, 40)
    estimate = HomodyneGradient(setup).measure(device, voltages_v, range(7)).gradient_a_per_v
    exact = ExactGradient().measure(device, voltages_v, range(7)).gradient_a_per_v
    cosine = (estimate * exact).sum(axis=1) / (
        np.linalg.norm(estimate, axis=1) * np.linalg.norm(exact, axis=1)
    )
    assert np.median(cosine) > 0.999
    assert np.median(
        np.linalg.norm(estimate, axis=1) / np.linalg.norm(exact, axis=1)
    ) == pytest.approx(0.98, abs=0.02)
    large = abs(exact) > 0.1 * abs(exact).max(axis=1, keepdims=True)
    assert (np.sign(estimate) == np.sign(exact))[large].mean() > 0.99


def test_the_shipped_device_s_gradient_is_as_the_coupling_predicts():
    """8 mV on a smooth device: what curvature adds to settling and crosstalk is below 1 %."""
    device = load_device("rnpu-compact")
    setup = lock_in(tuple(400.0 + 40 * k for k in range(7)), amplitude_v=0.008)
    voltages_v = points(device, 50)
    estimate = HomodyneGradient(setup).measure(device, voltages_v, range(7)).gradient_a_per_v
    exact = device.gradient_a_per_v(voltages_v)
    error = np.linalg.norm(estimate - exact @ setup.coupling().T, axis=1)
    relative = error / np.linalg.norm(exact, axis=1)
    assert np.median(relative) < 0.002
    assert np.quantile(relative, 0.95) < 0.01


@pytest.mark.parametrize("sequential", [False, True])
def test_white_noise_gives_the_variance_of_equation_8(sequential):
    density, count = 1e-23, 1500
    sigma_a = np.sqrt(density * RATE_HZ / 2)
    rng = np.random.default_rng(8)
    device = Linear(np.zeros(2))
    setup = lock_in((400.0, 640.0))
    estimator = HomodyneGradient(
        setup,
        sequential,
        noise=lambda rows, samples: sigma_a * rng.standard_normal((rows, samples)),
    )
    gradient = estimator.measure(device, np.zeros((count, 2)), [0, 1]).gradient_a_per_v
    expected = mean_square_error(setup, np.zeros(2), density, sequential=sequential)
    # 4 standard deviations of a variance of 1500 values; the filter's missing 2 % are far less
    assert gradient.var(axis=0) == close(expected, 4 * np.sqrt(2 / count))


def test_measurement_time_is_counted_per_point():
    assert HomodyneGradient(lock_in()).time_per_point_s(4) == pytest.approx(0.1)
    assert HomodyneGradient(lock_in(), sequential=True).time_per_point_s(4) == pytest.approx(0.4)
    assert ExactGradient().time_per_point_s(4) is None


def test_measurements_are_counted_per_point():
    assert HomodyneGradient(lock_in()).evaluations_per_point(4) == 1
    assert HomodyneGradient(lock_in(), sequential=True).evaluations_per_point(4) == 4
    assert ExactGradient().evaluations_per_point(4) == 0


@pytest.mark.parametrize("estimator", [ExactGradient(), HomodyneGradient(lock_in())])
def test_these_estimators_are_the_same_at_every_iteration(estimator):
    assert estimator.at_iteration(7) is estimator


@pytest.mark.parametrize(
    ("frequencies", "phases", "use"),
    [
        ((400.0, 400.0), (0.0, 0.0), "x"),
        ((400.0, 400.0), (0.0, 1.5), "x"),
        ((400.0, 500.0, 400.0, 400.0), (0.0, 0.0, np.pi / 2, np.pi), "x"),
        ((400.0, 400.0), (0.0, np.pi / 2), "amplitude"),
    ],
)
def test_channels_that_can_t_be_told_apart_are_refused_in_parallel_only(frequencies, phases, use):
    setup = lock_in(frequencies, phases, use=use)
    with pytest.raises(InputError, match=r"frequencies_hz\[0\]"):
        HomodyneGradient(setup)
    device = Linear(SLOPES)
    chosen = range(len(frequencies))
    result = HomodyneGradient(setup, sequential=True).measure(device, points(device), chosen)
    assert result.gradient_a_per_v[0] == close(0.98 * SLOPES[list(chosen)], 2e-3)


@pytest.mark.parametrize("estimator", [ExactGradient(), HomodyneGradient(lock_in((400.0, 500.0)))])
@pytest.mark.parametrize(
    ("voltages", "electrodes"),
    [
        (np.zeros((3, 5)), [0, 1]),
        (np.zeros(4), [0, 1]),
        (np.zeros((0, 4)), [0, 1]),
        (np.full((3, 4), np.nan), [0, 1]),
        (np.zeros((3, 4)), [0, 0]),
        (np.zeros((3, 4)), [0, 4]),
        (np.zeros((3, 4)), [-1, 2]),
    ],
)
def test_bad_operating_points_are_named(estimator, voltages, electrodes):
    with pytest.raises(InputError):
        estimator.measure(Linear(SLOPES), voltages, electrodes)


def test_one_electrode_per_channel():
    with pytest.raises(InputError, match="4 electrodes"):
        HomodyneGradient(lock_in()).measure(Linear(SLOPES), np.zeros((1, 4)), [0, 1])
