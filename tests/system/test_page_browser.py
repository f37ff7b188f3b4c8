"""The design page in a real browser: what it says, its keys, its address, its widths."""

import itertools
import json
import re
import shlex
from pathlib import Path

import pytest
from browser_tools import answers, asked, framed, needs_browser, played
from click.testing import CliRunner

from hgecircuit import Learner
from hgecircuit.cli.budget import budget
from hgecircuit.report.page import PageStart, design_page, start_of_circuit

pytestmark = needs_browser

READ = """
const text = (id) => document.getElementById(id).textContent;
const cards = () => [...document.querySelectorAll(".card .value")].map((one) => one.textContent);
const field = (key) => document.getElementById("f-" + key);
const type = (key, value) => {
  field(key).value = value;
  field(key).dispatchEvent(new Event("input", { bubbles: true }));
};
const press = (node, key) => node.dispatchEvent(
  new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const visible = () => document.querySelector("main").innerText + text("live");
"""


def with_script(steps: str, start: PageStart | None = None) -> str:
    """The design page with a script of our own that plays its user."""
    # In front of the page's own, so that errors of that one are seen as well.
    data = '<script type="application/json"'
    return played(design_page(start)).replace(data, asked(steps) + data)


def test_page_and_terminal_say_the_same(tmp_path: Path) -> None:
    steps = (
        READ
        + """
    const found = [];
    const look = async () => {
      await rest(1000);
      found.push({ command: text("command"), cards: cards(), all: visible(), live: text("live") });
    };
    await look();
    type("spacing_hz", "25"); type("channels", "9"); type("noise_exponent", "1.5");
    field("response-bessel").click(); await look();
    type("third_na_per_v3", "-2000"); type("second_na_per_v2", "300"); await look();
    field("response-gate").click(); type("noise_na2_per_hz", "0"); await look();
    return found;
    """
    )
    found = answers(tmp_path, with_script(steps))
    for page in found:
        assert not re.search(r"NaN|undefined|Infinity|null", page["all"])
        words = shlex.split(page["command"])
        assert words[:2] == ["hgecircuit", "budget"]
        result = CliRunner().invoke(budget, [*words[2:], "--json"])
        assert result.exit_code == 0, (result.output, result.exception)
        facts = json.loads(result.output)
        together = facts["relative_error_at_T"]
        alone = facts["mse_sequential_at_T"] ** 0.5 / facts["derivative_rms"]
        assert [_share(words) for words in page["cards"][:2]] == [
            pytest.approx(together, rel=5e-3, abs=1e-8),
            pytest.approx(alone, rel=5e-3, abs=1e-8),
        ]
        assert page["cards"][2] == f"{float(format(facts['cutoff_hz'], '.3g')):g} Hz"
        assert page["cards"][0] in page["live"]
    assert len({page["command"] for page in found}) == 4


def _share(words: str) -> float:
    match = re.fullmatch(r"([\d.]+) %", words)
    assert match, words
    return float(match[1]) / 100


