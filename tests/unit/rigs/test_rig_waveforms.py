"""Waveforms: ramps, windows, sines that come and go."""

import numpy as np
import pytest

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.safety import Limits
from hgecircuit.run.rigs.waveforms import (
    Pace,
    Perturbation,
    build_waveform,
    ramp_to_zero,
    samples_per_window,
)

LIMITS = Limits(-np.ones(3), np.ones(3), np.full(3, 400.0))
PACE = Pace(1e4, 0.015, 2e-3, 5e-3)
DRIVE = Perturbation(
    np.array([400.0, 0, 700]), np.array([np.pi / 2, 0, 0]), np.array([0.02, 0, 0.03])
)
POINTS = np.array([[0.5, -0.4, 0.1], [0.5, 0.9, 0.1]])


def test_times_are_those_of_the_pace() -> None:
    waveform = build_waveform(POINTS, [DRIVE, DRIVE], 1000, PACE, LIMITS, np.zeros(3))
    # the present sample; per point ramp, settling, window, settling; ramp to zero; tail
    each = 150 + 20 + 1000 + 20
    assert waveform.samples == 1 + 2 * each + 150 + 50
    assert waveform.starts.tolist() == [1 + 170, 1 + each + 170]
    assert waveform.duration_s == pytest.approx(waveform.samples / 1e4)
    assert samples_per_window([DRIVE], 1000, PACE, LIMITS) >= each


def test_ramps_are_straight_and_as_long_as_the_slew_limit_needs() -> None:
    slow = Limits(-np.ones(3), np.ones(3), np.full(3, 20.0))
    none = Perturbation.none(3)
    waveform = build_waveform(POINTS[:1], [none], 10, PACE, slow, np.array([-0.5, 0, 0]))
    ramp = waveform.starts[0] - 20
    assert ramp == 1 + 501  # 1 V at 20 V/s takes 50 ms, and a hair more
    straight = np.linspace(-0.5, 0.5, 502)
    np.testing.assert_allclose(waveform.voltages_v[:ramp, 0], straight, atol=1e-12)


def test_no_electrode_ever_jumps_where_sines_come_and_go() -> None:
    """A cosine starts at its peak: without a ramp it would jump by 20 mV."""
    waveform = build_waveform(POINTS, [DRIVE, DRIVE], 1003, PACE, LIMITS, np.zeros(3))
    steps = abs(np.diff(waveform.voltages_v, axis=0)).max(axis=0)
    sines = DRIVE.slew_v_per_s + 2 * DRIVE.amplitudes_v / PACE.ramp_s
    ramps = np.array([0.5, 1.3, 0.1]) / PACE.ramp_s
    assert (steps <= (sines + ramps) / 1e4 + 1e-12).all()
    np.testing.assert_array_equal(waveform.voltages_v[-51:], 0)


def test_windows_with_different_drives() -> None:
    first = Perturbation(np.array([400.0, 0, 0]), np.zeros(3), np.array([0.02, 0, 0]))
    second = Perturbation(np.array([0, 500.0, 0]), np.zeros(3), np.array([0, 0.02, 0]))
    waveform = build_waveform(POINTS, [first, second], 100, PACE, LIMITS, np.zeros(3))
    times_s = np.arange(100) / 1e4
    for start, point_v, drive in zip(waveform.starts, POINTS, [first, second], strict=True):
        part = waveform.voltages_v[start : start + 100]
        np.testing.assert_array_equal(part, point_v + drive.at(times_s))


def test_a_perturbation_that_is_too_fast_by_itself() -> None:
    fast = Perturbation(np.array([4000.0, 0, 0]), np.zeros(3), np.array([0.02, 0, 0]))
    with pytest.raises(InputError, match=r"electrode 0: the perturbation alone is too fast"):
        build_waveform(POINTS[:1], [fast], 100, PACE, LIMITS, np.zeros(3))


def test_ramp_to_zero_has_no_window() -> None:
    waveform = ramp_to_zero(np.array([0.3, -1.0, 0]), PACE, LIMITS)
    assert not len(waveform.starts)
    assert waveform.voltages_v[0].tolist() == [0.3, -1.0, 0]
    assert waveform.samples == 1 + 150 + 50


@pytest.mark.parametrize(
    "wrong",
    [
        {"sample_rate_hz": 0.0},
        {"ramp_s": 0.0},
        {"ramp_s": np.nan},
        {"settle_s": -1.0},
        {"tail_s": np.inf},
    ],
)
def test_no_pace(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        Pace(**{"sample_rate_hz": 1e4, **wrong})
