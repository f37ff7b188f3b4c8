"""Finite windows against quadrature and scipy."""

import numpy as np
import pytest
from lock_in_simulation import sampled_window
from scipy import integrate, signal

from hgecircuit.design.error_model import (
    GateWindow,
    LowpassWindow,
    Window,
    window_for,
)
from hgecircuit.design.error_model.responses import all_filters
from hgecircuit.errors import InputError

TIME_S = 0.03
CASES = [
    (response, order)
    for response in ("butterworth", "bessel", "critically-damped")
    for order in range(1, 7)
]


def _window(response: str, order: int, settled: str = "first") -> LowpassWindow:
    window = window_for(response, TIME_S, order=order, settled=settled)
    assert isinstance(window, LowpassWindow)
    return window


def _impulse(window: LowpassWindow, time_s: np.ndarray) -> np.ndarray:
    """The impulse response by scipy, from the poles that scipy itself designs."""
    order, w = window.lowpass.order, 2 * np.pi * window.cutoff_hz
    if window.lowpass.family == "butterworth":
        z, p, k = signal.butter(order, w, analog=True, output="zpk")
    elif window.lowpass.family == "bessel":
        z, p, k = signal.bessel(order, w, analog=True, norm="mag", output="zpk")
    else:
        pole = w / np.sqrt(2 ** (1 / order) - 1)
        z, p, k = np.array([]), np.full(order, -pole), pole**order
    return signal.impulse(signal.ZerosPolesGain(z, p, k), T=time_s)[1]


@pytest.mark.parametrize(("response", "order"), CASES)
def test_transform_is_the_integral_of_the_impulse_response(response: str, order: int) -> None:
    window = _window(response, order)
    time_s = np.linspace(0, TIME_S, 6001)
    weight = _impulse(window, time_s)[::-1]
    for frequency_hz in (0.0, 3.7, 40.0, 171.0):
        tone = np.exp(2j * np.pi * frequency_hz * time_s)
        expected = integrate.simpson(weight * tone, x=time_s)
        assert window.transform(frequency_hz) == pytest.approx(expected, abs=2e-6)
    bandwidth_hz = integrate.simpson(weight**2, x=time_s) / 2
    assert window.noise_bandwidth_hz == pytest.approx(bandwidth_hz, rel=1e-6)


@pytest.mark.parametrize(("response", "order"), CASES)
@pytest.mark.parametrize("settled", ["first", "stay"])
def test_low_passes_are_98_percent_settled_at_the_time(
    response: str, order: int, settled: str
) -> None:
    window = _window(response, order, settled)
    assert abs(window.settled_share - 1) == pytest.approx(0.02, abs=1e-9)
    late = window.lowpass.step(np.linspace(TIME_S, 5 * TIME_S, 2001))
    if settled == "stay":
        assert np.abs(late - 1).max() <= 0.02 + 1e-9


def test_a_long_window_is_its_frequency_response() -> None:
    """After 40 time constants W(f) = H(f) exp(2 pi j f T), and both noise bandwidths are one."""
    short = _window("bessel", 4)
    window = LowpassWindow(short.lowpass, 20 * TIME_S)
    frequency_hz = np.array([0.0, 11.0, 70.0])
    np.testing.assert_allclose(
        window.transform(frequency_hz), window.settled_transform(frequency_hz), atol=1e-12
    )
    assert window.noise_bandwidth_hz == pytest.approx(window.settled_noise_bandwidth_hz, rel=1e-12)


@pytest.mark.parametrize("window", [_window("butterworth", 3), GateWindow(TIME_S)])
def test_tail_of_a_step_behind_a_high_pass(window: Window) -> None:
    time_s = np.linspace(0, TIME_S, 20_001)
    if isinstance(window, LowpassWindow):
        weight = _impulse(window, time_s)[::-1]
    else:
        weight = np.full_like(time_s, 1 / TIME_S)
    tail = np.exp(-(time_s + 2e-3) / 5e-3)
    expected = integrate.simpson(weight * tail * np.exp(2j * np.pi * 90 * time_s), x=time_s)
    found = window.tail(np.array([90.0]), 5e-3, 2e-3)
    assert found[0] == pytest.approx(expected, abs=1e-7)


def test_a_gate_passes_nothing_that_has_whole_periods_in_it() -> None:
    window = GateWindow(0.1)
    assert np.all(window.at(np.arange(1, 400) / 0.1) < 1e-15)
    assert window.settled_share == 1.0
    assert window.at(4.429464697 / 1) ** 2 == pytest.approx(0.5, rel=1e-8)
    assert window.cutoff_hz == pytest.approx(4.429464697)
    assert window.noise_bandwidth_hz == pytest.approx(5.0)


def test_sampled_and_exact_windows_agree() -> None:
    exact = _window("butterworth", 3)
    sampled = sampled_window(TIME_S, lambda t: exact.lowpass.impulse_per_s(TIME_S - t), 4000)
    frequency_hz = np.array([0.0, 17.0, 333.0])
    np.testing.assert_allclose(
        sampled.transform(frequency_hz), exact.transform(frequency_hz), atol=1e-5
    )
    assert sampled.noise_bandwidth_hz == pytest.approx(exact.noise_bandwidth_hz, rel=1e-5)


def test_every_filter_comes_once() -> None:
    filters = all_filters()
    labels = [one.label for one in filters]
    assert len(set(labels)) == len(labels)
    # Order 1 is one filter whatever its name; only Butterworth of order 2 and up overshoots 2 %.
    assert sum(one.order == 1 for one in filters) == 1
    assert {one.response for one in filters if one.settled == "stay"} == {"butterworth"}
    assert labels.count("gate") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"response": "chebyshev"}, "butterworth, bessel, critically-damped, gate"),
        ({"response": "butterworth", "order": 7}, "the nearest is 6"),
        ({"response": "butterworth", "order": 0}, "the nearest is 1"),
        ({"response": "butterworth", "settled": "half"}, "first or stay"),
        ({"response": "gate", "order": 3}, "no --order"),
        ({"response": "gate", "settled": "first"}, "no --settled"),
    ],
)
def test_filters_that_do_not_exist_are_refused(options: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        window_for(time_s=0.1, **options)
    with pytest.raises(InputError, match="above 0 s"):
        window_for("butterworth", float("nan"))
