"""The page of a run in a real browser: waveforms, keys, themes, paper, widths, and no network."""

import dataclasses
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import xarray
from browser_tools import BROWSER, FLAGS, answers, asked, framed, needs_browser, played, root_flags

from hgecircuit import Learner, verify_to_folder
from hgecircuit.report.index_page import build_index, find_runs

pytestmark = [needs_browser, pytest.mark.ngspice]
CIRCUIT = Path(__file__).parents[2] / "circuits" / "xor.toml"
READ = """
const $ = (query) => document.querySelector(query);
const canvas = $("canvas");
const live = () => $("#live").textContent;
const shown = () => $("#waves .window").textContent;
const settle = () => rest(100);
const press = async (key, more = {}) => {
  const how = { key, bubbles: true, cancelable: true, ...more };
  canvas.dispatchEvent(new KeyboardEvent("keydown", how));
  await settle();
};
// A mouse that no browser window has can't be captured.
canvas.setPointerCapture = () => {};
const mouse = async (kind, x, more = {}) => {
  const { left, top } = canvas.getBoundingClientRect();
  canvas.dispatchEvent(new PointerEvent(kind, { clientX: left + x, clientY: top + 60, button: 0,
    pointerId: 1, bubbles: true, ...more }));
  await settle();
};
await rest(500);
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run of circuits/xor.toml with a title that tries to run."""
    place = tmp_path_factory.mktemp("page") / "xor"
    title = "XOR </h1><script>document.title = 'run'</script><b>"
    learner = Learner.from_file(CIRCUIT, overrides={"loop.epochs": 3, "title": title})
    verify_to_folder(learner, place, command="hgecircuit verify circuits/xor.toml")
    return place


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


# A browser without a window draws a frame when it likes.
FRAMES = "<script>requestAnimationFrame = (draw) => setTimeout(draw, 10);</script>"


def with_script(page: str, steps: str) -> str:
    data = '<script type="application/json" id="data"'
    return played(page).replace(data, FRAMES + asked(READ + steps) + data)


def test_the_browser_reads_the_records_values(tmp_path: Path, page: str, folder: Path) -> None:
    steps = """
    const { waves } = JSON.parse($("#data").textContent);
    const found = {};
    for (const trace of waves.traces) {
      const levels = await WavesData.levels(trace.text, waves.count);
      found[trace.name] = levels.map(({ lows, highs }) => [lows.length,
        trace.offset + trace.step * lows.reduce((a, b) => Math.min(a, b)),
        trace.offset + trace.step * highs.reduce((a, b) => Math.max(a, b)), trace.step,
        waves.panels[trace.panel].unit]);
    }
    return { found, levels: [[0.5, 800], [1e-9, 800], [1, 1]].map(([share, columns]) =>
      WavesData.levelFor({ length: 18, 0: { lows: { length: 131072 } } }, share, columns)) };
    """
    seen = answers(tmp_path, with_script(page, steps))
    record = xarray.open_dataset(folder / "waveforms.nc")
    assert set(seen["found"]) == {n for n, v in record.data_vars.items() if v.dims == ("time_s",)}
    for name, levels in seen["found"].items():
        counts = [level[0] for level in levels]
        assert counts == [counts[0] >> n for n in range(len(counts))]
        assert counts[-1] == 1
        for _, low, high, step, unit in levels:
            values = record[name].values / (record.ohm_of_converter if unit == "A" else 1)
            # waveforms.nc is in float32.
            slack = step + 1e-6 * float(np.abs(values).max())
            assert low == pytest.approx(float(values.min()), abs=slack)
            assert high == pytest.approx(float(values.max()), abs=slack)
    # 65,536 spans on 800 columns: 81 each, so 64 are one; too few: the finest; one column: all.
    assert seen["levels"] == [6, 0, 17]


