"""Carriers from counters, against a shift register, SciPy's network and corners of all parts."""

import itertools
import math

import numpy as np
import pytest
from scipy import signal

from hgecircuit.errors import InputError
from hgecircuit.parts.filters.opamp import IDEAL, OpAmp
from hgecircuit.parts.oscillators.divider import DividerBank
from hgecircuit.parts.oscillators.stepped import SteppedSine

FREQUENCIES_HZ = (400.0, 400.0, 500.0, 500.0, 700.0)
PHASES_RAD = (0.0, math.pi / 2, 0.0, math.pi / 2, 0.0)
PLAN = (FREQUENCIES_HZ, PHASES_RAD, (0.0,) * 5)
FLAT = 1000.0  # a pole so high that the low-pass does nothing


def _stepped(
    steps: int, series: str | None = None, edge_s: float = 1e-7, opamp: OpAmp = IDEAL
) -> SteppedSine:
    return SteppedSine(400.0, steps, 1.0, 2.5, edge_s, 1.0, math.sqrt(0.5), 10e-9, opamp, series)


@pytest.mark.parametrize("steps", [4, 6, 8, 16])
def test_weights_leave_the_harmonics_of_a_held_sine(steps: int) -> None:
    """Against the spectrum of a simulated walking ring: a shift register with one inversion."""
    output = _stepped(steps)
    register, states = [-1.0] * output.stages, []
    for _ in range(steps):
        register = [-register[-1], *register[:-1]]
        states.append(register)
    weights = output.weights / output.weights.sum()
    staircase_v = 2.5 * np.array(states)[:, : output.stages - 1] @ weights
    fine = np.repeat(staircase_v, 256)
    found = 2 * np.abs(np.fft.rfft(fine))[1:41] / len(fine)
    expected = np.abs(output.phasors_v(0) / output.response(400.0 * np.arange(1, 41)))
    np.testing.assert_allclose(expected, found, atol=2e-3 * found[0])
    order = np.arange(1, 41)
    left = (order % steps == 1) | (order % steps == steps - 1)
    assert expected[~left].max() < 1e-9
    np.testing.assert_allclose(expected[left] * order[left], expected[0], rtol=1e-3)


@pytest.mark.parametrize("steps", [4, 8])
def test_low_pass_is_the_textbooks(steps: int) -> None:
    """Multiple feedback with an ideal op-amp and the weights' resistors for its input."""
    output = _stepped(steps)
    v = output.values
    series = v["rf"] + v["rb"] + v["rf"] * v["rb"] / v["rin"]
    bottom = [v["c1"] * v["c2"] * v["rf"] * v["rb"], v["c2"] * series, 1.0]
    frequency_hz = np.geomspace(40, 40e3, 50)
    _, expected = signal.freqs([-v["rf"] / v["rin"]], bottom, 2 * np.pi * frequency_hz)
    np.testing.assert_allclose(output.response(frequency_hz), expected, rtol=1e-6)
    parallel_ohm = 1 / sum(1 / ohm for ohm in output.weight_ohm)
    assert parallel_ohm == pytest.approx(v["rin"], rel=1e-9)


@pytest.mark.parametrize("steps", [4, 6, 8, 16])
def test_amplitude_is_one_volt(steps: int) -> None:
    assert abs(_stepped(steps).phasors_v(0)[0]) == pytest.approx(1.0, rel=1e-6)


def test_edges_round_off_by_their_sinc() -> None:
    """A trapezoid is a square wave convolved with one edge."""
    share = abs(_stepped(8, edge_s=1e-4).phasors_v(0)[0])
    assert share == pytest.approx(np.sinc(400.0 * 1e-4), rel=1e-6)


def test_slow_op_amp_costs_amplitude() -> None:
    slow = abs(_stepped(8, opamp=OpAmp(1e5, 1e5)).phasors_v(0)[0])
    assert 0.98 < slow < 0.999


@pytest.mark.parametrize("series", ["E24", "E96"])
def test_preferred_values_stay_within_the_spread(series: str) -> None:
    """Neighbours of a series are 10^(1/n) apart, so a value is off by half of that at most."""
    half_step = 10 ** (0.5 / int(series[1:])) - 1
    real, exact = _stepped(8, series), _stepped(8)
    error = abs(real.phasors_v(0)[0]) - 1
    assert 1e-4 < abs(error) < exact.spread(1.1 * half_step, 0.0).amplitude


