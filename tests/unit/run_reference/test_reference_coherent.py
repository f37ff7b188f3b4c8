"""Coherent integration against a least-squares fit, and the shortcut for repeating carriers."""

import numpy as np
import pytest
from analytic_devices import Linear, Quadratic, close
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from hgecircuit.errors import InputError
from hgecircuit.run.reference import ExactGradient, HomodyneGradient, LockIn

RATE_HZ = 1e4
FREQUENCIES = (400.0, 430.0, 530.0, 610.0)
SLOPES = np.array([20e-9, -35e-9, 5e-9, 60e-9])


def lock_in(frequencies, phases=None, *, amplitude_v=0.01, time_s=0.1, **others):
    count = len(frequencies)
    phases = (0.0,) * count if phases is None else phases
    others = {"low_pass": "boxcar", **others}
    return LockIn(tuple(frequencies), tuple(phases), (amplitude_v,) * count, time_s, **others)


@pytest.mark.parametrize("remove_mean", [True, False])
def test_coherent_integration_is_a_least_squares_sine_fit(remove_mean):
    """Any current: over whole periods the sines are orthogonal, so both project alike."""
    phases = (0.3, 1.1, 2.0, -0.7)
    setup = lock_in(FREQUENCIES, phases, remove_mean=remove_mean)
    current_a = 20e-9 + 1e-9 * np.random.default_rng(2).normal(size=(5, setup.samples))
    time_s = np.arange(setup.samples) / RATE_HZ
    angles = 2 * np.pi * np.outer(time_s, FREQUENCIES) + phases
    columns = np.hstack([np.ones((setup.samples, 1)), np.sin(angles), np.cos(angles)])
    fit = np.linalg.lstsq(columns, current_a.T, rcond=None)[0]
    x_a, y_a = setup.demodulate(current_a)
    assert x_a == close(fit[1:5].T, 1e-10)
    assert y_a == close(fit[5:].T, 1e-10)


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize("use", ["x", "amplitude"])
def test_coherent_derivatives_of_a_linear_device_are_exact(sequential, use):
    device = Linear([3e-9, *SLOPES], offset_a=-9e-9)
    setup = lock_in(FREQUENCIES, (0.1, 1.2, 2.3, 3.4), use=use)
    estimate = HomodyneGradient(setup, sequential).measure(device, np.zeros((3, 5)), [1, 2, 3, 4])
    assert estimate.gradient_a_per_v == close(np.tile(SLOPES, (3, 1)), 1e-9)


