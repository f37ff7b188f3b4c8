import json
from pathlib import Path

import numpy as np
import pytest
from device_builders import random_network, random_voltages

from hgecircuit.devices.fit import fit_errors
from hgecircuit.devices.formats import DATA_FOLDER, SHIPPED, load_device
from hgecircuit.devices.model_file import load_model, save_model, to_json
from hgecircuit.errors import InputError

SHARED = Path(__file__).parents[4] / "shared" / "device"


def test_what_is_saved_is_loaded_exactly(tmp_path):
    model = random_network(
        "elu", clip_a=(-1.5e-8, 2e-8), current_offset_a=1 / 3e9, provenance={"seed": 5, "a": [1]}
    )
    loaded = load_model(save_model(model, tmp_path / "model.json"))
    assert to_json(loaded) == to_json(model)
    voltages = random_voltages(model)
    np.testing.assert_array_equal(loaded.current_a(voltages), model.current_a(voltages))
    assert [path.name for path in tmp_path.iterdir()] == ["model.json"]


def _damage(data, key, value):
    return (
        {**data, key: value} if value is not None else {k: v for k, v in data.items() if k != key}
    )


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("format", "other", "not a device model"),
        ("version", 2, "version"),
        ("layers", None, "layers: a key is missing"),
        ("layers", [], "hidden layer"),
        ("layers", [{"weights": [[1, 2], [3]], "biases": [0, 0]}], "layers"),
        ("layers", [1, 2], "layers"),
        ("voltage_min_V", "low", "voltage_min_V"),
        ("clip_A", [1e-9], "layers|clip"),
        ("current_scale_A", True, "current_scale_A"),
        ("activation", "softmax", "activation"),
        ("name", "../../x", "name"),
    ],
)
def test_a_damaged_model_names_file_and_key(tmp_path, key, value, message):
    path = tmp_path / "model.json"
    path.write_text(json.dumps(_damage(to_json(random_network()), key, value)))
    with pytest.raises(InputError, match=message) as caught:
        load_model(path)
    assert caught.value.file == str(path)


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '{"format": NaN}', "\x00", "[" * 100_000])
def test_a_file_that_is_no_model_is_refused(tmp_path, text):
    path = tmp_path / "model.json"
    path.write_text(text)
    with pytest.raises(InputError):
        load_model(path)


def test_a_missing_or_binary_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="can't read"):
        load_model(tmp_path / "none.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not a text file"):
        load_model(tmp_path / "binary.json")


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="can't write"):
        save_model(random_network(), tmp_path / "missing" / "model.json")
    with pytest.raises(InputError, match=r"\.json"):
        save_model(random_network(), tmp_path / "model.txt")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_models_tell_how_they_were_made(name):
    model = load_device(name)
    assert model.name == name
    provenance = model.provenance
    assert provenance["command"].startswith("hgecircuit device fit ")
    assert provenance["settings"]["seed"] == 1
    assert "SkyNEt" in provenance["settings"]["origin"]
    assert not provenance["interrupted"]
    errors = provenance["fit_errors"]
    assert errors["value_rms_A"] < 1.5e-9
    assert errors["gradient_relative_rms"] < 0.2
    assert errors["gradient_cosine_median"] > 0.98


def test_every_data_file_is_listed():
    assert sorted(path.name for path in DATA_FOLDER.glob("*.json")) == sorted(SHIPPED.values())


def test_the_shipped_model_has_the_real_device_s_ranges():
    # shared/device/README.md: [-1.2, 0.6] V for five electrodes, [-0.7, 0.3] V for two
    model = load_device("rnpu-compact")
    np.testing.assert_array_equal(model.voltage_min_v, [-1.2] * 5 + [-0.7] * 2)
    np.testing.assert_array_equal(model.voltage_max_v, [0.6] * 5 + [0.3] * 2)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/device beside the repository")
def test_the_shipped_model_s_stated_errors_hold_on_fresh_points():
    model, source = load_device("rnpu-compact"), load_device(SHARED / "rnpu_surrogate_2019.npz")
    voltages = np.random.default_rng(77).uniform(
        source.voltage_min_v, source.voltage_max_v, (5000, 7)
    )
    fresh = fit_errors(
        model, voltages, source.current_a(voltages), source.gradient_a_per_v(voltages)
    )
    stated = model.provenance["fit_errors"]
    assert fresh.value_rms_A == pytest.approx(stated["value_rms_A"], rel=0.1)
    assert fresh.gradient_relative_rms == pytest.approx(stated["gradient_relative_rms"], rel=0.1)
    assert 1 - fresh.gradient_cosine_median == pytest.approx(
        1 - stated["gradient_cosine_median"], rel=0.15
    )