def test_spread_is_the_worst_corner() -> None:
    """All 32 corners of 0.1 % resistors and 1 % capacitors, in amplitude and in phase."""
    output = _stepped(8)
    nominal = output.response(400.0)[0]
    tolerances = {"rin": 1e-3, "rf": 1e-3, "rb": 1e-3, "c1": 1e-2, "c2": 1e-2}
    ratios = []
    for signs in itertools.product((-1, 1), repeat=5):
        v = {
            name: output.values[name] * (1 + sign * tolerance)
            for sign, (name, tolerance) in zip(signs, tolerances.items(), strict=True)
        }
        s = 2j * np.pi * 400.0
        series = v["rf"] + v["rb"] + v["rf"] * v["rb"] / v["rin"]
        bottom = 1 + s * v["c2"] * series + s * s * v["c1"] * v["c2"] * v["rf"] * v["rb"]
        ratios.append(-v["rf"] / v["rin"] / bottom / nominal)
    spread = output.spread(1e-3, 1e-2)
    assert np.abs(np.abs(ratios) - 1).max() == pytest.approx(spread.amplitude, rel=0.03)
    assert np.abs(np.angle(ratios)).max() == pytest.approx(spread.phase_rad, rel=0.03)


def test_one_clock_for_all_counters_and_the_gate() -> None:
    bank = DividerBank(*PLAN)
    assert bank.clock_hz == 112e3  # least common multiple of 8 x 400, 8 x 500, 8 x 700
    assert bank.divisors == (35, 28, 20)
    assert bank.clock_hz * 10e-3 == 1120  # the gate's counter
    assert DividerBank((2.5, 7.5), (0.0, 0.0), (0.0, 0.0)).clock_hz == 60.0


def test_carriers_without_a_clock_in_common_are_refused() -> None:
    bank = DividerBank((400.0, 500.0123, 700.0071), (0.0,) * 3, (0.0,) * 3)
    with pytest.raises(InputError, match="no clock in common"):
        _ = bank.clock_hz


@pytest.mark.parametrize("steps", [2, 5, 0])
def test_rings_that_cannot_be_are_refused(steps: int) -> None:
    with pytest.raises(InputError):
        DividerBank((400.0,), (0.0,), (0.0,), steps=steps).subcircuit()


def test_right_angles_need_a_tap_there() -> None:
    with pytest.raises(InputError, match="quarter of a cycle"):
        DividerBank(*PLAN, steps=6)
    single = DividerBank((400.0, 500.0), (0.0, 0.0), (0.0, 0.0), steps=6)
    assert single.subcircuit().write().count("PULSE") == 4


def test_phases_of_the_plan_come_from_the_taps() -> None:
    phases = [tone.phase_rad for tone in DividerBank(*PLAN).carriers]
    np.testing.assert_allclose(phases, PHASES_RAD, atol=1e-4)


def test_harmonics_of_square_waves_collide_where_the_plan_says() -> None:
    """5 x 7/T = 7 x 5/T and its odd multiples: 1/35 (1 + 1/9 + 1/25 ...) of the derivative leaks.

    Nothing else of {4 sin, 4 cos, 5 sin, 5 cos, 7}/T meets: odd times 4 is never odd times 5 or 7.
    """
    square = DividerBank(*PLAN, steps=4, cutoff_ratio=FLAT).crosstalk
    gain = np.sum(1 / np.arange(1, 40, 2) ** 2)
    np.testing.assert_allclose(np.diag(square), gain, rtol=2e-2)
    met = np.sum(1 / np.array([1, 3, 5]) ** 2) / 35  # of 40 harmonics
    assert abs(square[4, 2]) == pytest.approx(met, rel=0.03)
    leaks = square - np.diag(np.diag(square))
    leaks[4, 2:4] = leaks[2:4, 4] = 0
    # Right angles are exact; the pole at 1000 f turns harmonics a little.
    assert np.abs(leaks).max() < 2e-3
    filtered = DividerBank(*PLAN, steps=4).crosstalk
    assert 1e-5 < abs(filtered[4, 2]) < 1e-4
    eight = DividerBank(*PLAN, cutoff_ratio=FLAT).crosstalk
    assert np.abs(eight[4, 2:4]).max() < 1e-9


def test_third_harmonic_on_another_carrier_is_shown() -> None:
    """A plan with 4/T and 12/T: harmonics 3 k of one, each 1/(3 k), on 1/k of the other."""
    plan = ((400.0, 1200.0), (0.0, 0.0), (0.0, 0.0))
    leak = DividerBank(*plan, steps=4, cutoff_ratio=FLAT).crosstalk
    met = np.sum(1 / np.arange(1, 14, 2) ** 2) / 3  # of 40 harmonics
    assert abs(leak[1, 0]) == pytest.approx(met, rel=0.02)
    assert np.abs(DividerBank(*plan, steps=8, cutoff_ratio=FLAT).crosstalk[1, 0]) < 1e-9
