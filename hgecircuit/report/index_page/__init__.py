"""``index.html`` over a folder of runs: one line per run, linked to its page.

It lists every folder that a verification has marked, also those that hold no report because the
verification stopped or failed; and it is as true as its last writing, since it computes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hgecircuit.compare.verdict import Status
from hgecircuit.errors import InputError
from hgecircuit.report.run_page.pictures import escape
from hgecircuit.report.run_page.render import status_badge
from hgecircuit.report.run_row import HEADINGS, RunRow, run_row, run_status
from hgecircuit.report.web import build_page, read_resource, shared_script
from hgecircuit.run.folder import MARKER, VERIFICATION

INDEX_FILE = "index.html"
_KIND = "index"
# The page's own mark, by which a later run knows that it may replace it.
_GENERATOR = f'<meta name="generator" content="hgecircuit {_KIND}">'
_HEAD_BYTES = 2000
_SCRIPTS = ("theme.js", "sort.js")
_PAGES = ("report.html", "report.md")
_NO_REPORT = RunRow("", "", "", "", "", "", "no report: it stopped or failed")


@dataclass(frozen=True)
class Run:
    """A folder in which a verification ran.

    Attributes:
        folder: Relative to the folder of runs.
        name: The circuit's name.
        title: The circuit's title; its name when there is no report.
        page: The report's page, relative to ``folder``; empty when there is none.
        status: The worst of its verdicts; not measured when there is no report.
        row: Its line; None when there is no report.
        numbers: What its cells are sorted by, in SI; None for what is not known.
        created: When the report was made; empty when there is none.
    """

    folder: Path
    name: str
    title: str
    page: str
    status: Status
    row: RunRow | None
    numbers: Mapping[str, float | None]
    created: str


def find_runs(folder: Path) -> list[Run]:
    """The verifications below a folder, in the order of their paths."""
    markers = sorted(folder.rglob(MARKER))
    return [run for marker in markers if (run := _read_run(marker, folder)) is not None]


def write_index(folder: Path) -> list[Run]:
    """Write ``index.html`` over the runs below a folder; returns them.

    Raises:
        InputError: ``index.html`` is there and is another page, or can't be written.
    """
    check_index(folder)
    runs, path = find_runs(folder), folder / INDEX_FILE
    try:
        path.write_text(build_index(runs, folder.resolve().name), encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(
            f"the index can't be written: {error.strerror or error}",
            file=path,
            expected="a folder that can be written",
        ) from error
    return runs


def check_index(folder: Path) -> None:
    """Refuse to replace a page that is not an index of runs.

    Raises:
        InputError: ``folder`` holds such an ``index.html``.
    """
    path = folder / INDEX_FILE
    if path.exists() and not has_index(folder):
        raise InputError(
            "the folder holds another index.html",
            file=path,
            expected="a folder without one, or with an index of runs",
        )


def has_index(folder: Path) -> bool:
    """Whether ``folder`` holds an index of runs."""
    try:
        with (folder / INDEX_FILE).open("rb") as page:
            return _GENERATOR.encode() in page.read(_HEAD_BYTES)
    except OSError:
        return False


def build_index(runs: Sequence[Run], place: str) -> str:
    """The page as one HTML text.

    Args:
        runs: In the order of their lines.
        place: Name of the folder of runs.
    """
    headings = ("circuit", "verdict", *HEADINGS[:-1], HEADINGS.result, "run on (UTC)", "folder")
    numeric = {HEADINGS.margin, HEADINGS.solved, HEADINGS.error}
    head = "".join(
        f"<th scope='col'{'' if words in numeric else ' class=words'}>"
        f"<button type='button'>{words}</button></th>"
        for words in headings
    )
    passed = sum(run.status is Status.PASS for run in runs)
    body = "\n".join(
        (
            '<a class="skip" href="#runs">Skip to the runs</a>',
            f"<header><div><h1>Runs in {escape(place)}</h1>"
            f"<p>{passed} of {len(runs)} passed</p></div>"
            '<div class="actions"><button type="button" id="theme" aria-pressed="false">Dark'
            "</button></div></header>",
            '<main><div class="scroll" tabindex="0" role="region" aria-label="Runs">'
            '<table id="runs"><caption class="hidden">Every verification below this folder; a'
            " heading sorts by its column</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(map(_line, runs))}</tbody></table>"
            "</div></main>",
            '<p id="live" class="hidden" role="status" aria-live="polite"></p>',
        )
    )
    return build_page(
        title=f"Runs in {place}",
        kind=_KIND,
        body=body,
        styles=[read_resource(__name__, "index.css")],
        scripts=[*map(shared_script, _SCRIPTS), read_resource(__name__, "index.js")],
        data={},
    )


def _line(run: Run) -> str:
    title, place = escape(run.title), run.folder.as_posix()
    if run.page:
        link = quote((run.folder / run.page).as_posix())
        title = f"<a href='{escape(link)}'>{title}</a>"
    row = run.row or _NO_REPORT
    badge = status_badge(run.status) if run.row else "<span class='status'>– none</span>"
    cells = [_cell(badge, run.status.value if run.row else "", "words")]
    for name, words in zip(RunRow._fields, row, strict=True):
        number = run.numbers.get(name)
        key = words if name not in run.numbers else "" if number is None else repr(number)
        wide = "words result" if name == "result" else "words"
        cells.append(_cell(escape(words), key, "" if name in run.numbers else wide))
    created = run.created.replace("T", " ")[:16]
    cells += [_cell(escape(created), run.created, "words"), _cell(escape(place), place, "words")]
    return f"<tr><th scope='row' data-value='{escape(run.title)}'>{title}</th>{''.join(cells)}</tr>"


def _cell(inner: str, key: str, kind: str) -> str:
    side = f" class='{kind}'" if kind else ""
    return f"<td{side} data-value='{escape(key)}'>{inner}</td>"


def _read_run(marker: Path, root: Path) -> Run | None:
    """A run by its marker; None for a folder of another kind of run."""
    try:
        owner = json.loads(marker.read_text(encoding="utf-8"))
        name, kind = str(owner["circuit"]), owner["kind"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if kind != VERIFICATION:
        return None
    place = marker.parent
    page = next((page for page in _PAGES if (place / page).is_file()), "")
    folder = place.relative_to(root)
    try:
        data = json.loads((place / "report.json").read_text(encoding="utf-8"))
        numbers = _numbers(data)
        title, created = str(data["title"]), str(data["provenance"]["created"])
        return Run(folder, name, title, page, run_status(data), run_row(data), numbers, created)
    # A file that is missing, cut short, or of another version is no report.
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return Run(folder, name, name, "", Status.NOT_MEASURED, None, {}, "")


def _numbers(data: Mapping[str, Any]) -> dict[str, float | None]:
    learning = data["learning"]
    # A task that is judged by its accuracy has neither; run_row leaves them empty as well.
    margins = learning.get("sphere") is None
    return {
        "margin": learning["margin_A"] if margins else None,
        "solved": learning["solved_s"] if margins else None,
        "error": data["budget"]["circuit"]["measured"],
    }
