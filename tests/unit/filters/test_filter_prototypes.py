"""Ideal low-passes against SciPy's analog design, quadrature and closed forms."""

import math

import numpy as np
import pytest
from scipy import integrate, signal

from hgecircuit.errors import InputError
from hgecircuit.parts.filters.prototypes import (
    FAMILIES,
    MAX_ORDER,
    Prototype,
    bessel_delay_poles,
    cutoff_for_hz,
)
from hgecircuit.parts.filters.settling import settling_time_s

ORDERS = range(1, MAX_ORDER + 1)
ALL = [(family, order) for family in FAMILIES for order in ORDERS]
CUTOFF_HZ = 7.0


def scipy_design(family: str, order: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Zeros, poles and gain of SciPy's analog filter."""
    w = 2 * np.pi * CUTOFF_HZ
    if family == "butterworth":
        return signal.butter(order, w, analog=True, output="zpk")
    if family == "bessel":
        return signal.bessel(order, w, analog=True, output="zpk", norm="mag")
    poles = np.full(order, -w / math.sqrt(2 ** (1 / order) - 1))
    return np.array([]), poles, float(np.prod(-poles))


@pytest.mark.parametrize(("family", "order"), ALL)
def test_response_is_scipys(family: str, order: int) -> None:
    frequency_hz = np.geomspace(0.01, 1e4, 200)
    _, expected = signal.freqs_zpk(*scipy_design(family, order), 2 * np.pi * frequency_hz)
    prototype = Prototype(family, order, CUTOFF_HZ)
    np.testing.assert_allclose(prototype.response(frequency_hz), expected, rtol=1e-10)
    np.testing.assert_allclose(prototype.attenuation_db(CUTOFF_HZ), 10 * math.log10(2), rtol=1e-12)


@pytest.mark.parametrize(("family", "order"), ALL)
def test_time_responses_are_scipys(family: str, order: int) -> None:
    time_s = np.linspace(0, 1.0, 400)
    prototype = Prototype(family, order, CUTOFF_HZ)
    # SciPy integrates the state space by matrix exponentials; the transfer function of six equal
    # poles costs it a few digits.
    system = signal.StateSpace(*signal.zpk2ss(*scipy_design(family, order)))
    _, step = signal.step(system, T=time_s)
    _, impulse = signal.impulse(system, T=time_s)
    np.testing.assert_allclose(prototype.step(time_s), step, atol=2e-6)
    scale = np.abs(impulse).max()
    np.testing.assert_allclose(prototype.impulse_per_s(time_s) / scale, impulse / scale, atol=2e-6)


@pytest.mark.parametrize(("family", "order"), ALL)
def test_step_is_the_integral_of_the_impulse_response(family: str, order: int) -> None:
    prototype = Prototype(family, order, CUTOFF_HZ)
    for stop_s in (0.02, 0.1, 0.5):
        area, _ = integrate.quad(lambda t: float(prototype.impulse_per_s(t)), 0, stop_s)
        assert float(prototype.step(stop_s)) == pytest.approx(area, abs=1e-10)


@pytest.mark.parametrize(("family", "order"), ALL)
def test_noise_bandwidth_is_the_integral_of_the_power(family: str, order: int) -> None:
    prototype = Prototype(family, order, CUTOFF_HZ)

    def power(log_hz: float) -> float:
        return float(np.abs(prototype.response(math.exp(log_hz))) ** 2) * math.exp(log_hz)

    top_hz = 1e5 * CUTOFF_HZ
    low_hz = 1e-7 * CUTOFF_HZ
    area, _ = integrate.quad(power, math.log(low_hz), math.log(top_hz), epsabs=0, limit=400)
    # The tail of a first order ends as f_p^2 / f; higher orders have none to speak of.
    tail = CUTOFF_HZ**2 / top_hz if order == 1 else 0.0
    assert area + low_hz + tail == pytest.approx(prototype.noise_bandwidth_hz, rel=1e-9)


def test_noise_bandwidth_of_the_papers_filter() -> None:
    """f_enbw = 1.0472 f_c (Boon 2025, Methods)."""
    assert Prototype("butterworth", 3, 1.0).noise_bandwidth_hz == pytest.approx(math.pi / 3)


@pytest.mark.parametrize("order", ORDERS)
def test_bessel_by_delay_is_scipys(order: int) -> None:
    _, poles, _ = signal.bessel(order, 1.0, analog=True, output="zpk", norm="delay")
    key = np.lexsort((poles.imag.round(9), poles.real.round(9)))
    own = bessel_delay_poles(order)
    own = own[np.lexsort((own.imag.round(9), own.real.round(9)))]
    np.testing.assert_allclose(own, poles[key], rtol=1e-10)
    prototype = Prototype.bessel_with_delay(order, 0.05)
    assert prototype.delay_s == pytest.approx(0.05, rel=1e-12)
    tiny_hz = 1e-3 * prototype.cutoff_hz
    phase = np.angle(prototype.response(tiny_hz))
    assert -phase / (2 * math.pi * tiny_hz) == pytest.approx(0.05, rel=1e-5)


@pytest.mark.parametrize(("family", "order"), ALL)
@pytest.mark.parametrize("error", [0.2, 0.02, 1e-4])
def test_settling_times_do_what_they_say(family: str, order: int, error: float) -> None:
    prototype = Prototype(family, order, CUTOFF_HZ)
    first_s, stay_s = (prototype.settling_s(error, reading) for reading in ("first", "stay"))
    assert first_s <= stay_s
    before = np.linspace(0, first_s, 20_001)[:-1]
    assert np.all(prototype.step(before) < 1 - error)
    assert float(prototype.step(first_s)) == pytest.approx(1 - error, abs=1e-12)
    behind = np.linspace(stay_s, 10 * stay_s, 50_001)
    assert np.abs(prototype.step(behind) - 1).max() <= error * (1 + 1e-9)
    assert abs(float(prototype.step(stay_s)) - 1) == pytest.approx(error, rel=1e-9)


def test_settling_of_the_papers_filter() -> None:
    """3.663 and 6.64 time constants (Boon 2025, Methods), and the learner's own Butterworth."""
    unit = Prototype("butterworth", 3, 1 / (2 * math.pi))
    assert unit.settling_s(0.02, "first") == pytest.approx(3.663, abs=5e-4)
    assert unit.settling_s(0.02, "stay") == pytest.approx(6.637, abs=5e-4)
    for reading, cutoff_hz in (("first", 5.83), ("stay", 10.56)):
        found = cutoff_for_hz("butterworth", 3, 0.1, 0.02, reading)
        assert found == pytest.approx(cutoff_hz, abs=6e-3)


def test_one_pole_settles_after_ln_of_the_error() -> None:
    for family in FAMILIES:
        time_s = Prototype(family, 1, CUTOFF_HZ).settling_s(0.01, "stay")
        assert time_s == pytest.approx(math.log(100) / (2 * math.pi * CUTOFF_HZ), rel=1e-12)


def test_an_excursion_between_grid_points_is_found() -> None:
    """A response that leaves the band for less than a grid step counts as not settled before."""
    ring_rad_s = 3.0

    def step(time_s: np.ndarray) -> np.ndarray:
        return 1 - np.exp(-time_s) * np.cos(ring_rad_s * time_s)

    peak_s = (4 * math.pi - math.atan(1 / ring_rad_s)) / ring_rad_s
    error = math.exp(-peak_s) * abs(math.cos(ring_rad_s * peak_s)) * (1 - 1e-9)
    found_s = settling_time_s(
        lambda stop_s, points: step(np.linspace(0, stop_s, points)),
        lambda time_s: float(step(np.array(time_s))),
        1.0,
        error,
        "stay",
    )
    assert found_s == pytest.approx(peak_s, abs=1e-3)
    assert found_s > peak_s


@pytest.mark.parametrize(("family", "order"), ALL)
def test_sections_multiply_to_the_filter(family: str, order: int) -> None:
    prototype = Prototype(family, order, CUTOFF_HZ)
    frequency_hz = np.geomspace(0.1, 1000, 50)
    product = np.ones(50, dtype=complex)
    for pole_hz, q in prototype.sections:
        x = frequency_hz / pole_hz
        product /= 1 + 1j * x if q is None else 1 + 1j * x / q - x**2
    np.testing.assert_allclose(product, prototype.response(frequency_hz), rtol=1e-10)
    qualities = [0.0 if q is None else q for _, q in prototype.sections]
    assert qualities == sorted(qualities)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("chebyshev", 3, 1.0), "--response"),
        (("bessel", 0, 1.0), "--order"),
        (("bessel", 7, 1.0), "--order"),
        (("bessel", 3, 0.0), "--cutoff"),
        (("bessel", 3, math.nan), "--cutoff"),
        (("bessel", 3, math.inf), "--cutoff"),
    ],
)
def test_bad_prototypes_are_refused(arguments: tuple[str, int, float], word: str) -> None:
    with pytest.raises(InputError, match=word):
        Prototype(*arguments)


@pytest.mark.parametrize(("error", "reading"), [(0.0, "first"), (1.0, "stay"), (0.02, "last")])
def test_bad_settling_is_refused(error: float, reading: str) -> None:
    with pytest.raises(InputError):
        Prototype("bessel", 3, 1.0).settling_s(error, reading)
