"""The rig's commands without a rig: dry runs, replays, and bad input that is told plainly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from hgecircuit.cli import main
from hgecircuit.run.rigs.base import Readings
from hgecircuit.run.rigs.recording import Entry, RunLog, read_entries
from hgecircuit.run.rigs.waveforms import Waveform

ROOT = Path(__file__).parents[3]
RIG = str(ROOT / "circuits" / "rigs" / "virtual.toml")
XOR = str(ROOT / "circuits" / "xor.toml")
XOR_CONTINUOUS = str(ROOT / "circuits" / "xor_continuous.toml")


@pytest.fixture(autouse=True)
def _own_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HGECIRCUIT_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def call(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_a_dry_run_shows_every_electrode_and_writes_nothing(tmp_path: Path) -> None:
    answer = call("rig", "run", XOR, "--config", RIG, "--dry-run", "--json")
    assert answer.exit_code == 0, answer.output
    facts = json.loads(answer.stdout)
    assert facts["windows"] == 4
    roles = [one["role"] for one in facts["electrodes"]]
    assert roles == ["control", "input", "control", "control", "input", "control", "control"]
    for one in facts["electrodes"]:
        assert one["min_V"] <= one["lowest_V"] <= one["highest_V"] <= one["max_V"]
        assert 0 < one["slew_V_per_s"] <= one["slew_limit_V_per_s"]
    assert facts["electrodes"][1]["highest_V"] == pytest.approx(0.51)
    assert facts["electrodes"][0]["carrier_Hz"] == 400
    assert facts["longest_training_s"] == pytest.approx(300 * facts["duration_s"])
    assert not list(tmp_path.iterdir())
    words = call("rig", "run", XOR, "--config", RIG, "--dry-run").stdout
    assert "cDAQ1Mod1/ao6" in words
    assert "nothing was sent" in words


def test_a_sequential_dry_run_has_a_window_per_channel() -> None:
    answer = call("rig", "run", XOR, "--config", RIG, "--dry-run", "--json", "--sequential")
    assert json.loads(answer.stdout)["windows"] == 4 * 5


def changed(tmp_path: Path, old: str, new: str) -> str:
    text = Path(RIG).read_text()
    assert old in text
    file = tmp_path / "rig.toml"
    file.write_text(text.replace(old, new))
    return str(file)


def test_a_circuit_that_the_rig_s_limits_do_not_allow(tmp_path: Path) -> None:
    narrow = changed(tmp_path, 'max = ["0.6 V", "0.6 V"', 'max = ["0.6 V", "0.5 V"')
    answer = call("rig", "run", XOR, "--config", narrow, "--dry-run")
    assert answer.exit_code == 2
    assert "electrode 1" in answer.stderr
    assert "0.51" in answer.stderr


def test_a_slew_limit_that_the_carriers_alone_break(tmp_path: Path) -> None:
    slow = changed(tmp_path, 'slew_limit = "1 kV/s"', 'slew_limit = "50 V/s"')
    answer = call("rig", "run", XOR, "--config", slow, "--dry-run")
    assert answer.exit_code == 2
    assert "too fast" in answer.stderr


def test_a_rig_of_another_number_of_electrodes(tmp_path: Path) -> None:
    file = changed(tmp_path, ', "cDAQ1Mod1/ao6",', ",")
    text = Path(file).read_text()
    Path(file).write_text(
        text.replace(', "-0.7 V", "-0.7 V"]', ', "-0.7 V"]').replace(
            ', "0.3 V", "0.3 V"]', ', "0.3 V"]'
        )
    )
    answer = call("rig", "run", XOR, "--config", file, "--dry-run")
    assert answer.exit_code == 2
    assert "another number of electrodes" in answer.stderr


BAD = {
    "no rig file": (("rig", "run", XOR, "--config", "missing.toml"), "missing.toml"),
    "no calibration": (
        ("rig", "run", XOR, "--config", RIG, "--calibration", "missing.json"),
        "missing.json",
    ),
    "no recording": (
        ("rig", "run", XOR, "--config", RIG, "--replay", "missing.nc"),
        "no such file",
    ),
    "resistor and loop-back": (
        (
            "rig", "calibrate", "--config", RIG, "--resistor", "1 Mohm", "--loop-back",
            "-o", "c.json",
        ),
        "either --resistor",
    ),
    "neither": (("rig", "calibrate", "--config", RIG, "-o", "c.json"), "either --resistor"),
    "no folder for the calibration": (
        ("rig", "calibrate", "--config", RIG, "--loop-back", "-o", "no/where.json"),
        "no such folder",
    ),
    "too few voltages": (("rig", "zero", "--config", RIG, "--present", "1 V"), "7 voltages"),
    "no unit": (("rig", "zero", "--config", RIG, "--present", "1,1,1,1,1,1,1"), "with its unit"),
    "export to something": (("rig", "export", "missing.nc", "-o", "out.txt"), "no such file"),
    "rig calibration without rig": (
        ("verify", XOR, "--rig-calibration", "c.json"),
        "need --rig",
    ),
    "replay of the virtual rig": (
        ("verify", XOR, "--rig", "virtual", "--rig-replay", "log"),
        "need --rig with a rig file",
    ),
    "two circuits on one rig": (
        ("verify", XOR, XOR_CONTINUOUS, "--rig", "virtual"),
        "one circuit at a time",
    ),
    "unknown gate": (
        ("rig", "train", "01101", "--config", RIG, "--inputs", "1,4"),
        'four bits such as "0110", ring or sphere',
    ),
    "a circuit file as a task": (
        ("rig", "train", XOR, "--config", RIG, "--inputs", "1,4"),
        "`hgecircuit rig run` trains circuit files",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("words", "said"), BAD.values(), ids=BAD)
def test_bad_input(words: tuple[str, ...], said: str) -> None:
    answer = call(*words)
    assert answer.exit_code == 2, answer.output
    assert said in answer.stderr
    assert "Traceback" not in answer.output
    assert not list(Path().glob("runs/rig-*"))


def kept(folder: Path, runs: int = 2) -> None:
    written = np.zeros((300, 7))
    written[100:200] = 0.01
    entry = Entry(
        "a run",
        Waveform(written, 1e4, np.array([120]), 50),
        Readings(np.arange(300.0)[:, None] / 300, 1e4, 0.0),
    )
    with RunLog(folder / "log", {"kept": True}) as log:
        for _ in range(runs):
            log.add(entry)


@pytest.mark.parametrize("suffix", [".nc", ".csv"])
def test_export_puts_a_log_into_one_file(tmp_path: Path, suffix: str) -> None:
    kept(tmp_path / "run")
    output = tmp_path / f"shared{suffix}"
    answer = call("rig", "export", str(tmp_path / "run"), "-o", str(output), "--json")
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["runs"] == 2
    again = list(read_entries(output))
    assert [entry.waveform.samples for entry in again] == [300, 300]
    np.testing.assert_allclose(again[1].readings.volts[-1], 299 / 300, rtol=1e-9)


def test_export_does_not_overwrite_its_input(tmp_path: Path) -> None:
    kept(tmp_path / "run")
    file = tmp_path / "run" / "log" / "000000.nc"
    before = file.read_bytes()
    answer = call("rig", "export", str(tmp_path / "run"), "-o", str(file))
    assert answer.exit_code == 2
    assert file.read_bytes() == before


def test_a_replay_of_another_training_says_what_differs(tmp_path: Path) -> None:
    kept(tmp_path / "run")
    answer = call(
        "rig", "run", XOR, "--config", RIG, "--replay", str(tmp_path / "run"), "--out", "out"
    )
    assert answer.exit_code == 2
    assert "samples there" in answer.stderr


def test_a_folder_of_a_training_with_other_settings_is_refused(tmp_path: Path) -> None:
    kept(tmp_path / "run")
    words = ("rig", "run", XOR, "--config", RIG, "--replay", str(tmp_path / "run"), "--out", "out")
    assert call(*words).exit_code == 2
    settings = (tmp_path / "out" / "settings.json").read_bytes()
    answer = call(*words, "--sequential")
    assert answer.exit_code == 2
    assert "other settings" in answer.stderr
    assert (tmp_path / "out" / "settings.json").read_bytes() == settings


def test_nobody_answers(tmp_path: Path) -> None:
    file = changed(tmp_path, "port = 31763", 'port = 1\ntimeout = "100 ms"')
    for words in (("rig", "check"), ("rig", "zero"), ("rig", "run", XOR)):
        answer = call(*words, "--config", file)
        assert answer.exit_code == 3, answer.output
        assert "nobody answers" in answer.stderr


def driver_installed() -> bool:
    import nidaqmx.system
    from nidaqmx.errors import Error

    try:
        return bool(nidaqmx.system.System.local().driver_version)
    except Error:
        return False


@pytest.mark.skipif(driver_installed(), reason="NI-DAQmx is installed on this computer")
def test_the_local_driver_is_asked_for_and_missed(tmp_path: Path) -> None:
    """Without NI-DAQmx on this computer, `host = "local"` says what to install."""
    file = changed(tmp_path, 'host = "127.0.0.1"', 'host = "local"')
    answer = call("rig", "check", "--config", file)
    assert answer.exit_code == 2
    assert "NI-DAQmx is not installed" in answer.stderr


def test_nothing_of_the_driver_is_imported_before_it_is_needed() -> None:
    """Most users have no rig, and the driver's package takes as long to import as all the rest."""
    program = (
        "import sys, hgecircuit.cli, hgecircuit.pipeline, hgecircuit.run.rigs.cdaq;"
        "assert not {'nidaqmx', 'grpc'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
