"""Several circuits at once: kept reports, and the table of all."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hgecircuit.collection import find_circuits, verify_kept
from hgecircuit.errors import InputError
from hgecircuit.learner import Learner
from hgecircuit.starts import StartsPlan

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two short circuits; both end unsolved."""
    text = (ROOT / "circuits" / "xor.toml").read_text(encoding="utf-8")
    text = text.replace("epochs = 100", "epochs = 2")
    (tmp_path / "deep").mkdir()
    (tmp_path / "xor.toml").write_text(text, encoding="utf-8")
    other = text.replace('targets = "0110"', 'targets = "1001"')
    (tmp_path / "deep" / "xnor.toml").write_text(other, encoding="utf-8")
    return tmp_path


def test_folders_are_searched_and_files_taken_as_given(folder: Path) -> None:
    one = folder / "xor.toml"
    assert find_circuits([folder]) == [folder / "deep" / "xnor.toml", one]
    assert find_circuits([one, folder / "deep"]) == [one, folder / "deep" / "xnor.toml"]
    for other in ("rigs", "lessons"):
        (folder / other).mkdir()
        (folder / other / "other.toml").write_text("format = 1", encoding="utf-8")
    assert find_circuits([folder]) == [folder / "deep" / "xnor.toml", one]
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match="no circuit file"):
        find_circuits([folder / "empty"])


@pytest.mark.ngspice
def test_a_second_run_keeps_what_is_the_same(folder: Path) -> None:
    command = [sys.executable, "-m", "hgecircuit.cli", "verify", str(folder), "--out"]
    first = subprocess.run([*command, str(folder / "out")], capture_output=True, text=True)
    assert first.returncode == 1, first.stderr
    assert "0 of 2 circuits passed, from 2 starts" in first.stdout
    assert "0110" in first.stdout
    assert "1001" in first.stdout
    assert "kept" not in first.stdout
    second = subprocess.run([*command, str(folder / "out")], capture_output=True, text=True)
    assert second.returncode == 1
    assert second.stdout.count("(kept)") == 2
    again = subprocess.run(
        [*command, str(folder / "out"), "--again", "--json"], capture_output=True, text=True
    )
    assert [data["name"] for data in json.loads(again.stdout)] == ["xnor", "xor"]


@pytest.mark.ngspice
def test_another_question_is_not_answered_from_before(folder: Path) -> None:
    out = folder / "out"
    learner = Learner.from_file(folder / "xor.toml")
    assert not verify_kept(learner, out).kept
    assert verify_kept(learner, out).kept
    stricter = Learner.from_file(folder / "xor.toml", overrides={"limits.margin": "2 nA"})
    assert not verify_kept(stricter, out).kept
    assert not verify_kept(stricter, out, plan=StartsPlan(1, 1)).kept
    assert verify_kept(stricter, out, plan=StartsPlan(1, 1)).kept
    (out / "report.json").unlink()
    assert not verify_kept(stricter, out, plan=StartsPlan(1, 1)).kept


@pytest.mark.ngspice
def test_restarts_end_with_the_first_that_learns(tmp_path: Path) -> None:
    """In ten epochs the file's own start gets nowhere, the next one learns."""
    overrides = {"loop.epochs": 10, "start": {"seed": 1, "restarts": 5}}
    learner = Learner.from_file(ROOT / "circuits" / "xor.toml", overrides=overrides)
    data = verify_kept(learner, tmp_path / "out").data
    assert [start["solved"] for start in data["learning"]["starts_tried"]] == [False, True]
    second_v = learner.random_starts_v(1, 2)[1]
    np.testing.assert_allclose(data["learning"]["start_V"], second_v, atol=1e-6)
    verdicts = {verdict["name"]: verdict for verdict in data["verdicts"]}
    assert (verdicts["learning.starts_needed"]["value"], data["passed"]) == (2, True)
    none = Learner.from_file(
        ROOT / "circuits" / "xor.toml",
        overrides={"loop.epochs": 2, "start": {"seed": 1, "restarts": 1}},
    )
    data = verify_kept(none, tmp_path / "none").data
    verdicts = {verdict["name"]: verdict for verdict in data["verdicts"]}
    assert verdicts["learning.starts_needed"]["status"] == "not_measured"
    assert len(data["learning"]["starts_tried"]) == 2