def test_keyboard_and_what_does_not_fit(tmp_path: Path) -> None:
    steps = (
        READ
        + """
    const seen = { start: cards() };
    const spacing = field("spacing_hz");
    spacing.focus();
    press(spacing, "ArrowUp"); seen.up = spacing.value;
    press(spacing, "PageUp"); seen.pageUp = spacing.value;
    press(spacing, "ArrowDown"); press(spacing, "PageDown"); seen.down = spacing.value;
    for (const [key, value] of [["top_hz", 100], ["noise_na2_per_hz", 0], ["channels", 1]]) {
      type(key, String(value)); press(field(key), "ArrowDown"); seen[key] = field(key).value;
      press(field(key), "ArrowUp"); press(field(key), "ArrowUp");
      seen[key + "_up"] = field(key).value;
    }
    document.getElementById("reset").click();
    await rest(1000);
    seen.again = cards(); seen.hash = location.hash;
    for (const wrong of ["abc", "", "1e999", "-3", "1,5", "0x10", "170"]) {
      type("spacing_hz", wrong);
      (seen.wrong ??= []).push([wrong, spacing.getAttribute("aria-invalid"),
        text("f-spacing_hz-wrong"), document.getElementById("problem").hidden, cards()]);
    }
    seen.staleHash = location.hash;
    type("channels", "2.5"); seen.half = text("f-channels-wrong"); type("channels", "7");
    type("spacing_hz", "40");
    seen.healed = [spacing.getAttribute("aria-invalid"), text("f-spacing_hz-wrong"),
      document.getElementById("problem").hidden];
    const slider = field("spacing_hz-slider");
    slider.value = 0; slider.dispatchEvent(new Event("input", { bubbles: true }));
    seen.slider = [spacing.value, slider.getAttribute("aria-valuetext")];
    field("response-gate").click();
    seen.gate = [field("order").disabled, field("settled-first").disabled, text("parts")];
    const focusable = [...document.querySelectorAll("a, button, input, [tabindex='0']")];
    seen.focusable = focusable.map((node) => [node.tabIndex, node.disabled === true,
      node.getAttribute("aria-label") ?? node.textContent + (node.labels?.[0]?.textContent ?? "")]);
    spacing.focus();
    seen.ring = [getComputedStyle(spacing).outlineStyle, document.activeElement === spacing];
    const back = () => getComputedStyle(document.body).backgroundColor;
    const theme = document.getElementById("theme");
    const look = () => [back(), theme.getAttribute("aria-pressed")];
    seen.themes = [look()];
    theme.click(); seen.themes.push(look());
    theme.click(); seen.themes.push(look());
    return seen;
    """
    )
    seen = answers(tmp_path, with_script(steps))
    assert (seen["up"], seen["pageUp"], seen["down"]) == ("41", "51", "40")
    assert (seen["top_hz"], seen["top_hz_up"]) == ("99", "110")
    assert (seen["noise_na2_per_hz"], seen["noise_na2_per_hz_up"]) == ("0", "1.1e-10")
    assert (seen["channels"], seen["channels_up"]) == ("1", "3")
    assert seen["again"] == seen["start"]
    assert "spacing_hz=40" in seen["hash"]
    for wrong, invalid, words, hidden, cards in seen["wrong"]:
        assert (invalid, hidden, cards) == ("true", False, seen["start"]), wrong
        expected = "below 167 Hz" if wrong == "170" else "from"
        assert expected in words, wrong
    assert seen["staleHash"] == seen["hash"]
    assert "whole" in seen["half"]
    assert seen["healed"] == ["false", "", True]
    assert seen["slider"] == ["1", "1 Hz"]
    assert seen["gate"][:2] == [True, True]
    assert "integrator" in seen["gate"][2]
    assert len(seen["focusable"]) > 35
    for index, disabled, name in seen["focusable"]:
        assert index == 0 or disabled, name  # the order of the page is the order of the keys
        assert name.strip()
    assert seen["ring"] == ["solid", True]
    first, second, third = seen["themes"]
    assert first == third
    assert first[0] != second[0]
    assert {first[1], second[1]} == {"true", "false"}


def test_address_keeps_the_state(tmp_path: Path) -> None:
    steps = (
        READ
        + """
    const seen = {};
    type("spacing_hz", "33.3"); type("order", "5"); field("settled-stay").click();
    type("time_ms", "250"); await rest(1000);
    [seen.hash, seen.cards] = [location.hash, cards()];
    document.getElementById("reset").click(); await rest(1000);
    seen.reset = cards();
    location.hash = seen.hash; await rest(1000);
    [seen.reloaded, seen.order] = [cards(), field("order").value];
    location.hash = "#spacing_hz=NaN&order=9&response=<b>&time_ms=50&unknown=1"; await rest(1000);
    [seen.note, seen.broken, seen.time, seen.spacing] =
      [text("note"), visible(), field("time_ms").value, field("spacing_hz").value];
    return seen;
    """
    )
    seen = answers(tmp_path, with_script(steps))
    assert seen["reloaded"] == seen["cards"] != seen["reset"]
    assert seen["order"] == "5"
    assert all(key in seen["note"] for key in ("spacing_hz", "order", "response"))
    assert (seen["time"], seen["spacing"]) == ("50", "40")
    assert "NaN" not in seen["broken"]


def test_a_circuits_page_shows_the_sum_of_its_note(tmp_path: Path, coherent_start) -> None:
    steps = (
        READ
        + """await rest(1000);
    return { cards: cards(), note: text("note"), more: [...document.querySelectorAll(".card .more")]
      .map((one) => one.textContent) };"""
    )
    seen = answers(tmp_path, with_script(steps, coherent_start))
    assert seen["note"].startswith(f"Error of this circuit: {seen['cards'][0]} on this page")
    assert seen["more"][0].startswith("Eqs. 7–10: ")
    assert seen["more"][1].startswith("Eqs. 7–10: ")


