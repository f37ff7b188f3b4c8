"""The index over runs: which folders it lists, and that it never replaces another page."""

import json
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner
from page_tools import check_page

from hgecircuit.cli.index import index
from hgecircuit.errors import InputError
from hgecircuit.report import Report
from hgecircuit.report.index_page import INDEX_FILE, build_index, find_runs, write_index
from hgecircuit.report.run_row import run_row
from hgecircuit.run.folder import VERIFICATION, prepare_folder


def add_run(folder: Path, data: dict | str | None, kind: str = VERIFICATION) -> None:
    prepare_folder(folder, folder.name, kind)
    if data is not None:
        text = data if isinstance(data, str) else json.dumps(data)
        (folder / "report.json").write_text(text, encoding="utf-8")
        (folder / "report.html").touch()


@pytest.fixture
def runs(tmp_path: Path, report: Report, plain_report: Report, sphere_report: Report) -> Path:
    evil = {**report.data, "title": "<script>alert(1)</script> & 'x'"}
    add_run(tmp_path / "b & <i>'c'</i>", evil)
    add_run(tmp_path / "nested" / "plain", {**plain_report.data})
    add_run(tmp_path / "sphere", {**sphere_report.data})
    add_run(tmp_path / "stopped", None)
    add_run(tmp_path / "cut", '{"format": "hgecircuit-rep')
    add_run(tmp_path / "other-kind", None, "simulation")
    (tmp_path / "no run").mkdir()
    return tmp_path


def test_every_verification_has_a_line_and_a_living_link(runs: Path, report: Report) -> None:
    write_index(runs)
    tree = check_page((runs / INDEX_FILE).read_text(encoding="utf-8"))
    lines = list(next(tree.all("tbody")).all("tr"))
    places = [list(line.all("td"))[-1].text for line in lines]
    assert places == ["b & <i>'c'</i>", "cut", "nested/plain", "sphere", "stopped"]
    links = [unquote(one.attributes["href"]) for line in lines for one in line.all("a")]
    assert links == [f"{place}/report.html" for place in (places[0], *places[2:4])]
    assert all((runs / link).is_file() for link in links)
    cells = [cell.text for cell in lines[0].all("th", "td")]
    assert cells[0] == "<script>alert(1)</script> & 'x'"
    assert cells[2:9] == list(run_row(report.data))
    assert [lines[n].text.count("no report") for n in (1, 4)] == [1, 1]


def test_a_task_of_accuracy_has_no_margin(report: Report, sphere_report: Report) -> None:
    row = run_row(sphere_report.data)
    assert row.learned.endswith(" %")
    assert row.margin == row.solved == "–"
    assert run_row(report.data).margin.endswith("A")


def test_cells_sort_by_numbers_in_si(runs: Path, report: Report) -> None:
    write_index(runs)
    tree = check_page((runs / INDEX_FILE).read_text(encoding="utf-8"))
    heads = [head.text for head in next(tree.all("thead")).all("th")]
    first = next(next(tree.all("tbody")).all("tr"))
    keys = {
        head: cell.attributes["data-value"]
        for head, cell in zip(heads, first.all("th", "td"), strict=True)
    }
    assert float(keys["margin"]) == report.data["learning"]["margin_A"]
    assert float(keys["gradient error"]) == report.data["budget"]["circuit"]["measured"]
    assert keys["solved after"] == ""  # never
    assert all(next(head.all("button")).text for head in next(tree.all("thead")).all("th"))


def test_same_runs_same_bytes(runs: Path) -> None:
    found = find_runs(runs)
    assert build_index(found, "runs") == build_index(find_runs(runs), "runs")


def test_another_page_is_never_replaced(runs: Path) -> None:
    (runs / INDEX_FILE).write_text("<!doctype html><title>mine</title>")
    with pytest.raises(InputError, match="another index"):
        write_index(runs)
    assert (runs / INDEX_FILE).read_text() == "<!doctype html><title>mine</title>"
    (runs / INDEX_FILE).unlink()
    assert len(write_index(runs)) == len(write_index(runs)) == 5
    shutil.rmtree(runs / "stopped")
    assert len(write_index(runs)) == 4


def test_command_says_what_it_found(
    runs: Path, report: Report, plain_report: Report, sphere_report: Report
) -> None:
    reports = (report, plain_report, sphere_report)
    answer = CliRunner().invoke(index, [str(runs), "--json"])
    assert answer.exit_code == 0, answer.output
    facts = json.loads(answer.output)
    assert Path(facts["file"]) == runs / INDEX_FILE
    statuses = [line["status"] for line in facts["runs"]]
    assert [statuses[n] for n in (1, 4)] == [None, None]
    failed = [any(v["status"] == "fail" for v in one.data["verdicts"]) for one in reports]
    assert [statuses[n] == "fail" for n in (0, 2, 3)] == failed
    missing = CliRunner().invoke(index, [str(runs / "nowhere")])
    assert isinstance(missing.exception, InputError)
