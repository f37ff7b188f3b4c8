"""The commands `budget` and `tradeoff`."""

import csv
import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import hgecircuit
from hgecircuit.cli import main
from hgecircuit.cli.budget import budget
from hgecircuit.cli.tradeoff import tradeoff

CIRCUITS = Path(__file__).parents[3] / "circuits"
DEVICES = Path(hgecircuit.__file__).parent / "devices" / "data"
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
    assert "low-pass: cut-off 5.83 Hz" in text


def test_a_gate_is_called_a_gate_and_rounding_is_no_error() -> None:
    """Five carriers on multiples of 1/T, no noise: all that is left is curvature."""
    gate = shlex.split(
        "--channels 5 --top-frequency 700Hz --spacing 100Hz --time 10ms --response gate "
        "--amplitude 20mV --derivative 46.5 --third-derivative 997 --noise-density 0"
    )
    text = run("budget", *gate).stdout
    assert "gate: cut-off 44.29 Hz" in text
    assert "low-pass" not in text.replace("no error from", "")
    assert "e-" not in text  # 8.16e-15 and the like
    absent = next(line for line in text.splitlines() if line.startswith("no error from"))
    assert absent.endswith("noise")
    facts = json.loads(run("budget", *gate, "--json").stdout)
    assert facts["mse_sequential"] == facts["mse_parallel"] == 0
    terms = {term["name"]: term for term in facts["terms"]}
    assert terms["parallel channels"]["mse_at_T"] == 0
    assert terms["curvature"]["mse_at_T"] > 0


def test_worst_phases_and_mean_of_a_gate() -> None:
    """One neighbour, broken periods: the two columns are one figure but for sqrt(2)."""
    words = "--channels 2 --spacing 44Hz --response gate --noise-density 0 --json"
    facts = json.loads(run("budget", *words.split()).stdout)
    term = next(term for term in facts["terms"] if term["name"] == "parallel channels")
    assert term["mse_settled"] == pytest.approx(2 * term["mse_at_T"], rel=1e-9)


@pytest.mark.parametrize("noise", [[], ["--noise-exponent", "1.5"]], ids=["white", "1/f^1.5"])
def test_budget_and_tradeoff_say_the_same_of_one_operating_point(noise: list[str]) -> None:
    lock_in = shlex.split("--spacing 40Hz --amplitude 8mV --order 3 --settled first")
    response = ["--response", "butterworth", "--device", "rnpu-compact"]
    budget_facts = json.loads(run("budget", *lock_in, *response, *noise, "--json").stdout)
    noise = noise or ["--noise-exponent", "0"]
    found = json.loads(run("tradeoff", *lock_in, *response, *noise, "--as-read", "--json").stdout)
    for one in (found["paper"], next(row for row in found["front"] if row["time_s"] == 0.1)):
        # The noise of a search is tabulated to 1 %.
        assert one["relative_error"] == pytest.approx(budget_facts["relative_error_at_T"], rel=5e-3)
    assert found["operating_points"] == budget_facts["operating_points"] >= 256
    assert 0 < budget_facts["sampling_error"] < 0.03
    assert budget_facts["channel"] is None


