import tracemalloc

import numpy as np
import pytest
from device_builders import HIGH_V, LOW_V, random_network, random_voltages

from hgecircuit.devices.activations import ACTIVATIONS
from hgecircuit.devices.network import fold_input_scaling
from hgecircuit.errors import InputError


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activation_derivatives_match_finite_differences(activation):
    function, step = ACTIVATIONS[activation], 1e-6
    a = np.random.default_rng(0).uniform(-3, 3, 500)
    a = a[(np.abs(a) > 1e-3) & (np.abs(np.abs(a) - 1) > 1e-3)]  # off the kinks
    h = function.value(a)
    slope = (function.value(a + step) - function.value(a - step)) / (2 * step)
    above = function.slope(a + step, function.value(a + step))
    below = function.slope(a - step, function.value(a - step))
    np.testing.assert_allclose(function.slope(a, h), slope, atol=1e-9)
    np.testing.assert_allclose(function.bend(a, h), (above - below) / (2 * step), atol=1e-8)


def test_sigmoid_is_the_logistic_function_and_does_not_overflow():
    a = np.array([-2000.0, -3.0, 0.0, 2.0, 2000.0])
    expected = [0.0, 1 / (1 + np.exp(3)), 0.5, 1 / (1 + np.exp(-2)), 1.0]
    np.testing.assert_allclose(ACTIVATIONS["sigmoid"].value(a), expected, atol=1e-15)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(4,), (6, 5), (8, 7, 6)])
@pytest.mark.parametrize("seed", [0, 1])
def test_gradient_matches_finite_differences(activation, hidden, seed):
    model = random_network(activation, hidden, seed=seed)
    voltages, step = random_voltages(model, 200), 1e-7
    found = model.gradient_a_per_v(voltages)
    for electrode in range(model.electrodes):
        change = step * np.eye(model.electrodes)[electrode]
        rise = model.current_a(voltages + change) - model.current_a(voltages - change)
        error = np.abs(rise / (2 * step) - found[:, electrode]) / np.abs(found).max()
        # a point within 1e-7 V of a kink may differ, more than one in 200 may not
        assert np.sort(error)[-2] < 1e-6


def test_value_by_hand():
    model = random_network(
        hidden=(2,),
        electrodes=2,
        weights=([[1.0, 2.0], [0.5, -1.0]], [[3.0, -2.0]]),
        biases=([0.1, -0.2], [0.4]),
        current_offset_a=1e-9,
    )
    first, second = np.tanh(0.3 + 2 * -0.4 + 0.1), np.tanh(0.15 + 0.4 - 0.2)
    expected = 2e-8 * (3 * first - 2 * second + 0.4) + 1e-9
    assert model.current_a(np.array([0.3, -0.4])) == pytest.approx(expected, rel=1e-14)


def test_any_leading_shape():
    model = random_network()
    voltages = random_voltages(model, 24).reshape(2, 3, 4, 3)
    current, gradient = model.current_and_gradient(voltages)
    assert current.shape == (2, 3, 4)
    assert gradient.shape == (2, 3, 4, 3)
    assert model.current_a(voltages[1, 2, 3]).shape == ()
    assert model.current_a(voltages[1, 2, 3]) == pytest.approx(current[1, 2, 3], rel=1e-12)
    assert model.gradient_a_per_v(voltages[:0]).shape == (0, 3, 4, 3)
    with pytest.raises(ValueError, match="shape"):
        model.current_a(np.zeros((2, 4)))


def test_many_points_take_bounded_memory():
    model = random_network(hidden=(64, 64), electrodes=7)
    voltages = random_voltages(model, 30_000)
    tracemalloc.start()
    model.current_and_gradient(voltages)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    results = 30_000 * 8 * 8
    # one hidden layer of all points at once would be 15 MB, and there are four such arrays
    assert peak < results + 12e6


@pytest.mark.parametrize(
    ("points", "shifts"), [(1, 1), (7, 3), (3, 5000), (5000, 2), (4, 0), (0, 4)]
)
@pytest.mark.parametrize("hidden", [(5,), (22, 14)])
def test_shifted_points_are_the_points_with_the_shifts_added(points, shifts, hidden):
    model = random_network(hidden=hidden, electrodes=7, clip_a=(-3e-8, 3e-8))
    points_v = random_voltages(model, points)
    shifts_v = 0.05 * np.random.default_rng(2).normal(size=(shifts, 7))
    one_by_one = model.current_a(points_v[:, None] + shifts_v)
    found = model.shifted_current_a(points_v, shifts_v)
    np.testing.assert_allclose(found, one_by_one, rtol=0, atol=1e-13 * model.current_range_a)


