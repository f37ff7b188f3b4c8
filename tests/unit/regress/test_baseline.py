"""The baseline file: whole, exact, and nothing else is taken for one."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hgecircuit.cli import main
from hgecircuit.compare.figures import Figure, Kind
from hgecircuit.errors import InputError
from hgecircuit.regress.baseline import Entry, read_baseline, write_baseline
from hgecircuit.regress.plan import Plan
from hgecircuit.regress.run import changed_settings

XOR = Path(__file__).parents[3] / "circuits" / "xor.toml"
FIGURES = (
    Figure("gradient.error", "1", Kind.MEAN, (0.1 + 0.2, 1e-300)),
    Figure("learning.solved", "1", Kind.SHARE, (3.0, 4.0), False),
    Figure("learning.time_s", "s", Kind.MEDIAN, (0.5, math.inf)),
    Figure("power.supply_W", "W", Kind.EXACT, ()),
    Figure("netlist.sha256", "text", Kind.INFORMATION, (), text="abc"),
)
ENTRY = Entry(Plan(1, 4, 2), FIGURES, {"loop": {"epochs": 3}}, {"hgecircuit": "0.1.0"})


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "baseline.json"
    write_baseline(path, {"xor": ENTRY})
    return path


def test_what_is_written_is_read(file: Path) -> None:
    assert read_baseline(file) == {"xor": ENTRY}
    assert not list(file.parent.glob("*.part"))
    assert "Infinity" not in file.read_text()


def _edit(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def edit(file: Path) -> None:
        data = json.loads(file.read_text())
        change(data)
        file.write_text(json.dumps(data))

    return edit


def _set(number: int, key: str, value: object) -> Callable[[Path], None]:
    return _edit(lambda data: data["circuits"]["xor"]["figures"][number].update({key: value}))


SPOILS: dict[str, Callable[[Path], None]] = {
    "garbage": lambda file: file.write_bytes(b"\x00\xffnot json"),
    "bottomless": lambda file: file.write_text("[" * 100_000),
    "empty": lambda file: file.write_text(""),
    "other json": lambda file: file.write_text("[1, 2]"),
    "another format": _edit(lambda data: data.update(format="hgecircuit-report")),
    "another version": _edit(lambda data: data.update(version=2)),
    "no version": _edit(lambda data: data.pop("version")),
    "no circuits": _edit(lambda data: data.pop("circuits")),
    "circuits are a list": _edit(lambda data: data.update(circuits=[])),
    "no plan": _edit(lambda data: data["circuits"]["xor"].pop("plan")),
    "no repeats": _edit(lambda data: data["circuits"]["xor"]["plan"].update(repeats=0)),
    "a text for a number": _edit(lambda data: data["circuits"]["xor"]["plan"].update(starts="4")),
    "no figures": _edit(lambda data: data["circuits"]["xor"].update(figures=[])),
    "another kind": _set(0, "kind", "mode"),
    "values are no list": _set(0, "values", 3),
    "a value that no float holds": _set(0, "values", [10**400]),
    "a value is true": _set(0, "values", [True]),
    "a mean that never comes": _set(0, "values", ["never", 1.0]),
    "more successes than trials": _set(1, "values", [5, 4]),
    "a share of three numbers": _set(1, "values", [1, 2, 3]),
    "a side in words": _set(0, "higher_is_worse", "yes"),
    "a name that is none": _set(0, "name", 3),
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
def test_what_is_no_baseline_is_refused_and_kept(
    spoil: Callable[[Path], None], file: Path, tmp_path: Path
) -> None:
    spoil(file)
    before = file.read_bytes()
    with pytest.raises(InputError, match=r"baseline\.json"):
        read_baseline(file)
    for more in ((), ("--update",)):
        result = run("regress", XOR, "--baseline", file, "--out", tmp_path / "out", *more)
        assert result.exit_code == 2, result.output
        assert "baseline" in result.output
        assert file.read_bytes() == before
        assert not (tmp_path / "out").exists()


def test_options_that_make_no_sense_together_are_refused(file: Path, tmp_path: Path) -> None:
    missing = run("regress", XOR, "--baseline", tmp_path / "none.json", "--out", tmp_path / "out")
    assert missing.exit_code == 2
    assert "--update makes one" in missing.output
    assert run("regress", XOR, "--update").exit_code == 2
    nowhere = run("regress", XOR, "--baseline", tmp_path / "no" / "b.json", "--update")
    assert nowhere.exit_code == 2
    assert "no such folder" in nowhere.output
    twice = run("regress", XOR, XOR, "--baseline", file, "--out", tmp_path / "out")
    assert twice.exit_code == 2
    assert "one name" in twice.output
    assert not (tmp_path / "out").exists()


def test_a_circuit_is_no_baseline(tmp_path: Path) -> None:
    circuit = tmp_path / "xor.toml"
    circuit.write_bytes(XOR.read_bytes())
    result = run("regress", circuit, "--baseline", circuit, "--update")
    assert result.exit_code == 2
    assert circuit.read_bytes() == XOR.read_bytes()


def test_changed_settings_by_dotted_key() -> None:
    before = {"a": 1, "b": {"c": [1, 2], "d": 3}, "e": None}
    now = {"a": 1, "b": {"c": [1, 3], "d": 3, "f": 4}, "e": {"g": 1}}
    assert changed_settings(before, now) == {
        "b.c": ([1, 2], [1, 3]),
        "b.f": (None, 4),
        "e": (None, {"g": 1}),
    }
    assert changed_settings(before, before) == {}
