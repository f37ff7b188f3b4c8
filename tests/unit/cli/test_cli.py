"""The command line: help that teaches, exit codes, clear errors, nothing lost or overwritten."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hgecircuit.cli import main

XOR = Path(__file__).parents[3] / "circuits" / "xor.toml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def circuit(tmp_path: Path) -> Path:
    """A copy of the XOR circuit that a test may spoil."""
    path = tmp_path / "circuit.toml"
    path.write_text(XOR.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def spoil(circuit: Path, old: str, new: str) -> Path:
    text = circuit.read_text(encoding="utf-8")
    assert old in text
    circuit.write_text(text.replace(old, new), encoding="utf-8")
    return circuit


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["verify"],
        ["netlist"],
        ["simulate"],
        ["device"],
        ["device", "fit"],
        ["device", "import"],
        ["device", "sweep"],
        ["draw"],
        ["bom"],
        ["budget"],
        ["export"],
        ["filter"],
        ["gates"],
        ["gates", "search"],
        ["gates", "write"],
        ["page"],
        ["plan"],
        ["reproduce"],
        ["tradeoff"],
    ],
)
def test_every_command_explains_itself(arguments: list[str]) -> None:
    result = run(*arguments, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 8


def test_netlist_goes_to_standard_output_or_a_file(tmp_path: Path) -> None:
    printed = run("netlist", XOR)
    path = tmp_path / "a folder; rm -rf $HOME" / "xor.cir"
    path.parent.mkdir()
    written = run("netlist", XOR, "-o", path)
    assert printed.exit_code == written.exit_code == 0
    assert written.output == ""
    assert path.read_text(encoding="utf-8") == printed.output
    assert printed.output.endswith(".end\n")


def test_netlist_as_json_names_the_hash(tmp_path: Path) -> None:
    path = tmp_path / "xor.cir"
    result = run("netlist", XOR, "-o", path, "--json")
    facts = json.loads(result.output)
    assert facts["file"] == str(path)
    assert facts["lines"] == path.read_text(encoding="utf-8").count("\n")
    assert "netlist" in json.loads(run("netlist", XOR, "--json").output)


def test_another_start_seed_changes_the_start_only() -> None:
    one, other = run("netlist", XOR).output, run("netlist", XOR, "--start-seed", 2).output
    changed = [(a, b) for a, b in zip(one.splitlines(), other.splitlines(), strict=True) if a != b]
    assert changed
    assert all(a.startswith("Cw w 0") for a, _ in changed)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('lowest = "400 Hz"', 'lowest = "400 kV"', ["perturbation.lowest", "400 kV", '"10 kHz"']),
        ('time = "10 ms"', 'time = "0 ms"', ["lock_in.time", "0 ms"]),
        ('amplitude = "20 mV"', 'amplitude = "nan V"', ["perturbation.amplitude", "nan V"]),
        ("inputs = [1, 4]", "inputs = [1, 0]", ["electrode", "0"]),
        ('logic_high = "0.51 V"', 'logic_high = "5 V"', ["logic_high", "5"]),
        ('model = "rnpu-compact"', 'model = "no_such.npz"', ["no_such.npz"]),
        ("[start]", "[strat]", ["strat", "start"]),
        ('title = "XOR, coherent loop"', 'title = "XOR\\n.shell rm"', ["title"]),
    ],
)
def test_a_bad_file_ends_with_2_and_writes_nothing(
    circuit: Path, tmp_path: Path, old: str, new: str, words: list[str]
) -> None:
    out = tmp_path / "out"
    result = run("verify", spoil(circuit, old, new), "--out", out)
    assert result.exit_code == 2, result.output
    for word in [str(circuit), *words]:
        assert word in result.stderr
    assert "Traceback" not in result.stderr
    assert not out.exists()


def test_a_missing_file_ends_with_2() -> None:
    result = run("netlist", "no/such file.toml")
    assert result.exit_code == 2
    assert "no/such file.toml" in result.stderr


def test_a_folder_that_cannot_be_written_ends_with_2(tmp_path: Path) -> None:
    result = run("netlist", XOR, "-o", tmp_path / "missing" / "xor.cir")
    assert result.exit_code == 2
    assert "--output" in result.stderr


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("chapter 1", encoding="utf-8")
    result = run("simulate", XOR, "--out", tmp_path)
    assert result.exit_code == 2
    assert "holds something else" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_missing_simulator_ends_with_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HGECIRCUIT_NGSPICE", str(tmp_path / "ngspice"))
    result = run("simulate", XOR, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "apt install ngspice" in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_share_needs_starts() -> None:
    result = run("verify", XOR, "--required-share", "0.8")
    assert result.exit_code == 2
    assert "--starts" in result.stderr


def test_two_circuits_of_one_name_are_refused(circuit: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "circuit.toml"
    other.parent.mkdir()
    other.write_text(circuit.read_text(encoding="utf-8"), encoding="utf-8")
    result = run("verify", circuit, other, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "two circuits have one name" in result.stderr


@pytest.mark.parametrize("seed", ["-1", "1.5", "x"])
def test_a_bad_seed_ends_with_2(seed: str) -> None:
    assert run("netlist", XOR, "--start-seed", seed).exit_code == 2


def test_the_package_starts_without_its_heavy_parts() -> None:
    """`--help` and `import hgecircuit` must not load numpy, pydantic, xarray or matplotlib."""
    program = (
        "import sys, hgecircuit, hgecircuit.cli;"
        "print([m for m in ('numpy', 'pydantic', 'xarray', 'matplotlib', 'scipy', 'PySpice')"
        " if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_an_output_never_overwrites_its_input(circuit: Path) -> None:
    before = circuit.read_bytes()
    result = run("netlist", circuit, "-o", circuit)
    assert result.exit_code == 2
    assert "overwrite an input" in result.stderr
    assert circuit.read_bytes() == before


def test_a_converter_that_cannot_settle_is_refused(circuit: Path) -> None:
    result = run("netlist", spoil(circuit, 'bandwidth = "20 kHz"', 'bandwidth = "300 Hz"'))
    assert result.exit_code == 2
    for word in (str(circuit), "iv_converter.bandwidth", "300 Hz", "at least 1.592 kHz"):
        assert word in result.stderr


def test_a_wrong_model_is_named_with_its_circuit_file(circuit: Path) -> None:
    result = run("netlist", spoil(circuit, 'model = "rnpu-compact"', 'model = "rnpu-compct"'))
    assert result.exit_code == 2
    for word in (str(circuit), "device.model", "rnpu-compct", "rnpu-compact"):
        assert word in result.stderr
