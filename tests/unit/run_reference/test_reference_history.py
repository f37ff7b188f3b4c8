"""Histories as data sets and files."""

import json

import numpy as np
import pytest
import xarray
from analytic_devices import Product
from test_reference_checkpoint import STARTS_V, TASK, homodyne, noise

from hgecircuit import __version__
from hgecircuit.errors import InputError
from hgecircuit.losses import MeanSquareLoss
from hgecircuit.run.reference.descent import Descent
from hgecircuit.run.reference.estimators import ExactGradient
from hgecircuit.run.reference.history import to_dataset, write_history
from hgecircuit.run.reference.tasks import Wiring, gate, sphere, waveform
from hgecircuit.run.reference.training import train
from hgecircuit.run.reference.training_provenance import describe

DESCENT = Descent(iterations=20)


@pytest.fixture(scope="module")
def result():
    return train(
        Product(), TASK, homodyne(noise()), STARTS_V, descent=DESCENT, seeds={"starts": 12}
    )


def test_a_data_set_holds_all_with_units(result):
    data = to_dataset(result)
    length = result.losses.shape[1]
    assert dict(data.sizes) == {
        "start": 3,
        "iteration": length,
        "control": 3,
        "pattern": 4,
        "input": 2,
    }
    assert (data["voltage_V"].values == result.voltages_v).all()
    assert (data["output_A"].values == result.outputs_a).all()
    assert (data["loss"].values == result.losses).all()
    assert (data["margin_A"].values == result.margins_a).all()
    assert (data["time_s"].values == result.time_s).all()
    assert (data["evaluations"].values == 4 * result.iterations).all()
    assert (data["final_loss"].values == result.final_losses).all()
    assert (data["stopped"].values == result.stopped).all()
    assert data["control"].values.tolist() == [2, 3, 4]
    assert data["pattern_V"].values.tolist() == [list(row) for row in TASK.patterns_v]
    assert data["target"].values.tolist() == list(TASK.targets)
    for name, variable in data.data_vars.items():
        unit = str(name).rpartition("_")[2]
        assert variable.attrs["units"] == (unit if unit in ("V", "A", "s") else "1"), name
        assert variable.attrs["long_name"]


def test_a_data_set_says_how_it_was_made(result):
    attributes = to_dataset(result).attrs
    made = {key: json.loads(value) for key, value in attributes.items() if isinstance(value, str)}
    assert made["versions"]["hgecircuit"] == __version__
    assert made["versions"]["numpy"] == np.__version__
    assert made["seeds"] == {"starts": 12}
    assert made["device"]["name"] == "analytic"
    assert made["loss"] == {"class": "CorrelationLoss", "scale_a": 5e-9, "separation": "mean"}
    assert made["descent"]["learning_rate"] == 0.02
    lock_in, source = made["estimator"]["lock_in"], made["estimator"]["noise"]
    assert lock_in["frequencies_hz"] == [400, 440, 480]
    assert source["sum"][0]["seed"] == 3
    assert source["sum"][0]["samples_read"] == 0
    assert attributes["evaluations_per_iteration"] == 4


def test_the_seed_of_the_points_is_recorded():
    split = sphere(Wiring.on(Product(), (0, 1, 2)), 41, (20, 20))
    result = train(
        Product(), split.training, ExactGradient(), np.zeros((1, 2)), descent=Descent(iterations=1)
    )
    made = json.loads(to_dataset(result).attrs["task"])
    assert (made["seed"], made["inner"], made["outer"]) == (41, 0.5, [0.7, 1.0])


def test_a_file_gives_the_same_data_back(result, tmp_path):
    path = tmp_path / "history.nc"
    write_history(result, path)
    with xarray.open_dataset(path, engine="h5netcdf") as data:
        assert data.load().identical(to_dataset(result))
    assert [file.name for file in tmp_path.iterdir()] == ["history.nc"]
    with pytest.raises(InputError, match="can't write"):
        write_history(result, tmp_path / "missing" / "history.nc")


def test_what_doesn_t_exist_is_left_out():
    wave = waveform(Wiring.on(Product(), (0,), held_v=((1, 0.5),)), "second_harmonic", 8)
    loss = MeanSquareLoss()
    result = train(Product(), wave, ExactGradient(), np.full((1, 3), 0.5), loss=loss)
    data = to_dataset(result)
    assert "margin_A" not in data
    assert "time_s" not in data
    assert json.loads(data.attrs["held_V"]) == {"1": 0.5}
    constant = gate(0, Wiring.on(Product(), (0, 1)))
    result = train(Product(), constant, ExactGradient(), np.zeros((1, 3)))
    assert "margin_A" not in to_dataset(result)


def test_descriptions_are_plain():
    large = np.arange(100.0)
    text = json.dumps(describe({"a": large, "b": np.float64(2), "c": (np.sign, None, True)}))
    plain = json.loads(text)
    assert len(plain["a"]["sha256"]) == 64
    assert plain["b"] == 2
    assert plain["c"][1:] == [None, True]
    assert describe(large) != describe(large + 1)
    assert describe(np.random.default_rng(1)) != describe(np.random.default_rng(2))
