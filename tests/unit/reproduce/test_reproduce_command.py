"""The command `reproduce`, and the workshop in which figures are made."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import xarray
from click.testing import CliRunner, Result

from hgecircuit.cli import main
from hgecircuit.cli.reproduce import reproduce
from hgecircuit.reproduce import FIGURES, find_figure
from hgecircuit.reproduce.workshop import Workshop


def run(*arguments: object) -> Result:
    group = type(main)(name="hgecircuit", commands={"reproduce": reproduce})
    return CliRunner().invoke(group, ["reproduce", *map(str, arguments)])


@pytest.mark.parametrize("figure", ["fig3b", "fig2d-analytic"])
def test_analytic_figures_agree_and_are_the_same_twice(figure: str, tmp_path: Path) -> None:
    folders = (tmp_path / "a" / "new", tmp_path / "b")
    answer = run(figure, "--out", folders[0], "--json")
    assert answer.exit_code == 0, answer.output
    facts = json.loads(answer.stdout)
    assert facts["agrees"] is True
    words = " ".join(run(figure, "--out", folders[1]).stdout.split())
    for claim in facts["claims"]:
        assert claim["text"]
        assert claim["criterion"]
        assert claim["found"].split()[0] in words
    files = [sorted(folder.iterdir()) for folder in folders]
    assert [file.suffix for file in files[0]] == [".csv", ".json", ".nc", ".png", ".svg"]
    for one, other in zip(*files, strict=True):
        if one.suffix == ".nc":
            xarray.testing.assert_identical(xarray.open_dataset(one), xarray.open_dataset(other))
        else:
            assert one.read_bytes() == other.read_bytes()


def test_the_table_of_fig3b_holds_the_crossover(tmp_path: Path) -> None:
    """Eq. 10 over Eq. 8 falls through 1.1 at 40 Hz in the data as well."""
    run("fig3b", "--out", tmp_path)
    with (tmp_path / "fig3b.csv").open(newline="") as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    shares = {
        row["spacing (Hz)"]: row["first_parallel_ratio_2.05 (A^2/V^2)"]
        / row["first_sequential (A^2/V^2)"]
        for row in rows
    }
    assert shares[40.5] < 1.1 < shares[40.0]
    assert shares[10.0] > 100


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["fig3"], "the nearest is fig"), (["fig3b", "--seed", "-1"], "--seed"), ([], "FIGURE")],
)
def test_bad_input(arguments: list[str], words: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    answer = run(*arguments)
    assert answer.exit_code == 2
    assert words in answer.stderr
    assert not any(tmp_path.iterdir())


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    answer = run("fig3b", "--out", tmp_path / "taken")
    assert answer.exit_code == 2
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_in_the_help_and_knows_its_name(name: str) -> None:
    assert find_figure(name).name == name
    assert find_figure(name).title
    assert f"  {name} " in run("--help").output


def square(number: int, log: str) -> dict[str, np.ndarray]:
    with Path(log).open("a", encoding="utf-8") as file:
        file.write(f"{number} ")
    if (Path(log).parent / "stop").exists() and number == 2:
        raise KeyboardInterrupt
    return {"square": np.array(number**2)}


def test_finished_cells_are_not_made_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    workshop = Workshop(tmp_path / "parts", workers=1)
    jobs = [{"number": number, "log": str(log)} for number in range(4)]
    (tmp_path / "stop").touch()
    with pytest.raises(KeyboardInterrupt):
        workshop.run(square, jobs)
    (tmp_path / "stop").unlink()
    found = workshop.run(square, jobs)
    assert [int(one["square"]) for one in found] == [0, 1, 4, 9]
    made = log.read_text().split()
    assert made.count("0") == 1
    assert made.count("2") == 2
    broken = next((tmp_path / "parts").glob("*.npz"))
    broken.write_bytes(broken.read_bytes()[:40])
    assert [int(one["square"]) for one in workshop.run(square, jobs)] == [0, 1, 4, 9]
    assert len(log.read_text().split()) == len(made) + 1


def test_other_values_are_other_cells(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "parts")
    log = str(tmp_path / "log")
    assert int(workshop.run(square, [{"number": 3, "log": log}])[0]["square"]) == 9
    assert int(workshop.run(square, [{"number": 4, "log": log}])[0]["square"]) == 16
