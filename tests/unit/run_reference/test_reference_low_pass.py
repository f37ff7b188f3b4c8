"""The boxcar against its definition, and the choice of low-passes."""

import numpy as np
import pytest
from analytic_devices import close

from hgecircuit.errors import InputError
from hgecircuit.run.reference import Boxcar, LockIn, StepReading, error_power


def test_the_boxcar_is_the_running_mean():
    boxcar = Boxcar(0.1)
    signal = np.random.default_rng(1).normal(size=1700)
    weights = boxcar.impulse_response(1700, 1e4)
    assert weights[::-1] @ signal == pytest.approx(signal[-1000:].mean(), rel=1e-12)
    assert weights.sum() == pytest.approx(1, rel=1e-12)


def test_a_boxcar_of_a_broken_number_of_samples_counts_its_last_one_in_part():
    # 2.5 samples long: 0.4, 0.4 and 0.2
    assert Boxcar(2.5e-4).impulse_response(4, 1e4) == pytest.approx([0.4, 0.4, 0.2, 0.0])


def test_the_boxcar_s_step_ends_at_t():
    assert Boxcar(2.0).step(np.array([-1.0, 0.0, 0.5, 2.0, 3.0])) == pytest.approx(
        [0, 0, 0.25, 1, 1]
    )


def test_the_boxcar_s_response_is_that_of_its_continuous_mean():
    """Mean of exp(j 2 pi f t) over the last T, by the trapezoidal rule."""
    boxcar, time_s = Boxcar(0.1), np.linspace(-0.1, 0, 100_001)
    for frequency_hz in (0.0, 3.0, 17.3, 240.0):
        tone = np.exp(2j * np.pi * frequency_hz * time_s)
        expected = np.trapezoid(tone, time_s) / 0.1
        assert boxcar.response(frequency_hz) == pytest.approx(expected, abs=1e-6)
    assert abs(boxcar.response(np.array([10.0, 20.0, 560.0]))) == pytest.approx(0, abs=1e-12)
    assert abs(boxcar.response(boxcar.cutoff_hz)) ** 2 == pytest.approx(0.5)


def test_the_boxcar_s_noise_bandwidth_is_the_integral_of_its_power_response():
    boxcar = Boxcar(0.1)
    frequency_hz = np.linspace(0, 1e5, 2_000_001)
    power = abs(boxcar.response(frequency_hz)) ** 2
    beyond = 1 / (2 * np.pi**2 * 0.1**2 * 1e5)  # of the mean power 1 / (2 (pi f T)^2)
    expected = np.trapezoid(power, frequency_hz) + beyond
    assert boxcar.noise_bandwidth_hz == pytest.approx(expected, rel=1e-8)


def test_the_error_model_takes_a_coherent_lock_in():
    """Nothing at 2 f nor from other channels; white noise S_N gives X a variance of S_N / T."""
    setup = LockIn((400.0, 410.0), (0.0, 1.0), (0.01, 0.01), 0.1, low_pass="boxcar")
    power = error_power(setup, np.array([1e-9, 2e-9]), 1e-23)
    assert power.double_frequency / 1e-18 == pytest.approx(0, abs=1e-20)
    assert power.parallel / 1e-18 == pytest.approx(0, abs=1e-20)
    assert 4 * power.noise == close(np.full(2, 1e-23 / 0.1))


@pytest.mark.parametrize("build", [LockIn, StepReading])
def test_an_unknown_low_pass_is_named(build):
    channels = ((400.0,), (0.0,), (0.01,)) if build is LockIn else ()
    with pytest.raises(InputError, match=r"low_pass.*rc.*boxcar"):
        build(*channels, 0.1, low_pass="rc")


@pytest.mark.parametrize("time_s", [0.0, -1.0, np.nan])
def test_a_boxcar_needs_a_time(time_s):
    with pytest.raises(InputError, match="time_s"):
        Boxcar(time_s)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"time_s": 0.0}, "time_s"),
        ({"time_s": np.nan}, "time_s"),
        ({"time_s": 0.9e-4}, "time_s"),
        ({"sample_rate_hz": 0.0}, "sample_rate_hz"),
        ({"order": 7}, "order"),
        ({"settled": "soon"}, "settled"),
    ],
)
def test_bad_step_readings_are_named(change, match):
    with pytest.raises(InputError, match=match):
        StepReading(**{"time_s": 0.1, **change})


def test_a_step_reading_has_two_halves_of_whole_samples():
    reading = StepReading(0.10017)
    assert reading.samples_per_half == 501
    assert reading.measured_s == pytest.approx(0.1002)
    # 98 % settled at T/2: twice the lock-in's cutoff for the same T
    assert reading.filter.cutoff_hz == pytest.approx(3.663 / (2 * np.pi * 0.0501), rel=2e-4)
    assert reading.settled_gain == pytest.approx(0.98)
    assert StepReading(0.1, low_pass="boxcar").settled_gain == 1.0