@pytest.mark.parametrize(("points", "shifts"), [(3, 40_000), (4_000, 30)])
def test_shifted_points_take_no_more_memory_than_their_currents_and_a_block(points, shifts):
    model = random_network(hidden=(200, 4), electrodes=7)
    points_v, shifts_v = random_voltages(model, points), np.zeros((shifts, 7))
    tracemalloc.start()
    model.shifted_current_a(points_v, shifts_v)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # the first layer of all pairs at once would be 190 MB, its share of all shifts alone 64 MB
    assert peak < points * shifts * 8 + 4e6


def test_clipping_limits_the_current_and_zeroes_the_gradient():
    free = random_network()
    voltages = random_voltages(free, 500)
    low, high = np.percentile(free.current_a(voltages), [30, 70])
    model = random_network(clip_a=(low, high))
    inside = (free.current_a(voltages) > low) & (free.current_a(voltages) < high)
    np.testing.assert_allclose(model.current_a(voltages), free.current_a(voltages).clip(low, high))
    gradient = model.gradient_a_per_v(voltages)
    assert not gradient[~inside].any()
    np.testing.assert_array_equal(gradient[inside], free.gradient_a_per_v(voltages)[inside])


def test_input_scaling_is_folded_into_the_first_layer():
    model = random_network()
    scale, offset = np.array([0.5, 2.0, 1.5]), np.array([0.1, -0.3, 0.2])
    weights, biases = fold_input_scaling(model.weights[0], model.biases[0], scale, offset)
    folded = random_network(
        weights=(weights, *model.weights[1:]), biases=(biases, *model.biases[1:])
    )
    voltages = random_voltages(model)
    np.testing.assert_allclose(
        folded.current_a(voltages), model.current_a(scale * voltages + offset), rtol=1e-12
    )


def test_current_range_of_a_function_with_known_ends():
    # rises with e0 and falls with e1, so its extremes are in two corners
    weights = (np.array([[0.4, -0.7]]), np.array([[1.0]]))
    model = random_network(
        hidden=(1,), electrodes=2, weights=weights, biases=([0.2], [0.0]), current_scale_a=1e-9
    )
    top = np.tanh(0.4 * HIGH_V - 0.7 * LOW_V + 0.2)
    bottom = np.tanh(0.4 * LOW_V - 0.7 * HIGH_V + 0.2)
    assert model.current_range_a == pytest.approx(1e-9 * (top - bottom), rel=1e-9)


def test_arrays_can_not_be_changed_behind_the_model():
    model = random_network()
    with pytest.raises(ValueError, match="read-only"):
        model.weights[0][0, 0] = 1.0


def test_zero_weights_get_no_element():
    dense = random_network(hidden=(4, 4))
    pruned_weights = dense.weights[1].copy()
    pruned_weights[:, 1:] = 0
    pruned = random_network(
        hidden=(4, 4), weights=(dense.weights[0], pruned_weights, dense.weights[2])
    )
    count = [
        sum(line.startswith("G") for line in model.subcircuit().write().splitlines())
        for model in (dense, pruned)
    ]
    assert count == [12 + 16 + 4, 12 + 4 + 4]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"activation": "softmax"}, "activation"),
        ({"name": "bad name\n.include x"}, "name"),
        ({"biases": (np.zeros(6), np.zeros(4), np.zeros(1))}, "chain"),
        ({"weights": (np.zeros((6, 3)),), "biases": (np.zeros(6),)}, "hidden layer"),
        (
            {
                "hidden": (5, 2),
                "weights": (np.ones((2, 3)), np.ones((2, 2))),
                "biases": (np.ones(2), np.ones(2)),
            },
            "one output",
        ),
        ({"voltage_min_v": np.zeros(2), "voltage_max_v": np.ones(2)}, "chain"),
        ({"voltage_min_v": np.full(3, 0.5)}, "minimum below maximum"),
        ({"voltage_max_v": np.array([0.5, np.nan, 0.5])}, "minimum below maximum"),
        ({"biases": (np.full(6, np.inf), np.zeros(5), np.zeros(1))}, "not finite"),
        ({"current_scale_a": 0.0}, "scale"),
        ({"clip_a": (1e-9, -1e-9)}, "clipping"),
        ({"clip_a": (1.0, 2.0)}, "same everywhere"),
    ],
)
def test_unusable_networks_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        random_network(**{key: value for key, value in changes.items() if key != "hidden"})
