"""The quadrature oscillator's laws, against its differential equations and exact poles."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from hgecircuit.parts.filters.opamp import IDEAL, OpAmp
from hgecircuit.parts.multipliers.product import Multiplier
from hgecircuit.parts.oscillators.measure import measure_sine, startup_time_s
from hgecircuit.parts.oscillators.quadrature import QuadratureBank, QuadratureOscillator

EXACT = (Multiplier(), Multiplier(), Multiplier())


def _oscillator(
    multipliers: tuple[Multiplier, Multiplier, Multiplier] = EXACT,
    opamp: OpAmp = IDEAL,
    regeneration: float = 0.2,
) -> QuadratureOscillator:
    return QuadratureOscillator(400.0, regeneration, 10e-9, opamp, multipliers, 1e-3, None)


def _solve(one: QuadratureOscillator, stop_s: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The network's equations with ideal op-amps: currents into the integrators."""
    tau_s = one.resistor_ohm * one.capacitor_f
    ratio = one.resistor_ohm / one.feedback_ohm
    square_x, square_y, feedback = one.multipliers

    def slope(_: float, state: np.ndarray) -> list[float]:
        x, y = state
        g = (square_x.product_v(x, x) + square_y.product_v(y, y) - 1.0) / 3
        return [(y - ratio * float(feedback.product_v(g, x))) / tau_s, -x / tau_s]

    time_s = np.arange(0, stop_s, 1 / (400 * 200))
    found = solve_ivp(slope, (0, stop_s), [1e-3, 0.0], t_eval=time_s, rtol=1e-9, atol=1e-12)
    return time_s, found.y[0], found.y[1]


def test_values_are_those_of_the_law() -> None:
    one = _oscillator()
    assert one.resistor_ohm * one.capacitor_f * 2 * math.pi * 400 == pytest.approx(1)
    assert one.kappa == pytest.approx(0.2)
    assert one.feedback_ohm == pytest.approx(one.resistor_ohm / 0.6)


@pytest.mark.parametrize("regeneration", [0.1, 0.3])
def test_start_up_and_amplitude(regeneration: float) -> None:
    """The law averages a cycle; the envelope here is taken over one."""
    one = _oscillator(regeneration=regeneration)
    time_s, x, _ = _solve(one, 2.5 * one.startup_s)
    assert startup_time_s(time_s, x, 400.0) == pytest.approx(one.startup_s, abs=1 / 400)
    figures = measure_sine(time_s, x, 2 * one.startup_s)
    assert figures.amplitude_v == pytest.approx(1.0, rel=1e-4)
    assert figures.thd < 1e-4


def test_third_harmonic_of_unequal_squares() -> None:
    one = _oscillator((Multiplier(0.03), Multiplier(-0.01), Multiplier()))
    time_s, x, y = _solve(one, 0.15)
    sine, cosine = (measure_sine(time_s, trace, 0.1) for trace in (x, y))
    thirds = [float(abs(one.phasors_v[2])) / one.amplitude_v for one in (sine, cosine)]
    assert thirds[0] == pytest.approx(one.third_harmonic, rel=0.05)
    assert thirds[1] == pytest.approx(one.third_harmonic / 3, rel=0.05)
    assert sine.amplitude_v == pytest.approx(one.real_amplitude_v, rel=1e-4)


def test_offsets_of_the_squares_move_the_amplitude() -> None:
    one = _oscillator((Multiplier(0.02, 0.01), Multiplier(0.02, 0.03), Multiplier(0.1)))
    time_s, x, _ = _solve(one, 0.15)
    assert measure_sine(time_s, x, 0.1).amplitude_v == pytest.approx(one.real_amplitude_v, rel=1e-4)
    assert one.real_amplitude_v == pytest.approx(math.sqrt(0.96 / 1.02), rel=1e-9)


@pytest.mark.parametrize("gain_bandwidth_hz", [1e6, 8e6])
def test_gain_bandwidth_shifts_frequency_and_amplitude(gain_bandwidth_hz: float) -> None:
    """Against the exact characteristic polynomial, with the control where its pair stands still."""
    one = _oscillator(opamp=OpAmp(gain_bandwidth_hz, 1e9))
    tau, turn = one.resistor_ohm * one.capacitor_f, 2 * math.pi * gain_bandwidth_hz
    rho = one.resistor_ohm / one.feedback_ohm

    def pair(control: float) -> complex:
        first = [tau / turn, tau + (1 + rho) / turn, control * rho]
        second = [tau / turn, tau + 1 / turn, 0.0]
        loop = np.polymul(np.polymul(first, second), [2 / turn, 1.0])
        roots = np.roots(np.polyadd(loop, [1.0]))
        return complex(min(roots, key=lambda root: abs(root - 1j / tau)))

    control = float(brentq(lambda g: pair(g).real, 0, 0.1))
    share = 400.0 / gain_bandwidth_hz
    assert pair(control).imag / (2 * math.pi) == pytest.approx(
        one.real_frequency_hz, rel=10 * share**2
    )
    assert abs(one.real_frequency_hz / 400 - 1) > share
    assert one.real_amplitude_v == pytest.approx(math.sqrt(1 + 3 * control), rel=0.02 * share)


def test_spreads_are_the_worst_corners() -> None:
    """All corners of x' = y / (R_1 C_1), y' = -r x / (R_2 C_2), r the inverter's ratio."""
    one, rates = _oscillator(), []
    for signs in itertools.product((-1, 1), repeat=6):
        r1, r2, over, under, c1, c2 = (
            1 + sign * tolerance
            for sign, tolerance in zip(signs, (1e-3,) * 4 + (1e-2,) * 2, strict=True)
        )
        rates.append((over / under / (r1 * c1), 1 / (r2 * c2)))
    first, second = np.array(rates).T
    frequency = np.abs(np.sqrt(first * second) - 1).max()
    assert frequency == pytest.approx(one.frequency_spread(1e-3, 1e-2), rel=0.02)
    balance = np.abs(np.sqrt(first / second) - 1).max()
    assert balance == pytest.approx(one.balance_spread(1e-3, 1e-2), rel=0.02)


def test_amplitude_spread_is_the_worst_corner() -> None:
    """A^2 = V_ref (G_ref / G_square) of the averaging resistors, the two squares' alike."""
    corners = [
        math.sqrt((1 + v * 2e-3) * (1 + a * 1e-3) / (1 + b * 1e-3)) - 1
        for v, a, b in itertools.product((-1, 1), repeat=3)
    ]
    spread = _oscillator().amplitude_spread(1e-3, 2e-3)
    assert max(map(abs, corners)) == pytest.approx(spread, rel=0.02)


def test_bank_has_one_oscillator_per_frequency() -> None:
    bank = QuadratureBank(
        (400.0, 400.0, 700.0), (0.0, -math.pi / 2, 0.0), (0.0,) * 3, resistor_series="E96"
    )
    assert len(bank.oscillators) == 2
    text = bank.subcircuit().write()
    assert "Xcore0 s0 s1 quadrature_oscillator_0" in text
    assert "Xcore1 s2 quadrature_oscillator_1" in text
    part = bank.oscillators[0].subcircuit("one", IDEAL.subcircuit(), ("x", "z"))
    assert part.ports == ("x", "z")
    assert bank.frequency_spread(1e-3, 1e-2) == pytest.approx(0.012)
