"""Noise streams against their law: exactly, by Welch estimates, and down to 1/T.

Limits for random quantities are two-sided chi-square intervals. RISK is the chance that a correct
program fails one of them.
"""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import welch
from scipy.stats import chi2

from hgecircuit.design.error_model import LockIn as ModelLockIn
from hgecircuit.design.error_model import window_for
from hgecircuit.design.error_model.noise import noise_variance
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.errors import InputError
from hgecircuit.run.reference.lock_in import LockIn
from hgecircuit.run.reference.noise import (
    IndependentNoise,
    NoiseLaw,
    NoiseStream,
    OutputDrift,
    SummedNoise,
)

RATE_HZ = 1e4
DENSITY = 1e-23  # A^2/Hz, the order of the paper's device
RISK = 1e-4
PAPER = NoiseSpec(flicker_a2_per_hz=DENSITY, frequency_hz=1e3, exponent=1.5, seed=3)


def flicker(exponent, seed=1, white=0.0):
    return NoiseSpec(white, DENSITY, 1e3, exponent, RATE_HZ, seed)


def assert_variance(ratio, degrees, slack=0.0):
    """``ratio`` of found to expected variance, a mean of ``degrees`` squares of unit variance."""
    low, high = chi2.ppf([RISK / 2, 1 - RISK / 2], degrees) / degrees
    assert low - slack < ratio < high + slack


# --- the density, exactly -------------------------------------------------------------------------


@settings(deadline=None)
@given(
    exponent=st.floats(1e-6, 2),
    lowest=st.floats(math.log(1e-9), math.log(0.25)).map(math.exp),
    white=st.sampled_from([0.0, 1e-23]),
)
def test_density_follows_the_law_within_the_stated_error(exponent, lowest, white):
    law = NoiseLaw(flicker(exponent, white=white), lowest * RATE_HZ)
    frequency_hz = np.geomspace(lowest, 0.5, 400) * RATE_HZ
    error = law.density_a2_per_hz(frequency_hz) / law.spec.density_a2_per_hz(frequency_hz) - 1
    assert np.abs(error).max() < 0.015
    assert np.abs(error[frequency_hz <= 0.48 * RATE_HZ]).max(initial=0) < 0.005


@pytest.mark.parametrize("exponent", [0.1, 1.0, 1.5, 2.0])
def test_density_is_flat_below_the_corner(exponent):
    law = NoiseLaw(flicker(exponent), 30.0)
    # the corner is at 0.1 Hz; a pole there gives 1 / (1 + 1/100) at a tenth of it
    low = law.density_a2_per_hz(np.array([0.0, 1e-3, 1e-2]))
    np.testing.assert_allclose(low / low[0], 1, atol=0.011)


@pytest.mark.parametrize(
    "spec",
    [
        flicker(0.0),
        flicker(1e-310),
        flicker(0.0, white=DENSITY),
        NoiseSpec(white_a2_per_hz=3e-23),
    ],
    ids=["n = 0", "n near 0", "n = 0 and white", "white"],
)
def test_white_noise_is_exactly_flat_and_needs_no_lowest_frequency(spec):
    law = NoiseLaw(spec)
    expected = spec.white_a2_per_hz + spec.flicker_a2_per_hz
    density = law.density_a2_per_hz(np.linspace(0, RATE_HZ / 2, 11))
    np.testing.assert_allclose(density / expected, 1, rtol=1e-12)
    assert law.variance_a2 / (expected * RATE_HZ / 2) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.5, 2.0])
def test_variance_is_the_integral_of_the_density(exponent):
    law = NoiseLaw(flicker(exponent, white=DENSITY), 10.0)
    frequency_hz = np.concatenate([[0.0], np.geomspace(1e-6, RATE_HZ / 2, 20_000)])
    integral = np.trapezoid(law.density_a2_per_hz(frequency_hz), frequency_hz)
    assert integral / law.variance_a2 == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize("exponent", [0.01, 1.0, 2.0])
def test_start_states_have_the_stationary_covariance(exponent):
    bank = NoiseLaw(flicker(exponent), 1e-3).bank
    pole = 1 - bank.distances
    # x_k = p_k x_k + e for all k with one e: C = p C p^T + 1
    covariance = bank._factor() @ bank._factor().T
    found = covariance - np.outer(pole, pole) * covariance
    # p rounds to 1e-16, the smallest 1 - p^2 is 4e-12
    assert np.abs(found - 1).max() < 1e-3


# --- estimates from samples -----------------------------------------------------------------------

SEGMENT = 1024
ROWS = 800


