"""Regression end to end: an unchanged circuit, a planted fault, blame, kept results, a stop."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hgecircuit.run.engines.ngspice import Ngspice

pytestmark = pytest.mark.ngspice
XOR = Path(__file__).parents[2] / "circuits" / "xor.toml"
SHORT = '\n[verification]\noperating_points = 20\n\n[multiplier]\nscale_error = "0.1 %"\n'


class Bench:
    """A folder with a short circuit and a program that counts how often ngspice runs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.circuit = folder, folder / "xor.toml"
        text = XOR.read_text(encoding="utf-8").replace("epochs = 100", "epochs = 2")
        self.circuit.write_text(text + SHORT, encoding="utf-8")
        self.counted = folder / "runs.txt"
        self.program = folder / "counting-ngspice"
        self.count_until(10**6)

    def count_until(self, fails_after: int) -> None:
        """The program adds a line per deck, and fails from one on."""
        self.counted.write_text("")
        script = f"""#!/bin/sh
case "$*" in *-r*) echo run >> '{self.counted}';; esac
[ $(wc -l < '{self.counted}') -gt {fails_after} ] && exit 1
exec '{Ngspice().program}' "$@"
"""
        self.program.write_text(script)
        self.program.chmod(0o755)

    @property
    def runs(self) -> int:
        return self.counted.read_text().count("run")

    def regress(self, *arguments: object, out: str = "out") -> tuple[int, Any, str]:
        command = [sys.executable, "-m", "hgecircuit.cli", "regress", str(self.circuit)]
        command += ["--out", str(self.folder / out), "--json", *map(str, arguments)]
        answer = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"HGECIRCUIT_NGSPICE": str(self.program)},
        )
        data = json.loads(answer.stdout) if answer.stdout else None
        return answer.returncode, data, answer.stderr

    def spoil(self, old: str, new: str) -> None:
        text = self.circuit.read_text(encoding="utf-8")
        assert old in text
        self.circuit.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bench's folder after its baseline was made."""
    bench = Bench(tmp_path_factory.mktemp("regress"))
    code, data, errors = bench.regress(
        "--baseline", bench.folder / "baseline.json", "--update", "--starts", 1, "--repeats", 3
    )
    assert code == 0, errors
    figures = data["circuits"]["xor"]["figures"]
    assert len(figures["gradient.error"]["values"]) == 3
    assert figures["gradient.error"]["spread"] > 0
    assert figures["learning.solved"]["values"] == [0, 1]
    # Two benches for each repeat as it is and all ideal, one start and its exam.
    assert bench.runs == 3 * 2 * 2 + 2
    return bench.folder


@pytest.fixture
def bench(made: Path, tmp_path: Path) -> Bench:
    """A copy that a test may spoil, with the kept results."""
    shutil.copytree(made / "out", tmp_path / "out")
    shutil.copy(made / "baseline.json", tmp_path)
    return Bench(tmp_path)


def _changes(data: Any) -> dict[str, str]:
    return {one["name"]: one["change"] for one in data["circuits"]["xor"]["judgements"]}


def test_an_unchanged_circuit_passes_without_a_run(bench: Bench) -> None:
    before = (bench.folder / "baseline.json").read_bytes()
    code, data, errors = bench.regress("--baseline", bench.folder / "baseline.json")
    assert code == 0, errors
    assert bench.runs == 0
    assert set(_changes(data).values()) == {"same", "information", "not judged"}
    circuit = data["circuits"]["xor"]
    assert circuit["plan"] == {"seed": 0, "starts": 1, "repeats": 3}
    assert (circuit["changed_settings"], circuit["blame"]) == ({}, [])
    report = (bench.folder / "out" / "report.md").read_text()
    assert "every figure is the same" in report
    assert json.loads((bench.folder / "out" / "report.json").read_text()) == data
    assert (bench.folder / "baseline.json").read_bytes() == before


