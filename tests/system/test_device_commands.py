"""`hgecircuit device ...` from file to file."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from hgecircuit import load_device
from hgecircuit.cli import main

SHARED = Path(__file__).parents[3] / "shared" / "device"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def _write_csv(path: Path, header: str, rows: np.ndarray) -> Path:
    np.savetxt(path, rows, delimiter=",", header=header, comments="")
    return path


@pytest.fixture
def voltages(tmp_path: Path) -> Path:
    model, generator = load_device("rnpu-compact"), np.random.default_rng(3)
    span_v = model.voltage_max_v - model.voltage_min_v
    rows = model.voltage_min_v + span_v * generator.random((50, model.electrodes))
    return _write_csv(tmp_path / "points.csv", ",".join(f"e{n}" for n in range(7)), rows)


@pytest.mark.ngspice
def test_sweep_agrees_in_both_worlds(voltages: Path, tmp_path: Path) -> None:
    output = tmp_path / "both.csv"
    result = run(
        "device", "sweep", "rnpu-compact", "--voltages", voltages, "--output", output, "--json"
    )
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["rows"] == 50
    assert facts["largest_difference"] < 1e-6
    lines = output.read_text(encoding="utf-8").splitlines()
    assert lines[0].endswith("current_A,simulated_current_A")
    assert len(lines) == 51


def test_sweep_refuses_voltages_outside_the_range(voltages: Path, tmp_path: Path) -> None:
    text = voltages.read_text(encoding="utf-8").splitlines()
    text[2] = "9," + text[2].split(",", 1)[1]
    voltages.write_text("\n".join(text) + "\n", encoding="utf-8")
    output = tmp_path / "both.csv"
    result = run("device", "sweep", "rnpu-compact", "--voltages", voltages, "--output", output)
    assert result.exit_code == 2
    assert str(voltages) in result.stderr
    assert "e0" in result.stderr
    assert not output.exists()


def test_fit_of_a_table_makes_a_model_and_says_how(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    voltages_v = generator.uniform(-1, 1, (600, 2))
    current_na = 3 * np.tanh(voltages_v[:, 0] - 0.5 * voltages_v[:, 1])
    rows = np.column_stack([voltages_v, current_na])
    table, output = _write_csv(tmp_path / "iv.csv", "e0,e1,current_nA", rows), tmp_path / "m.json"
    result = run(
        "device",
        "fit",
        table,
        "--output",
        output,
        "--hidden",
        "6",
        "--epochs",
        "60",
        "--starts",
        "1",
        "--batch",
        "32",
        "--json",
    )
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["errors"]["value_rms_A"] < 0.1e-9
    model = load_device(output)
    assert model.electrodes == 2
    assert model.provenance["command"] == facts["command"]


def test_import_of_the_published_surrogate(tmp_path: Path) -> None:
    source, check = SHARED / "rnpu_surrogate_2019.pt", SHARED / "rnpu_surrogate_2019_check.npz"
    if not source.is_file():
        pytest.skip(f"needs the published surrogate network, {source.name}")
    output = tmp_path / "surrogate.json"
    ranges = (
        "--voltage-min",
        "-1.2 V,-1.2 V,-1.2 V,-1.2 V,-1.2 V,-0.7 V,-0.7 V",
        "--voltage-max",
        "0.6 V,0.6 V,0.6 V,0.6 V,0.6 V,0.3 V,0.3 V",
    )
    result = run("device", "import", source, "--output", output, *ranges, "--json")
    assert result.exit_code == 0, result.output
    with np.load(check) as known:
        voltages_v, current_na = known["V"], known["I_nA"]
    np.testing.assert_allclose(
        load_device(output).current_a(voltages_v) * 1e9, current_na, atol=1e-9
    )


def test_a_pickle_with_code_is_refused_and_not_run(tmp_path: Path) -> None:
    import os
    import pickle

    marker = tmp_path / "it-ran"

    class Payload:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {marker}",)

    bad, output = tmp_path / "bad.pt", tmp_path / "out.json"
    bad.write_bytes(pickle.dumps(Payload()))
    result = run("device", "import", bad, "--output", output)
    assert result.exit_code == 2
    assert str(bad) in result.stderr
    assert not marker.exists()
    assert not output.exists()


@pytest.mark.parametrize("output", ["model.txt", "missing/model.json"])
def test_an_output_that_cannot_be_is_refused(tmp_path: Path, output: str) -> None:
    table = _write_csv(tmp_path / "iv.csv", "e0,current_nA", np.linspace(0, 1, 100).reshape(50, 2))
    result = run(
        "device",
        "fit",
        table,
        "--output",
        tmp_path / output,
        "--hidden",
        "2",
        "--epochs",
        "1",
        "--starts",
        "1",
        "--batch",
        "8",
    )
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.stderr
