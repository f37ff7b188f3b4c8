"""The device in ngspice against the same device in Python."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hgecircuit.devices.formats import SHIPPED, load_device
from hgecircuit.devices.network import NetworkDevice
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.devices.sweep import sweep
from hgecircuit.netlist import GROUND, Circuit
from hgecircuit.run.engines.ngspice import Ngspice

pytestmark = pytest.mark.ngspice
SHARED = Path(__file__).parents[3] / "shared" / "device"
LIMIT = 1e-6  # of the current range, from the issue


def random_network(activation, hidden, electrodes, seed, weight=1.0, **changes):
    generator = np.random.default_rng(seed)
    sizes = [electrodes, *hidden, 1]
    fields = {
        "name": f"random-{activation}",
        "weights": tuple(
            generator.normal(0, weight * inputs**-0.5, (outputs, inputs))
            for inputs, outputs in pairwise(sizes)
        ),
        "biases": tuple(generator.uniform(-1, 1, outputs) for outputs in sizes[1:]),
        "activation": activation,
        "current_scale_a": 2e-8,
        "voltage_min_v": np.full(electrodes, -1.0),
        "voltage_max_v": np.full(electrodes, 0.5),
    }
    return NetworkDevice(**{**fields, **changes})


def run_sweep(model, folder, count, seed=2):
    engine = Ngspice()
    voltages = np.random.default_rng(seed).uniform(
        model.voltage_min_v, model.voltage_max_v, (count, model.electrodes)
    )
    return sweep(
        model,
        voltages,
        lambda deck, traces, name: engine.run(deck, folder, traces=traces, name=name),
    )


@pytest.mark.parametrize("activation", ["tanh", "relu", "elu", "hard-tanh", "sigmoid"])
@pytest.mark.parametrize(
    ("hidden", "weight"),
    [
        ((5,), 1.0),
        ((9, 8), 2.0),
        # weights ten times the usual: steep, saturated, currents of mA out of the linear ones
        ((8, 8, 8, 8), 10.0),
    ],
)
def test_every_activation_agrees(tmp_path, activation, hidden, weight):
    model = random_network(activation, hidden, 4, 1, weight)
    assert run_sweep(model, tmp_path, 200).largest_difference < LIMIT


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_clipping_agrees(tmp_path, activation):
    free = run_sweep(random_network(activation, (9, 8), 4, 1), tmp_path, 300).python_a
    low, high = (float(value) for value in np.percentile(free, [30, 70]))
    model = random_network(activation, (9, 8), 4, 1, clip_a=(low, high))
    result = run_sweep(model, tmp_path, 300)
    assert result.largest_difference < LIMIT
    assert np.count_nonzero(result.simulator_a == result.simulator_a.min()) > 60


@pytest.mark.parametrize("seed", range(8))
def test_random_shapes_agree(tmp_path, seed):
    generator = np.random.default_rng(seed)
    activation = ["tanh", "relu", "elu", "hard-tanh", "sigmoid"][seed % 5]
    hidden = tuple(int(n) for n in generator.integers(1, 14, generator.integers(1, 5)))
    model = random_network(
        activation,
        hidden,
        int(generator.integers(1, 9)),
        seed + 100,
        weight=float(generator.uniform(0.5, 4)),
        current_offset_a=float(generator.normal(0, 1e-8)),
        current_scale_a=float(10 ** generator.uniform(-12, -3)),
    )
    assert run_sweep(model, tmp_path, 100).largest_difference < LIMIT


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_models_agree(tmp_path, name):
    result = run_sweep(load_device(name), tmp_path, 1200)
    assert result.provenance["decks"] == 2
    assert result.largest_difference < LIMIT


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/device beside the repository")
@pytest.mark.slow
def test_the_real_device_s_surrogate_agrees(tmp_path):
    model = load_device(SHARED / "rnpu_surrogate_2019.npz")
    assert run_sweep(model, tmp_path, 100).largest_difference < LIMIT


def test_one_row_and_the_sign_of_the_current(tmp_path):
    model = random_network("tanh", (3,), 2, 5)
    result = run_sweep(model, tmp_path, 1)
    assert result.simulator_a[0] == pytest.approx(result.python_a[0], rel=1e-6)
    # a positive current flows out of `out`: into 1 kohm to ground it makes a positive voltage
    circuit = Circuit("sign")
    for electrode in range(2):
        value = float(result.voltages_v[0, electrode])
        circuit.voltage(f"e{electrode}", f"e{electrode}", GROUND, value)
    circuit.instance("device", model.subcircuit(), ["e0", "e1", "out"])
    circuit.resistor("load", "out", GROUND, 1e3)
    circuit.directive(".op")
    circuit.directive(".save v(out) i(ve0)")
    record = Ngspice().run(
        circuit.write(), tmp_path, traces={"out": "v(out)", "drawn": "i(ve0)"}, name="sign"
    )
    assert record["out"][0] == pytest.approx(1e3 * result.python_a[0], rel=1e-6)
    assert record["drawn"][0] == 0  # electrodes draw no current


@pytest.mark.parametrize("samples", [2, 4096, 4097, 9000])
def test_ngspice_plays_the_very_same_noise(tmp_path, samples):
    spec = NoiseSpec(flicker_a2_per_hz=1e-23, exponent=1.5, sample_rate_hz=1e4, seed=7)
    stop_s = (samples - 1) * 1e-4
    noise = spec.sample(stop_s)
    assert len(noise.current_a) == samples
    circuit = Circuit("noise")
    circuit.instance("noise", noise.subcircuit(), ["out"])
    circuit.resistor("load", "out", GROUND, 1.0)
    circuit.directive(".options abstol=1e-18 vntol=1e-18")
    circuit.directive(f".tran 5e-5 {stop_s:.12g} 0 5e-5")
    circuit.directive(".save v(out)")
    record = Ngspice().run(circuit.write(), tmp_path, traces={"noise": "v(out)"}, stop_s=stop_s)
    difference = np.abs(record["noise"] - noise.at(record.time_s)).max()
    assert difference < 1e-6 * np.sqrt(np.mean(noise.current_a**2))
    assert len(record.time_s) >= samples