def test_keys_mouse_and_wheel_move_the_window(tmp_path: Path, page: str) -> None:
    steps = """
    const seen = { start: shown(), title: document.title, heading: $("h1").textContent };
    await press("+"); seen.closer = [shown(), live()];
    await press("ArrowRight"); seen.later = shown();
    await press("ArrowLeft"); seen.back = shown();
    await press("-"); seen.out = shown();
    for (let k = 0; k < 60; k += 1) await press("+");
    seen.closest = [shown(), JSON.parse($("#data").textContent).waves.count];
    await press("Home"); seen.whole = shown();
    await press("ArrowRight", { shiftKey: true });
    seen.cursor = [$("#waves .cursor").textContent, live(),
      [...document.querySelectorAll(".legend .value")].filter((one) => one.textContent).length];
    await press("Escape"); seen.gone = $("#waves .cursor").textContent;
    await mouse("pointerdown", 200); await mouse("pointermove", 300); await mouse("pointerup", 300);
    seen.dragged = shown();
    await mouse("pointerdown", 200, { shiftKey: true }); await mouse("pointermove", 100);
    await mouse("pointerup", 100); seen.moved = shown();
    canvas.dispatchEvent(new MouseEvent("dblclick")); await settle(); seen.double = shown();
    const wheel = async () => {
      const event = new WheelEvent("wheel", { deltaY: -100, cancelable: true, bubbles: true });
      canvas.dispatchEvent(event); await settle();
      return [shown(), event.defaultPrevented];
    };
    document.activeElement.blur(); seen.wheelOutside = await wheel();
    canvas.focus(); seen.wheelInside = await wheel();
    $('button[data-act="whole"]').click(); await settle(); seen.button = [shown(), live()];
    const boxes = [...document.querySelectorAll(".legend input")];
    seen.drawn = [canvas.dataset.drawn, canvas.clientHeight];
    boxes.filter((one) => one.checked).forEach((one) => one.click());
    boxes.at(-1).click(); await rest(300);
    seen.chosen = [canvas.dataset.drawn, canvas.clientHeight];
    boxes.at(-1).click(); await rest(300); seen.none = canvas.dataset.drawn;
    return seen;
    """
    seen = answers(tmp_path, with_script(page, steps))
    assert "<script>document.title" in seen["title"]
    assert seen["title"] == seen["heading"]
    whole = bounds(seen["start"])
    assert whole == [pytest.approx(0, abs=1e-6), pytest.approx(0.15, rel=1e-3)]
    closer = bounds(seen["closer"][0])
    assert seen["closer"][0] == seen["closer"][1]
    assert closer[1] - closer[0] == pytest.approx((whole[1] - whole[0]) / 1.6, rel=0.02)
    assert bounds(seen["later"])[0] > closer[0]
    assert seen["back"] == seen["closer"][0]
    assert seen["out"] == seen["whole"] == seen["double"] == seen["button"][0] == seen["start"]
    closest, count = bounds(seen["closest"][0]), seen["closest"][1]
    assert closest[1] - closest[0] == pytest.approx(24 / count * whole[1], rel=0.01)
    assert seen["cursor"][0].startswith("cursor 75")
    assert "held output of pattern 00" in seen["cursor"][1]
    assert seen["cursor"][2] == 9
    assert seen["gone"] == ""
    dragged, moved = bounds(seen["dragged"]), bounds(seen["moved"])
    assert 0.01 < dragged[1] - dragged[0] < 0.05
    assert moved[0] > dragged[0]
    assert moved[1] - moved[0] == pytest.approx(dragged[1] - dragged[0], rel=0.02)
    assert seen["wheelOutside"] == [seen["start"], False]
    assert seen["wheelInside"][1]
    assert seen["wheelInside"][0] != seen["start"]
    assert seen["drawn"][0] == "y0 y1 y2 y3; w0 w1 w2 w3 w4"
    assert seen["chosen"][0] in {"open", "move"}
    assert seen["chosen"][1] < seen["drawn"][1]
    assert seen["none"] == ""


def test_an_address_opens_its_view(tmp_path: Path, page: str) -> None:
    steps = """
    let link = "";
    Object.defineProperty(navigator, "clipboard", { value: {
      writeText: async (words) => { link = words; } } });
    const at = async (hash) => { location.hash = hash; await rest(300);
      return [shown(), canvas.dataset.drawn]; };
    const seen = { whole: shown() };
    seen.opened = await at("#waveforms?from=0.05&to=0.1&traces=y%2Cacc1");
    $("#link").click(); await settle(); seen.link = link.split("#")[1];
    seen.nonsense = await at("#waveforms?from=x&to=9&traces=%3Cb%3E,nothing");
    seen.again = await at(`#${seen.link}`);
    return seen;
    """
    seen = answers(tmp_path, with_script(page, steps))
    assert bounds(seen["opened"][0]) == [pytest.approx(0.05), pytest.approx(0.1)]
    assert seen["opened"][1] == "y; acc1"
    assert seen["nonsense"] == seen["opened"] == seen["again"]
    assert seen["link"].startswith("waveforms?from=0.05&to=0.1")


def bounds(words: str) -> list[float]:
    """``10 ms to 1.5 s`` in s."""
    sizes = {"": 1.0, "m": 1e-3, "µ": 1e-6, "n": 1e-9}
    found = re.findall(r"([\d.]+) ([mµn]?)s\b", words)
    return [float(number) * sizes[prefix] for number, prefix in found]


