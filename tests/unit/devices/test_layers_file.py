"""Layered devices as model files."""

import copy
import json

import numpy as np
import pytest
from device_builders import random_network, random_voltages

from hgecircuit import Learner, load_device
from hgecircuit.devices.formats import import_device
from hgecircuit.devices.layers import LayeredDevice, chain, two_layer
from hgecircuit.devices.layers_file import save_layered
from hgecircuit.devices.layers_map import Connection
from hgecircuit.devices.model_file import save_model, to_json
from hgecircuit.errors import InputError

# what docs and the module's own docstring show
SMALLEST = {
    "format": "hgecircuit-layered-device",
    "version": 1,
    "name": "two-layer",
    "devices": {"rnpu": "rnpu-compact"},
    "layers": [["rnpu", "rnpu"], ["rnpu"]],
    "connections": [{"to": [1, 0, 2], "sources": [[0, 0]]}, {"to": [1, 0, 3], "sources": [[0, 1]]}],
}


def write(folder, data, name="layers.json"):
    path = folder / name
    path.write_text(json.dumps(data))
    return path


def test_the_smallest_file_maps_the_currents_itself(tmp_path):
    rnpu = load_device("rnpu-compact")
    loaded = load_device(write(tmp_path, SMALLEST))
    made = two_layer("two-layer", [rnpu, rnpu], rnpu, [2, 3])
    assert isinstance(loaded, LayeredDevice)
    assert loaded.connections == made.connections
    assert loaded.provenance == made.provenance
    voltages = random_voltages(made)
    np.testing.assert_array_equal(loaded.current_a(voltages), made.current_a(voltages))


def test_members_come_by_path_from_the_file_s_folder_by_name_or_inline(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    by_path, inline = random_network(seed=1, name="one"), random_network(seed=2, name="two")
    save_model(by_path, tmp_path / "models" / "one.json")
    data = {
        **SMALLEST,
        "devices": {"a": "models/one.json", "b": to_json(inline), "c": "rnpu-compact"},
        "layers": [["a", "b"], ["c"]],
    }
    path = write(tmp_path, data)
    monkeypatch.chdir(tmp_path / "models")
    loaded = load_device(path)
    made = two_layer("two-layer", [by_path, inline], load_device("rnpu-compact"), [2, 3])
    voltages = random_voltages(made)
    np.testing.assert_array_equal(loaded.current_a(voltages), made.current_a(voltages))


@pytest.mark.parametrize("clip", ["soft", "hard"])
def test_what_is_saved_is_loaded_exactly(tmp_path, clip):
    first, second = random_network(seed=1, name="one"), random_network("elu", seed=2, name="two")
    model = LayeredDevice(
        "saved",
        ((first, second), (first,)),
        (
            chain("x", [first, second], [1], clip=clip, seed=9).connections[0],
            Connection((1, 0, 0), ((0, 1), (0, 0)), (1 / 3, -2.0), 1e7 / 3, 0.1 / 3, clip),
        ),
        provenance={"origin": "made for this test"},
    )
    loaded = load_device(save_layered(model, tmp_path / "model.json"))
    assert loaded.connections == model.connections
    assert loaded.provenance == model.provenance
    assert loaded.current_range_a == model.current_range_a
    # the same model twice stays one model
    assert loaded.layers[0][0] is loaded.layers[1][0]
    voltages = random_voltages(model)
    np.testing.assert_array_equal(loaded.current_a(voltages), model.current_a(voltages))
    np.testing.assert_array_equal(
        loaded.gradient_a_per_v(voltages), model.gradient_a_per_v(voltages)
    )
    assert [path.name for path in tmp_path.iterdir()] == ["model.json"]


def test_members_of_one_name_are_kept_apart(tmp_path):
    """Equal networks with different safe ranges."""
    wide = random_network(seed=1, name="one", voltage_max_v=np.full(3, 0.7))
    model = chain("x", [random_network(seed=1, name="one"), wide], [0])
    loaded = load_device(save_layered(model, tmp_path / "model.json"))
    np.testing.assert_array_equal(loaded.voltage_max_v, [0.5] * 3 + [0.7] * 2)


def test_layers_of_layers_are_not_saved(tmp_path):
    net = random_network()
    model = chain("outer", [net, chain("inner", [net, net], [0])], [0])
    with pytest.raises(InputError, match="only layers of networks"):
        save_layered(model, tmp_path / "model.json")
    with pytest.raises(InputError, match=r"\.json"):
        save_layered(chain("inner", [net, net], [0]), tmp_path / "model.txt")
    assert not list(tmp_path.iterdir())


def changed(*path, to):
    """SMALLEST with the value at ``path`` replaced, or taken away if None."""
    data = copy.deepcopy(SMALLEST)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    if to is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return data


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("format",), "other", "format: not a device model"),
        (("version",), 2, "version: a version"),
        (("version",), None, "version: a key is missing"),
        (("name",), None, "name: a key is missing"),
        (("name",), "a b", "name: a model's name"),
        (("name",), 3, "name: not the right kind"),
        (("layer",), [], "layer: unknown key"),
        (("devices",), [], "devices: not the right kind"),
        (("devices", "rnpu"), "rnpu-large", "devices.rnpu: unknown kind of device model"),
        (("devices", "rnpu"), "none.json", "devices.rnpu: no such device model"),
        (("devices", "rnpu"), 3, "devices.rnpu.format: not a device model"),
        (("devices", "rnpu"), {"format": "hgecircuit-device", "version": 1}, "devices.rnpu.layers"),
        (("devices", "rnpu"), SMALLEST, "devices.rnpu.format: not a device model"),
        # a file that holds itself must not be read for ever
        (("devices", "rnpu"), "layers.json", "devices.rnpu: .*layers.json: format: not a device"),
        (("layers",), {}, "layers: not the right kind"),
        (("layers",), [], "connections.0..to: no such electrode"),
        (("layers",), [[], ["rnpu"]], "connections.0..sources: no such device"),
        (("layers", 1), [], "connections.0..to: no such electrode"),
        (("layers", 0), "rnpu", "layers.0.: not a list"),
        (("layers", 0, 1), "other", r"layers.0.: no such device .*rnpu"),
        (("layers", 0, 1), ["rnpu"], "layers.0.: no such device"),
        (("layers", 1), ["rnpu", "rnpu"], "layers: not layers"),
        (("connections",), [], "connections: rnpu-compact drives nothing"),
        (("connections", 1), None, "connections: rnpu-compact drives nothing"),
        (("connections", 1), [1, 0, 3], r"connections.1.: not a connection"),
        (("connections", 1, "to"), None, r"connections.1..to: a key is missing"),
        (("connections", 1, "to"), [1, 0], r"connections.1..to: not a place .*layer, device, el"),
        (("connections", 1, "to"), [1, 0, True], r"connections.1..to: not a place"),
        (("connections", 1, "to"), [1, 0, 7], r"connections.1..to: no such electrode"),
        (("connections", 1, "to"), [1, 0, 2], r"connections.1..to: an electrode is driven twice"),
        (("connections", 1, "sources"), [0, 1], r"connections.1..sources: not a list"),
        (("connections", 1, "sources"), [[0, 1.0]], r"connections.1..sources: not a place"),
        (("connections", 1, "sources"), [[1, 0]], r"connections.1..sources: no such device"),
        (("connections", 1, "weights"), ["1"], r"connections.1..weights: not a number"),
        (("connections", 1, "weights"), [1, 2], r"connections.1..weights: not one weight"),
        (("connections", 1, "gain_ohm"), 1e7, r"connections.1..offset_V: a key is missing"),
        (("connections", 1, "offset_V"), 0, r"connections.1..gain_ohm: a key is missing"),
        (("connections", 1, "gain_Ohm"), 1e7, r"connections.1..gain_Ohm: unknown key"),
        (("connections", 1, "clip"), "none", r"connections.1..clip: unknown clip"),
        (("connections", 1, "clip"), ["soft"], r"connections.1..clip: not the right kind"),
        (("connections", 1, "mapping_seed"), -1, r"connections.1..mapping_seed: no seed"),
        (("connections", 1, "mapping_seed"), 0.5, r"connections.1..mapping_seed: not the right"),
        (("current_range_A",), 10**400, "current_range_A: too large"),
        (("current_range_A",), "1 nA", "current_range_A: not a number"),
        (("provenance",), "me", "provenance: not the right kind"),
    ],
)
def test_bad_files_name_file_and_key(tmp_path, path, value, message):
    file = write(tmp_path, changed(*path, to=value))
    with pytest.raises(InputError, match=message) as caught:
        load_device(file)
    assert caught.value.file == str(file)


