"""A right circuit file: values in SI, defaults, derived defaults, overrides, provenance."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from pydantic import ValidationError
from spec_texts import CIRCUIT, changed, explicit, read

from hgecircuit.errors import InputError
from hgecircuit.spec import CircuitSpec, load_circuit_spec
from hgecircuit.spec.document import MINIMAL_CIRCUIT
from hgecircuit.spec.loop import CoherentLoop, ContinuousLoop
from hgecircuit.spec.signals import (
    ButterworthFilter,
    ExplicitPlan,
    GateFilter,
    GolombPlan,
    QuadraturePlan,
)

CIRCUITS = sorted((Path(__file__).parents[3] / "circuits").glob("*.toml"))


def test_values_are_in_si_and_named_with_units():
    spec = read(CIRCUIT)
    assert spec.task.pattern_bits == ((0, 0), (0, 1), (1, 0), (1, 1))
    assert spec.task.target_bits == (0, 1, 1, 0)
    assert spec.device.inputs == (1, 4)
    assert spec.device.logic_low_v == (-1.11, -1.11)
    assert spec.device.logic_high_v == (0.51, 0.51)
    assert spec.perturbation.amplitude_v == (0.02,) * 5
    assert isinstance(spec.perturbation, QuadraturePlan)
    assert spec.perturbation.lowest_hz == 400.0
    assert spec.lock_in.time_s == 0.01
    assert spec.start.seed == 3
    assert spec.start.voltages_v is None


def test_one_value_per_electrode_may_be_listed():
    text = changed('logic_low = "-1.11 V"', 'logic_low = ["-1 V", "-900 mV"]')
    text = text.replace(
        'amplitude = "20 mV"', 'amplitude = ["1 mV", "2 mV", "3 mV", "4 mV", "5 mV"]'
    )
    spec = read(text)
    assert spec.device.logic_low_v == (-1.0, -0.9)
    assert spec.perturbation.amplitude_v == pytest.approx((1e-3, 2e-3, 3e-3, 4e-3, 5e-3))


def test_the_minimal_circuit_needs_task_device_and_loop_only():
    spec = CircuitSpec.from_text(MINIMAL_CIRCUIT)
    assert spec.name == spec.title == "circuit"
    assert spec.file is None
    assert spec.device.model == "rnpu-compact"
    assert spec.model_path is None
    assert isinstance(spec.lock_in, GateFilter)
    assert spec.start.seed == 1
    assert spec.device.noise is None
    assert spec.limits.gradient_relative_error is None


@pytest.mark.parametrize(
    ("kind", "plan", "filter_type", "lowest_hz", "spacing_hz"),
    [
        ("coherent", "quadrature", GateFilter, 4e3, 1e3),
        ("coherent", "golomb", GateFilter, 12e3, 1e3),
        ("continuous", "quadrature", ButterworthFilter, 10e3, 4e3),
        ("continuous", "golomb", ButterworthFilter, 20e3, 4e3),
    ],
)
def test_defaults_that_follow_the_lock_in_time(kind, plan, filter_type, lowest_hz, spacing_hz):
    spec = CircuitSpec.from_text(
        MINIMAL_CIRCUIT,
        overrides={"loop.kind": kind, "perturbation.plan": plan, "lock_in.time": "1 ms"},
    )
    assert isinstance(spec.lock_in, filter_type)
    assert not isinstance(spec.perturbation, ExplicitPlan)
    assert isinstance(spec.perturbation, GolombPlan) == (plan == "golomb")
    assert spec.perturbation.lowest_hz == pytest.approx(lowest_hz)
    assert spec.perturbation.spacing_hz == pytest.approx(spacing_hz)
    if kind == "coherent":
        assert isinstance(spec.loop, CoherentLoop)
        assert spec.loop.evaluation_time_s == pytest.approx(1e-4)
        assert spec.loop.blank_time_s == pytest.approx(1e-4)
        assert spec.loop.transfer_time_s == pytest.approx(2e-4)
    else:
        assert isinstance(spec.loop, ContinuousLoop)
        assert spec.loop.blank_time_s == pytest.approx(2.5e-4)
        assert spec.loop.update_time_s == pytest.approx(1e-3)
        assert spec.loop.coupling_cutoff_hz == pytest.approx(lowest_hz / 3)


def test_explicit_carriers_and_their_default_phases():
    carriers = ["400 Hz", "400 Hz", "500 Hz", "0.7 kHz", "1.1 kHz"]
    spec = read(explicit(carriers, ["0 deg", "90 deg", "0 deg", "-45°", "0 deg"]))
    assert isinstance(spec.perturbation, ExplicitPlan)
    assert spec.perturbation.frequencies_hz == (400.0, 400.0, 500.0, 700.0, 1100.0)
    assert spec.perturbation.phases_rad == pytest.approx((0, math.pi / 2, 0, -math.pi / 4, 0))
    spec = read(explicit(["400 Hz", "500 Hz", "700 Hz", "800 Hz", "1.1 kHz"]))
    assert isinstance(spec.perturbation, ExplicitPlan)
    assert spec.perturbation.phases_rad == (0.0,) * 5


def test_noise_and_block_parameters():
    noise = '[device.noise]\nflicker = "1e-5 nA^2/Hz"\nseed = 7\n'
    parts = (
        '[multiplier]\nscale_error = "-2 %"\noutput_offset = "10 mV"\n[lowpass]\noffset = "1 mV"\n'
    )
    spec = read(CIRCUIT + noise + parts)
    assert spec.device.noise is not None
    assert spec.device.noise.flicker_a2_per_hz == pytest.approx(1e-23)
    assert spec.device.noise.white_a2_per_hz == 0.0
    assert spec.device.noise.flicker_at_hz == 1000.0
    assert spec.multiplier.scale_error == pytest.approx(-0.02)
    assert spec.multiplier.output_offset_v == pytest.approx(0.01)
    assert spec.lowpass.offset_v == pytest.approx(1e-3)


def test_a_constant_gate_is_a_task():
    assert read(changed('"0110"', '"0000"')).task.target_bits == (0, 0, 0, 0)


def test_overrides_replace_values_and_whole_tables():
    text = changed("seed = 3", 'voltages = ["0 V", "0 V", "0 V", "0 V", "0 V"]')
    spec = read(text, start={"seed": 9}, loop__epochs=5, limits__loss=0.1)
    assert spec.start.seed == 9
    assert spec.start.voltages_v is None
    assert spec.loop.epochs == 5
    assert spec.limits.loss == 0.1


def test_the_name_is_the_files_unless_given(tmp_path):
    path = tmp_path / "half-adder_2.toml"
    path.write_text(CIRCUIT)
    assert load_circuit_spec(path).name == "half-adder_2"
    path.write_text('name = "other"\n' + CIRCUIT)
    assert load_circuit_spec(path).name == "other"


def test_a_model_path_is_relative_to_the_file(tmp_path, monkeypatch):
    folder = tmp_path / "a folder; with $signs"
    (folder / "circuits").mkdir(parents=True)
    (folder / "models").mkdir()
    (folder / "models" / "mine.npz").write_bytes(b"")
    path = folder / "circuits" / "xor.toml"
    path.write_text(changed("rnpu-compact", "../models/mine.npz"))
    monkeypatch.chdir(tmp_path)
    spec = load_circuit_spec(path)
    assert spec.file == path
    assert spec.model_path is not None
    assert spec.model_path.samefile(folder / "models" / "mine.npz")


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path):
    path = tmp_path / "xor.toml"
    path.write_bytes(b"\xef\xbb\xbf" + CIRCUIT.replace("\n", "\r\n").encode())
    assert load_circuit_spec(path) == read(CIRCUIT)


def test_specs_are_frozen_equal_by_value_and_hashable():
    spec = read(CIRCUIT)
    with pytest.raises(ValidationError, match="frozen"):
        spec.title = "other"
    assert spec == read("# a comment\n" + CIRCUIT)
    assert hash(spec) == hash(read(CIRCUIT))
    assert spec != read(CIRCUIT, loop__epochs=61)


def test_to_json_holds_si_values_under_the_attributes_names():
    data = read(CIRCUIT).to_json()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["lock_in"] == {"filter": "gate", "time_s": 0.01}
    assert data["device"]["logic_low_v"] == [-1.11, -1.11]
    assert data["loop"]["kind"] == "coherent"
    assert "_source" not in data


@pytest.mark.parametrize("path", CIRCUITS, ids=lambda path: path.stem)
def test_shipped_circuits_load(path):
    spec = load_circuit_spec(path)
    assert spec.name == path.stem
    assert path.read_text().startswith("#:schema ../docs/circuit.schema.json\n")


def test_the_correlation_circuit_gets_its_defaults():
    loop = read(CIRCUIT, loop__error="correlation").loop
    assert (loop.error_scale_a, loop.error_separation) == (5e-9, "mean")
    assert read(CIRCUIT).loop.error_scale_a is None
    with pytest.raises(InputError, match="no effect"):
        read(CIRCUIT, loop__error_separation="mean")


def test_every_loop_is_shipped():
    kinds = {load_circuit_spec(path).loop.kind for path in CIRCUITS}
    assert kinds == {"coherent", "continuous", "stream"}