def test_themes_paper_and_old_browsers(tmp_path: Path, page: str) -> None:
    steps = """
    const pixels = () => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const ink = () => [...pixels().data].reduce((sum, one, k) => sum + (k % 4 ? 0 : one), 0);
    const back = () => getComputedStyle(document.body).backgroundColor;
    await settle();
    const seen = { themes: [[back(), ink()]] };
    $("#theme").click(); await settle(); seen.themes.push([back(), ink()]);
    $("#theme").click(); await settle(); seen.themes.push([back(), ink()]);
    const closed = () => document.querySelectorAll("details:not([open])").length;
    seen.closed = [closed()];
    dispatchEvent(new Event("beforeprint")); seen.closed.push(closed());
    dispatchEvent(new Event("afterprint")); seen.closed.push(closed());
    seen.still = getComputedStyle($(".still")).display;
    $("button.copy").click(); await rest(50); seen.copied = live();
    seen.network = await fetch("https://example.org/").then(() => "sent", () => "refused");
    const kinds = "a, button, input, canvas, summary, [tabindex]";
    const focusable = [...document.querySelectorAll(kinds)];
    seen.order = focusable.map((node) => node.tabIndex);
    canvas.focus(); seen.ring = getComputedStyle(canvas).outlineStyle;
    return seen;
    """
    seen = answers(tmp_path / "new", with_script(page, steps))
    light, dark, again = seen["themes"]
    assert light == again
    assert light[0] != dark[0]
    assert light[1] != dark[1]
    assert seen["closed"] == [2, 0, 2]
    assert seen["still"] == "none"
    assert seen["copied"]
    assert seen["network"] == "refused"
    assert set(seen["order"]) == {0}  # the order of the page is the order of the keys
    old = asked(
        """await rest(300);
    return { still: getComputedStyle(document.querySelector(".still")).display,
      note: document.getElementById("waves-still").hidden,
      waves: document.getElementById("waves").hidden };"""
    )
    data = '<script type="application/json" id="data"'
    without = f"<script>delete globalThis.DecompressionStream;</script>{old}"
    seen = answers(tmp_path / "old", played(page).replace(data, without + data))
    assert seen == {"still": "block", "note": False, "waves": True}


@pytest.mark.parametrize("width", [400, 768, 1280])
def test_nothing_is_cut_off(width: int, tmp_path: Path, page: str) -> None:
    steps = framed(page, width, ".scroll, .hidden, .skip, .plot, pre")
    steps += """
    const canvas = page.querySelector("canvas");
    return { wide, scroll: page.documentElement.scrollWidth, drawn: canvas.dataset.drawn,
      size: [canvas.clientWidth, canvas.clientHeight] };
    """
    seen = answers(tmp_path, f"<!doctype html><meta charset='utf-8'><body>{asked(steps)}")
    assert seen["scroll"] <= width
    assert seen["wide"] == []
    # The page's own script runs under its own policy, also inside another page.
    assert seen["drawn"] == "y0 y1 y2 y3; w0 w1 w2 w3 w4"
    assert min(seen["size"]) > 200


def test_paper_holds_everything(tmp_path: Path, folder: Path) -> None:
    paper = tmp_path / "report.pdf"
    page = (folder / "report.html").as_uri()
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    subprocess.run(
        [BROWSER, *FLAGS, *root_flags(), profile, f"--print-to-pdf={paper}", page],
        capture_output=True,
        timeout=120,
        check=True,
    )
    pages = len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))
    assert 5 <= pages <= 16  # ten without the six schematics


def test_the_index_sorts(tmp_path: Path, folder: Path) -> None:
    runs = find_runs(folder.parent)
    row = runs[0].row
    assert row is not None
    several = [
        dataclasses.replace(runs[0], title=title, numbers={**runs[0].numbers, "margin": margin})
        for title, margin in (("b10", 1e-9), ("b9", 5e-9), ("a", None))
    ]
    steps = """
    const all = (query) => [...document.querySelectorAll(query)];
    const titles = () => all("tbody th").map((one) => one.textContent);
    const live = document.getElementById("live");
    const press = (words) => {
      const head = all("thead th").find((one) => one.textContent === words);
      head.querySelector("button").click();
      return [titles(), head.getAttribute("aria-sort"), live.textContent];
    };
    return [press("margin"), press("margin"), press("circuit")];
    """
    data = '<script type="application/json" id="data"'
    page = played(build_index(several, "runs")).replace(data, asked(steps) + data)
    rising, falling, named = answers(tmp_path, page)
    assert rising == [["b10", "b9", "a"], "ascending", "Sorted by margin, rising."]
    assert falling[:2] == [["b9", "b10", "a"], "descending"]
    assert named[:2] == [["a", "b9", "b10"], "ascending"]
