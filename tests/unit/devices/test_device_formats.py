import io
import os
import pickle
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from device_builders import legacy_torch_bytes, random_network, random_voltages

from hgecircuit.devices.formats import SHIPPED, import_device, load_device
from hgecircuit.devices.model_file import load_model, to_json
from hgecircuit.errors import InputError

DATA = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[4] / "shared" / "device"
TORCH_FILES = {
    "old_legacy": ("old", "relu"),
    "new_relu": ("new_relu", "relu"),
    "new_elu": ("new_elu", "elu"),
    "new_tanh": ("new_tanh", "tanh"),
    "new_hard-tanh": ("new_hard_tanh", "hard-tanh"),
    "new_sigmoid": ("new_sigmoid", "sigmoid"),
    "new_views": ("views", "tanh"),
    "new_bfloat16_no_ranges": ("bf16", "sigmoid"),
}


def npz_arrays(model):
    arrays = {f"W{index}": weights for index, weights in enumerate(model.weights)}
    arrays |= {f"b{index}": biases for index, biases in enumerate(model.biases)}
    return arrays | {
        "current_scale_nA": np.array(model.current_scale_a * 1e9),
        "voltage_min": model.voltage_min_v,
        "voltage_max": model.voltage_max_v,
    }


# torch files


@pytest.mark.parametrize("file", TORCH_FILES)
def test_files_that_torch_wrote_give_torch_s_own_outputs(file):
    """`torch_outputs.npz` holds torch 2.13's outputs in nA for the same voltages."""
    key, activation = TORCH_FILES[file]
    with np.load(DATA / "torch_outputs.npz") as archive:
        outputs = dict(archive)
    ranges = {"voltage_min_v": -1.0, "voltage_max_v": 1.0} if "no_ranges" in file else {}
    model = import_device(DATA / f"{file}.pt", **ranges)
    assert model.activation == activation
    # torch computed in single precision
    np.testing.assert_allclose(model.current_a(outputs["V"]) * 1e9, outputs[key], rtol=2e-6)


def test_ranges_amplification_and_clipping_come_from_the_file():
    new = load_device(DATA / "new_tanh.pt")
    np.testing.assert_array_equal(new.voltage_min_v, [-1.2, -1.2, -0.7, -0.7])
    np.testing.assert_array_equal(new.voltage_max_v, [0.6, 0.6, 0.3, 0.3])
    assert new.current_scale_a == pytest.approx(28.5e-9)
    assert new.clip_a == pytest.approx((-15e-9, 20e-9))
    old = load_device(DATA / "old_legacy.pt")
    np.testing.assert_allclose(old.voltage_min_v, [-1.2, -1.2, -0.8, -0.8])
    assert old.current_scale_a == pytest.approx(100e-9)


def test_a_file_without_ranges_needs_them_from_the_user():
    path = DATA / "new_bfloat16_no_ranges.pt"
    with pytest.raises(InputError, match="no voltage ranges"):
        load_device(path)
    with pytest.raises(InputError, match="4 voltages"):
        import_device(path, voltage_min_v=[-1.0, -1.0], voltage_max_v=1.0)
    model = import_device(path, voltage_min_v=[-1, -0.5, -1, -1], voltage_max_v=0.25)
    np.testing.assert_array_equal(model.voltage_min_v, [-1, -0.5, -1, -1])
    np.testing.assert_array_equal(model.voltage_max_v, [0.25] * 4)


def test_a_whole_saved_module_is_refused_by_name():
    with pytest.raises(InputError, match=r"torch\.nn\.modules\.container\.Sequential"):
        load_device(DATA / "whole_module.pt")


