"""The command `filter`: its words, its JSON, its files."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hgecircuit.cli.filter import filter_command
from hgecircuit.design.filters.design import design_filter
from hgecircuit.design.filters.netlist_text import write_netlist
from hgecircuit.design.filters.request import FilterRequest
from hgecircuit.errors import InputError
from hgecircuit.parts.filters.eseries import SERIES
from hgecircuit.parts.filters.opamp_table import PARTS
from hgecircuit.parts.filters.prototypes import FAMILIES
from hgecircuit.parts.filters.sections import TOPOLOGIES
from hgecircuit.report.filter_plots import render_filter

PAPER = ("--settle-time", "0.1s", "--reject", "40Hz", "--reject", "400Hz", "--builds", "50")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(filter_command, [str(one) for one in arguments])


def refuse(*arguments: object) -> str:
    error = run(*arguments).exception
    assert isinstance(error, InputError)
    assert error.exit_code == 2
    return str(error)


def test_help_teaches() -> None:
    text = run("--help").output
    for name in (*FAMILIES, *TOPOLOGIES, *SERIES, "first", "stay", "--json", "--netlist"):
        assert name in text
    assert "hgecircuit filter --settle-time 0.1s --reject 40Hz --reject 400Hz\n" in text


def test_every_option_is_a_field_of_the_request() -> None:
    """No option does nothing: each is a field, a part of a range, or a file."""
    fields = set(FilterRequest.__dataclass_fields__) - {"resistor_range_ohm", "capacitor_range_f"}
    ranges = {f"{part}_{end}" for part in ("resistor", "capacitor") for end in ("min", "max")}
    names = {parameter.name for parameter in filter_command.params}
    assert names == fields | ranges | {"plot", "netlist", "as_json"}
    defaults = FilterRequest(cutoff_hz=1.0)
    given = filter_command.make_context("filter", ["--cutoff", "1Hz"]).params
    for name in fields:
        assert given[name] == getattr(defaults, name), name
    for part, values in (
        ("resistor", defaults.resistor_range_ohm),
        ("capacitor", defaults.capacitor_range_f),
    ):
        found = [given[f"{part}_{end}"] for end in ("min", "max")]
        assert found == pytest.approx(values, rel=1e-12)


def test_tables() -> None:
    result = run(*PAPER)
    assert result.exit_code == 0, result.output
    for word in ("R1", "33 kΩ", "cut-off", "attenuation at 400 Hz", "OPA333", "rounded by itself"):
        assert word in result.output


def test_json_is_complete() -> None:
    data = json.loads(run(*PAPER, "--json").stdout)
    assert [one["name"] for one in data["components"]] == ["R1", "R2", "R3", "C1", "C2", "C3"]
    assert data["target"]["cutoff_hz"] == pytest.approx(5.8297, abs=1e-4)
    performance = data["performance"]
    assert performance["settling_s"]["first"] == pytest.approx(0.1, rel=0.01)
    assert len(performance["attenuation_db"]) == 2
    assert performance["error_at_settle_time"] < 0.03
    assert data["selection"]["error"] <= data["selection"]["rounded_error"]
    names = [one["name"] for one in data["tolerances"]["spreads"]]
    assert names == [
        "cutoff", "pole frequency of section 1", "pole frequency of section 2", "Q of section 2",
        "settling (first)", "settling (stay)", "attenuation at 40 Hz", "attenuation at 400 Hz",
        "gain at 0 Hz",
    ]  # fmt: skip
    for spread in data["tolerances"]["spreads"]:
        values = [spread[key] for key in ("least", "p5", "median", "p95", "most")]
        assert values == sorted(values)
    assert 0 < data["tolerances"]["share_settled_in_time"] < 1
    assert data["noise"]["rms_v"] > data["noise"]["band_rms_v"] > 0
    assert len(data["opamps"]) == len(PARTS)
    chosen = next(one for one in data["opamps"] if one["name"] == data["opamp"])
    assert chosen["fits"]
    for one in data["opamps"]:
        assert one["fits"] == (not one["reasons"])
        assert one["data_sheet"]["source"]
    assert data["files"] == {}


@pytest.mark.parametrize(
    "extra", [("--opamp", "ideal"), ("--tolerance", "0%", "--capacitor-tolerance", "0%")]
)
def test_corner_cases_are_json_too(extra: tuple[str, ...]) -> None:
    data = json.loads(run(*PAPER, *extra, "--json").stdout)
    assert data["performance"]["cutoff_hz"] > 5


def test_the_same_command_gives_the_same_answer() -> None:
    assert run(*PAPER, "--json").stdout == run(*PAPER, "--json").stdout
    other = json.loads(run(*PAPER, "--seed", 2, "--json").stdout)
    one = json.loads(run(*PAPER, "--json").stdout)
    assert other["components"] == one["components"]
    assert other["tolerances"]["spreads"] != one["tolerances"]["spreads"]


def test_files(tmp_path: Path) -> None:
    folder = tmp_path / "a folder; rm -rf $HOME"
    folder.mkdir()
    netlist, plot = folder / "filter.cir", folder / "filter.png"
    result = run(*PAPER, "--netlist", netlist, "--plot", plot, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["files"] == {"netlist": str(netlist), "plot": str(plot)}
    text = netlist.read_text(encoding="utf-8")
    assert text.count(".subckt") == text.count(".ends") == 2
    assert "R1 inp y1 3.3e4" in text
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in folder.iterdir()) == ["filter.cir", "filter.png"]


def test_plots_and_netlists_repeat_byte_by_byte() -> None:
    request = FilterRequest(cutoff_hz=100.0, order=2, reject_hz=(900.0,), builds=20)
    one, other = design_filter(request), design_filter(request)
    assert render_filter(one, "svg") == render_filter(other, "svg")
    assert write_netlist(one) == write_netlist(other)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "start"), [("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_every_plot_format(kind: str, start: bytes) -> None:
    request = FilterRequest(cutoff_hz=100.0, topology="multiple-feedback", order=1, builds=5)
    assert render_filter(design_filter(request), kind).startswith(start)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("--settle-time",)),
        (("--cutoff", "40"), ("--cutoff", "40", "10 kHz")),
        (("--cutoff", "10 kV"), ("--cutoff", "10 kV")),
        (("--cutoff", "nan Hz"), ("--cutoff",)),
        (("--settle-time", "0 s"), ("--settle-time",)),
        (("--cutoff", "1kHz", "--reject", "x"), ("--reject",)),
        (("--cutoff", "1kHz", "--reject", "9kHz", "--attenuation", "9 V"), ("--attenuation",)),
        (("--cutoff", "1kHz", "--tolerance", "1"), ("--tolerance",)),
        (("--cutoff", "1kHz", "--plot", "x.bmp"), ("--plot", "x.bmp", ".png")),
        (("--cutoff", "1kHz", "--plot", "png"), ("--plot",)),
        (("--cutoff", "1kHz", "--netlist", "no/such/x.cir"), ("--netlist", "folder")),
        (("--cutoff", "1kHz", "--response", "cauer"), ("--response", "bessel")),
        (("--cutoff", "1kHz", "--opamp", "LM358B\n.shell"), ("--opamp",)),
    ],
)
def test_bad_input_ends_with_2(
    arguments: tuple[str, ...],
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    message = refuse(*arguments)
    for word in words:
        assert word in message
    assert not list(tmp_path.iterdir())


def test_two_outputs_must_be_two_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However they are spelled; else one of both would be lost."""
    monkeypatch.chdir(tmp_path)
    for netlist in ("s.png", "./s.png", tmp_path / "s.png"):
        assert "same file" in refuse("--cutoff", "1kHz", "--plot", "s.png", "--netlist", netlist)
    (tmp_path / "s.png").write_bytes(b"precious")
    (tmp_path / "t.cir").symlink_to("s.png")
    assert "same file" in refuse("--cutoff", "1kHz", "--plot", "s.png", "--netlist", "t.cir")
    assert (tmp_path / "s.png").read_bytes() == b"precious"


