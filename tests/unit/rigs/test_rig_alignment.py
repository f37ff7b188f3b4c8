"""Interpolation between samples, and the input's clock against the outputs'."""

import numpy as np
import pytest

from hgecircuit.run.rigs.alignment import Timing, interpolate


@pytest.mark.parametrize("frequency", [0.001, 0.03, 0.1, 0.2, 0.3, 0.35])
def test_sines_between_samples(frequency: float) -> None:
    samples = np.sin(2 * np.pi * frequency * np.arange(400) + 0.3)
    positions = np.linspace(50, 350, 1717)
    exact = np.sin(2 * np.pi * frequency * positions + 0.3)
    error = abs(interpolate(samples, positions) - exact).max()
    # docs of the module: below 3e-6 up to 0.35 of the sample rate, 1e-6 up to a fifth
    assert error < (1e-6 if frequency <= 0.2 else 3e-6)


def test_samples_themselves_come_back() -> None:
    samples = np.random.default_rng(3).normal(size=300)
    positions = np.arange(20.0, 280.0)
    np.testing.assert_allclose(interpolate(samples, positions), samples[20:280], atol=1e-12)


def test_a_constant_stays_one_and_ends_go_on() -> None:
    np.testing.assert_allclose(interpolate(np.full(50, 2.5), np.linspace(-3, 60, 99)), 2.5)


def test_shapes() -> None:
    assert interpolate(np.arange(100.0), np.full((4, 3, 2), 50.5)).shape == (4, 3, 2)


def test_a_delayed_input_on_a_faster_clock() -> None:
    """What the outputs did at t is found where it arrives."""
    timing, rate_hz = Timing(latency_s=3.7e-3, drift=80e-6), 1.024e4
    sampled_s = np.arange(4000) / (rate_hz * (1 + timing.drift)) - timing.latency_s
    samples = np.sin(2 * np.pi * 440 * sampled_s)
    times_s = np.arange(500, 3000) / 1e4
    found = interpolate(samples, timing.positions(times_s, rate_hz))
    np.testing.assert_allclose(found, np.sin(2 * np.pi * 440 * times_s), atol=1e-6)
