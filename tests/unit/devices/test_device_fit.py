import numpy as np
import pytest
from device_builders import random_network

from hgecircuit.devices.fit import fit_device, fit_errors
from hgecircuit.devices.fit_settings import FitSettings
from hgecircuit.devices.model_file import to_json
from hgecircuit.devices.table import Table
from hgecircuit.devices.training import Samples, Shape, loss_and_gradient
from hgecircuit.errors import InputError

QUICK = FitSettings(
    name="quick", hidden=(6,), samples=3000, starts=2, epochs=8, batch=50, learning_rate=0.02
)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "elu"])
@pytest.mark.parametrize("with_gradients", [True, False])
@pytest.mark.parametrize("hidden", [(5,), (5, 4), (4, 4, 3)])
def test_derivative_of_the_loss_matches_finite_differences(activation, with_gradients, hidden):
    generator, shape = np.random.default_rng(1), Shape([3, *hidden, 1])
    flat = shape.initial(generator)
    gradients = generator.normal(size=(9, 3)) if with_gradients else None
    data = Samples(generator.normal(size=(9, 3)), generator.normal(size=9), gradients, 0.3)
    found = loss_and_gradient(shape, flat, data, activation)[1]
    step = 1e-6
    expected = [
        (
            loss_and_gradient(shape, flat + step * unit, data, activation)[0]
            - loss_and_gradient(shape, flat - step * unit, data, activation)[0]
        )
        / (2 * step)
        for unit in np.eye(shape.count)
    ]
    np.testing.assert_allclose(found, expected, atol=2e-8)


def test_the_loss_is_the_stated_one():
    generator, shape = np.random.default_rng(2), Shape([2, 4, 1])
    flat = shape.initial(generator)
    inputs, values = generator.normal(size=(5, 2)), generator.normal(size=5)
    slopes = generator.normal(size=(5, 2))
    (w0, b0), (w1, b1) = shape.split(flat)
    hidden = np.tanh(inputs @ w0.T + b0)
    value_error = (hidden @ w1[0] + b1[0] - values) ** 2
    slope_error = (((1 - hidden**2) * w1[0]) @ w0 - slopes) ** 2
    expected = np.mean(value_error + 0.25 * slope_error.sum(axis=1))
    loss = loss_and_gradient(shape, flat, Samples(inputs, values, slopes, 0.25), "tanh")[0]
    assert loss == pytest.approx(expected, rel=1e-12)


def test_chunks_do_not_change_the_loss():
    generator, shape = np.random.default_rng(3), Shape([2, 3, 1])
    flat = shape.initial(generator)
    data = Samples(generator.normal(size=(9000, 2)), generator.normal(size=9000), None, 0.0)
    parts = [
        loss_and_gradient(shape, flat, data.part(slice(k, k + 3000)), "tanh")
        for k in (0, 3000, 6000)
    ]
    loss, slope = loss_and_gradient(shape, flat, data, "tanh")
    assert loss == pytest.approx(np.mean([part[0] for part in parts]), rel=1e-12)
    np.testing.assert_allclose(slope, np.mean([part[1] for part in parts], axis=0), atol=1e-12)


def test_a_small_network_is_recovered_in_value_and_gradient():
    source = random_network(hidden=(3,), electrodes=2, seed=4)
    settings = FitSettings(hidden=(6,), samples=5000, starts=2, epochs=30, batch=50)
    result = fit_device(source, settings)
    spread = 0.1 * source.current_range_a
    assert result.errors.value_rms_A < 0.02 * spread
    assert result.errors.gradient_relative_rms < 0.05
    assert result.errors.gradient_cosine_median > 0.999
    assert result.device.provenance["fit_errors"]["value_rms_A"] == result.errors.value_rms_A
    np.testing.assert_array_equal(result.device.voltage_min_v, source.voltage_min_v)


