import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgecircuit.errors import InputError
from hgecircuit.run.reference.converters import NI_9202, NI_9264, Converter

ADC = Converter("adc", bits=8, range_v=1.0)
DAC = Converter("dac", bits=8, range_v=1.0)


@pytest.mark.parametrize("bits", [2, 8, 16, 24])
def test_quantisation_error_of_a_ramp_is_q_squared_over_12(bits):
    """A ramp of M equal substeps over whole steps: the errors are the M values i/M - 1/2 + 1/(2 M).

    Their mean square is (1 - 1/M^2) / 12 of q^2, exactly.
    """
    adc = Converter("adc", bits=bits, range_v=10.0)
    substeps, steps = 1000, 2
    ramp = (np.arange(substeps * steps) + 0.5) / substeps - 1.5  # in steps, from -3/2 to 1/2
    error = adc(ramp * adc.step_v) / adc.step_v - ramp
    assert np.mean(error**2) == pytest.approx((1 - substeps**-2) / 12, rel=1e-6)
    assert abs(np.mean(error)) < 1e-9
    assert np.abs(error).max() <= 0.5


def test_quantisation_error_of_a_noisy_signal_is_q_squared_over_12():
    """Gaussian noise of 1 q: the error is uniform but for exp(-2 pi^2) = 3e-9.

    Uniform errors of variance q^2 / 12 have a fourth moment of q^4 / 80: the estimate of the
    variance from n samples has a standard error of sqrt((1/80 - 1/144) / n) q^2, sqrt(0.8 / n) of
    it.
    """
    count = 200_000
    rng = np.random.default_rng(4)
    volts = 0.3 + ADC.step_v * rng.standard_normal(count)
    error = (ADC(volts) - volts) / ADC.step_v
    assert np.mean(error**2) * 12 == pytest.approx(1, abs=4 * math.sqrt(0.8 / count))
    # white: neighbouring errors are uncorrelated
    assert abs(np.mean(error[1:] * error[:-1])) * 12 < 4 / math.sqrt(count)


def test_a_sine_below_half_a_step_vanishes_and_dither_brings_it_back():
    samples, amplitude = 200_000, 0.4  # in steps
    angle = 2 * np.pi * 37 * np.arange(samples) / samples
    signal = amplitude * np.sin(angle)
    assert not ADC(signal * ADC.step_v).any()
    # uniform dither one step wide makes the mean of the output equal to its input; signal, dither
    # and error leave 2 <y sin> with a standard error of at most sqrt(2 / n) * (1/2) steps
    dither = np.random.default_rng(5).uniform(-0.5, 0.5, samples)
    found = 2 * np.mean(ADC((signal + dither) * ADC.step_v) / ADC.step_v * np.sin(angle))
    assert found == pytest.approx(amplitude, abs=4 * math.sqrt(2 / samples) / 2)


def test_codes_end_where_two_s_complement_ends():
    step = 2 / 256
    assert ADC.step_v == step
    # codes -128 .. 127; a value belongs to the last code up to half a step beyond it
    values = np.array([-2.0, -1 - 0.51 * step, -1 - 0.49 * step, -1.0, 0.0])
    np.testing.assert_array_equal(ADC(values), [-1, -1, -1, -1, 0])
    assert ADC.clipped(values) == 2
    top = 127 * step
    values = np.array([top, top + 0.49 * step, top + 0.51 * step, 1.0, np.inf])
    np.testing.assert_array_equal(ADC(values), np.full(5, top))
    assert ADC.clipped(values) == 3
    assert ADC.clipped(0.2) == 0


@settings(deadline=None)
@given(
    bits=st.integers(1, 24),
    values=st.lists(st.floats(-3, 3), min_size=1, max_size=20),
)
def test_values_in_range_are_off_by_half_a_step_at_most(bits, values):
    adc = Converter("adc", bits=bits, range_v=2.0)
    values = np.array(values)
    found = adc(values)
    lowest, highest = -2 - adc.step_v / 2, 2 - adc.step_v / 2
    inside = (values > lowest) & (values < highest)
    outside = (values < lowest) | (values > highest)
    assert np.all(np.abs(found - values)[inside] <= adc.step_v * (0.5 + 1e-9))
    assert adc.clipped(values[inside]) == 0
    assert adc.clipped(values[outside]) == np.count_nonzero(outside)
    np.testing.assert_array_equal(adc(found), found)


def test_currents_are_read_through_a_transimpedance():
    adc = Converter("adc", bits=16, range_v=10.0, gain_v_per_unit=-1e8)
    assert adc.step * 1e12 == pytest.approx(20 / 65536 / 1e8 * 1e12, rel=1e-12)
    current_a = np.array([-150.0, -30.0, 0.0, 12.34567, 99.0]) * 1e-9
    found = adc(current_a)
    assert np.abs(found[1:] - current_a[1:]).max() <= adc.step * 0.5000001
    # -150 nA is 15 V at an inverting converter: the top code, 10 V less one step
    assert found[0] * 1e9 == pytest.approx(-100 * (1 - 2**-15), rel=1e-12)
    assert adc.clipped(current_a) == 1


def test_an_adc_s_errors_come_before_its_codes():
    adc = dataclasses.replace(ADC, gain_error=0.1, offset_error_v=0.05)
    # 1.1 * 0.4 + 0.05 = 0.49 V, 62.72 steps
    assert adc(0.4) / ADC.step_v == pytest.approx(63, rel=1e-12)
    # 0.95 V reads 1.095 V: clipped, though within the range
    assert (adc.clipped(0.95), ADC.clipped(0.95)) == (1, 0)


def test_a_dac_s_errors_come_after_its_codes():
    dac = dataclasses.replace(DAC, gain_error=0.1, offset_error_v=0.05)
    # 0.4 V is 51.2 steps, code 51
    assert dac(0.4) == pytest.approx(1.1 * 51 * DAC.step_v + 0.05, rel=1e-12)
    assert dac.clipped(0.95) == 0
    assert dac(5.0) == pytest.approx(1.1 * 127 * DAC.step_v + 0.05, rel=1e-12)


def test_the_paper_s_modules():
    assert NI_9202.step_v == pytest.approx(20 / 2**24, rel=1e-12)
    assert NI_9264.step_v == pytest.approx(21 / 2**16, rel=1e-12)
    # all stated outputs of +-10 V are within the codes
    assert NI_9264.clipped(np.array([-10.0, 10.0])) == 0
    assert (NI_9202.kind, NI_9264.kind) == ("adc", "dac")


def test_shape_and_settings_are_kept():
    assert ADC(np.zeros((3, 4))).shape == (3, 4)
    assert np.isnan(ADC(math.nan))
    assert Converter(**NI_9202.provenance) == NI_9202


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kind", "both"),
        ("bits", 0),
        ("bits", 33),
        ("bits", 7.5),
        ("range_v", 0.0),
        ("range_v", math.inf),
        ("gain_v_per_unit", 0.0),
        ("gain_v_per_unit", math.nan),
        ("gain_error", -1.0),
        ("offset_error_v", math.nan),
    ],
)
def test_bad_settings_are_refused_by_key(key, value):
    with pytest.raises(InputError, match=key):
        dataclasses.replace(ADC, **{key: value})
