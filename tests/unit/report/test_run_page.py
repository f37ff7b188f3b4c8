"""The page of a run: what stands in it, and that nothing in it can do harm."""

import dataclasses
import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from page_tools import check_page, data_of, tree_of
from report_builders import SMALL, with_trace

from hgecircuit import Learner
from hgecircuit.compare.verification import Verification
from hgecircuit.report import Report
from hgecircuit.report.data import build_data
from hgecircuit.report.plots import PLOTS
from hgecircuit.report.run_page import Schematic, build_run_page, traces
from hgecircuit.report.run_page.pictures import inline_svg
from hgecircuit.report.run_page.pyramid import Packed, unpack
from hgecircuit.report.run_page.traces import make_waves
from hgecircuit.report.run_page.words import picture_words
from hgecircuit.report.web import read_resource
from hgecircuit.run.folder import VERIFICATION, prepare_folder

LARGEST_BYTES = 5_000_000
EVIL = "</title><script>alert(1)</script><img src=x onerror=\"alert(2)\"> & 'x'"


def page_of(report: Report) -> str:
    return (report.folder / "report.html").read_text(encoding="utf-8")


def build(verification: Verification, command: str = "", **more) -> str:
    """A page without plots, which take seconds."""
    data = build_data(verification, None, None, command)
    data["provenance"]["created"] = "2026-01-02T03:04:05+00:00"
    return build_run_page(verification, None, data, {}, **more)


def test_pages_are_whole_offline_and_accessible(
    report: Report, plain_report: Report, sphere_report: Report
) -> None:
    for one in (report, plain_report, sphere_report):
        page = page_of(one)
        check_page(page)
        assert len(page.encode()) < LARGEST_BYTES


def test_verdicts_are_the_reports_own(report: Report) -> None:
    tree = tree_of(page_of(report))
    rows = list(next(tree.by_id("verdicts").all("tbody")).all("tr"))
    shown = [[next(row.all("th")).text, *(cell.text for cell in row.all("td"))] for row in rows]
    assert len(shown) == len(report.rows)
    for cells, row in zip(shown, report.rows, strict=True):
        assert cells[:3] == [row.name, row.value, row.limit]
        assert cells[3][0] in "✓✗–"  # a sign beside the word, so not told by colour alone
        assert cells[4] == row.source + row.note
    banner = next(one for one in tree.all("p") if "banner" in one.attributes.get("class", ""))
    assert report.data["result"] in banner.text


def test_sections_stand_in_order_and_none_is_empty(report: Report, plain_report: Report) -> None:
    shown = [
        [node.attributes["id"] for node in tree_of(page_of(one)).all("section")]
        for one in (report, plain_report)
    ]
    everything = ["verdicts", "learning", "waveforms", "gradient", "rig", "starts", "parts"]
    assert shown[0] == [*everything, "provenance", "rerun"]
    assert shown[1] == [name for name in shown[0] if name != "starts"]


def test_tables_hold_what_markdown_holds(report: Report) -> None:
    text = (report.folder / "report.md").read_text(encoding="utf-8")
    plain = re.sub(r"\\(.)", r"\1", text).replace("**", "").replace("`", "")
    for table in itertools.islice(tree_of(page_of(report)).all("table"), 1, None):
        if next(table.all("caption")).text == "Traces of the learning run":
            continue
        for row in next(table.all("tbody")).all("tr"):
            cells = [cell.text for cell in row.all("th", "td")]
            assert f"| {' | '.join(cells)} |" in plain


def test_every_plot_of_the_run_is_there_with_its_numbers(report: Report) -> None:
    tree = tree_of(page_of(report))
    plots = [one for one in tree.all("figure") if one.attributes.get("class") == "plot"]
    files = {path.stem for path in (report.folder / "plots").glob("*.svg")}
    captions = {plot.caption: plot.name for plot in PLOTS}
    assert {captions[next(one.all("figcaption")).text] for one in plots} == files
    labels = {
        captions[next(one.all("figcaption")).text]: next(one.all("svg")).attributes["aria-label"]
        for one in plots
    }
    for name in ("outputs", "controls", "loss", "derivatives", "budget", "starts"):
        assert picture_words(name, report.data) in labels[name]
        assert len(re.findall(r"\d", picture_words(name, report.data))) >= 3


@pytest.mark.parametrize("place", ["title", "command", "text", "note", "pattern"])
def test_text_from_outside_stays_text(
    verification: Verification, place: str, tmp_path: Path
) -> None:
    learner, command, evil = verification.learner, "", EVIL
    if place == "title":
        spec = learner.spec.model_copy(update={"title": evil})
        learner = dataclasses.replace(learner, spec=spec)
    elif place == "command":
        command = evil
    elif place == "text":
        file = tmp_path / "circuit.toml"
        file.write_text(f"# {evil}\n{learner.spec.source.text}", encoding="utf-8")
        learner = Learner.from_file(file, overrides=SMALL)
    changed = dataclasses.replace(verification, learner=learner)
    if place == "note":
        verdict = dataclasses.replace(verification.verdicts[0], note=evil, source=evil)
        changed = dataclasses.replace(verification, verdicts=(verdict,))
    if place == "pattern":
        record = verification.record
        traces_v = {**record.traces, evil: record["y"]}
        changed = dataclasses.replace(
            verification, record=dataclasses.replace(record, traces=traces_v)
        )
    page = build(changed, command)
    tree = check_page(page)
    assert evil in tree.text
    assert "<script>alert" not in page
    assert "<img" not in page


def test_same_run_same_bytes(verification: Verification) -> None:
    assert build(verification) == build(verification)