class _Marker:
    """Unpickling this makes a folder."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("layout", ["legacy", "zip", "bare"])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_code_in_a_pickle_is_named_and_never_run(tmp_path, layout, protocol):
    marker, path = tmp_path / "marker", tmp_path / "evil.pt"
    evil = pickle.dumps({"0.weight": _Marker(marker)}, protocol=protocol)
    if layout == "legacy":
        path.write_bytes(legacy_torch_bytes(evil))
    elif layout == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("evil/data.pkl", evil)
    else:
        path.write_bytes(evil)
    with pytest.raises(InputError, match=r"names (posix|nt)\.mkdir"):
        load_device(path)
    assert not marker.exists()
    # the same bytes do run in Python's own unpickler: the test's marker works
    pickle.loads(evil)
    assert marker.exists()


@pytest.mark.parametrize("file", ["old_legacy", "new_views"])
def test_a_torch_file_cut_off_anywhere_is_refused(tmp_path, file):
    content = (DATA / f"{file}.pt").read_bytes()
    path = tmp_path / "cut.pt"
    for length in range(0, len(content) - 1, 37):
        path.write_bytes(content[:length])
        with pytest.raises(InputError):
            load_device(path)


@pytest.mark.parametrize("file", ["old_legacy", "new_views"])
def test_a_torch_file_with_any_byte_changed_loads_or_is_refused(tmp_path, file):
    content = bytearray((DATA / f"{file}.pt").read_bytes())
    path, generator = tmp_path / "changed.pt", np.random.default_rng(0)
    for place in generator.integers(0, len(content), 60):
        changed = content.copy()
        changed[place] ^= 1 << int(generator.integers(0, 8))
        path.write_bytes(changed)
        with warnings.catch_warnings():
            # a changed zip header may make two members overlap, or a weight overflow on the way
            warnings.simplefilter("ignore")
            try:
                load_device(path)
            except InputError:
                continue


def _storage(kind, key, count):
    return f"((Vstorage\nctorch\n{kind}Storage\nV{key}\nVcpu\nI{count}\nt".encode() + b"Q"


def _tensor(kind, key, count, offset, shape, strides):
    numbers = [b"(" + b"".join(b"I%d\n" % n for n in part) + b"t" for part in (shape, strides)]
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n"
        + _storage(kind, key, count)
        + f"I{offset}\n".encode()
        + b"".join(numbers)
        + b"I00\n(dtR"
    )


def _state(weight):
    bias = _tensor("Float", "b", 1, 0, [1], [1])
    return b"(dV0.weight\n" + weight + b"sV0.bias\n" + bias + b"s."


@pytest.mark.parametrize(
    ("shape", "strides", "count", "message"),
    [
        ([1, 3], [3, 1], 3, "activation"),  # the undamaged form gets as far as the missing info
        ([1, 4], [4, 1], 3, "past its storage"),
        ([1, 3], [3, 9], 3, "past its storage"),
        ([1, 3], [3, -1], 3, "negative"),
        ([100_000_000, 3], [0, 0], 3, "values"),
        ([1, 3], [3, 1], 30, "cut off|fit its storage"),
    ],
)
def test_a_tensor_that_lies_about_its_size_is_refused(tmp_path, shape, strides, count, message):
    path = tmp_path / "lies.pt"
    state = _state(_tensor("Float", "w", count, 0, shape, strides))
    path.write_bytes(legacy_torch_bytes(state, [("w", [1, 2, 3]), ("b", [0])]))
    with pytest.raises(InputError, match=message):
        load_device(path)


def test_nested_lists_that_would_multiply_are_refused(tmp_path):
    # ten lists, each of ten references to the one before: 10^10 numbers if they were expanded
    bomb = b"(lp0\n" + b"I1\na" * 10
    for level in range(1, 10):
        bomb += f"0(lp{level}\n".encode() + f"g{level - 1}\na".encode() * 10
    state = _state(_tensor("Float", "w", 3, 0, [1, 3], [3, 1]))
    state = state[:-1] + b"Vactivation\nVrelu\nsVamplification\n" + bomb + b"s."
    path = tmp_path / "bomb.pt"
    path.write_bytes(legacy_torch_bytes(state, [("w", [1, 2, 3]), ("b", [0])]))
    with pytest.raises(InputError, match="nested"):
        load_device(path)


def test_a_compressed_member_is_refused(tmp_path):
    path = tmp_path / "bomb.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", b"\0" * 10_000_000)
    with pytest.raises(InputError, match="compressed"):
        load_device(path)


# .npz


def test_npz_round_trip(tmp_path):
    model = random_network("relu")
    np.savez(tmp_path / "my device.npz", **npz_arrays(model))
    loaded = load_device("my device.npz", relative_to=tmp_path)
    assert loaded.name == "my-device"
    voltages = random_voltages(model)
    np.testing.assert_allclose(loaded.current_a(voltages), model.current_a(voltages), rtol=1e-12)
    np.savez_compressed(tmp_path / "b.npz", activation="tanh", **npz_arrays(model))
    assert load_device(tmp_path / "b.npz").activation == "tanh"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"b1": None}, "b1: an array is missing"),
        ({"current_scale_nA": None}, "current_scale_nA"),
        ({"current_scale_nA": np.array([1.0, 2.0])}, "current_scale_nA"),
        ({"voltage_min": None}, "no voltage ranges"),
        ({"voltage_max": np.ones(2)}, "3 voltages"),
        ({"W1": np.ones((5, 7))}, "chain"),
        ({"W0": np.full((6, 3), np.nan)}, "not finite"),
        ({"W0": np.array([["a"]])}, "damaged|text|not"),
        ({"activation": np.array("softmax")}, "activation"),
    ],
)
def test_a_bad_npz_names_file_and_array(tmp_path, change, message):
    arrays = npz_arrays(random_network("relu")) | change
    path = tmp_path / "bad.npz"
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    with pytest.raises(InputError, match=message) as caught:
        load_device(path)
    assert caught.value.file == str(path)


def test_an_npz_with_objects_is_not_unpickled(tmp_path):
    marker, path = tmp_path / "marker", tmp_path / "evil.npz"
    evil = np.array([_Marker(marker)], dtype=object)
    arrays = npz_arrays(random_network()) | {"W0": evil}
    np.savez(path, allow_pickle=True, **arrays)
    with pytest.raises(InputError, match="not numbers"):
        load_device(path)
    assert not marker.exists()


def test_an_npz_cut_off_anywhere_is_refused(tmp_path):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **npz_arrays(random_network()))
    content, path = buffer.getvalue(), tmp_path / "cut.npz"
    for length in range(0, len(content) - 1, 61):
        path.write_bytes(content[:length])
        with pytest.raises(InputError):
            load_device(path)


def test_an_npz_header_that_declares_a_huge_array_is_refused(tmp_path):
    buffer = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
    np.lib.format.write_array_header_1_0(buffer, header)
    path = tmp_path / "huge.npz"
    np.savez(path, **npz_arrays(random_network()))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("W9.npy", buffer.getvalue() + b"\0" * 80)
    with pytest.raises(InputError, match="damaged"):
        load_device(path)


# names and paths


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_models_load_by_name(name):
    model = load_device(name)
    assert model.name == name
    assert model.electrodes == 7


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("no-such-model", "unknown kind"),
        ("missing.json", "no such device model"),
        ("table.csv", "device fit"),
        ("model.onnx", "unknown kind"),
        ("", "unknown kind"),
        ("a\nb.json", "no such device model"),
        ("$(touch x).npz", "no such device model"),
    ],
)
def test_bad_references_are_refused(tmp_path, reference, message):
    with pytest.raises(InputError, match=message):
        load_device(reference, relative_to=tmp_path)
    assert not list(tmp_path.iterdir())


def test_import_saves_a_complete_model(tmp_path):
    output = tmp_path / "out.json"
    model = import_device(DATA / "new_elu.pt", name="My device 3!", output=output)
    loaded = load_model(output)
    assert to_json(loaded) == to_json(model)
    assert loaded.name == "my-device-3"
    assert loaded.provenance["imported_from"] == "new_elu.pt"
    assert len(loaded.provenance["sha256"]) == 64
    with pytest.raises(InputError, match="no such file"):
        import_device(tmp_path / "none.pt", output=tmp_path / "x.json")
    assert not (tmp_path / "x.json").exists()


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/device beside the repository")
@pytest.mark.parametrize("suffix", ["npz", "pt"])
def test_the_real_device_s_surrogate_gives_its_stated_currents(suffix):
    with np.load(SHARED / "rnpu_surrogate_2019_check.npz") as archive:
        check = dict(archive)
    model = load_device(SHARED / f"rnpu_surrogate_2019.{suffix}")
    np.testing.assert_allclose(model.current_a(check["V"]) * 1e9, check["I_nA"], atol=1e-10)
    np.testing.assert_allclose(model.voltage_min_v, [-1.2] * 5 + [-0.7] * 2)
    np.testing.assert_allclose(model.voltage_max_v, [0.6] * 5 + [0.3] * 2)
