"""Sizing laws and ideal responses of the parts, against independent truth."""

import math

import numpy as np
import pytest
from scipy import signal

from hgecircuit.parts.affine_readout import AffineReadout
from hgecircuit.parts.filters.butterworth3 import Butterworth3, settled_cutoff_hz
from hgecircuit.parts.filters.coupling import AcCoupling
from hgecircuit.parts.peak import StepLimiter
from hgecircuit.parts.sequencer import Sequencer, Window


def _scipy_butterworth(cutoff_hz: float) -> signal.TransferFunction:
    return signal.TransferFunction(*signal.butter(3, 2 * np.pi * cutoff_hz, analog=True))


def test_butterworth_response_is_scipys() -> None:
    lowpass = Butterworth3(40.0)
    frequency_hz = np.geomspace(0.4, 4000, 200)
    _, expected = signal.freqs(
        *signal.butter(3, 2 * np.pi * 40.0, analog=True), 2 * np.pi * frequency_hz
    )
    np.testing.assert_allclose(lowpass.response(frequency_hz), expected, rtol=1e-9)


def test_butterworth_components_make_the_poles() -> None:
    """The RC pole and the Sallen-Key pair from the component values themselves."""
    part = Butterworth3(40.0, capacitor_f=22e-9)
    w = 2 * np.pi * 40.0
    assert 1 / (part.rc_resistor_ohm * part.capacitor_f) == pytest.approx(w, rel=1e-12)
    r, c1, c2 = part.sallen_key_resistor_ohm, part.sallen_key_capacitor_f, part.capacitor_f
    poles = np.roots([r * r * c1 * c2, 2 * r * c2, 1.0])
    expected = w * np.exp(1j * np.array([2, -2]) * np.pi / 3)
    np.testing.assert_allclose(np.sort_complex(poles), np.sort_complex(expected), rtol=1e-9)


def test_butterworth_step_and_impulse_responses_are_scipys() -> None:
    lowpass, time_s = Butterworth3(40.0), np.linspace(0, 0.1, 1001)
    _, step = signal.step(_scipy_butterworth(40.0), T=time_s)
    _, impulse = signal.impulse(_scipy_butterworth(40.0), T=time_s)
    np.testing.assert_allclose(lowpass.step_response(time_s), step, atol=1e-9)
    np.testing.assert_allclose(lowpass.impulse_response_per_s(time_s), impulse, atol=1e-6)


@pytest.mark.parametrize(("settled", "angle"), [("first", 3.663), ("stay", 6.64)])
def test_both_readings_of_settled(settled: str, angle: float) -> None:
    """The two angles of the paper's "98 % settled", found from SciPy's step response."""
    cutoff_hz = settled_cutoff_hz(0.1, settled)
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