def test_waveforms_carry_every_trace(verification: Verification) -> None:
    waves = data_of(tree_of(build(verification)))["waves"]
    record, gain = verification.record, verification.learner.design.iv.gain_ohm
    assert {one["name"] for one in waves["traces"]} == set(record.traces)
    for one in waves["traces"]:
        unit = waves["panels"][one["panel"]]["unit"]
        values = record[one["name"]] / (gain if unit == "A" else 1)
        found = unpack(Packed(one["offset"], one["step"], one["text"]), waves["count"])
        assert found.lows.min() == pytest.approx(values.min(), abs=one["step"] + 1e-18)
        assert found.highs.max() == pytest.approx(values.max(), abs=one["step"] + 1e-18)
    shown = [one["words"] for one in waves["traces"] if one["shown"]]
    assert shown[0] == "held output of pattern 00"
    assert shown[-1] == "control voltage of electrode 6"
    assert [mark["words"] for mark in waves["marks"]][-1] == "latched"


def test_long_records_are_coarser_not_larger(
    verification: Verification, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(1).normal(size=len(verification.record.time_s))
    noisy = with_trace(verification, "y", noise)
    whole = make_waves(noisy)
    size = sum(len(one.packed.text) for one in whole.traces)
    monkeypatch.setattr(traces, "MOST_CHARACTERS", size // 3)
    coarse = make_waves(noisy)
    assert coarse.count < whole.count
    assert sum(len(one.packed.text) for one in coarse.traces) <= size // 3
    assert f"{coarse.count:,} spans" in build(noisy)
    peak = next(one for one in coarse.traces if one.name == "y")
    gain = verification.learner.design.iv.gain_ohm
    assert peak.spans.highs.max() == pytest.approx(noise.max() / gain)


def test_schematics_are_shown_when_there_are_any(verification: Verification) -> None:
    drawing = '<svg viewBox="0 0 9 9"><path id="a" d="M0 0L9 9"/></svg>'
    pages = (
        build(verification),
        build(verification, schematics=[Schematic("Loop", drawing, "The loop <as> blocks")] * 2),
    )
    without, with_two = (check_page(page) for page in pages)
    assert "schematics" not in {one.attributes.get("id") for one in without.all("section")}
    labels = [one.attributes["aria-label"] for one in with_two.by_id("schematics").all("svg")]
    assert labels == ["The loop <as> blocks"] * 2


def test_svg_loses_what_could_run_and_keeps_to_itself() -> None:
    text = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
      width="9" height="9" viewBox="0 0 9 9" onload="alert(1)"><style>*{fill:red}</style>
      <script>alert(2)</script><foreignObject><b>x</b></foreignObject>
      <defs><clipPath id="c"><rect width="1.23456" height="2"/></clipPath></defs>
      <use xlink:href="#c"/><use xlink:href="https://example.org/x.svg#y"/>
      <path d="M 1.23456 2\nL 3 4" style="fill: #FFFFFF; stroke: #0072b2; clip-path: url(#c)"
        onclick="alert(3)"/></svg>"""
    found = inline_svg(text, "p", 'a "label"')
    assert not re.search(r"script|alert|foreignObject|style>|example|xmlns|width=\"9\"", found)
    assert 'id="p-c"' in found
    assert 'href="#p-c"' in found
    assert "url(#p-c)" in found
    assert 'd="M 1.23 2 L 3 4"' in found
    assert "fill: var(--plot-back); stroke: var(--series-0)" in found
    assert 'aria-label="a &quot;label&quot;"' in found


def test_a_new_run_removes_the_page_of_the_one_before(tmp_path: Path) -> None:
    prepare_folder(tmp_path, "mine", VERIFICATION)
    for name in ("report.html", "report.md", "report.json"):
        (tmp_path / name).write_text("old")
    prepare_folder(tmp_path, "mine", VERIFICATION)
    assert [path.name for path in tmp_path.iterdir()] == ["hgecircuit-run.json"]


def test_colours_can_be_read() -> None:
    """WCAG 2.2: text 4.5 to 1, lines of plots 3 to 1, on both backs, light and dark."""
    sheets = [
        read_resource("hgecircuit.report.web", "base.css"),
        read_resource("hgecircuit.report.run_page", "report.css"),
    ]
    for theme in (r"^:root \{(.*?)^\}", r'^:root\[data-theme="dark"\] \{(.*?)^\}'):
        blocks = [re.search(theme, sheet, re.MULTILINE | re.DOTALL) for sheet in sheets]
        colours = dict(
            pair
            for block in blocks
            if block
            for pair in re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block[1])
        )
        backs = [colours["back"], colours["panel"]]
        for back in backs:
            for name in ("ink", "soft", "accent", "good", "bad", "warn"):
                assert contrast(colours[name], back) >= 4.5, (name, back)
            for name in ("focus", *(f"series-{n}" for n in range(6))):
                assert contrast(colours[name], back) >= 3, (name, back)
        assert contrast(colours["plot-ink"], colours["plot-back"]) >= 4.5
        assert colours["plot-back"] == colours["back"]
        # The same values where the system, and not the button, asks for the dark.
        if "data-theme" in theme:
            for sheet in sheets:
                system = re.search(r"prefers-color-scheme: dark\) \{(.*?)^\}", sheet, re.M | re.S)
                button = re.search(theme, sheet, re.M | re.S)
                assert system
                assert button
                assert set(re.findall(r"--[\w-]+: [^;]+", system[1])) == set(
                    re.findall(r"--[\w-]+: [^;]+", button[1])
                )


def contrast(one: str, other: str) -> float:
    """Ratio of relative luminances (WCAG 2.2)."""
    lights = []
    for colour in (one, other):
        parts = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        lights.append(float(linear @ [0.2126, 0.7152, 0.0722]))
    low, high = sorted(lights)
    return (high + 0.05) / (low + 0.05)