def test_long_times_with_flicker_noise_are_quick() -> None:
    facts = json.loads(run("budget", "--noise-exponent", "1.5", "--time", "1e4s", "--json").stdout)
    # All is over but settling; 2 B S / a^2 at 880 Hz, B = 1.0472 f_c less 4 % from rest
    noise = next(term for term in facts["terms"] if term["name"] == "noise")
    density = 1e-5 * (1000 / 880) ** 1.5
    bandwidth_hz = 1.0472 * facts["cutoff_hz"]
    assert noise["mse_at_T"] == pytest.approx(2 * bandwidth_hz * density / 64e-6, rel=0.05)


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
        ("budget --ratio nan", "--ratio"),
        ("budget --ratio 1e300", "1e-06 to 1e+06"),
        ("budget --amplitude 1e300V", "1 pV to 1 kV"),
        ("budget --amplitude 1e-300V", "1 pV to 1 kV"),
        ("budget --derivative 1e300", "1e-21 A/V to 1000 A/V"),
        ("budget --third-derivative -1e300", "or 0"),
        ("budget --time 1e300s", "1 ps to 1 Gs"),
        ("budget --top-frequency 1e300Hz", "1 uHz to 1 THz"),
        ("budget --noise-density 1e300", "--noise-density"),
        ("budget --time 1e7s", "1e+09 periods of the highest carrier, 1 Ms"),
        ("budget --device rnpu-compact --amplitude 10V", "below 500 mV"),
        ("tradeoff --amplitude 10V", "below 500 mV"),
        ("tradeoff --longest 1e300s", "--longest"),
        ("tradeoff --top-frequency 1GHz --longest 2s", "at most 1e+09 periods"),
        ("tradeoff --response gate --shortest 1ms --longest 6ms --json", "at least 7 ms"),
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
        *("tradeoff", "--channels", "3", "--longest", "0.3s"),
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
    useless = ("--top-frequency", "1uHz", "--channels", "2", "--amplitude", "20mV")
    assert run("tradeoff", *useless, "--plot", picture).exit_code == 0  # all errors above 1
    text = run("tradeoff", "--channels", "2", "--order", "2", "--as-read").stdout
    assert "the paper's point" in text
    assert "readings as they are" in text


def test_nothing_is_lost_to_an_output(tmp_path: Path) -> None:
    device, folder = tmp_path / "device.json", tmp_path / "folder.png"
    device.write_bytes((DEVICES / "rnpu-compact.json").read_bytes())
    folder.mkdir()
    layered = tmp_path / "layered.json"
    layered.write_text(
        json.dumps(
            {
                "format": "hgecircuit-layered-device",
                "version": 1,
                "name": "two-layer",
                "devices": {"member": "device.json"},
                "layers": [["member"], ["member"]],
                "connections": [{"to": [1, 0, 2], "sources": [[0, 0]]}],
            }
        )
    )
    files = {file: file.read_bytes() for file in (device, layered)}
    both = tmp_path / "x.png"
    for arguments, words in (
        (["--device", device, "--csv", device], "--csv: the output would overwrite an input"),
        (["--device", layered, "--csv", device], "--csv: the output would overwrite an input"),
        (["--csv", both, "--plot", both], "two outputs are the same file"),
        (["--csv", tmp_path / "." / "x.png", "--plot", both], "two outputs are the same file"),
        (["--csv", folder], "--csv: a folder"),
        (["--plot", folder], "--plot: a folder"),
    ):
        answer = run("tradeoff", *arguments)
        assert answer.exit_code == 2, answer.output
        assert words in answer.stderr
        assert answer.stdout == ""
    assert {file: file.read_bytes() for file in files} == files
    assert sorted(tmp_path.iterdir()) == sorted([*files, folder])


def test_amplitudes_keep_inside_a_narrow_device(tmp_path: Path) -> None:
    """Safe ranges of 10 mV: the paper's 8 mV and the usual amplitudes leave them."""
    data = json.loads((DEVICES / "rnpu-compact.json").read_text())
    data["voltage_min_V"], data["voltage_max_V"] = [-0.005] * 7, [0.005] * 7
    device = tmp_path / "narrow.json"
    device.write_text(json.dumps(data))
    narrow = ("--device", device, "--channels", "2", "--response", "gate")
    answer = run("tradeoff", *narrow, "--json")
    assert answer.exit_code == 0, answer.output
    facts = json.loads(answer.stdout)
    assert facts["paper"] is None
    assert all(row["amplitude_V"] <= 0.004 for row in facts["front"])


def test_fixed_choices_stay_fixed() -> None:
    arguments = "--response bessel --order 4 --spacing 50Hz --amplitude 20mV --json"
    facts = json.loads(run("tradeoff", *arguments.split()).stdout)
    assert facts["filters"] == 1
    for row in facts["front"]:
        assert (row["response"], row["order"]) == ("bessel", 4)
        assert (row["spacing_Hz"], row["amplitude_V"]) == (50.0, 0.02)
