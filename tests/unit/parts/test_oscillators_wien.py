"""The Wien bridge's laws, against its differential equations, exact poles and the diode's law."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from hgecircuit.parts.diodes.junction import DIODES, THERMAL_V
from hgecircuit.parts.filters.opamp import IDEAL, OpAmp
from hgecircuit.parts.oscillators.diode_gain import DiodeGain, size_gain
from hgecircuit.parts.oscillators.measure import measure_sine, startup_time_s
from hgecircuit.parts.oscillators.wien import WienBank, WienBridge

DIODE = DIODES["1N4148"]


def _bridge(
    margin: float = 0.03, opamp: OpAmp = IDEAL, series: str | None = None, kick_v: float = 1e-2
) -> WienBridge:
    return WienBridge(400.0, 1.0, margin, 10e-9, 10e3, DIODE, opamp, kick_v, series)


def _diode_pair_v(current_a: np.ndarray, limited_ohm: float) -> np.ndarray:
    """Voltage of the limited resistor and its diodes, from their currents' sum by Newton."""
    voltage_v, scale_v = np.zeros_like(current_a), DIODE.emission * THERMAL_V
    for _ in range(60):
        sinh = 2 * DIODE.saturation_a * np.sinh(voltage_v / scale_v)
        slope = 1 / limited_ohm + 2 * DIODE.saturation_a / scale_v * np.cosh(voltage_v / scale_v)
        voltage_v = voltage_v + np.clip((current_a - voltage_v / limited_ohm - sinh) / slope, -1, 1)
    return voltage_v


def _solve(one: WienBridge, stop_s: float) -> tuple[np.ndarray, np.ndarray]:
    """p of the bridge with an ideal op-amp: two capacitors, the amplifier's output from p."""
    gain, tau_s = one.gain, one.resistor_ohm * one.capacitor_f
    grid_v = np.linspace(-3, 3, 60_001)
    diodes_v = _diode_pair_v(grid_v / gain.ground_ohm, gain.limited_ohm)
    plain = 1 + gain.plain_ohm / gain.ground_ohm

    def slope(_: float, state: np.ndarray) -> list[float]:
        p, series = state
        current = plain * p + float(np.interp(p, grid_v, diodes_v)) - series - p
        return [(current - p) / tau_s, current / tau_s]

    time_s = np.arange(0, stop_s, 1 / (400 * 160))
    found = solve_ivp(slope, (0, stop_s), [one.kick_v, 0.0], t_eval=time_s, rtol=1e-7, atol=1e-9)
    return time_s, found.y[0]


@pytest.mark.parametrize("margin", [0.02, 0.05])
def test_amplitude_distortion_frequency_and_start(margin: float) -> None:
    one = _bridge(margin)
    time_s, p = _solve(one, one.startup_s + 0.1)
    figures = measure_sine(time_s, p, one.startup_s + 0.05)
    # The describing function leaves out what harmonics do to the diodes: of the order of thd^2.
    assert figures.amplitude_v == pytest.approx(one.real_amplitude_v, abs=2 * one.thd**2)
    assert figures.thd == pytest.approx(one.thd, rel=0.03)
    slowing = 1 - one.real_frequency_hz / 400
    assert 1 - figures.frequency_hz / 400 == pytest.approx(slowing, rel=0.05)
    assert startup_time_s(time_s, p, 400.0) == pytest.approx(one.startup_s, abs=1 / 400)


def test_distortion_and_start_are_traded() -> None:
    quick, slow = _bridge(0.05), _bridge(0.01)
    assert quick.startup_s < slow.startup_s / 3
    assert quick.thd > 2.5 * slow.thd


@pytest.mark.parametrize("gain_bandwidth_hz", [0.35e6, 8e6])
def test_gain_bandwidth_lowers_the_frequency(gain_bandwidth_hz: float) -> None:
    """Against the exact poles, with the gain at which they stand still."""
    one, ideal = _bridge(opamp=OpAmp(gain_bandwidth_hz)), _bridge()
    tau, turn = one.resistor_ohm * one.capacitor_f, 2 * math.pi * gain_bandwidth_hz

    def pair(gain: float) -> complex:
        passive = np.polymul([tau * tau, 3 * tau, 1.0], [gain / turn, 1.0])
        roots = np.roots(np.polyadd(passive, [-gain * tau, 0.0]))
        return complex(min(roots, key=lambda root: abs(root - 1j / tau)))

    gain = float(brentq(lambda k: pair(k).real, 2.5, 3.5))
    exact_share = pair(gain).imag * tau
    share = one.real_frequency_hz / ideal.real_frequency_hz
    assert share == pytest.approx(exact_share, rel=30 * (400 / gain_bandwidth_hz) ** 2)
    assert 1 - share == pytest.approx(4.5 * 400 / gain_bandwidth_hz, rel=0.01)


