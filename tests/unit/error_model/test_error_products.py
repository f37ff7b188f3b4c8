"""A curved device: products and shifted slopes against every phase of simulated lock-ins."""

import numpy as np
import pytest
from lock_in_simulation import butterworth_weights, every_phase, reading

from hgecircuit.design.error_model import (
    LockIn,
    Surroundings,
    Taylor,
    error_budget,
    taylor_of_device,
    uniform_taylor,
)
from hgecircuit.design.error_model.products import mix, product_tones
from hgecircuit.devices.formats import load_device
from hgecircuit.errors import InputError

TIME_S = 0.02
AMPLITUDES_V = np.array([0.4, 0.3, 0.5])
PLANS = {
    "apart": (np.array([310.0, 390.0, 520.0]), None),
    "second order meets": (np.array([200.0, 310.0, 500.0]), None),  # 2 f_1 near f_3, f_1 + f_2
    "third order meets": (np.array([300.0, 360.0, 420.0]), None),  # 2 f_2 - f_1 = f_3
    "shared": (np.array([300.0, 300.0, 420.0]), np.array([0.0, np.pi / 2, 0.3])),
}


def _taylor(seed: int) -> Taylor:
    """Random derivatives of all orders; the constant is what DC coupling lets through."""
    rng = np.random.default_rng(seed)
    second = rng.normal(0, 1, (3, 3))
    third = rng.normal(0, 1, (3, 3, 3))
    axes = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
    symmetric = sum(third.transpose(order) for order in axes) / 6
    return Taylor(rng.normal(0, 1, (1, 3)), ((second + second.T) / 2)[None], symmetric[None])


def _output(taylor: Taylor, constant: float):
    gradient, second, third = (
        taylor.gradient_a_per_v[0],
        taylor.second_a_per_v2[0],
        taylor.third_a_per_v3[0],
    )

    def output(volts: np.ndarray) -> np.ndarray:
        linear = volts @ gradient
        square = np.einsum("ni,nj,ij->n", volts, volts, second) / 2
        cube = np.einsum("ni,nj,nk,ijk->n", volts, volts, volts, third) / 6
        return constant + linear + square + cube

    return output


@pytest.mark.parametrize("remove_mean", [False, True])
@pytest.mark.parametrize("plan", ["apart", "second order meets", "third order meets"])
def test_the_sum_is_exact_for_a_cubic_device(plan: str, remove_mean: bool) -> None:
    """All phases of three oscillators, 9 steps each: exact for products of eight sines."""
    frequencies_hz, phases = PLANS[plan]
    window = butterworth_weights(TIME_S, 400, 30.0)
    lock_in = LockIn(frequencies_hz, AMPLITUDES_V, window, phases, remove_mean=remove_mean)
    taylor = _taylor(4)
    direct = None if remove_mean else np.array([0.7])
    output = _output(taylor, 0.7)
    exact = taylor.gradient_a_per_v[0]
    errors = np.array([reading(lock_in, output, starts) - exact for starts in every_phase(3, 9)])
    mean = (errors**2).mean(axis=0)
    budget = error_budget(lock_in, taylor, Surroundings(direct_current_a=direct))
    # The model's mean of a record is an integral, the simulation's a sum of 400 samples.
    tolerance = 3e-5 if remove_mean else 1e-9
    np.testing.assert_allclose(budget.mean_square_a2_per_v2[0], mean, rtol=tolerance)
    assert np.all(np.abs(errors).max(axis=0) <= budget.bound_a_per_v[0] * (1 + 1e-9))
    # Without what the terms have in common the sum would be wrong by more than rounding.
    assert np.abs(budget.covariance_a2_per_v2 / mean).max() > 1e-4