def test_progress_is_shown_only_when_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hgecircuit.cli.filter._MOMENT_S", 1e9)
    assert run(*PAPER).stderr == ""
    monkeypatch.setattr("hgecircuit.cli.filter._MOMENT_S", 0.0)
    shown = run(*PAPER)
    assert shown.stderr.startswith("filter\n")
    assert "values: 100 %" in shown.stderr
    assert "random builds: 100 %" in shown.stderr
    assert "random builds:" not in shown.stdout
    assert run(*PAPER, "--json").stderr == ""


def test_it_can_be_stopped(tmp_path: Path) -> None:
    netlist = tmp_path / "filter.cir"
    words = ["-m", "hgecircuit.cli", "filter", "--cutoff", "1kHz", "--builds", "100000"]
    program = subprocess.Popen(
        [sys.executable, *words, "--netlist", str(netlist)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stderr is not None
    for line in program.stderr:
        if "random builds" in line:
            break
    program.send_signal(signal.SIGINT)
    out, rest = program.communicate(timeout=30)
    assert program.returncode == 130
    assert "stopped; no file was written" in rest
    assert out == ""
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten_when_it_fails(tmp_path: Path) -> None:
    netlist = tmp_path / "filter.cir"
    netlist.write_text("precious", encoding="utf-8")
    refuse("--cutoff", "1GHz", "--netlist", netlist)
    assert netlist.read_text(encoding="utf-8") == "precious"
    (tmp_path / "folder.png").mkdir()
    result = run("--cutoff", "1kHz", "--plot", tmp_path / "folder.png")
    assert result.exit_code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["filter.cir", "folder.png"]


def test_the_command_loads_without_its_heavy_parts() -> None:
    program = (
        "import sys, hgecircuit.cli.filter;"
        "print([m for m in ('numpy', 'scipy', 'matplotlib', 'PySpice') if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
