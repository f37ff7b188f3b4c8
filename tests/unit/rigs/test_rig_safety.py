"""Waveforms that must not reach a rig: each way to break a limit is tried."""

import numpy as np
import pytest
from bench_rig import BenchRig
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.safety import Limits, RigError, check_samples
from hgecircuit.run.rigs.waveforms import Pace, Perturbation, Waveform, build_waveform

RATE_HZ = 1e4
LIMITS = Limits(np.array([-1.2, -0.7]), np.array([0.6, 0.3]), np.array([500.0, 1000.0]))
ZERO = np.zeros(2)
STEP = 500.0 / RATE_HZ  # largest change of electrode 0 between two samples


def good() -> np.ndarray:
    """A waveform that passes: up to the upper limits within 20 samples, and back."""
    up = np.linspace(0, 1, 21)[:, None]
    return np.concatenate([up, up[::-1]]) * LIMITS.maximum_v


def test_the_limits_themselves_are_inside() -> None:
    assert check_samples(good(), LIMITS, RATE_HZ, ZERO).max() == 0.6


@pytest.mark.parametrize("electrode", [0, 1])
@pytest.mark.parametrize("end", ["minimum_v", "maximum_v"])
def test_one_sample_beyond_a_limit_by_the_smallest_number(electrode: int, end: str) -> None:
    limit = getattr(LIMITS, end)[electrode]
    samples = np.zeros((81, 2))
    samples[:, electrode] = limit * (1 - abs(np.linspace(-1, 1, 81)))
    check_samples(samples, LIMITS, RATE_HZ, ZERO)
    samples[40, electrode] = np.nextafter(limit, np.sign(limit) * np.inf)
    with pytest.raises(InputError, match="outside the electrode's limits") as caught:
        check_samples(samples, LIMITS, RATE_HZ, ZERO)
    assert caught.value.key is not None
    assert caught.value.key.startswith(f"electrode {electrode}, sample 40 ")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none(value: float) -> None:
    samples = good()
    samples[7, 1] = value
    with pytest.raises(InputError, match="not a finite voltage"):
        check_samples(samples, LIMITS, RATE_HZ, ZERO)


def test_a_step_faster_than_the_slew_limit() -> None:
    samples = np.zeros((4, 2))
    samples[1:3, 0] = STEP
    assert check_samples(samples, LIMITS, RATE_HZ, ZERO)[1, 0] == STEP
    samples[1:3, 0] = STEP * (1 + 1e-12)
    with pytest.raises(InputError, match="faster than the slew limit"):
        check_samples(samples, LIMITS, RATE_HZ, ZERO)
    samples[1:3, 0] = 0
    samples[1:3, 1] = 1.5 * STEP  # electrode 1 may be twice as fast
    check_samples(samples, LIMITS, RATE_HZ, ZERO)


def test_the_first_sample_counts_from_the_present_voltage() -> None:
    samples = np.zeros((3, 2))
    check_samples(samples, LIMITS, RATE_HZ, np.array([0.9 * STEP, 0]))
    with pytest.raises(InputError, match=r"electrode 0, sample 0 .*faster than the slew limit"):
        check_samples(samples, LIMITS, RATE_HZ, np.array([1.1 * STEP, 0]))
    with pytest.raises(InputError, match="present voltages are not known"):
        check_samples(samples, LIMITS, RATE_HZ, np.array([np.nan, 0]))


def test_a_waveform_that_stays_somewhere() -> None:
    samples = good()[:-1]
    assert samples[-1].any()
    with pytest.raises(InputError, match="doesn't end at zero"):
        check_samples(samples, LIMITS, RATE_HZ, ZERO)


@pytest.mark.parametrize("shape", [(0, 2), (5,), (5, 3), (5, 2, 1)])
def test_shapes_of_another_rig(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="not a waveform of the rig's electrodes"):
        check_samples(np.zeros(shape), LIMITS, RATE_HZ, ZERO)


def test_what_was_checked_can_not_change_afterwards() -> None:
    samples = good()
    checked = check_samples(samples, LIMITS, RATE_HZ, ZERO)
    samples[:] = 99.0
    assert checked.max() == 0.6
    with pytest.raises(ValueError, match="read-only"):
        checked[0, 0] = 99.0


