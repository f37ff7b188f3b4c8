"""`hgecircuit gates`: a ranking that can be made again, circuit files byte for byte."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hgecircuit.cli import main

CIRCUITS = Path(__file__).parents[3] / "circuits"
XOR, GATE = CIRCUITS / "xor.toml", CIRCUITS / "gates" / "0110.toml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_search_ranks_and_tries_the_best_again() -> None:
    arguments = ("gates", "search", XOR, "--pair", "own", "--pair", "2,3", "--range", "20-80")
    small = ("--starts", 2, "--vary", "loop.epochs=4,8", "--vary", "loop.step_limit=50 mV,80 mV")
    result = run(*arguments, *small, "--json")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert len(data["tried"]) == 2 * 4
    assert {score["starts"] for score in data["tried"]} == {2}
    assert len(data["confirmed"]) == 5
    assert {score["starts"] for score in data["confirmed"]} == {16}
    for scores in data.values():
        keys = [(-score["gates"], score["expected_starts"]) for score in scores]
        assert keys == sorted(keys)
    pairs = [score["inputs"] for score in data["tried"]]
    assert pairs.count([2, 3]) == pairs.count(None) == 4
    settings = data["tried"][0]["settings"]
    assert settings["loop.epochs"] in (4, 8)
    assert settings["loop.step_limit"] in ("50 mV", "80 mV")
    assert run(*arguments, *small, "--json").stdout == result.stdout


def test_the_table_names_what_was_tried() -> None:
    result = run("gates", "search", XOR, "--pair", "own", "--starts", 2)
    assert result.exit_code == 0, result.output
    assert "of 16" in result.stdout
    assert "-1.11, 0.51 V" in result.stdout
    assert "1 choices tried; the best from 16 random starts per gate" in result.stdout


def test_the_shipped_gates_are_written_byte_for_byte(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "gates"
    result = run("gates", "write", GATE, "--out", out, "--json")
    assert result.exit_code == 0, result.output
    files = [Path(file) for file in json.loads(result.stdout)["files"]]
    assert len(files) == 16
    for file in files:
        assert file.read_bytes() == (GATE.parent / file.name).read_bytes()
    again = run("gates", "write", out / "1111.toml", "--out", out)
    assert "16 circuit files" in again.stdout
    assert (out / "0110.toml").read_bytes() == GATE.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["search", XOR, "--pair", "2"], "no pair of electrodes"),
        (["search", XOR, "--pair", "2,9"], "electrode"),
        (["search", XOR, "--pair", "2,2"], "twice"),
        (["search", XOR, "--range", "80-20"], "percent, such as 20-80"),
        (["search", XOR, "--range", "a"], "percent, such as 20-80"),
        (["search", XOR, "--vary", "loop.epochs"], "no values of a key"),
        (["search", XOR, "--vary", "loop.epoch=3"], "did you mean epochs"),
        (["search", CIRCUITS / "xor_continuous.toml"], "only the coherent loop"),
        (["search", "nowhere.toml"], "no such file"),
        (["write", XOR, "--out", XOR], ""),
    ],
)
def test_mistakes_are_told(arguments: list[object], words: str) -> None:
    result = run("gates", *arguments)
    assert result.exit_code == 2, result.output
    assert words in result.output
    assert "Traceback" not in result.output


def test_only_gates_of_two_inputs_are_written(tmp_path: Path) -> None:
    text = XOR.read_text(encoding="utf-8")
    swapped = tmp_path / "swapped.toml"
    swapped.write_text(text.replace('"10", "11"', '"11", "10"'), encoding="utf-8")
    result = run("gates", "write", swapped, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "task.patterns" in result.output
    assert not (tmp_path / "out").exists()
