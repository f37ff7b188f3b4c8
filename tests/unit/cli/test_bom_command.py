"""The bill of materials on the command line."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hgecircuit.cli import main
from hgecircuit.report.parts import families

XOR = Path(__file__).parents[3] / "circuits" / "xor.toml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def _of_parts(tmp_path: Path) -> Path:
    path = tmp_path / "parts.toml"
    text = XOR.read_text(encoding="utf-8") + '\n[blocks]\nfidelity = "component"\n'
    path.write_text(text, encoding="utf-8")
    return path


def test_the_bill_as_a_table_and_as_json(tmp_path: Path) -> None:
    circuit = _of_parts(tmp_path)
    shown, data = run("bom", circuit), json.loads(run("bom", circuit, "--json").output)
    assert shown.exit_code == 0
    chips = [line for line in data["lines"] if line["source"]]
    assert {"ADG412", "OPA140"} <= {line["value"] for line in chips}
    assert data["counts"]["chip"] == sum(line["quantity"] for line in chips)
    assert data["packages"] == sum(line["packages"] for line in chips)
    assert data["supply_W"] == pytest.approx(sum(line["supply_W"] or 0.0 for line in chips))
    assert f"{data['counts']['chip']} chips" in shown.output
    assert all(line["value"] in shown.output for line in chips)
    assert "only modelled: " in shown.output


def test_a_circuit_of_equations_has_an_empty_bill() -> None:
    shown, data = run("bom", XOR), json.loads(run("bom", XOR, "--json").output)
    assert shown.exit_code == 0
    assert "nothing to buy; supply power unknown" in shown.output
    assert (data["lines"], data["supply_W"]) == ([], None)


def test_a_missing_circuit_is_told() -> None:
    result = run("bom", "no-such.toml")
    assert result.exit_code == 2
    assert "no-such.toml" in result.output


def test_names_of_a_family_are_one_entry() -> None:
    names = ["iv", "acc0", "acc1", "acc2", "hold0", "step: 5 V", "acc0.x: y", "acc1.x: y"]
    assert families(names) == ["iv", "acc0 to 2", "hold0", "step: 5 V", "acc0 to 1.x: y"]


def test_a_file_in_the_format_of_its_ending(tmp_path: Path) -> None:
    file = tmp_path / "parts.csv"
    result = run("bom", XOR, "-o", file)
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(file.read_bytes().decode(), newline="")))
    assert [row["value"] for row in rows if row["item"] == "circuit"] == ["XOR, coherent loop"]
    assert "nothing to buy" in result.output


def test_an_ending_that_names_no_format_is_told(tmp_path: Path) -> None:
    result = run("bom", XOR, "-o", tmp_path / "parts.pdf")
    assert result.exit_code == 2
    assert ".csv, .xlsx, .html" in result.output
    assert list(tmp_path.iterdir()) == []


def test_the_circuit_file_is_not_overwritten(tmp_path: Path) -> None:
    circuit = tmp_path / "circuit.csv"
    circuit.write_bytes(XOR.read_bytes())
    assert run("bom", circuit, "-o", circuit).exit_code == 2
    assert circuit.read_bytes() == XOR.read_bytes()