def test_a_planted_fault_fails_and_its_block_is_named(bench: Bench) -> None:
    bench.spoil('scale_error = "0.1 %"', 'scale_error = "2 %"')
    code, data, errors = bench.regress("--baseline", bench.folder / "baseline.json")
    assert code == 1, errors
    circuit, changes = data["circuits"]["xor"], _changes(data)
    assert changes["gradient.error"] == changes["gradient.from_ideal"] == "worse"
    assert changes["budget.parts"] == "worse"
    assert changes["budget.curvature"] == "same"
    assert circuit["changed_settings"] == {"multiplier.scale_error": {"before": 0.001, "now": 0.02}}
    blames = {blame["figure"]: blame for blame in circuit["blame"]}
    assert set(blames) == {name for name, change in changes.items() if change == "worse"}
    for blame in blames.values():
        best = blame["blocks"][0]
        assert (best["block"], best["repaired"]) == ("multiplier", True)
        assert not any(other["repaired"] for other in blame["blocks"][1:])
        assert "latch" in blame["without_effect"]
    assert blames["gradient.error"]["blocks"][0]["share"] == pytest.approx(1, abs=0.1)
    report = (bench.folder / "out" / "report.md").read_text()
    assert "Multiplier, made ideal, repairs this, and no other block does." in report


def test_an_offset_is_found_as_well_and_no_blame_runs_nothing_more(bench: Bench) -> None:
    bench.spoil("[multiplier]", '[integrator]\noffset = "2 mV"\n\n[multiplier]')
    baseline = bench.folder / "baseline.json"
    code, data, errors = bench.regress("--baseline", baseline, "--no-blame")
    assert code == 1, errors
    assert data["circuits"]["xor"]["blame"] == []
    without = bench.runs
    code, data, errors = bench.regress("--baseline", baseline)
    assert code == 1, errors
    blame = data["circuits"]["xor"]["blame"][0]
    assert blame["blocks"][0]["block"] == "integrator"
    # Converter, multiplier and integrator, two benches for each of three repeats.
    assert bench.runs - without == 3 * 3 * 2


def test_other_seeds_stay_within_the_limits(bench: Bench) -> None:
    code, data, errors = bench.regress("--baseline", bench.folder / "baseline.json", "--seed", 3)
    assert code == 0, errors
    changes = _changes(data)
    assert changes["gradient.error"] == "within"
    assert "worse" not in changes.values()


def test_a_better_circuit_passes_and_becomes_the_baseline(bench: Bench) -> None:
    bench.spoil('scale_error = "0.1 %"', 'scale_error = "0 %"')
    baseline = bench.folder / "baseline.json"
    code, data, errors = bench.regress("--baseline", baseline, "--update")
    assert code == 0, errors
    assert _changes(data)["budget.parts"] == "better"
    code, data, errors = bench.regress("--baseline", baseline)
    assert code == 0, errors
    assert "better" not in _changes(data).values()


def test_a_simulator_that_fails_is_told_and_what_was_done_is_kept(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    arguments = ("--starts", 0, "--repeats", 2)
    bench.count_until(5)
    code, data, errors = bench.regress(*arguments)
    assert (code, data) == (3, None)
    assert "error: " in errors
    bench.count_until(10**6)
    code, data, errors = bench.regress(*arguments)
    assert code == 0, errors
    # Eight benches in all, of which those of at least the first two repeats were done.
    assert 0 < bench.runs <= 4
    circuit = data["circuits"]["xor"]
    assert "learning.solved" not in circuit["figures"]
    assert circuit["result"] == "no baseline to judge by; its own limits are kept"


def test_variants_side_by_side_without_a_baseline(bench: Bench) -> None:
    other = bench.folder / "other.toml"
    text = bench.circuit.read_text(encoding="utf-8")
    other.write_text(text.replace('"0.1 %"', '"2 %"'), encoding="utf-8")
    command = [sys.executable, "-m", "hgecircuit.cli", "regress"]
    command += [bench.circuit, other, "--out", bench.folder / "out", "--starts", 1, "--repeats", 3]
    answer = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    # Two epochs are too few to learn anything.
    assert answer.returncode == 1, answer.stderr
    assert "FAIL: none of 1 starts solved" in answer.stdout
    (row,) = [line for line in answer.stdout.splitlines() if "gradient.from_ideal" in line]
    assert "(worse)" in row
    assert "digital reference" in answer.stdout
    data = json.loads((bench.folder / "out" / "report.json").read_text())
    assert data["circuits"]["other"]["beside_first"]["gradient.error"] == "worse"
    assert data["circuits"]["xor"]["beside_first"] == {}
