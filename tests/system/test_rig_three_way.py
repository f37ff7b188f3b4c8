"""verify --rig: a virtual chassis, a rig file, a recording in its place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray
from rig_client_tools import CIRCUIT, run, served, write_rig_file

from hgecircuit import Learner, verify_to_folder
from hgecircuit.compare.verdict import Status
from hgecircuit.pipeline import verify
from hgecircuit.report import Report
from hgecircuit.rig_stage import RigStage
from hgecircuit.run.rigs import calibrate
from hgecircuit.run.rigs.alignment import Timing

pytestmark = pytest.mark.ngspice


@pytest.fixture(scope="module")
def learner() -> Learner:
    """XOR, which the circuit has learned after 19 epochs."""
    return Learner.from_file(CIRCUIT, overrides={"loop.epochs": 25})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("three") / "xor"


@pytest.fixture(scope="module")
def report(learner: Learner, folder: Path) -> Report:
    return verify_to_folder(learner, folder, rig=RigStage())


def test_reference_circuit_and_rig_agree(report: Report) -> None:
    failed = [row for row in report.rows if row.status is not Status.PASS]
    assert not failed
    names = {row.name for row in report.rows}
    assert {"rig.truth_table", "rig.vs_reference.relative_error"} <= names
    rig = report.data["rig"]
    assert set(rig["truth_tables"].values()) == {"0110"}
    row = rig["channels"][-1]
    # without noise the outputs' 16 bits are nearly all that sets rig and reference apart
    assert row["rest_A_per_V"] < 1e-3 * row["reference_A_per_V"]
    assert row["rig_less_reference_A_per_V"] == pytest.approx(row["converters_A_per_V"], rel=0.05)


def test_the_report_has_the_table_the_plot_and_the_data(report: Report, folder: Path) -> None:
    text = (folder / "report.md").read_text()
    assert "## Rig" in text
    assert "plots/three-way.png" in text
    assert (folder / "plots" / "three-way.png").stat().st_size > 20_000
    with xarray.open_dataset(folder / "rig.nc", engine="h5netcdf") as data:
        assert data["rig_A_per_V"].dims == ("point", "control")
        difference = data["rig_A_per_V"] - data["reference_A_per_V"]
        parts = (
            sum(data[f"found_{name}_A_per_V"] for name in ("latency", "gain", "rest"))
            + data["expected_converters_A_per_V"]
        )
        np.testing.assert_allclose(difference, parts, atol=1e-18)
    assert len(list((folder / "rig-log").glob("*.nc"))) > 8


def test_a_wrong_calibration_fails(
    learner: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 us of delay that nobody knows of: 0.05 rad at 400 Hz between quadrature partners."""
    real = calibrate.calibrate

    def late(*arguments: object) -> calibrate.Calibrated:
        found = real(*arguments)  # type: ignore[arg-type]
        timing = found.calibration.timing
        wrong = replace(found.calibration, timing=Timing(timing.latency_s + 2e-5, timing.drift))
        return calibrate.Calibrated(wrong, found.fit)

    monkeypatch.setattr("hgecircuit.rig_stage.calibrate", late)
    short = Learner.from_spec(replace_epochs(learner))
    result = verify(short, tmp_path, rig=RigStage())
    verdicts = {verdict.name: verdict for verdict in result.verdicts}
    assert verdicts["rig.vs_reference.relative_error"].status is Status.FAIL
    assert result.rig is not None
    row = result.rig.rows()[-1]
    assert float(row["latency"]) > 5 * float(row["converters"])
    assert float(row["rest"]) < 0.1 * float(row["latency"])


def replace_epochs(learner: Learner) -> object:
    """The same circuit with two epochs: what it learns does not matter here."""
    from hgecircuit import load_circuit_spec

    assert learner.spec.file is not None
    return load_circuit_spec(learner.spec.file, overrides={"loop.epochs": 2})


def test_a_rig_file_its_calibration_and_a_recording_in_its_place(tmp_path: Path) -> None:
    """What a lab does: calibrate with a resistor, verify on its rig, share what was measured."""
    circuit = tmp_path / "short.toml"
    circuit.write_text(CIRCUIT.read_text().replace("epochs = 100", "epochs = 2"))
    calibration = tmp_path / "calibration.json"
    with served(virtual__wiring="resistor") as (_, spec):
        file = write_rig_file(tmp_path, spec.connection.port)
        answer = run(
            tmp_path, "rig", "calibrate", "--config", str(file), "--resistor", "10 Mohm",
            "-o", str(calibration),
        )  # fmt: skip
        assert answer.returncode == 0, answer.stderr
    with served() as (_, spec):
        file = write_rig_file(tmp_path, spec.connection.port)
        common = ("--rig", str(file), "--rig-calibration", str(calibration), "--json")
        words = ("verify", str(circuit), *common)
        measured = run(tmp_path, *words, "--out", str(tmp_path / "one"))
    # no server any more
    recording = str(tmp_path / "one" / "rig-log")
    again = run(tmp_path, *words, "--rig-replay", recording, "--out", str(tmp_path / "two"))
    one, two = (json.loads(answer.stdout) for answer in (measured, again))
    assert one["rig"]["channels"] == two["rig"]["channels"]
    assert one["rig"]["final_V"] == two["rig"]["final_V"]
    verdict = next(v for v in one["verdicts"] if v["name"] == "rig.vs_reference.relative_error")
    assert verdict["value"] < 0.01
    # a real device is not the model: the note says so
    assert "the model's too" in verdict["note"]