def test_products_of_channels_that_share_an_oscillator() -> None:
    """Products alone, so that nothing is left out: two oscillators, three channels."""
    frequencies_hz, phases = PLANS["shared"]
    window = butterworth_weights(TIME_S, 400, 30.0)
    lock_in = LockIn(frequencies_hz, AMPLITUDES_V, window, phases)
    taylor = _taylor(6)
    for derivatives, order in ((taylor.second_a_per_v2, 2), (taylor.third_a_per_v3, 3)):
        silent = Taylor(np.zeros((1, 3)), np.zeros((1, 3, 3)), np.zeros((1, 3, 3, 3)))
        only = Taylor(
            silent.gradient_a_per_v,
            derivatives if order == 2 else silent.second_a_per_v2,
            derivatives if order == 3 else silent.third_a_per_v3,
        )
        output = _output(only, 0.0)
        found = np.array([reading(lock_in, output, starts) for starts in every_phase(2, 11)])
        tones = product_tones(lock_in, derivatives)
        for m in range(3):
            mixed = mix(lock_in, tones, m)
            assert mixed.constant[0] == pytest.approx(found[:, m].mean(), rel=1e-9, abs=1e-12)
            assert mixed.variance[0] == pytest.approx(found[:, m].var(), rel=1e-9)
            assert np.abs(found[:, m]).max() <= abs(mixed.constant[0]) + mixed.bound[0] + 1e-12


def test_one_cubic_electrode_by_hand() -> None:
    """I = V^3 at 0.3 V: the slope shifts by 3 a^2 / 4 (T = 6, T a^2 / 8)."""
    third = np.full((1, 1, 1, 1), 6.0)
    taylor = Taylor(np.array([[3 * 0.3**2]]), np.full((1, 1, 1), 6 * 0.3), third)
    window = butterworth_weights(TIME_S, 400, 30.0)
    budget = error_budget(LockIn(np.array([400.0]), np.array([0.1]), window), taylor)
    shift = budget.term("curvature").bias_a_per_v[0, 0]
    assert shift == pytest.approx(3 * 0.1**2 / 4 * window.settled_share, rel=1e-9)


def test_derivatives_of_a_polynomial_device_are_exact() -> None:
    class Polynomial:
        electrodes = 3

        def gradient_a_per_v(self, v: np.ndarray) -> np.ndarray:
            """Gradient of I = x^2 y + 2 x z^2 + y^3 - x y z."""
            x, y, z = v[..., 0], v[..., 1], v[..., 2]
            return np.stack(
                [2 * x * y + 2 * z**2 - y * z, x**2 + 3 * y**2 - x * z, 4 * x * z - x * y], axis=-1
            )

    point = np.array([[0.3, -0.2, 0.5]])
    x, y, z = point[0]
    found = taylor_of_device(Polynomial(), point, (0, 1, 2), np.array([0.1, 0.05, 0.2]))  # type: ignore[arg-type]
    second = [[2 * y, 2 * x - z, 4 * z - y], [2 * x - z, 6 * y, -x], [4 * z - y, -x, 4 * x]]
    np.testing.assert_allclose(found.second_a_per_v2[0], second, atol=1e-12)
    third = np.zeros((3, 3, 3))
    for index, value in (((0, 0, 1), 2), ((0, 2, 2), 4), ((1, 1, 1), 6), ((0, 1, 2), -1)):
        for order in {
            (index[i], index[j], index[3 - i - j]) for i in range(3) for j in range(3) if i != j
        }:
            third[order] = value
    np.testing.assert_allclose(found.third_a_per_v3[0], third, atol=1e-9)


def test_derivatives_of_the_shipped_device() -> None:
    """Against central differences of its current with other steps."""
    device = load_device("rnpu-compact")
    point = (device.voltage_min_v + device.voltage_max_v)[None] / 2
    found = taylor_of_device(device, point, (0, 3, 6), np.full(3, 1e-3))
    step = 2e-3
    for i, m in enumerate((0, 3, 6)):
        for j, n in enumerate((0, 3, 6)):
            moves = np.zeros((4, 7))
            moves[:, m] += step * np.array([1, 1, -1, -1])
            moves[:, n] += step * np.array([1, -1, 1, -1])
            value = device.current_a(point + moves) @ [1, -1, -1, 1] / (4 * step**2)
            expected = pytest.approx(value, rel=1e-3, abs=1e-11)
            assert found.second_a_per_v2[0, i, j] == expected


def test_more_channels_than_products_can_have() -> None:
    taylor = uniform_taylor(np.full(20, 1e-7), 1e-7, 1e-7)
    frequencies_hz = 1000 + 40.0 * np.arange(20)
    lock_in = LockIn(frequencies_hz, np.full(20, 0.01), butterworth_weights(TIME_S, 50, 30.0))
    with pytest.raises(InputError, match="at most 19 channels with curvature"):
        error_budget(lock_in, taylor)