def test_the_derivative_in_the_loss_improves_the_derivative():
    source = random_network("relu", hidden=(12, 12), electrodes=3, seed=7)
    errors = [
        fit_device(
            source, FitSettings(hidden=(8,), samples=3000, starts=1, epochs=20, gradient_weight=w)
        ).errors.gradient_relative_rms
        for w in (0.0, 1.0)
    ]
    assert errors[1] < errors[0]


def test_the_same_seed_gives_the_same_model_bit_by_bit():
    source = random_network()
    first, again = (to_json(fit_device(source, QUICK).device) for _ in range(2))
    assert first == again
    other = to_json(fit_device(source, FitSettings(**{**vars(QUICK), "seed": 2})).device)
    assert other["layers"] != first["layers"]


def test_stated_errors_are_those_of_the_model():
    source = random_network()
    result = fit_device(source, QUICK)
    voltages = np.random.default_rng(9).uniform(-1, 0.5, (20_000, 3))
    fresh = fit_errors(
        result.device, voltages, source.current_a(voltages), source.gradient_a_per_v(voltages)
    )
    assert fresh.value_rms_A == pytest.approx(result.errors.value_rms_A, rel=0.1)
    assert fresh.gradient_relative_rms == pytest.approx(
        result.errors.gradient_relative_rms, rel=0.1
    )


def test_a_table_is_fitted_with_a_held_out_share():
    source = random_network(hidden=(3,), electrodes=2, seed=4)
    voltages = np.random.default_rng(0).uniform(-1, 0.5, (2000, 2))
    table = Table(voltages, source.current_a(voltages), "iv.csv", "0" * 64)
    result = fit_device(table, FitSettings(hidden=(6,), starts=2, epochs=60, batch=50))
    assert result.errors.held_out_samples == 200
    assert result.errors.gradient_cosine_median is None
    assert result.errors.value_rms_A < 0.05 * np.std(table.currents_a)
    assert result.device.provenance["fitted_to"]["table"] == "iv.csv"
    np.testing.assert_array_equal(result.device.voltage_min_v, voltages.min(axis=0))


def test_progress_is_reported_and_rises_to_one():
    seen = []
    fit_device(random_network(), QUICK, progress=lambda share, text: seen.append((share, text)))
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(seen) == QUICK.starts * QUICK.epochs
    assert "loss" in seen[0][1]


def test_an_interrupted_fit_keeps_the_best_so_far_and_says_so():
    def stop_at_half(share, text):
        if share >= 0.5:
            raise KeyboardInterrupt

    source = random_network()
    result = fit_device(source, QUICK, progress=stop_at_half)
    assert result.interrupted
    assert result.device.provenance["interrupted"] is True
    assert result.errors.value_rms_A < 0.2 * source.current_range_a


def test_an_interrupt_before_the_first_pass_leaves_no_model(monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("hgecircuit.devices.fit.adam", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fit_device(random_network(), QUICK)


def test_a_constant_table_is_refused():
    voltages = np.random.default_rng(0).uniform(-1, 0.5, (50, 2))
    with pytest.raises(InputError, match="nothing to fit"):
        fit_device(Table(voltages, np.full(50, 1e-9), "iv.csv", ""), QUICK)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("activation", "relu"),
        ("activation", "none"),
        ("hidden", ()),
        ("hidden", (0,)),
        ("samples", 1),
        ("starts", 0),
        ("epochs", 0),
        ("batch", 10_000_000),
        ("learning_rate", float("nan")),
        ("gradient_weight", -1.0),
        ("held_out", 1.0),
        ("seed", -1),
        ("name", "a b"),
    ],
)
def test_bad_settings_are_refused_by_key(key, value):
    with pytest.raises(InputError) as caught:
        FitSettings(**{key: value})
    assert caught.value.key == key


def test_the_recorded_command_quotes_what_a_shell_would_read():
    command = FitSettings(hidden=(8, 4), origin="a lab's data").command("my file.npz", "out.json")
    assert command.startswith("hgecircuit device fit 'my file.npz' --output=out.json ")
    assert "--hidden=8,4" in command
    assert "--gradient-weight=1.0" in command
    assert "--origin=" not in FitSettings().command("a", "b")
