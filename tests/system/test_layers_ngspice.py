"""Layered devices in ngspice against the same devices in Python."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from hgecircuit.cli import main
from hgecircuit.devices.formats import load_device
from hgecircuit.devices.layers import LayeredDevice, chain, two_layer
from hgecircuit.devices.layers_file import save_layered
from hgecircuit.devices.layers_map import CLIPS, map_currents
from hgecircuit.devices.sweep import sweep
from hgecircuit.run.engines.ngspice import Ngspice

pytestmark = pytest.mark.ngspice
LIMIT = 1e-6  # of the current range, as for single devices


def branched(rnpu, clip):
    """Three layers, two sources of one electrode with weights, one source of two electrodes."""
    layers = ((rnpu, rnpu), (rnpu,), (rnpu,))
    connections = (
        map_currents(layers, (1, 0, 1), [(0, 0)], clip=clip),
        map_currents(layers, (2, 0, 0), [(1, 0), (0, 1)], [0.5, -1.5], clip=clip),
        map_currents(layers, (2, 0, 5), [(0, 0)], clip=clip),
    )
    return LayeredDevice("branched", layers, connections)


SHAPES = {
    "two-layer": lambda rnpu, clip: two_layer("two-layer", [rnpu, rnpu], rnpu, [2, 3], clip=clip),
    "chain": lambda rnpu, clip: chain("chain", [rnpu] * 3, [4, 0], clip=clip),
    "branched": branched,
    "nested": lambda rnpu, clip: chain(
        "outer", [rnpu, chain("inner", [rnpu, rnpu], [4], clip=clip)], [9], clip=clip
    ),
}


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_agrees(tmp_path: Path, shape: str, clip: str) -> None:
    model = SHAPES[shape](load_device("rnpu-compact"), clip)
    engine = Ngspice()
    voltages_v = np.random.default_rng(2).uniform(
        model.voltage_min_v, model.voltage_max_v, (200, model.electrodes)
    )
    result = sweep(
        model,
        voltages_v,
        lambda deck, traces, name: engine.run(deck, tmp_path, traces=traces, name=name),
    )
    assert np.ptp(result.python_a) > 0.1 * model.current_range_a
    assert result.largest_difference < LIMIT


def test_device_sweep_takes_a_layered_model_file(tmp_path: Path) -> None:
    rnpu = load_device("rnpu-compact")
    model = two_layer("two-layer", [rnpu, rnpu], rnpu, [2, 3])
    file = save_layered(model, tmp_path / "two.json")
    points, output = tmp_path / "points.csv", tmp_path / "both.csv"
    rows = np.random.default_rng(3).uniform(model.voltage_min_v, model.voltage_max_v, (20, 19))
    header = ",".join(f"e{electrode}" for electrode in range(19))
    np.savetxt(points, rows, delimiter=",", header=header, comments="")
    result = CliRunner().invoke(
        main,
        ["device", "sweep", str(file), f"--voltages={points}", f"--output={output}", "--json"],
    )
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["rows"] == 20
    assert facts["largest_difference"] < LIMIT
