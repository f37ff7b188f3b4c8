"""Schematics on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hgecircuit.cli import main
from hgecircuit.draw import export

pytestmark = pytest.mark.thorough

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


def test_a_block_on_several_sheets_is_several_files(tmp_path: Path) -> None:
    result = run("draw", XOR, "-o", tmp_path / "xor.png", "--sheet", "learner")
    assert result.exit_code == 0, result.output
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["xor-03-learner-1.png", "xor-04-learner-2.png"]


def test_a_whole_set_is_numbered_files_and_names_what_is_older(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "xor.svg"
    run("draw", XOR, "-o", tmp_path / "xor-99-weight-9.svg", "--sheet", "weight")
    # how a page is painted is tested elsewhere
    monkeypatch.setattr(export, "page_bytes", lambda page, kind: export.MARK.encode())
    result = run("draw", XOR, "-o", output, "--json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.output)
    assert facts["older_files"] == [str(tmp_path / "xor-99-weight-9.svg")]
    names = [Path(file).name for file in facts["files"]]
    assert names == [
        f"xor-{n:02}-{sheet['name']}.svg" for n, sheet in enumerate(facts["sheets"], 1)
    ]
    assert all((tmp_path / name).is_file() for name in names)
    assert not output.exists()
    # an own sheet is written again
    assert run("draw", XOR, "-o", output, "--sheet", "learner").exit_code == 0


def test_a_foreign_file_is_not_overwritten(tmp_path: Path) -> None:
    foreign = tmp_path / "xor-04-learner-2.svg"
    foreign.write_text("mine", encoding="utf-8")
    result = run("draw", XOR, "-o", tmp_path / "xor.svg", "--sheet", "learner")
    assert result.exit_code == 2
    assert "no drawing" in result.output
    assert foreign.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [foreign]


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
