"""Sizing laws and ideal responses of the parts, against independent truth."""

import math

import numpy as np
import pytest
from scipy import signal

from hgecircuit.parts.affine_readout import AffineReadout
from hgecircuit.parts.filters.coupling import AcCoupling
from hgecircuit.parts.filters.lowpass import Lowpass
from hgecircuit.parts.filters.opamp import IDEAL, OpAmp
from hgecircuit.parts.filters.prototypes import Prototype, cutoff_for_hz
from hgecircuit.parts.peak import StepLimiter
from hgecircuit.parts.sequencer import Sequencer, Window


def _scipy_butterworth(cutoff_hz: float) -> signal.TransferFunction:
    return signal.TransferFunction(*signal.butter(3, 2 * np.pi * cutoff_hz, analog=True))


def _lowpass(order: int, capacitor_f: float = 100e-9, opamp: OpAmp = IDEAL) -> Lowpass:
    return Lowpass(Prototype("butterworth", order, 40.0), capacitor_f, opamp)


@pytest.mark.parametrize("order", range(1, 7))
def test_lowpass_components_make_scipys_response(order: int) -> None:
    """The network of the component values themselves, against SciPy's design."""
    frequency_hz = np.geomspace(0.4, 4000, 200)
    _, expected = signal.freqs(
        *signal.butter(order, 2 * np.pi * 40.0, analog=True), 2 * np.pi * frequency_hz
    )
    found = _lowpass(order, 22e-9).cascade.solve(IDEAL).response(frequency_hz)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_lowpass_of_third_order_has_the_textbooks_values() -> None:
    """RC: R = 1/(w C); Sallen-Key with equal resistors and Q = 1: C1 = 4 C2, R = 1/(2 w C2)."""
    values = _lowpass(3, 22e-9).cascade.values
    w = 2 * np.pi * 40.0
    assert values["R1"] * 22e-9 * w == pytest.approx(1, rel=1e-9)
    assert values["R2"] * 2 * 22e-9 * w == pytest.approx(1, rel=1e-9)
    assert values["R3"] == pytest.approx(values["R2"], rel=1e-9)
    assert (values["C2"] / 88e-9, values["C3"] / 22e-9) == pytest.approx((1, 1), rel=1e-9)


def test_slow_opamps_move_the_poles() -> None:
    """Against SciPy's step response of the Sallen-Key network with a follower of finite GBW."""
    gain_bandwidth_hz, time_s = 4e3, 0.02
    slow = _lowpass(3, opamp=OpAmp(gain_bandwidth_hz))
    follower = [1 / (2 * np.pi * gain_bandwidth_hz), 1.0]
    w = 2 * np.pi * 40.0
    r, c2 = 1 / (2 * w * 100e-9), 100e-9
    pair = np.polymul([4 * r * r * c2 * c2, 2 * r * c2, 1.0], follower)
    pair = np.polyadd(pair, [4 * r * c2 * follower[0], 0.0, 0.0])
    whole = np.polymul(np.polymul(pair, [1 / w, 1.0]), follower)
    times_s = np.linspace(0, time_s, 2001)
    _, real = signal.step(signal.TransferFunction([1.0], whole), T=times_s)
    np.testing.assert_allclose(slow.real.step(times_s), real, atol=1e-6)
    assert abs(slow.real.step(time_s) - slow.prototype.step(time_s)) > 1e-3


@pytest.mark.parametrize(("settled", "angle"), [("first", 3.663), ("stay", 6.64)])
def test_both_readings_of_settled(settled: str, angle: float) -> None:
    """The two angles of the paper's "98 % settled", found from SciPy's step response."""
    cutoff_hz = cutoff_for_hz("butterworth", 3, 0.1, 0.02, settled)
    assert 2 * math.pi * cutoff_hz * 0.1 == pytest.approx(angle, abs=5e-3)
    time_s = np.linspace(0, 0.3, 30_001)
    _, step = signal.step(_scipy_butterworth(cutoff_hz), T=time_s)
    if settled == "first":
        assert time_s[np.argmax(step >= 0.98)] == pytest.approx(0.1, abs=2e-5)
    else:
        assert time_s[np.flatnonzero(np.abs(step - 1) > 0.02)[-1]] == pytest.approx(0.1, abs=2e-5)