def test_gain_and_offset_are_checked_like_in_python(tmp_path):
    bad = {"to": [1, 0, 3], "sources": [[0, 1]], "gain_ohm": 0, "offset_V": 0}
    with pytest.raises(InputError, match=r"connections.1..gain_ohm: no gain"):
        load_device(write(tmp_path, changed("connections", 1, to=bad)))


def test_import_is_for_single_networks(tmp_path):
    with pytest.raises(InputError, match="hgecircuit-layered-device"):
        import_device(write(tmp_path, SMALLEST))


def test_a_circuit_file_takes_a_layered_device(tmp_path):
    """Its netlist drives the free electrodes and leaves the driven ones to the device."""
    write(tmp_path, {**SMALLEST, "layers": [["rnpu"], ["rnpu"]], "connections": [CHAINED]})
    circuit = tmp_path / "circuit.toml"
    circuit.write_text(
        """
        [task]
        patterns = ["00", "01", "10", "11"]
        targets = "0110"
        [device]
        model = "layers.json"
        inputs = [1, 4]
        controls = [0, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]
        logic_low = "-1.11 V"
        logic_high = "0.51 V"
        [perturbation]
        amplitude = "10 mV"
        [loop]
        kind = "coherent"
        [reference]
        sample_rate = "50 kHz"
        """
    )
    learner = Learner.from_file(circuit)
    assert learner.device.electrodes == 13
    text = learner.netlist().replace("\n+ ", " ")
    assert text.count(".subckt rnpu_compact ") == 1
    assert text.count(".subckt two_layer ") == 1
    instance = next(line for line in text.splitlines() if line.startswith("Xdevice "))
    nodes = [*(f"v{electrode}" for electrode in range(13)), "iout"]
    assert instance.split()[1:] == [*nodes, "two_layer"]


CHAINED = {"to": [1, 0, 4], "sources": [[0, 0]]}
