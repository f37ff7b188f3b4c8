"""What all measuring estimators share: noise, converters, blocks, bounded memory, repetitions."""

import dataclasses
import tracemalloc

import numpy as np
import pytest
from analytic_devices import Linear, Quadratic, close

from hgecircuit.devices.formats import load_device
from hgecircuit.run.reference import (
    FiniteDifference,
    HomodyneGradient,
    LockIn,
    Spsa,
    StepReading,
)
from hgecircuit.run.reference.estimators import sampling

SLOPES = np.array([20e-9, -35e-9, 5e-9, 60e-9])
READING = StepReading(0.02)
LOCK_IN = LockIn((1000.0, 1100.0, 1300.0, 1350.0), (0.1, 0.2, 0.3, 0.4), (0.01,) * 4, 0.02)
ODD = dataclasses.replace(LOCK_IN, frequencies_hz=(1000.3, 1100.0, 1300.0, 1350.0))
ESTIMATORS = {
    "parallel": HomodyneGradient(LOCK_IN),
    "parallel without common period": HomodyneGradient(ODD),
    "sequential": HomodyneGradient(LOCK_IN, sequential=True),
    "differences": FiniteDifference(READING, 0.01),
    "spsa": Spsa(READING, 0.01, draws=3, points_per_draw=2),
}
every = pytest.mark.parametrize("name", ESTIMATORS)


def points(count=6, electrodes=4):
    return np.random.default_rng(7).uniform(-1, 1, (count, electrodes))


def measure(name, device=None, count=6, **changes):
    device = Quadratic(SLOPES, 30e-9) if device is None else device
    estimator = dataclasses.replace(ESTIMATORS[name], **changes)
    return estimator.measure(device, points(count), range(4))


def constant(value_a):
    return lambda rows, samples: np.full((rows, samples), value_a)


@every
@pytest.mark.parametrize("noisy", [False, True])
def test_noise_and_result_don_t_depend_on_the_blocks(name, noisy, monkeypatch):
    def run():
        rng = np.random.default_rng(9)
        noise = (lambda p, n: 1e-9 * rng.standard_normal((p, n))) if noisy else None
        return measure(name, count=14, noise=noise)

    whole = run()
    for block in (1, 700, 3000):
        monkeypatch.setattr(sampling, "BLOCK_VALUES", block)
        split = run()
        assert split.output_a == close(whole.output_a)
        assert split.gradient_a_per_v == close(whole.gradient_a_per_v)


@every
def test_noise_is_added_to_the_outputs(name):
    quiet, shifted = measure(name), measure(name, noise=constant(2e-9))
    assert shifted.output_a - quiet.output_a == close(np.full(6, 2e-9))
    assert shifted.gradient_a_per_v == close(quiet.gradient_a_per_v)


@every
def test_noise_is_asked_for_once_per_measurement_with_all_its_samples(name):
    asked = []

    def noise(rows, samples):
        asked.append((rows, samples))
        return np.zeros((rows, samples))

    measure(name, noise=noise)
    # two readings of a difference share one stretch of time
    pairs = 1 if name.startswith(("parallel", "sequential")) else 2
    evaluations = ESTIMATORS[name].evaluations_per_point(4)
    assert {samples for _, samples in asked} == {200}
    assert sum(rows for rows, _ in asked) == 6 * evaluations / pairs


@every
@pytest.mark.parametrize("noise", [None, constant(0.4e-9)])
def test_the_converter_sees_the_samples_with_their_noise(name, noise):
    """Whatever comes in, out come the values of a converter that knows two levels only."""
    level_a = np.array([-3e-9, 5e-9])

    def two_levels(current_a):
        return level_a[(current_a > 0.2e-9).astype(int)]

    silent = Linear(np.full(4, 1e-20))
    result = measure(name, silent, noise=noise, converter=two_levels)
    expected = level_a[0] if noise is None else level_a[1]
    assert result.output_a == close(np.full(6, expected))
    assert result.gradient_a_per_v / 1e-9 == pytest.approx(0, abs=1e-9)


@every
def test_a_converter_that_doubles_doubles_output_and_gradient(name):
    once, twice = measure(name), measure(name, converter=lambda current_a: 2 * current_a)
    assert twice.output_a == close(2 * once.output_a)
    assert twice.gradient_a_per_v == close(2 * once.gradient_a_per_v)