@pytest.mark.parametrize(
    ("low", "high", "slew"),
    [
        ([0.1, -1], [1, 1], [1, 1]),  # no way to 0 V
        ([-1, -1], [1, -0.1], [1, 1]),
        ([-1, 0], [1, 0], [1, 1]),
        ([-1, np.nan], [1, 1], [1, 1]),
        ([-1, -np.inf], [1, 1], [1, 1]),
        ([-1, -1], [1, 1], [1, 0]),
        ([-1, -1], [1, 1], [1, np.nan]),
        ([-1, -1], [1, 1], [1]),
        ([], [], []),
    ],
)
def test_limits_that_are_none(low: list[float], high: list[float], slew: list[float]) -> None:
    with pytest.raises(InputError):
        Limits(np.array(low), np.array(high), np.array(slew))


@settings(max_examples=60, deadline=None)
@given(
    points=arrays(float, (3, 2), elements=st.floats(0, 1)),
    present=arrays(float, 2, elements=st.floats(0, 1)),
    ramp_s=st.floats(1e-4, 0.02),
    amplitude=st.floats(0, 0.02),
    frequency=st.floats(1, 3000),
    phase=st.floats(0, 6.3),
    settle_s=st.floats(0, 5e-3),
)
def test_whatever_is_built_passes_the_check(
    points: np.ndarray,
    present: np.ndarray,
    ramp_s: float,
    amplitude: float,
    frequency: float,
    phase: float,
    settle_s: float,
) -> None:
    """From anywhere through anything to zero, at any pace: built, or refused as too fast."""
    span = LIMITS.maximum_v - LIMITS.minimum_v
    inner = np.array([amplitude, 0.0])
    settings_v = LIMITS.minimum_v + inner + (span - 2 * inner) * points * (1 - 1e-9)
    present_v = np.minimum(LIMITS.minimum_v + span * present, LIMITS.maximum_v)
    drive = Perturbation(np.array([frequency, 0]), np.array([phase, 0]), inner)
    pace = Pace(RATE_HZ, ramp_s, settle_s)
    needed = 2 * np.pi * frequency * amplitude + 2 * amplitude / ramp_s
    if needed > 499.9:
        with pytest.raises(InputError, match="too fast"):
            build_waveform(settings_v, [drive] * 3, 50, pace, LIMITS, present_v)
        return
    waveform = build_waveform(settings_v, [drive] * 3, 50, pace, LIMITS, present_v)
    checked = check_samples(waveform.voltages_v, LIMITS, RATE_HZ, present_v)
    np.testing.assert_array_equal(checked[0], present_v)
    for start, setting_v in zip(waveform.starts, settings_v, strict=True):
        steady = setting_v + drive.at(np.arange(50) / RATE_HZ)
        np.testing.assert_array_equal(checked[start : start + 50], steady)


def rig(**settings: object) -> BenchRig:
    return BenchRig(lambda volts: 1e-9 * volts[:, 0], LIMITS, **settings)  # type: ignore[arg-type]


def test_a_rig_is_given_nothing_that_did_not_pass() -> None:
    bad = good()
    bad[20, 0] = 0.61
    with rig() as bench:
        with pytest.raises(InputError):
            bench.play(Waveform(bad, RATE_HZ, np.zeros(0, int), 0))
        assert not bench.played
        np.testing.assert_array_equal(bench.present_v, ZERO)
        bench.play(Waveform(good(), RATE_HZ, np.zeros(0, int), 0))
        assert len(bench.played) == 1


def test_after_a_failure_the_present_voltages_are_not_known() -> None:
    def fail(_: np.ndarray) -> None:
        raise RigError("broken")

    with rig(fail=fail) as bench:
        waveform = Waveform(good(), RATE_HZ, np.zeros(0, int), 0)
        with pytest.raises(RigError, match="broken"):
            bench.play(waveform)
        with pytest.raises(RigError, match=r"not known.*rig zero"):
            bench.play(waveform)
        assert len(bench.played) == 1


def test_a_rig_that_is_not_open_plays_nothing() -> None:
    bench = rig()
    with pytest.raises(RigError, match="not known"):
        bench.play(Waveform(good(), RATE_HZ, np.zeros(0, int), 0))