@pytest.fixture(scope="module")
def coherent_start() -> PageStart:
    learner = Learner.from_file(Path(__file__).parents[2] / "circuits" / "xor.toml")
    return start_of_circuit(learner.spec, learner.design)


def test_spectra_draw_products_and_even_zeros(tmp_path: Path, coherent_start) -> None:
    steps = (
        READ
        + """
    await rest(1000);
    const look = () => Object.fromEntries(["output-plot", "mixed-plot"].map((id) => {
      const node = document.getElementById(id);
      return [id, { stems: node.querySelectorAll(".product").length,
        left: node.querySelectorAll(".left-product").length,
        skirt: node.querySelector(".skirt").getAttribute("d"),
        bottom: Number(node.querySelector(".axis").getAttribute("d").match(/V([\\d.]+)H/)[1]) }];
    }));
    const seen = { curved: look() };
    type("second_na_per_v2", "0"); type("third_na_per_v3", "0"); seen.flat = look();
    return seen;
    """
    )
    seen = answers(tmp_path, with_script(steps, coherent_start))
    for plot in seen["curved"].values():
        assert plot["stems"] > 5
        assert plot["left"] >= 1  # 2 f2 - f1 lands on the carrier
    assert all(plot["stems"] == plot["left"] == 0 for plot in seen["flat"].values())
    # Carriers 100 Hz apart, T = 10 ms: zeros at all others, drawn to the same depth.
    places = [
        (float(x), float(y))
        for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", seen["curved"]["output-plot"]["skirt"])
    ]
    bottom = seen["curved"]["output-plot"]["bottom"]
    zeros = [x for x, y in places if abs(y - bottom) < 0.15]
    assert len(zeros) == 6  # 200 to 800 Hz without 500 Hz
    gaps = [b - a for a, b in itertools.pairwise(zeros)]
    assert max(gaps) == pytest.approx(2 * min(gaps), rel=0.01)


def test_sliders_know_numbers_below_zero_and_the_page_the_commands_bounds(tmp_path: Path) -> None:
    steps = (
        READ
        + """
    const slider = field("third_na_per_v3-slider");
    const move = (step) => {
      slider.value = step;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      return Number(field("third_na_per_v3").value);
    };
    const at = (value) => { type("third_na_per_v3", value); return Number(slider.value); };
    return { places: ["-1e6", "-2000", "-1", "0", "1", "2000", "1e6"].map(at),
      values: [0, 250, 499, 500, 501, 750, 1000].map(move),
      periods: (type("top_hz", "1e7"), type("time_ms", "1e6"), text("f-time_ms-wrong")) };
    """
    )
    seen = answers(tmp_path, with_script(steps))
    assert seen["places"] == sorted(set(seen["places"]))
    assert [seen["places"][k] for k in (0, 3, 6)] == [0, 500, 1000]
    assert [a + b for a, b in zip(seen["places"], seen["places"][::-1], strict=True)] == [1000] * 7
    assert seen["values"] == sorted(set(seen["values"]))
    assert [seen["values"][k] for k in (0, 2, 3, 4, 6)] == [-1e6, -1, 0, 1, 1e6]
    assert seen["periods"] == "At most 1×10⁹ periods of the top frequency: 100 s."


@pytest.mark.parametrize("width", [400, 768, 1280])
def test_nothing_is_cut_off(width: int, tmp_path: Path) -> None:
    start = PageStart(second_na_per_v2=300.0, third_na_per_v3=2000.0)
    steps = framed(design_page(start), width, ".scroll, .hidden, .skip")
    steps += """
    const plot = page.querySelector("#output-plot svg").getBoundingClientRect();
    const heads = [...page.querySelectorAll(".terms thead th")].map((head) => {
      const place = page.createRange();
      place.selectNodeContents(head);
      const { left, right } = place.getBoundingClientRect();
      return [left, right];
    });
    const scroll = page.documentElement.scrollWidth;
    return { heads, scroll, wide, plot: [plot.width, plot.height],
      cards: page.querySelectorAll(".card").length };
    """
    seen = answers(tmp_path, f"<!doctype html><meta charset='utf-8'><body>{asked(steps)}")
    assert seen["scroll"] <= width
    assert seen["wide"] == []
    gaps = [b[0] - a[1] for a, b in itertools.pairwise(seen["heads"])]
    assert min(gaps) >= 10  # words of neighbouring columns stay apart
    assert seen["cards"] == 4
    assert min(seen["plot"]) > 200