@every
def test_output_converters_act_on_all_electrode_voltages(name):
    """Shifted by 0.25 V: as at operating points shifted by it."""
    device = Quadratic(SLOPES, 30e-9)
    moved = measure(name, device, dac=lambda voltages_v: voltages_v + 0.25)
    expected = ESTIMATORS[name].measure(device, points() + 0.25, range(4))
    assert moved.output_a == close(expected.output_a)
    assert moved.gradient_a_per_v == close(expected.gradient_a_per_v)


@every
def test_steps_below_the_output_converter_s_resolution_are_lost(name):
    """1 V steps: everything within 0.4 V, with 10 mV more, becomes 0 V."""
    estimator = dataclasses.replace(ESTIMATORS[name], dac=np.round)
    coarse = estimator.measure(Quadratic(SLOPES, 30e-9), 0.4 * points(), range(4))
    assert coarse.gradient_a_per_v / 1e-9 == pytest.approx(0, abs=1e-9)


@every
def test_repetitions_are_repeated_rows(name):
    rng = np.random.default_rng(3)
    estimator = dataclasses.replace(
        ESTIMATORS[name], noise=lambda p, n: 1e-9 * rng.standard_normal((p, n))
    )
    repeated = np.repeat(points(), 50, axis=0)
    outputs_a = estimator.measure(Linear(SLOPES), repeated, range(4)).output_a.reshape(6, 50)
    # means of 200 samples per stretch, as many stretches as the noise had rows
    rows = estimator.time_per_point_s(4) / 0.02
    error_a = outputs_a.mean(axis=1) - Linear(SLOPES).current_a(points())
    assert abs(error_a).max() < 4 * 1e-9 / np.sqrt(200 * rows * 50)


def peak_values(estimator, device, points_v, electrodes):
    """Largest memory in values of 8 bytes, beside the points and the result."""
    tracemalloc.start()
    try:
        result = estimator.measure(device, points_v, electrodes)
        held = sum(part.nbytes for part in result)
        return (tracemalloc.get_traced_memory()[1] - held) / 8
    finally:
        tracemalloc.stop()


BLOCK = 262_144


@pytest.mark.parametrize("count", [200, 1500])
@pytest.mark.parametrize("noisy", [False, True])
def test_memory_stays_within_what_the_docstrings_state(count, noisy):
    """Far below all samples at once (1,500,000 values for 1500 points), however many points."""
    device, rng = load_device("rnpu-compact"), np.random.default_rng(4)
    points_v = rng.uniform(device.voltage_min_v, device.voltage_max_v, (count, 7))
    noise = (lambda p, n: 1e-12 * rng.standard_normal((p, n))) if noisy else None
    # the network keeps its currents and layers of 32,768 values: below 2 blocks
    network = 2 * BLOCK
    setup = LockIn(tuple(600.0 + 37.3 * k for k in range(7)), (0.0,) * 7, (0.01,) * 7, 0.1)
    homodyne = HomodyneGradient(setup, noise=noise)
    period = setup.period_samples
    limit = (2 * 7 + 2 * 7) * period + 10 * BLOCK + network
    assert peak_values(homodyne, device, points_v, range(7)) < limit
    differences = FiniteDifference(StepReading(0.1), 0.01, noise)
    assert peak_values(differences, device, points_v, range(7)) < 6 * BLOCK + network
    spsa = Spsa(StepReading(0.1), 0.01, draws=10, noise=noise)
    signs = count * 10 * 7 / 8
    assert peak_values(spsa, device, points_v, range(7)) < signs + 6 * BLOCK + network


@pytest.mark.parametrize("period_hz", [37.3, 40.0])
@pytest.mark.parametrize("noisy", [False, True])
def test_memory_of_a_long_measurement_is_ten_times_its_samples(noisy, period_hz):
    """50 s: 500,000 samples, more than a block; the linear device needs one block more."""
    rng = np.random.default_rng(5)
    noise = (lambda p, n: 1e-12 * rng.standard_normal((p, n))) if noisy else None
    frequencies = (600.0, 600.0 + period_hz)
    setup = LockIn(frequencies, (0.0,) * 2, (0.01,) * 2, 50.0)
    device = Linear(SLOPES[:2])
    peak = peak_values(HomodyneGradient(setup, noise=noise), device, np.zeros((4, 2)), range(2))
    assert peak < (2 * 2 + 2 * 2) * setup.period_samples + 10 * setup.samples + BLOCK
