"""SPSA: unbiased within derived confidence, its spread, its directions and gain sequences."""

import itertools

import numpy as np
import pytest
from analytic_devices import Linear, Quadratic, close

from hgecircuit.errors import InputError
from hgecircuit.run.reference import GainSequence, Spsa, StepReading

# no direction in which these cancel
SLOPES = np.array([20e-9, -35e-9, 7e-9, 60e-9])
BOXCAR = StepReading(0.1, low_pass="boxcar")
# Two-sided normal quantile; with at most 10 values compared, a right program fails 1 time in 1700.
SIGMAS = 4.0


def estimates(device=None, count=20_000, middle_v=0.0, electrodes=range(4), **others):
    device = Linear(SLOPES, 7e-9) if device is None else device
    voltages_v = np.full((count, device.electrodes), middle_v)
    estimator = Spsa(**{"reading": BOXCAR, "amplitude_v": 0.05, **others})
    return estimator.measure(device, voltages_v, electrodes)


def one_draw_moments(slopes):
    """Mean, variance and fourth central moment of g_m over all directions, each shape (M,)."""
    signs = np.array(list(itertools.product([1, -1], repeat=len(slopes))))
    values = (signs @ slopes)[:, None] * signs
    mean = values.mean(axis=0)
    return mean, ((values - mean) ** 2).mean(axis=0), ((values - mean) ** 4).mean(axis=0)


def test_one_draw_is_the_directional_derivative_times_the_direction():
    gradient = estimates(count=200).gradient_a_per_v
    size_a = abs(gradient)
    assert size_a == close(np.broadcast_to(size_a[:, :1], size_a.shape))
    signs = np.sign(gradient / gradient[:, :1])
    assert signs @ SLOPES == close(gradient[:, 0])
    # all eight directions, up to the common sign that cancels
    assert len(np.unique(signs, axis=0)) == 8


@pytest.mark.parametrize("draws", [1, 5])
def test_estimates_are_unbiased_with_the_spread_of_the_other_electrodes(draws):
    """Variance of one draw: sum of the others' squared slopes; of n draws: 1/n of it."""
    count = 20_000
    gradient = estimates(count=count, draws=draws).gradient_a_per_v
    mean, variance, fourth = one_draw_moments(SLOPES)
    assert mean == close(SLOPES)
    assert variance == close((SLOPES**2).sum() - SLOPES**2)
    variance /= draws
    error = gradient.mean(axis=0) - SLOPES
    assert abs(error / np.sqrt(variance / count)).max() < SIGMAS
    # the fourth moment of a mean of n: mu4 / n^3 + 3 (n - 1) sigma^4 / n (in sigma^2 / n units)
    fourth = fourth / draws**3 + 3 * (draws - 1) / draws * variance**2
    spread = np.sqrt((fourth - variance**2) / count)
    assert abs((gradient.var(axis=0) - variance) / spread).max() < SIGMAS


def test_signs_are_even_and_independent():
    gradient = estimates(Linear(np.full(4, 1e-9)), amplitude_v=1.0).gradient_a_per_v
    signs = np.sign(gradient[gradient.any(axis=1)])
    products = signs[:, 1:] * signs[:, :1]
    # directions of sum 0 show nothing; among the others (2 with 4 equal, 8 with 3) the product of
    # two signs is +1 in 6 of 10
    count = len(products)
    spread = np.sqrt(1 - 0.2**2) / np.sqrt(count)
    assert abs((products.mean(axis=0) - 0.2) / spread).max() < SIGMAS


def test_a_square_law_adds_no_bias():
    """Central along any direction: the expected gradient is the exact one, here 4 electrodes."""
    device, count = Quadratic(SLOPES, 30e-9), 20_000
    result = estimates(device, count, middle_v=0.3)
    exact = SLOPES + 2 * 30e-9 * 0.3
    variance = (exact**2).sum() - exact**2
    error = result.gradient_a_per_v.mean(axis=0) - exact
    assert abs(error / np.sqrt(variance / count)).max() < SIGMAS
    # I'' c^2 / 2 per electrode, at both ends
    undisturbed = device.current_a(np.full(4, 0.3))
    assert result.output_a == close(np.full(count, undisturbed + 4 * 30e-9 * 0.05**2))


def test_the_butterworth_reading_settles_to_98_percent():
    first, second = (estimates(count=50, reading=r) for r in (BOXCAR, StepReading(0.1)))
    assert second.gradient_a_per_v == close(0.98 * first.gradient_a_per_v)


def test_only_the_chosen_electrodes_move():
    gradient = estimates(count=500, electrodes=[3, 1]).gradient_a_per_v
    signs = np.sign(gradient / gradient[:, :1])
    assert gradient[:, 0] == close(signs @ SLOPES[[3, 1]])
    device = Quadratic(np.zeros(4), 30e-9)
    moved = estimates(device, 5, electrodes=[3, 1])
    assert moved.output_a == close(np.full(5, 2 * 30e-9 * 0.05**2))