CHANNELS = st.lists(
    st.tuples(
        st.integers(1, 99),  # periods within 20 ms, below half of 10 kHz
        st.floats(-4, 4),  # phase in rad
        st.floats(1e-3, 1e-1),  # amplitude in V
        st.floats(-50, 50),  # slope in nA/V
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda channel: channel[0],
)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(channels=CHANNELS, use=st.sampled_from(["x", "amplitude"]), sequential=st.booleans())
def test_any_carriers_give_a_linear_device_s_slopes(channels, use, sequential):
    """Whatever carriers, phases, amplitudes: each channel sees its own electrode and no other."""
    periods, phases, amplitudes, slopes_na = zip(*channels, strict=True)
    slopes = 1e-9 * np.array(slopes_na)
    frequencies = [50.0 * count for count in periods]
    setup = LockIn(frequencies, phases, amplitudes, 0.02, use=use, low_pass="boxcar")
    found = HomodyneGradient(setup, sequential).measure(
        Linear(slopes, 10e-9), np.zeros((2, len(slopes))), range(len(slopes))
    )
    # rounding of the largest sample, through the smallest amplitude
    rounding = 1e-13 * (10e-9 + abs(slopes) @ np.array(amplitudes)) / min(amplitudes)
    error = abs(found.gradient_a_per_v - slopes)
    if use == "amplitude":
        # where rounding is all there is, it decides the sign
        error = abs(abs(found.gradient_a_per_v) - abs(slopes))
        clear = abs(slopes) > rounding
        assert (np.sign(found.gradient_a_per_v) == np.sign(slopes))[:, clear].all()
    assert error.max() <= rounding


def test_coherent_derivatives_of_a_square_law_are_exact_where_no_product_meets_a_carrier():
    """Second-order products lie at sums, differences and doubles: 800 to 1220, 30 to 210 Hz."""
    device = Quadratic(SLOPES, 30e-9)
    setup = lock_in(FREQUENCIES, amplitude_v=0.05)
    points_v = np.random.default_rng(3).uniform(-1, 1, (6, 4))
    estimate = HomodyneGradient(setup).measure(device, points_v, range(4))
    exact = ExactGradient().measure(device, points_v, range(4))
    assert estimate.gradient_a_per_v == close(exact.gradient_a_per_v, 1e-9)
    assert estimate.output_a - exact.output_a == close(np.full(6, 4 * 30e-9 * 0.05**2 / 2), 1e-6)


def test_electrodes_that_share_frequencies_equal_separate_ones_on_a_linear_device():
    device, points_v = Linear(SLOPES, offset_a=4e-9), np.random.default_rng(4).normal(size=(3, 4))
    shared = lock_in((400.0, 400.0, 640.0, 640.0), (0.0, np.pi / 2, 0.4, 0.4 - np.pi / 2))
    separate = lock_in((400.0, 440.0, 640.0, 680.0))
    first, second = (
        HomodyneGradient(setup).measure(device, points_v, range(4)) for setup in (shared, separate)
    )
    assert first.gradient_a_per_v == close(second.gradient_a_per_v, 1e-9)
    assert first.output_a == close(second.output_a)


@pytest.mark.parametrize("low_pass", ["butterworth", "boxcar"])
def test_sequential_and_parallel_are_one_for_one_channel(low_pass):
    device, points_v = Quadratic(SLOPES, 30e-9), np.random.default_rng(5).normal(size=(3, 4))
    setup = lock_in((400.0,), (0.7,), low_pass=low_pass)
    alone, together = (
        HomodyneGradient(setup, sequential).measure(device, points_v, [2])
        for sequential in (True, False)
    )
    assert np.array_equal(alone.gradient_a_per_v, together.gradient_a_per_v)
    assert np.array_equal(alone.output_a, together.output_a)


@pytest.mark.parametrize(
    ("frequency_hz", "nearest"),
    [
        (404.0, "400 Hz or 410 Hz"),
        (409.9999, "400 Hz or 410 Hz"),
        (3.0, "10 Hz"),
        (4995.0, "4990 Hz"),
    ],
)
def test_broken_periods_are_refused_with_the_nearest_whole_ones(frequency_hz, nearest):
    with pytest.raises(InputError, match=rf"frequencies_hz\[1\].*1/T = 10 Hz; .*: {nearest}$"):
        lock_in((500.0, frequency_hz))
    for accepted in nearest.removesuffix(" Hz").split(" Hz or "):
        lock_in((500.0, float(accepted)))


def test_the_measured_time_decides_what_is_whole():
    """0.10003 s are 1000 samples."""
    assert lock_in((410.0,), time_s=0.10003).measured_s == 0.1
    with pytest.raises(InputError, match="1/T = 10 Hz"):
        lock_in((1 / 0.10003,), time_s=0.10003)


@pytest.mark.parametrize(
    ("frequencies", "time_s", "period"),
    [
        ((600.0, 640.0, 840.0), 0.1, 250),
        ((600.0, 610.0), 0.1, 1000),
        ((1000.0,), 0.1, 10),
        ((1000.0, 1000.0), 0.1, 10),
        ((2500.0, 2000.0), 0.1, 20),
        ((600.0, 640.0), 0.06, 250),
        ((600.0, 640.0), 0.02, 200),
        ((600.0, 600.001), 0.1, 1000),
        ((1e4 / 3,), 0.1, 3),
    ],
)
def test_the_common_period_of_the_carriers(frequencies, time_s, period):
    setup = lock_in(frequencies, (0.2,) * len(frequencies), low_pass="butterworth", time_s=time_s)
    assert setup.period_samples == period
    perturbation_v = setup.perturbation_v()
    repeated = perturbation_v[np.arange(setup.samples) % period]
    assert perturbation_v == pytest.approx(repeated, abs=1e-9 * 0.01)


class Counting(Quadratic):
    asked = 0

    def current_a(self, voltages_v):
        self.asked += voltages_v[..., 0].size
        return super().current_a(voltages_v)


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("remove_mean", [True, False])
@pytest.mark.parametrize(("order", "tolerance"), [(1, 1e-10), (3, 1e-7)])
@pytest.mark.parametrize("time_s", [0.1, 0.083])
def test_one_period_of_the_device_gives_what_all_samples_give(
    noisy, remove_mean, order, tolerance, time_s
):
    """Against a plain filter over all samples, for whole and for broken numbers of periods."""
    device = Counting(SLOPES, 30e-9)
    setup = lock_in(
        (600.0, 640.0, 680.0, 720.0),
        (0.1, 0.2, 0.3, 0.4),
        low_pass="butterworth",
        order=order,
        remove_mean=remove_mean,
        time_s=time_s,
    )
    noise_a = 1e-9 * np.random.default_rng(6).normal(size=(3, setup.samples)) * noisy
    points_v = np.random.default_rng(7).normal(size=(3, 4))
    estimator = HomodyneGradient(setup, noise=(lambda p, n: noise_a) if noisy else None)
    result = estimator.measure(device, points_v, range(4))
    assert device.asked == 3 * 250
    time = np.arange(setup.samples) / RATE_HZ
    sines = np.sin(2 * np.pi * np.outer(time, setup.frequencies_hz) + setup.phases_rad)
    current_a = device.current_a(points_v[:, None, :] + 0.01 * sines) + noise_a
    assert result.output_a == close(current_a.mean(axis=1))
    system = signal.butter(order, 2 * np.pi * setup.cutoff_hz, analog=True)
    b, a, _ = signal.cont2discrete(system, 1 / RATE_HZ, method="zoh")
    if remove_mean:
        current_a -= current_a.mean(axis=1, keepdims=True)
    mixed = np.pad(2 * sines * current_a[..., None], ((0, 0), (0, 1), (0, 0)))
    expected = signal.lfilter(b.ravel(), a, mixed, axis=1)[:, -1] / 0.01
    # SciPy's coefficients lose digits with the order: at w_c / f_s = 0.004, 1e-16 / 0.004^n
    assert result.gradient_a_per_v == close(expected, tolerance)
