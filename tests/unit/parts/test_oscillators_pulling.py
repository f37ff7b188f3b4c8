"""Two bridges that a stray joins: Adler's limits, the load, the lines at the other's frequency."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from hgecircuit.errors import InputError
from hgecircuit.parts.oscillators import OscillatorBank, WienBank
from hgecircuit.parts.oscillators.pulling import Pull

PLAN = ((1000.0, 1000.0, 1100.0), (0.0, math.pi / 2, 0.0), (0.0,) * 3)
# f_L = 10 Hz with the bridges' 10 nF.
COUPLING_OHM = 1 / (2 * math.pi * 10e-9 * 10.0)


@pytest.mark.parametrize(("share", "locked"), [(0.99, False), (1.01, True)])
def test_they_lock_inside_the_range_only(share: float, locked: bool) -> None:
    assert Pull(0, 1, -50.0, 50.0 * share).locked is locked


def test_pulled_distance_is_the_mean_of_adlers_equation() -> None:
    pull = Pull(0, 1, 100.0, 80.0)

    def slope(_: float, psi: np.ndarray) -> np.ndarray:
        return 2 * math.pi * (pull.apart_hz - pull.locking_hz * np.sin(psi))

    ends_rad = solve_ivp(slope, (0, 10), [0.0], rtol=1e-9, atol=1e-9).y[0]
    left_hz = (ends_rad[-1] - ends_rad[0]) / (2 * math.pi * 10)
    assert pull.apart_hz - 2 * pull.pulled_hz == pytest.approx(left_hz, abs=0.1)


def test_line_is_what_a_bridge_without_limiter_answers() -> None:
    """p'' + w_0^2 p = w_0^2 (R/R_c) (u'/w_0 + u), to the distance's share."""
    natural, other, ratio = 1000.0, 1020.0, 1e-3
    answer = ratio * abs(1 + 1j * other / natural) / abs(1 - (other / natural) ** 2)
    assert Pull(0, 1, other - natural, ratio * natural).line == pytest.approx(answer, rel=0.03)


def test_a_stray_loads_pulls_and_leaks() -> None:
    alone, joined = WienBank(*PLAN), WienBank(*PLAN, coupling_ohm=COUPLING_OHM)
    (pull,) = joined.pulls
    assert pull.locking_hz == pytest.approx(10.0, rel=1e-9)
    moved_hz = [
        b.frequency_hz - a.frequency_hz
        for a, b in zip(alone.carriers, joined.carriers, strict=True)
    ]
    # (100 - sqrt(100^2 - 10^2)) / 2 = 0.25 Hz to each other.
    assert moved_hz[0] - moved_hz[2] == pytest.approx(0.5, rel=0.02)
    assert moved_hz[0] == moved_hz[1]
    # Half the range by the load; less amplitude, less distortion, which slowed them by up to 3e-4.
    assert moved_hz[0] + moved_hz[2] == pytest.approx(10.0, abs=0.6)
    assert joined.carriers[0].amplitude_v < alone.carriers[0].amplitude_v
    line = 10 / 100 / math.sqrt(2)
    expected = np.array([[0, 0, line], [0, 0, line], [line, line, 0]])
    np.testing.assert_allclose(joined.neighbours, expected, rtol=0.01)
    assert not alone.neighbours.any()
    assert not OscillatorBank(*PLAN).pulls


def test_locked_bridges_have_all_of_each_other() -> None:
    bank = WienBank(*PLAN, coupling_ohm=COUPLING_OHM / 20)
    assert bank.pulls[0].locked
    assert bank.neighbours.max() == 1.0
    assert bank.carriers == replace(bank, coupling_ohm=None).carriers


def test_a_load_that_stops_the_oscillator_is_refused() -> None:
    """The excess gain of 3 % of 3 feeds a load of 0.09, 90 Hz at 1 kHz."""
    with pytest.raises(InputError, match="stops the oscillator of 1000 Hz"):
        _ = WienBank(*PLAN, coupling_ohm=COUPLING_OHM / 9.5).oscillators
