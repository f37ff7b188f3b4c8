"""Schematics on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hgecircuit.cli import main

XOR = Path(__file__).parents[3] / "circuits" / "xor.toml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_one_sheet_is_one_file(tmp_path: Path, kind: str) -> None:
    output = tmp_path / f"weight.{kind}"
    result = run("draw", XOR, "-o", output, "--sheet", "weight_3", "--json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.output)
    assert facts["files"] == [str(output)]
    assert [sheet["name"] for sheet in facts["sheets"]] == ["weight"]
    assert list(facts["left_out"]) == ["rnpu_compact"]
    assert output.read_bytes()[:4] in (b"%PDF", b"\x89PNG", b"<?xm")


@pytest.fixture(scope="module")
def drawn_set(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    output = tmp_path_factory.mktemp("set") / "xor.svg"
    return output, run("draw", XOR, "-o", output, "--sheet", "learner")


def test_several_sheets_are_numbered_files(drawn_set: tuple[Path, Result]) -> None:
    output, result = drawn_set
    assert result.exit_code == 0, result.output
    names = sorted(path.name for path in output.parent.iterdir())
    assert names == ["xor-01-learner-1.svg", "xor-02-learner-2.svg"]


def test_a_foreign_file_is_not_overwritten(tmp_path: Path) -> None:
    foreign = tmp_path / "xor-02-learner-2.svg"
    foreign.write_text("mine", encoding="utf-8")
    result = run("draw", XOR, "-o", tmp_path / "xor.svg", "--sheet", "learner")
    assert result.exit_code == 2
    assert "no drawing" in result.output
    assert foreign.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [foreign]


def test_an_own_sheet_is_written_again_and_an_older_one_is_named(tmp_path: Path) -> None:
    output = tmp_path / "xor.svg"
    run("draw", XOR, "-o", output, "--sheet", "learner")
    older = tmp_path / "xor-07-learner-9.svg"
    older.write_bytes((tmp_path / "xor-01-learner-1.svg").read_bytes())
    result = run("draw", XOR, "-o", output, "--sheet", "readout", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["older_files"] == [str(older)]


@pytest.mark.parametrize(
    ("output", "options", "words"),
    [
        ("xor.jpg", [], ".svg, .png or .pdf"),
        ("no-folder/xor.svg", [], "no such folder"),
        ("xor.svg", ["--sheet", "weigt"], "one of block-diagram, index"),
    ],
)
def test_bad_input_is_told(tmp_path: Path, output: str, options: list[str], words: str) -> None:
    result = run("draw", XOR, "-o", tmp_path / output, *options)
    assert result.exit_code == 2
    assert words in result.output
    assert list(tmp_path.iterdir()) == []


def test_the_circuit_file_is_not_overwritten(tmp_path: Path) -> None:
    circuit = tmp_path / "circuit.svg"
    circuit.write_text(XOR.read_text(encoding="utf-8"), encoding="utf-8")
    result = run("draw", circuit, "-o", circuit)
    assert result.exit_code == 2
    assert circuit.read_text(encoding="utf-8") == XOR.read_text(encoding="utf-8")
