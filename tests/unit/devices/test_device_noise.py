import math

import numpy as np
import pytest
from scipy.signal import welch

from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.errors import InputError

PAPER = NoiseSpec(flicker_a2_per_hz=1e-5 * 1e-18, frequency_hz=1e3, exponent=1.5, seed=3)


@pytest.mark.parametrize(
    ("white", "flicker", "exponent"),
    [
        (2e-23, 0.0, 1.0),
        (0.0, 1e-23, 0.0),
        (0.0, 1e-23, 1.0),
        (0.0, 1e-23, 1.5),
        (0.0, 1e-23, 2.0),
        (1e-23, 1e-23, 1.5),
    ],
)
def test_density_by_welch_s_method(white, flicker, exponent):
    spec = NoiseSpec(white, flicker, exponent=exponent, sample_rate_hz=1e4, seed=11)
    current = spec.sample(60.0).current_a
    length = 4096
    frequency, density = welch(current, 1e4, "hann", length, detrend=False)
    ratio = density[1:] / spec.density_a2_per_hz(frequency[1:])
    segments = 2 * len(current) / length - 1
    # from the 16th bin on, leakage of a 1/f^2 density through the Hann window is below 1 %
    for low, high in ((16, 64), (64, 256), (256, 1024), (1024, 2040)):
        # overlapping Hann segments: variance 11/9 of that of independent ones (Welch 1967), and
        # neighbouring bins are correlated, counted as half as many
        sigma = math.sqrt(11 / 9 / segments / ((high - low) / 2))
        assert abs(np.mean(ratio[low:high]) - 1) < 5 * sigma + 0.01


def test_the_paper_s_noise_has_the_stated_density():
    assert PAPER.density_a2_per_hz(1e3) == pytest.approx(1e-23)
    assert PAPER.density_a2_per_hz(10.0) == pytest.approx(1e-23 * 100**1.5)


def test_white_noise_has_the_stated_variance():
    spec = NoiseSpec(white_a2_per_hz=1e-22, sample_rate_hz=1e5, seed=5)
    current = spec.sample(2.0).current_a
    # S fs / 2, with a standard error of sqrt(2 / n)
    assert np.var(current) / (1e-22 * 1e5 / 2) == pytest.approx(1, abs=5 * math.sqrt(2 / 2e5))


def test_a_seed_gives_the_same_samples_and_another_seed_does_not():
    first, again = PAPER.sample(0.5), PAPER.sample(0.5)
    assert first.sha256 == again.sha256
    np.testing.assert_array_equal(first.current_a, again.current_a)
    other = NoiseSpec(**{**vars(PAPER), "seed": 4}).sample(0.5)
    assert abs(np.corrcoef(first.current_a, other.current_a)[0, 1]) < 0.9
    assert first.provenance["seed"] == 3


def test_the_end_does_not_repeat_the_beginning():
    current = PAPER.sample(1.0).current_a
    # a periodic record would have an end-to-end step like any other step
    steps = np.abs(np.diff(current)).max()
    assert abs(current[-1] - current[0]) > 3 * steps


def test_samples_cover_the_duration_and_are_joined_by_lines():
    noise = PAPER.sample(0.01)
    assert len(noise.current_a) == 101
    assert noise.at(0.0) == noise.current_a[0]
    middle = (noise.current_a[3] + noise.current_a[4]) / 2
    assert noise.at(3.5e-4) == pytest.approx(middle, rel=1e-9)
    np.testing.assert_allclose(noise.at(np.arange(101) * 1e-4), noise.current_a, rtol=1e-9)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("white_a2_per_hz", -1e-23),
        ("flicker_a2_per_hz", math.nan),
        ("frequency_hz", 0.0),
        ("exponent", 2.5),
        ("exponent", -0.1),
        ("sample_rate_hz", math.inf),
        ("seed", -1),
    ],
)
def test_bad_noise_is_refused_by_key(key, value):
    with pytest.raises(InputError, match=key):
        NoiseSpec(**{"white_a2_per_hz": 1e-23, key: value})


def test_no_noise_and_too_much_are_refused():
    with pytest.raises(InputError, match="both densities"):
        NoiseSpec()
    with pytest.raises(InputError, match="too many"):
        PAPER.sample(1e4)
    for duration_s in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(InputError, match="duration"):
            PAPER.sample(duration_s)


def test_the_subcircuit_has_one_port_and_short_sources():
    text = PAPER.sample(1.0).subcircuit().write()
    assert ".subckt device_noise out\n" in text
    assert sum(line.startswith("B") for line in text.splitlines()) == math.ceil(10_001 / 4096)