def test_points_of_one_group_share_their_directions():
    shared = estimates(count=60, points_per_draw=4, draws=2).gradient_a_per_v.reshape(15, 4, 4)
    assert shared == close(np.broadcast_to(shared[:, :1], shared.shape))
    assert len(np.unique(np.round(shared[:, 0] * 1e12), axis=0)) > 5
    with pytest.raises(InputError, match=r"points_per_draw.*divisor.*61"):
        estimates(count=61, points_per_draw=4)


def test_directions_are_the_same_for_the_same_seed_and_iteration_only():
    def gradient(seed, iteration):
        estimator = Spsa(BOXCAR, 0.05, seed=seed).at_iteration(iteration)
        return estimator.measure(Linear(SLOPES), np.zeros((50, 4)), range(4)).gradient_a_per_v

    first = gradient(1, 0)
    assert np.array_equal(first, gradient(1, 0))
    assert not np.array_equal(first, gradient(1, 1))
    assert not np.array_equal(first, gradient(2, 0))


def test_the_step_follows_its_sequence():
    estimator = Spsa(BOXCAR, GainSequence(0.08, 0.101))
    assert estimator.step_v == 0.08
    later = estimator.at_iteration(9)
    assert later.step_v == pytest.approx(0.08 / 10**0.101)
    # seen in the output of a square law: bend c^2 per electrode
    result = later.measure(Quadratic(np.zeros(3), 30e-9), np.zeros((1, 3)), range(3))
    assert result.output_a[0] == close(3 * 30e-9 * (0.08 / 10**0.101) ** 2)


def test_gain_sequences_by_hand():
    """Spall's usual exponents; k counts from 1: a / (A + k)^alpha, c / k^gamma."""
    rate = GainSequence(0.16, 0.602, offset=30.0)
    assert rate(0) == pytest.approx(0.16 / np.exp(0.602 * np.log(31)))
    assert rate(269) == pytest.approx(0.16 / np.exp(0.602 * np.log(300)))
    size = GainSequence(0.05, 0.101)
    assert [size(0), size(1023)] == pytest.approx([0.05, 0.05 / 2**1.01])
    assert GainSequence(0.05, 0.0)(77) == 0.05


def test_spall_s_iteration_finds_the_minimum_of_a_bowl():
    """E = I / 1 nA, 1 + 3 V^2 + linear terms: minimum where the exact gradient is zero."""
    device = Quadratic([1.2e-9, -0.6e-9, 0.3e-9], 3e-9)
    minimum_v = np.array([-0.2, 0.1, -0.05])
    assert device.gradient_a_per_v(minimum_v) / 1e-9 == pytest.approx(0, abs=1e-12)
    controls_v = np.random.default_rng(3).uniform(-1, 1, (20, 3))
    start = np.linalg.norm(controls_v - minimum_v, axis=1)
    rate = GainSequence(0.3, 0.602, offset=20.0)
    estimator = Spsa(BOXCAR, GainSequence(0.05, 0.101))
    for iteration in range(200):
        measured = estimator.at_iteration(iteration).measure(device, controls_v, range(3))
        controls_v -= rate(iteration) / 1e-9 * measured.gradient_a_per_v
    # Without noise a step takes d to d - 6 a_k (s . d) s, so the expected squared distance shrinks
    # by 1 - 12 a_k + 108 a_k^2; over 200 steps to exp(-42). Markov: fails with 20 exp(-42) / 1e-6.
    assert (np.linalg.norm(controls_v - minimum_v, axis=1) < 1e-3 * start).all()


def test_time_and_measurements_are_counted_per_draw():
    estimator = Spsa(BOXCAR, 0.05, draws=5)
    assert estimator.time_per_point_s(7) == pytest.approx(0.5)
    assert estimator.evaluations_per_point(7) == 10


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"amplitude_v": 0.0}, "amplitude_v"),
        ({"amplitude_v": np.nan}, "amplitude_v"),
        ({"amplitude_v": lambda k: 1.0 - k, "iteration": 1}, "amplitude_v"),
        ({"draws": 0}, "draws"),
        ({"points_per_draw": 0}, "points_per_draw"),
        ({"seed": -1}, "seed"),
        ({"iteration": -1}, "iteration"),
    ],
)
def test_bad_settings_are_named(change, match):
    with pytest.raises(InputError, match=match):
        Spsa(**{"reading": BOXCAR, "amplitude_v": 0.05, **change})


@pytest.mark.parametrize(
    "change", [{"scale": 0.0}, {"scale": np.inf}, {"exponent": -0.1}, {"offset": -1.0}]
)
def test_bad_gain_sequences_are_named(change):
    with pytest.raises(InputError, match=next(iter(change))):
        GainSequence(**{"scale": 0.1, "exponent": 0.602, **change})
