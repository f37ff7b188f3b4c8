"""What noise leaves in a reading, against plain sums over a dense grid of frequencies."""

import numpy as np
import pytest

from hgecircuit.design.error_model import LockIn, window_for
from hgecircuit.design.error_model.noise import FlickerTable, _nodes, noise_variance
from hgecircuit.design.error_model.windows import FilterWindow, SettledWindow
from hgecircuit.devices.noise import NoiseSpec

WINDOWS = {
    "butterworth 3": window_for("butterworth", 1.0),
    "butterworth 1": window_for("butterworth", 1.0, order=1),
    "bessel 2": window_for("bessel", 1.0, order=2),
    "critically damped 5": window_for("critically-damped", 1.0, order=5),
    "gate": window_for("gate", 1.0),
}
# Below one period, whole and broken ones, and to either side of where the grid has a gap.
CYCLES = np.array([0.38, 2.3, 40.0, 119.5, 121.0, 183.6, 500.25, 1000.0])
EXPONENTS = (0.3, 1.0, 1.5, 2.0)


def _dense(window: FilterWindow | SettledWindow, carrier: float, exponent: float) -> float:
    """The integral by 5,000 points below one cycle and 40 in each to 1,000 beyond the carrier."""
    grid = np.arange(40, 40 * (carrier + 1000)) / 40
    cycles = np.concatenate([np.geomspace(1e-3, 1, 5001)[:-1], grid])
    power = sum(np.abs(window.transform(cycles + s * carrier)) ** 2 for s in (1, -1))
    return float(np.trapezoid(cycles**-exponent * power, cycles))


def _variance(window: FilterWindow, carriers: np.ndarray, exponent: float) -> np.ndarray:
    lock_in = LockIn(carriers, np.ones(len(carriers)), window)
    return noise_variance(
        lock_in, NoiseSpec(flicker_a2_per_hz=1.0, frequency_hz=1.0, exponent=exponent)
    )


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_variance_is_the_integral(name: str, exponent: float) -> None:
    found = _variance(WINDOWS[name], CYCLES, exponent)
    expected = [_dense(WINDOWS[name], carrier, exponent) for carrier in CYCLES.tolist()]
    np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_white_noise_is_the_limit_of_a_small_exponent() -> None:
    for window in WINDOWS.values():
        found = _variance(window, np.array([50.0]), 1e-9)
        np.testing.assert_allclose(found, 2 * window.noise_bandwidth_hz, rtol=2e-3)


def test_a_settled_filter_is_the_same_integral_with_h() -> None:
    window = SettledWindow(window_for("butterworth", 1.0), 1.0)
    lock_in = LockIn(np.array([7.3]), np.ones(1), window)
    flicker = NoiseSpec(flicker_a2_per_hz=1.0, frequency_hz=1.0, exponent=1.5)
    assert noise_variance(lock_in, flicker)[0] == pytest.approx(_dense(window, 7.3, 1.5), rel=1e-3)
    white = noise_variance(lock_in, NoiseSpec(white_a2_per_hz=1.0))[0]
    # f_enbw of a third-order Butterworth = 1.0472 f_c (the paper)
    assert white == pytest.approx(2 * 1.0472 * window.filter.cutoff_hz, rel=1e-4)


def test_work_does_not_grow_with_the_carrier() -> None:
    """T = 10,000 s at 1 kHz: 10 million periods, which a grid of each would not hold."""
    sizes = [len(_nodes(carrier)[0]) for carrier in (1e3, 1e5, 1e7, 1e9)]
    assert sizes[-1] < 1.5 * sizes[0] < 10_000
    found = _variance(WINDOWS["bessel 2"], np.array([1e7 + 0.3]), 1.5)
    carrier = 2 * WINDOWS["bessel 2"].noise_bandwidth_hz * (1e7 + 0.3) ** -1.5
    np.testing.assert_allclose(found, carrier, rtol=1e-3)


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_table_is_the_integral_to_one_percent(name: str, exponent: float) -> None:
    far = np.array([4095.9, 4096.7, 31_415.25, 1e6 + 0.5])
    carriers = np.concatenate([CYCLES, far])
    table = FlickerTable(WINDOWS[name], exponent, float(carriers.max()))
    expected = _variance(WINDOWS[name], carriers, exponent)
    np.testing.assert_allclose(table.at(carriers), expected, rtol=1e-2)
    short = FlickerTable(WINDOWS[name], exponent, float(CYCLES.max()))
    np.testing.assert_allclose(short.at(CYCLES), expected[: len(CYCLES)], rtol=1e-2)
