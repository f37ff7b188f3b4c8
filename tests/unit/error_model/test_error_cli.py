"""The commands `budget` and `tradeoff`."""

import csv
import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hgecircuit.cli import main
from hgecircuit.cli.budget import budget
from hgecircuit.cli.tradeoff import tradeoff

CIRCUITS = Path(__file__).parents[3] / "circuits"
PAPER = shlex.split(
    "--channels 7 --top-frequency 1kHz --spacing 40Hz --time 0.1s --order 3 --settled first "
    "--noise-density 1e-5 --amplitude 8mV --derivative 100 --ratio 2.05"
)


def run(*arguments: object) -> Result:
    group = type(main)(name="hgecircuit", commands={"budget": budget, "tradeoff": tradeoff})
    return CliRunner().invoke(group, [str(argument) for argument in arguments])


def test_the_papers_quantities_as_json() -> None:
    answer = run("budget", *PAPER, "--json")
    assert answer.exit_code == 0, answer.output
    facts = json.loads(answer.stdout)
    assert facts["cutoff_hz"] == pytest.approx(5.83, abs=0.005)
    # 2 f_enbw S / a^2 by hand; 9.6e-6 = |H(40 Hz)|^2 twice 100^2 for the two neighbours
    assert facts["mse_sequential"] == pytest.approx(2 * 6.105 * 1e-5 / 64e-6, rel=1e-3)
    assert facts["mse_parallel"] - facts["mse_sequential"] == pytest.approx(0.195, abs=0.002)
    assert facts["units"]["mse"] == "(nA/V)^2"
    sizes = [term["mse_at_T"] for term in facts["terms"]]
    assert sizes == sorted(sizes, reverse=True)
    terms = {term["name"]: term for term in facts["terms"]}
    assert sum(t["mse_settled"] or 0 for t in terms.values()) == pytest.approx(
        facts["mse_parallel"]
    )
    crosstalk = terms["parallel channels"]
    assert crosstalk["mse_at_T"] > 50 * crosstalk["mse_settled"]
    assert all(term["lever"] for term in terms.values())


def test_units_may_be_written_out() -> None:
    written = [
        *("budget", "--noise-density", "1e-5 nA^2/Hz", "--derivative", "100 nA/V"),
        *("--amplitude", "8000 uV", "--time", "100 ms", "--json"),
    ]
    found = json.loads(run(*written).stdout)
    expected = json.loads(run("budget", *PAPER, "--json").stdout)
    for key in ("cutoff_hz", "mse_sequential", "mse_parallel", "mse_parallel_at_T", "at_most"):
        assert found[key] == pytest.approx(expected[key], rel=1e-12)


def test_second_reading() -> None:
    facts = json.loads(run("budget", *PAPER, "--settled", "stay", "--json").stdout)
    assert facts["cutoff_hz"] == pytest.approx(10.56, abs=0.01)


def test_table_shows_both_figures_and_the_lever() -> None:
    text = run("budget", *PAPER).stdout
    assert "parallel channels" in text
    assert "wider spacing" in text
    assert "no error from: phase lag" in text
    assert "settled (Eqs. 7 to 10)" in text


@pytest.mark.parametrize("name", ["xor.toml", "xor_continuous.toml"])
def test_a_circuit(name: str) -> None:
    answer = run("budget", CIRCUITS / name, "--json")
    assert answer.exit_code == 0, answer.output
    facts = json.loads(answer.stdout)
    assert facts["operating_points"] == 24
    sizes = [term["expected"] for term in facts["terms"]]
    assert sizes == sorted(sizes, reverse=True)
    assert 0 < facts["expected"] <= facts["at_most"] < 0.1
    assert "curvature" in run("budget", CIRCUITS / name).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("budget --time 0s", "--time"),
        ("budget --time -1s", "above 0"),
        ("budget --time nan", "--time"),
        ("budget --top-frequency 10kV", "a frequency with its unit"),
        ("budget --derivative much", "100 nA/V"),
        ("budget --noise-density -1", "at least 0"),
        ("budget --noise-exponent 3", "0 to 2"),
        ("budget --ratio 0", "above 0"),
        ("budget --order 9", "the nearest is 6"),
        ("budget --response gate --order 3", "no --order"),
        ("budget --response butter", "butterworth, bessel, critically-damped, gate"),
        ("budget --settled half", "first or stay"),
        ("budget --spacing 200Hz", "below 166.7 Hz for 7 channels, or at most 5 channels"),
        ("budget --channels 0", "--channels"),
        ("budget --channels 30 --spacing 20Hz --third-derivative 1", "at most 19"),
        ("budget --multiplier-offset 1mV", "--gain"),
        ("budget --gain 1Mohm", "--multiplier-offset"),
        ("budget --blank 1ms", "--step"),
        ("budget --device rnpu-compact --ratio 2", "not both"),
        ("budget --device nosuch", "nosuch"),
        ("budget nosuch.toml", "nosuch.toml"),
        ("budget nosuch.toml --time 1s", "--time"),
        ("tradeoff --shortest 1s --longest 10ms", "above 1 s"),
        ("tradeoff --channels 8", "1 to 7"),
        ("tradeoff --spacing 170Hz", "below 166.7 Hz"),
        ("tradeoff --response gate --order 2", "no --order"),
        ("tradeoff --order 7", "the nearest is 6"),
        ("tradeoff --response butterworth --order 1 --plot x.jpeg", ".png or .svg"),
        ("tradeoff --response gate --csv nosuch/x.csv", "--csv"),
    ],
)
def test_bad_input(arguments: str, words: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    answer = run(*arguments.split())
    assert answer.exit_code == 2
    assert words in answer.stderr
    assert answer.stdout == ""
    assert not list(tmp_path.iterdir())


def test_tradeoff_as_table_json_csv_and_picture(tmp_path: Path) -> None:
    picture, table = tmp_path / "front.png", tmp_path / "front.csv"
    answer = run(
        *("tradeoff", "--channels", "5", "--longest", "0.3s"),
        *("--plot", picture, "--csv", table, "--json"),
    )
    assert answer.exit_code == 0, answer.output
    facts = json.loads(answer.stdout)
    errors = [row["relative_error"] for row in facts["front"]]
    assert errors == sorted(errors, reverse=True)
    assert facts["paper"]["amplitude_V"] == 8e-3
    assert set(facts["fronts"]) == {"butterworth", "bessel", "critically-damped", "gate"}
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(row["front"] == "pareto" for row in rows) == len(facts["front"])
    assert [row["time_s"] for row in rows if row["front"] == "paper"] == ["0.1"]
    assert picture.read_bytes().startswith(b"\x89PNG")
    text = run("tradeoff", "--order", "2", "--longest", "0.3s", "--as-read").stdout
    assert "the paper's point" in text
    assert "readings as they are" in text


def test_fixed_choices_stay_fixed() -> None:
    arguments = "--response bessel --order 4 --spacing 50Hz --amplitude 20mV --json"
    facts = json.loads(run("tradeoff", *arguments.split()).stdout)
    assert facts["filters"] == 1
    for row in facts["front"]:
        assert (row["response"], row["order"]) == ("bessel", 4)
        assert (row["spacing_Hz"], row["amplitude_V"]) == (50.0, 0.02)
