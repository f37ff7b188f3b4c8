"""The low-pass against SciPy's Butterworth and against the definition of "98 % settled"."""

import numpy as np
import pytest
from scipy import signal

from hgecircuit.errors import InputError
from hgecircuit.run.reference import Butterworth, cutoff_for_hz, settling_angle

orders = pytest.mark.parametrize("order", range(1, 7))


def test_third_order_settling_is_the_known_one():
    assert settling_angle(3, "first") == pytest.approx(3.663, abs=5e-4)
    assert settling_angle(3, "stay") == pytest.approx(6.64, abs=5e-3)
    assert cutoff_for_hz(3, 0.1, "first") == pytest.approx(5.83, abs=5e-3)
    assert cutoff_for_hz(3, 0.1, "stay") == pytest.approx(10.56, abs=5e-3)


def test_first_order_settles_exponentially():
    assert settling_angle(1, "first") == pytest.approx(np.log(50))
    assert settling_angle(1, "stay") == pytest.approx(np.log(50))


@orders
def test_settling_means_what_its_name_says(order):
    low_pass = Butterworth(order, 1 / (2 * np.pi))  # w_c = 1
    first, stay = settling_angle(order, "first"), settling_angle(order, "stay")
    before = low_pass.step(np.linspace(0, first * (1 - 1e-6), 20001))
    assert before.max() < 0.98
    assert low_pass.step(first) == pytest.approx(0.98)
    assert abs(low_pass.step(stay * (1 - 1e-6)) - 1) > 0.02
    assert abs(low_pass.step(np.linspace(stay * (1 + 1e-6), 200, 20001)) - 1).max() < 0.02


@orders
def test_responses_are_those_of_scipys_analog_filter(order):
    cutoff_hz = 25.0
    low_pass = Butterworth(order, cutoff_hz)
    b, a = signal.butter(order, 2 * np.pi * cutoff_hz, analog=True)
    frequency_hz = np.geomspace(0.1, 1e4, 200)
    _, expected = signal.freqs(b, a, 2 * np.pi * frequency_hz)
    assert low_pass.response(frequency_hz) == pytest.approx(expected, rel=1e-9, abs=0)
    time_s = np.linspace(0, 0.2, 201)
    # in units of the cutoff, where SciPy's matrix exponential is well conditioned
    system = signal.lti(*signal.butter(order, 1, analog=True))
    _, expected = signal.step(system, T=2 * np.pi * cutoff_hz * time_s)
    assert low_pass.step(time_s) == pytest.approx(expected, abs=1e-9)
    assert low_pass.step(-1.0) == pytest.approx(0, abs=1e-12)


@orders
def test_noise_bandwidth_is_the_integral_of_the_power_response(order):
    low_pass = Butterworth(order, 3.0)
    frequency_hz = np.concatenate([np.linspace(0, 300, 300001), np.geomspace(300.001, 3e7, 20001)])
    power = abs(low_pass.response(frequency_hz)) ** 2
    assert low_pass.noise_bandwidth_hz == pytest.approx(np.trapezoid(power, frequency_hz), rel=1e-5)


def test_third_order_noise_bandwidth():
    assert Butterworth(3, 1.0).noise_bandwidth_hz == pytest.approx(1.0472, abs=5e-5)


@orders
def test_impulse_response_is_the_zero_order_hold_of_the_continuous_filter(order):
    cutoff_hz, rate_hz = 100.0, 1e3
    system = signal.butter(order, 2 * np.pi * cutoff_hz, analog=True)
    b, a, _ = signal.cont2discrete(system, 1 / rate_hz, method="zoh")
    impulse = np.zeros(101)
    impulse[0] = 1
    # the hold delays by one sample: SciPy's filter answers at a sample's start, ours at its end
    expected = signal.lfilter(b.ravel(), a, impulse)[1:]
    result = Butterworth(order, cutoff_hz).impulse_response(100, rate_hz)
    assert result == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("settled", ["first", "stay"])
@pytest.mark.parametrize("time_s", [0.01, 0.1, 10.0])
def test_weights_add_up_to_the_step_response_at_the_end(settled, time_s):
    low_pass = Butterworth(3, cutoff_for_hz(3, time_s, settled))
    total = low_pass.impulse_response(round(time_s * 1e4), 1e4).sum()
    assert total == pytest.approx(float(low_pass.step(time_s)), abs=1e-12)
    assert abs(total - 1) == pytest.approx(0.02)


def test_step_invariant_keeps_closer_to_the_continuous_attenuation_than_bilinear():
    """At a fifth of the sample rate: 6 % below |H|, the bilinear transform 35 %."""
    low_pass, angle = Butterworth(3, 5.83), 2 * np.pi / 5
    weights = low_pass.impulse_response(20000, 1e4)
    ours = abs(weights @ np.exp(-1j * angle * np.arange(20000)))
    _, bilinear = signal.sosfreqz(signal.butter(3, 5.83, fs=1e4, output="sos"), [angle])
    exact = abs(low_pass.response(2000.0))
    assert ours / exact == pytest.approx(0.94, abs=0.01)
    assert abs(bilinear[0]) / exact == pytest.approx(0.65, abs=0.01)


def test_bad_input_is_named():
    with pytest.raises(InputError, match="order"):
        Butterworth(0, 1.0)
    with pytest.raises(InputError, match="order"):
        settling_angle(7, "first")
    with pytest.raises(InputError, match="cutoff"):
        Butterworth(3, -1.0)
    with pytest.raises(InputError, match="measurement time"):
        cutoff_for_hz(3, 0.0, "first")
    with pytest.raises(InputError, match="settled"):
        settling_angle(3, "soon")  # pyright: ignore[reportArgumentType]