def test_gain_has_the_margin_and_is_three_at_the_amplitude() -> None:
    gain = size_gain(1.0, 0.03, 10e3, DIODE, None)
    assert gain.small_signal == pytest.approx(3 * 1.03, rel=1e-9)
    assert gain.gain(1.0) == pytest.approx(3.0, rel=1e-6)
    # The diodes' conductance at 0 V, 2 I_s / (n V_T), is beside the limited resistor.
    beside = 2 * DIODE.saturation_a / (DIODE.emission * THERMAL_V) * gain.limited_ohm**2 / 10e3
    assert gain.gain(1e-3) == pytest.approx(gain.small_signal - beside, rel=1e-5)
    assert gain.amplitude_v(3.0) == pytest.approx(1.0, rel=1e-5)


def test_harmonics_of_the_diodes_voltage() -> None:
    """Against a wave of the diodes' own law."""
    gain = size_gain(1.0, 0.05, 10e3, DIODE, None)
    angle = np.arange(4096) * 2 * np.pi / 4096
    wave_v = _diode_pair_v(1e-4 * np.sin(angle), gain.limited_ohm)
    lines = 2 * np.abs(np.fft.rfft(wave_v))[1:10] / len(angle)
    np.testing.assert_allclose(np.abs(gain.harmonics_v(1.0))[:9], lines, atol=2e-6)


def test_preferred_values_are_searched_for() -> None:
    """Better than rounding each value by itself, and the law follows what was chosen."""
    exact, found = size_gain(1.0, 0.03, 10e3, DIODE, None), _bridge(series="E24").gain
    rounded = DiodeGain(10e3, 15e3, 5.6e3, DIODE)
    assert (exact.plain_ohm, exact.limited_ohm) == pytest.approx((15e3, 5.6e3), rel=0.05)
    assert found.small_signal > 3.0
    error, plainly = (abs(gain.amplitude_v(3.0) - 1) for gain in (found, rounded))
    assert error < plainly
    assert found.gain(found.amplitude_v(3.0)) == pytest.approx(3.0, rel=1e-6)


def test_warm_diodes_drop_less() -> None:
    """dv/dT = (v - E_g - 3 V_T) / T at a constant current, for SPICE's diode."""
    gain = size_gain(1.0, 0.03, 10e3, DIODE, None)
    cold_v, warm_v = (
        float(one.diode.voltage_v(np.array(5e-5))) for one in (gain, gain.warmer(1.0))
    )
    expected = (cold_v - 1.11 - 3 * THERMAL_V) / 300.15
    assert warm_v - cold_v == pytest.approx(expected, rel=0.01)


def test_amplitude_spread_is_large_and_mostly_the_diodes() -> None:
    one = _bridge(0.03)
    cold, warm = one.amplitude_spread(1e-3, 0.0), one.amplitude_spread(0.0, 10.0)
    assert one.amplitude_spread(1e-3, 10.0) == pytest.approx(cold + warm, rel=1e-6)
    assert 0.05 < warm < 0.1
    assert 0.01 < cold < 0.02


def test_all_pass_follows_the_real_frequency() -> None:
    """2 atan(w R C) short of a right angle where the oscillator is slow."""
    bank = WienBank(
        (400.0, 400.0, 700.0, 700.0), (0, math.pi / 2, 0, -math.pi / 2), (0.0,) * 4, gain_margin=0.1
    )
    carriers = bank.carriers
    share = carriers[0].frequency_hz / 400.0
    assert share < 0.998
    lead = math.pi - 2 * math.atan(share)
    assert carriers[1].phase_rad == pytest.approx(lead, abs=1e-5)
    assert carriers[3].phase_rad == pytest.approx(
        -2 * math.atan(carriers[2].frequency_hz / 700.0), abs=1e-5
    )
    assert bank.frequency_spread(1e-3, 1e-2) == pytest.approx(0.011)
    text = bank.subcircuit().write()
    assert "Xcore0 s0 s1 wien_bridge_0" in text


def test_quadrature_spread_is_the_worst_corner() -> None:
    """An all-pass of its own R and C at the frequency of the bridge's."""
    lead = [2 * math.atan((1 + sign * 0.011) * (1 + sign * 0.011)) for sign in (-1, 1)]
    worst = max(abs(angle - math.pi / 2) for angle in lead)
    assert _bridge().quadrature_spread_rad(1e-3, 1e-2) == pytest.approx(worst, rel=0.02)