def test_coupling_is_three_db_down_at_its_cutoff() -> None:
    coupling = AcCoupling(133.0)
    assert abs(coupling.response(np.array(133.0))) == pytest.approx(math.sqrt(0.5))
    assert coupling.resistor_ohm * coupling.capacitor_f * 2 * math.pi * 133.0 == pytest.approx(1)


def test_readout_is_the_least_squares_fit_when_its_gain_is_free() -> None:
    held_v = np.array([0.1, 0.7, 0.9, -0.2])
    targets = np.array([0.0, 1.0, 1.0, 0.0])
    error_v, gain = AffineReadout((0, 1, 1, 0), 1e-3, 1e3).error_v(held_v)
    slope, intercept = np.polyfit(held_v, targets, 1)
    # The regression of the targets on the outputs is the affine readout with the least error.
    np.testing.assert_allclose(error_v, slope * held_v + intercept - targets, atol=1e-12)
    assert gain == pytest.approx(slope)


def test_readout_gain_stays_inside_its_limits() -> None:
    readout = AffineReadout((0, 1, 1, 0), 0.1, 1.5)
    _, gain = readout.error_v(np.array([[0.0, 1e-3, 1e-3, 0.0], [0.0, -1.0, -1.0, 0.0]]))
    np.testing.assert_allclose(gain, [1.5, 0.1])


def test_readout_of_a_constant_gate_asks_for_outputs_that_are_alike() -> None:
    """Close ones are seen at the largest gain; of far ones the largest error is half a swing."""
    held_v = np.array([[0.1, 0.3, 0.2, 0.2], [1.0, 3.0, 2.0, 2.0], [10.0, 30.0, 20.0, 20.0]])
    error_v, gain = AffineReadout((1, 1, 1, 1), 0.1, 1.5).error_v(held_v)
    np.testing.assert_allclose(gain, [1.5, 0.5, 0.1])
    expected = np.array([[-1, 1, 0, 0]]) * np.array([[0.15], [0.5], [1.0]])
    np.testing.assert_allclose(error_v, expected, atol=1e-12)


def test_limiter_shortens_and_keeps_the_direction() -> None:
    limiter = StepLimiter(3, 0.1)
    np.testing.assert_allclose(
        limiter.scale(np.array([[0.05, -0.02, 0.0], [0.2, -0.4, 0.1]])), [1.0, 0.25]
    )


def test_a_gate_has_exactly_its_area() -> None:
    gate = Sequencer({"gate": (Window(0.2, 1.2),)}, 2.0, 0.01, 0.05, {})
    time_s = np.linspace(0, 2, 400_001)
    assert np.trapezoid(gate.level_v("gate", time_s), time_s) == pytest.approx(1.0, abs=1e-6)


def test_pattern_switch_is_a_clean_ramp() -> None:
    both = Sequencer({"p0": (Window(0, 1),), "p1": (Window(1, 2),)}, 2.0, 0.1, 0.0, {})
    time_s = np.linspace(0.2, 1.9, 1000)
    np.testing.assert_allclose(both.level_v("p0", time_s) + both.level_v("p1", time_s), 1.0)


def test_a_held_signal_starts_later() -> None:
    held = Sequencer({"move": (Window(0.5, 0.8),)}, 1.0, 0.01, 0.0, {"move": 2})
    np.testing.assert_allclose(held.level_v("move", np.array([0.65, 1.65, 2.65])), [0, 0, 1])


def test_a_window_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="fit the period"):
        Sequencer({"p": (Window(0.0, 1.5),)}, 1.0, 0.01, 0.0, {}).subcircuit()
