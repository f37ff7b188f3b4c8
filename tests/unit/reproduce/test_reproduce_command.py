"""The command `reproduce`, and the workshop in which figures are made."""

import csv
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray
from click.testing import CliRunner, Result

from hgecircuit.cli import main
from hgecircuit.cli.reproduce import reproduce
from hgecircuit.errors import InputError
from hgecircuit.reproduce import FIGURES, fig1c, fig3b, find_figure
from hgecircuit.reproduce import workshop as workshop_module
from hgecircuit.reproduce.base import Reproduction
from hgecircuit.reproduce.workshop import Workshop
from hgecircuit.run.parallel import run_jobs


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


@pytest.mark.parametrize("taken", ["fig3b.png", "fig3b.json"])
def test_a_folder_in_the_place_of_a_file_is_refused_before_the_work(
    taken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fig3b, "FIGURE", replace(fig3b.FIGURE, make=_never))
    (tmp_path / taken).mkdir()
    (tmp_path / taken / "mine").touch()
    answer = run("fig3b", "--out", tmp_path)
    assert answer.exit_code == 2
    assert taken in answer.stderr
    assert [file.name for file in tmp_path.iterdir()] == [taken]


def test_all_places_are_tried_before_the_first_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``fig1c`` comes first, and would be minutes of work before ``layers`` is refused."""
    monkeypatch.setattr(fig1c, "FIGURE", replace(fig1c.FIGURE, make=_never))
    (tmp_path / "layers").write_text("mine")
    answer = run("all", "--out", tmp_path)
    assert answer.exit_code == 2
    assert "layers" in answer.stderr
    assert (tmp_path / "layers").read_text() == "mine"


def _never(_: Workshop) -> Reproduction:
    raise AssertionError("work before the refusal")


def test_other_files_of_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "fig2c.png").write_text("another figure's")
    assert run("fig2d-analytic", "--out", tmp_path).exit_code == 0
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "fig2c.png").read_text() == "another figure's"


def test_a_quick_look_does_not_replace_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for look in ([], ["--quick"]):
        assert run("fig2d-analytic", *look).exit_code == 0
    places = [Path("runs") / f"fig2d-analytic{end}" for end in ("", "-quick")]
    quick = [json.loads((place / "fig2d-analytic.json").read_text())["quick"] for place in places]
    assert quick == [False, True]


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
        workshop.run("squares", square, jobs)
    (tmp_path / "stop").unlink()
    found = workshop.run("squares", square, jobs)
    assert [int(one["square"]) for one in found] == [0, 1, 4, 9]
    made = log.read_text().split()
    assert made.count("0") == 1
    assert made.count("2") == 2


@pytest.mark.parametrize("cut", [0, 3, 40, 200, "array"])
def test_a_result_that_was_cut_off_is_made_again(cut: int | str, tmp_path: Path) -> None:
    """By a full disk, or a power cut that left an empty file."""
    log = tmp_path / "log"
    workshop = Workshop(tmp_path / "parts", workers=1)
    jobs = [{"number": 3, "log": str(log)}]
    workshop.run("squares", square, jobs)
    (broken,) = (tmp_path / "parts").iterdir()
    if cut == "array":
        with broken.open("wb") as stream:
            np.save(stream, np.zeros(3))
    else:
        broken.write_bytes(broken.read_bytes()[:cut])
    for _ in range(2):
        assert int(workshop.run("squares", square, jobs)[0]["square"]) == 9
    assert log.read_text().split() == ["3", "3"]
    assert [file.suffix for file in (tmp_path / "parts").iterdir()] == [".npz"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_that_can_t_be_kept_are_an_error(jobs: int, tmp_path: Path) -> None:
    """Something else is in their place, here the folder's name and then each file's."""
    work = [{"number": number, "log": str(tmp_path / "log")} for number in range(jobs)]
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(InputError, match="can't be kept"):
        Workshop(tmp_path / "taken", workers=1).run("squares", square, work)
    assert (tmp_path / "taken").read_text() == "mine"
    workshop = Workshop(tmp_path / "parts", workers=1)
    workshop.run("squares", square, work)
    for file in list((tmp_path / "parts").iterdir()):
        file.unlink()
        file.mkdir()
    with pytest.raises(InputError, match="can't be kept"):
        workshop.run("squares", square, work)
    assert not list((tmp_path / "parts").glob("*.part"))


def test_every_stage_has_its_own_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the second stage of a figure would start at 100 % and say nothing."""
    in_threads = partial(run_jobs, workers=1)  # a second less than processes
    monkeypatch.setattr(
        workshop_module,
        "run_jobs",
        lambda calls, progress, **_: in_threads(calls, progress=progress),
    )
    said = []
    workshop = Workshop(workers=1, progress=lambda words, done: said.append((words, done.fraction)))
    jobs = [{"number": number, "log": str(tmp_path / "log")} for number in range(2)]
    for words in ("search", "trainings"):
        workshop.run(words, square, jobs)
    assert [words for words, _ in said] == ["search"] * 2 + ["trainings"] * 2
    assert [share for _, share in said] == [0.5, 1.0] * 2


def test_other_values_are_other_cells(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "parts")
    log = str(tmp_path / "log")
    assert int(workshop.run("squares", square, [{"number": 3, "log": log}])[0]["square"]) == 9
    assert int(workshop.run("squares", square, [{"number": 4, "log": log}])[0]["square"]) == 16