def expected_periodogram(spec, lowest_hz):
    """Mean of a Hann-windowed periodogram at every bin: the law folded with the window's kernel.

    The law alone, not the filter: flat below ``lowest_hz`` / 300.
    """
    fine = 16
    total = SEGMENT * fine
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SEGMENT) / SEGMENT)
    kernel = np.abs(np.fft.fft(window, total)) ** 2 / (np.sum(window**2) * total)
    frequency_hz = np.abs(np.fft.fftfreq(total, 1 / RATE_HZ))
    density = spec.density_a2_per_hz(np.maximum(frequency_hz, lowest_hz / 300))
    folded = np.fft.ifft(np.fft.fft(density) * np.fft.fft(kernel)).real
    return folded[: total // 2 : fine]


@pytest.mark.parametrize("kind", [IndependentNoise, NoiseStream])
@pytest.mark.parametrize(
    "spec",
    [
        NoiseSpec(white_a2_per_hz=2e-23, seed=11),
        flicker(0.0, 12),
        flicker(0.7, 13),
        flicker(1.0, 14),
        flicker(1.5, 15),
        flicker(2.0, 16),
        flicker(1.5, 17, white=1e-22),
    ],
    ids=lambda spec: f"n={spec.exponent:g} white={spec.white_a2_per_hz:g}",
)
def test_welch_estimate_of_the_density(spec, kind):
    """R segments and m bins give 2 R m degrees of freedom when all are independent.

    Every third bin of a Hann window is, and so are neighbouring segments of one record: the squared
    correlations, from the window's kernel and the law, are below 1e-6 from bin 5 on.
    """
    lowest_hz = RATE_HZ / SEGMENT if kind is IndependentNoise else RATE_HZ / SEGMENT / ROWS
    current = kind(spec, lowest_hz)(ROWS, SEGMENT)
    frequency_hz, density = welch(
        current.ravel(), RATE_HZ, "hann", SEGMENT, noverlap=0, detrend=False
    )
    expected = expected_periodogram(spec, lowest_hz)
    ratio = density[:-1] / expected
    for first, last in ((5, 9), (9, 17), (17, 33), (33, 65), (65, 129), (129, 257), (257, 492)):
        bins = np.arange(first, last, 3)
        # 0.5 %: the stated error of the density up to 0.48 of the sample rate, bin 491
        assert_variance(np.mean(ratio[bins]), 2 * ROWS * len(bins), slack=0.005)
    assert frequency_hz[491] < 0.48 * RATE_HZ


def trapezoid(kernel, exponent, samples):
    """Integral of kernel(f / f_s) f^-exponent from 0 to f_s / 2 for rows of ``samples``."""
    slow = np.geomspace(1e-14, 1, 5000)
    grid = np.concatenate([slow, np.arange(1.01, samples / 2, 0.01)]) / samples
    return np.trapezoid(kernel(grid) * (grid * RATE_HZ) ** -exponent, grid) * RATE_HZ


def change_variance(exponent, samples):
    """Mean square of the difference of the means of two halves of ``samples``, per density at 1 Hz.

    Two adjacent means of M samples: |2 sin(pi f M / f_s) sin(..) / (M sin(pi f / f_s))|^2, times
    the law, over all frequencies up to f_s / 2.
    """
    half = samples // 2

    def kernel(grid):
        return 4 * np.sin(np.pi * grid * half) ** 4 / (half * np.sin(np.pi * grid)) ** 2

    return trapezoid(kernel, exponent, samples)


@pytest.mark.parametrize(
    ("exponent", "closed"),
    [
        # twice the Allan variance of h f^-n at tau (IEEE Std 1139, annex): h / (2 tau), 2 ln(2) h,
        # 2 pi^2 h tau / 3
        (0.0, lambda tau: 1 / tau),
        (1.0, lambda tau: 4 * math.log(2)),
        (2.0, lambda tau: 4 * math.pi**2 * tau / 3),
    ],
)
def test_the_expected_change_is_the_allan_variance(exponent, closed):
    samples = 1024
    found = change_variance(exponent, samples)
    # the closed forms are for continuous time; a mean of 512 samples comes close
    assert found / closed(samples / 2 / RATE_HZ) == pytest.approx(1, rel=3e-3)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 1.5, 2.0])
def test_the_slowest_change_of_a_row_is_right(exponent):
    """Down to 1/T: the difference of a row's halves, with 1/T as the lowest frequency."""
    rows, samples = 12_000, 64
    current = IndependentNoise(flicker(exponent, 21), RATE_HZ / samples)(rows, samples)
    half = samples // 2
    change = current[:, half:].mean(axis=1) - current[:, :half].mean(axis=1)
    expected = change_variance(exponent, samples) * DENSITY * 1e3**exponent
    # 1.5 %: 1 % for the flat part below the corner (n = 2), 0.5 % for the density
    assert_variance(np.mean(change**2) / expected, rows, slack=0.015)


def test_mean_over_a_row_where_the_law_alone_fixes_it():
    """For n < 1 the T-average's variance converges without a lowest frequency."""
    rows, samples, exponent = 12_000, 64, 0.5
    # The mean reaches down to 0 Hz, so the corner must be far below 1/T for a small share.
    mean = IndependentNoise(flicker(exponent, 22), 1e-3)(rows, samples).mean(axis=1)

    def kernel(grid):
        return (np.sin(np.pi * grid * samples) / (samples * np.sin(np.pi * grid))) ** 2

    expected = trapezoid(kernel, exponent, samples) * DENSITY * 1e3**exponent
    assert_variance(np.mean(mean**2) / expected, rows, slack=0.005)


@pytest.mark.parametrize("exponent", [0.3, 1.5, 2.0])
def test_every_row_is_stationary_from_its_first_sample(exponent):
    rows = 8000
    noise = IndependentNoise(flicker(exponent, 23), RATE_HZ / 50)
    current = noise(rows, 50)
    for column in (0, 1, 25, 49):
        assert_variance(np.mean(current[:, column] ** 2) / noise.law.variance_a2, rows)


def step_variance(law):
    """Mean square of the step from one sample to the next, from the density."""
    frequency_hz = np.geomspace(law.lowest_hz / 1e3, RATE_HZ / 2, 20_000)
    kernel = 4 * np.sin(np.pi * frequency_hz / RATE_HZ) ** 2
    return np.trapezoid(law.spec.density_a2_per_hz(frequency_hz) * kernel, frequency_hz)


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0])
def test_the_record_goes_on_across_measurements(exponent):
    rows = 6000
    noise = NoiseStream(flicker(exponent, 24), RATE_HZ / (rows * 10))
    current = np.concatenate([noise(rows // 10, 10) for _ in range(10)])
    border = current[1:, 0] - current[:-1, -1]
    # borders are ten samples apart, their steps nearly independent (correlation 0.009 at most)
    expected = step_variance(noise.law)
    assert_variance(np.mean(border**2) / expected, rows - 1, slack=0.005)


def test_independent_rows_share_nothing():
    rows = 4000
    noise = IndependentNoise(flicker(1.5, 25), RATE_HZ / 10)
    current = noise(rows, 10)
    border = current[1::2, 0] - current[::2, -1]
    assert_variance(np.mean(border**2) / (2 * noise.law.variance_a2), rows // 2)
    correlation = np.corrcoef(current[1:].mean(axis=1), current[:-1].mean(axis=1))[0, 1]
    assert abs(correlation) < 4 / math.sqrt(rows)


@pytest.mark.parametrize(
    "spec",
    [PAPER, flicker(0.8, 5, white=4e-24)],
    ids=["1/f^1.5", "1/f^0.8 and white"],
)
def test_derivative_noise_is_what_the_error_model_expects(spec):
    """Through the lock-in, against the variance that design computes from the same law."""
    records, time_s = 2000, 0.02
    frequencies_hz, amplitudes_v = (150.0, 900.0), (0.008, 0.01)
    lock_in = LockIn(frequencies_hz, (0.3, 1.7), amplitudes_v, time_s, RATE_HZ)
    current = IndependentNoise(spec, 1 / time_s)(records, lock_in.samples)
    x_a, y_a = lock_in.demodulate(current)
    model = ModelLockIn(
        np.array(frequencies_hz),
        np.array(amplitudes_v),
        window_for("butterworth", time_s, settled="first"),
        remove_mean=True,
    )
    # the model averages over the reference's phase, as the mean over two phases 90 degrees apart
    # does; that mean has at least as many degrees of freedom as X alone
    found = np.mean(x_a**2 + y_a**2, axis=0) / 2 / np.square(amplitudes_v)
    for ratio in found / noise_variance(model, spec):
        assert_variance(ratio, records, slack=0.005)


# --- blocks, seeds, records -----------------------------------------------------------------------


def test_ten_reads_are_one_read_bit_for_bit():
    spec = flicker(1.5, 7, white=DENSITY)
    whole = NoiseStream(spec, 1.0).read(10_000)
    parts = NoiseStream(spec, 1.0)
    np.testing.assert_array_equal(np.concatenate([parts.read(1000) for _ in range(10)]), whole)
    uneven = NoiseStream(spec, 1.0)
    pieces = [uneven.read(1), uneven.read(998), uneven(3, 3000).ravel(), uneven.read(1)]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


@pytest.mark.parametrize(
    "make",
    [
        lambda: IndependentNoise(flicker(1.5, 7, white=DENSITY), 20.0),
        lambda: IndependentNoise(NoiseSpec(white_a2_per_hz=DENSITY)),
        lambda: NoiseStream(flicker(2.0, 7), 1.0),
        lambda: OutputDrift(1e-9, RATE_HZ),
        lambda: SummedNoise(NoiseStream(PAPER, 1.0), OutputDrift(1e-9)),
    ],
    ids=["independent", "white", "stream", "drift", "sum"],
)
def test_work_split_over_calls_gives_the_same_noise(make):
    whole, source = make()(40, 500), make()
    split = np.concatenate([source(1, 500), source(8, 500), source(31, 500)])
    np.testing.assert_array_equal(split, whole)
    assert whole.shape == (40, 500)


@pytest.mark.parametrize("kind", [NoiseStream, IndependentNoise])
def test_another_seed_gives_other_noise(kind):
    first, other = (kind(flicker(0.5, seed), 10.0)(50, 200).ravel() for seed in (1, 2))
    # n = 0.5: a correlation time of some samples, so 50 rows have far more than 400 free numbers
    assert abs(np.corrcoef(first, other)[0, 1]) < 4 / math.sqrt(400)


def test_provenance_makes_the_same_noise_again():
    first = NoiseStream(flicker(1.5, 9, white=DENSITY), 2.0)
    first(3, 100)
    record = first.provenance
    names = ("white_a2_per_hz", "flicker_a2_per_hz", "frequency_hz", "exponent", "sample_rate_hz")
    spec = NoiseSpec(**{name: record[name] for name in (*names, "seed")})
    again = NoiseStream(spec, record["lowest_hz"])
    again.read(record["samples_read"])
    np.testing.assert_array_equal(again.read(50), first.read(50))
    assert (record["rows"], record["samples_read"]) == ("one record", 300)


def test_drift_is_a_straight_line_through_all_measurements():
    drift = OutputDrift(2e-9, 1e3)
    found = np.concatenate([drift(2, 10), drift(1, 10)]).ravel()
    np.testing.assert_allclose(found * 1e9, 2 * np.arange(30) / 1e3, rtol=1e-12, atol=1e-15)


def test_a_sum_adds_and_remembers_its_parts():
    both = SummedNoise(NoiseStream(PAPER, 1.0), OutputDrift(1e-6))
    expected = NoiseStream(PAPER, 1.0)(2, 5) + OutputDrift(1e-6)(2, 5)
    np.testing.assert_array_equal(both(2, 5), expected)
    first, second = both.provenance["sum"]
    assert first["seed"] == 3
    assert second == {"rate_a_per_s": 1e-6, "sample_rate_hz": 1e4, "samples_read": 10}


@pytest.mark.parametrize("lowest_hz", [None, 0.0, -1.0, math.nan, math.inf, 1e-7, 2501.0])
def test_a_lowest_frequency_that_cannot_be_is_refused(lowest_hz):
    with pytest.raises(InputError, match="lowest_hz"):
        NoiseStream(PAPER, lowest_hz)


def test_rows_longer_than_the_slowest_noise_are_refused():
    noise = IndependentNoise(PAPER, 10.0)
    assert noise(1, 1000).shape == (1, 1000)
    with pytest.raises(InputError, match=r"9\.99001 Hz or lower"):
        noise(1, 1001)


@pytest.mark.parametrize(
    "source", [NoiseStream(PAPER, 1.0), IndependentNoise(PAPER, 10.0), OutputDrift(1.0)]
)
@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (-1, 5)])
def test_no_samples_are_refused(source, shape):
    with pytest.raises(InputError, match="no samples"):
        source(*shape)


def test_a_drift_or_a_sum_of_nothing_is_refused():
    for arguments in ((math.nan,), (math.inf,), (1.0, 0.0), (1.0, math.nan)):
        with pytest.raises(InputError):
            OutputDrift(*arguments)
    with pytest.raises(InputError, match="sum"):
        SummedNoise()


def test_the_module_loads_nothing_heavy_and_nothing_of_the_circuit():
    program = (
        "import sys, hgecircuit.run.reference.noise, hgecircuit.run.reference.converters; "
        "print([name for name in sys.modules if name.startswith(("
        "'hgecircuit.netlist', 'hgecircuit.devices', 'PySpice', 'scipy'))])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout.strip() == "[]"
