"""`hgecircuit plan`: words, data, pictures, and what is refused."""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from hgecircuit.cli import main
from hgecircuit.cli.plan import plan

# The same group as the command line's, with this command alone.
GROUP = type(main)(commands={"plan": plan})


def run(*arguments: object) -> Result:
    return CliRunner().invoke(GROUP, ["plan", *(str(argument) for argument in arguments)])


def data(*arguments: object, code: int = 0) -> dict:
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.output)


def test_help_shows_examples_as_lines() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert "\n    hgecircuit plan --channels 5 --time 10ms\n" in result.output


def test_a_plan_in_words() -> None:
    lines = run("--channels", 5, "--time", "10ms").output.splitlines()
    assert lines[0] == ("coherent plan: 5 channels on 5 carriers, multiples of 100 Hz, T = 10 ms")
    assert lines[2].split() == [
        *("channel", "carrier", "phase", "cycles"),
        *("in", "T"),
        *lines[2].split()[6:],
    ]
    assert [line.split()[1] for line in lines[3:8]] == ["700", "1.1", "1.6", "1.7", "1.9"]
    assert "collisions up to the third order: none (every product checked)" in lines
    assert any(line.startswith("top carrier: 1.9 kHz; optimal: yes") for line in lines)


def test_a_plan_as_data() -> None:
    facts = data("--channels", 5, "--time", "10ms")
    assert facts["frequencies_hz"] == [700.0, 1100.0, 1600.0, 1700.0, 1900.0]
    assert facts["phases_deg"] == [0.0] * 5
    assert facts["coherent"] is True
    assert facts["collisions"]["count"] == 0
    assert facts["collisions"]["by_order"] == {"2": 0, "3": 0}
    assert facts["optimum"]["optimal"] is True
    assert facts["optimum"]["value"] == facts["optimum"]["bound"] == 1900.0
    assert facts["expected_error"]["crosstalk"] == pytest.approx([0.0] * 5, abs=1e-12)
    assert facts["quadrature"] is None


def test_noise_is_the_paper_s_unless_given() -> None:
    """2 B S(f) / I^2 with B = 1/(2 T): 1e-5 nA^2/Hz at 1 kHz, 1/f^1.5, 8 mV times 100 nA/V."""
    facts = data("--channels", 1, "--time", "10ms", "--lowest", "2kHz")
    assert facts["frequencies_hz"] == [2000.0]
    expected = math.sqrt(100.0 * 1e-5 * 2**-1.5) / 0.8
    assert facts["expected_error"]["noise"] == pytest.approx([expected])
    given = (
        *("--noise-density", "2e-5 nA^2/Hz", "--noise-exponent", 0),
        *("--amplitude", "20mV", "--derivative", "50"),
    )
    white = data("--channels", 1, "--time", "10ms", "--lowest", "2kHz", *given)
    assert white["expected_error"]["noise"] == pytest.approx([math.sqrt(100.0 * 2e-5)])
    quiet = data("--channels", 1, "--time", "10ms", "--noise-density", 0)
    assert quiet["expected_error"]["total"] == pytest.approx([0.0], abs=1e-12)


def test_equal_spacing_is_shown_with_its_products() -> None:
    result = run("--check", "400Hz,500Hz,600Hz")
    assert result.exit_code == 1
    assert "collisions up to the third order: 3 (0 of the second order, 3 of the third" in (
        result.output
    )
    assert "2 x 500 Hz - 400 Hz    600 Hz" in result.output
    facts = data("--check", "400Hz,500Hz,600Hz", code=1)
    assert facts["free"] is False
    assert [(one["product"], one["carrier_hz"]) for one in facts["collisions"]["list"]] == [
        ("2 x 500 Hz - 600 Hz", 400.0),
        ("400 Hz + 600 Hz - 500 Hz", 500.0),
        ("2 x 500 Hz - 400 Hz", 600.0),
    ]
    assert data("--check", "400Hz,500Hz,600Hz", "--order", 2)["free"] is True
    assert data("--check", "400Hz,500Hz,700Hz", "--channels", 3)["free"] is True


def test_a_check_reports_aliases_and_broken_rules() -> None:
    arguments = ("--check", "1kHz,2.5kHz,3.5kHz", "--sample-rate", "10kHz", "--avoid", "50Hz")
    output = run(*arguments, "--time", "10ms").output
    assert "2.5 kHz (alias of 7.5 kHz)" in output
    assert "broken rule: 1 kHz lies in an excluded band" in output
    assert len(data(*arguments, code=1)["broken_rules"]) == 3


def test_quadrature_says_what_it_needs() -> None:
    arguments = ("--channels", 5, "--time", "10ms", "--quadrature")
    facts = data(*arguments)
    assert facts["frequencies_hz"] == [400.0, 400.0, 600.0, 600.0, 700.0]
    assert facts["phases_deg"] == [0.0, 90.0, 0.0, 90.0, 0.0]
    needs = facts["quadrature"]
    assert needs["phase_error_deg"] == pytest.approx(math.degrees(math.asin(0.01)))
    assert needs["at_hz"] == 600.0
    assert needs["delay_s"] == pytest.approx(math.asin(0.01) / (2 * math.pi * 600))
    assert "0.57 deg, which is 2.65 us of uncorrected delay at 600 Hz" in run(*arguments).output


def test_a_low_pass_shows_crosstalk_and_what_is_not_settled() -> None:
    facts = data(
        "--channels", 3, "--time", "0.1s", "--response", "butterworth", "--settled", "stay"
    )
    assert facts["grid_hz"] == 40.0
    assert min(facts["expected_error"]["crosstalk"]) > 1e-3
    assert facts["expected_error"]["unsettled"] == pytest.approx(0.02, rel=1e-3)


def test_bands_objectives_and_limits_reach_the_search() -> None:
    facts = data(
        *("--channels", 7, "--time", "0.1s", "--avoid", "50Hz", "--highest", "1kHz"),
        *("--exclude", "900Hz-930Hz", "--exclude", "1e2 Hz - 2e2 Hz", "--objective", "error"),
    )
    tones = np.array(facts["frequencies_hz"])
    assert tones.max() <= 1000
    assert not ((tones >= 900) & (tones <= 930)).any()
    assert (np.abs(tones - 50 * np.round(tones / 50)) > 1).all()
    assert facts["optimum"]["objective"] == "error"
    shortest = data(
        *("--channels", 4, "--objective", "time", "--highest", "1kHz", "--sample-rate", "10kHz")
    )
    assert shortest["time_s"] == pytest.approx(0.012)
    assert shortest["optimum"]["note"] == "among whole multiples of 100 us"


def test_the_request_is_part_of_the_data() -> None:
    given = ("--channels", 3, "--time", "10ms", "--avoid", "60Hz", "--lowest", "150Hz", "--seed", 5)
    request = data(*given)["request"]
    assert request["mains_hz"] == [60.0]
    assert request["lowest_hz"] == 150.0
    assert request["seed"] == 5
    assert request["highest_hz"] is None


def test_carriers_far_up_are_told_apart() -> None:
    lines = run("--channels", 3, "--time", "1s", "--lowest", "1GHz").output.splitlines()
    assert [line.split()[1] for line in lines[3:6]] == ["1", "1.000000002", "1.000000003"]
    assert lines[5].split()[5] == "1000000003"


def test_how_far_from_the_best_is_in_words() -> None:
    arguments = ("--channels", 30, "--time", "1s", "--effort", 0.05)
    line = next(one for one in run(*arguments).output.splitlines() if "not proven" in one)
    found = re.search(r"no plan has less than (\d+) Hz: at most (\d+) % above the best", line)
    assert found is not None
    optimum = data(*arguments)["optimum"]
    assert int(found[1]) == optimum["bound"]
    assert int(found[2]) == pytest.approx(100 * optimum["gap"], abs=0.6)
    crowd = ("--channels", 9, "--time", "10ms", "--highest", "4kHz", "--allow-collisions")
    words = run(*crowd, "--effort", 0.01).output
    assert re.search(r"collisions: \d+; optimal: not proven .*at most [\d.]+ times the best", words)


def test_many_channels_are_cut_in_words_and_whole_in_data() -> None:
    arguments = ("--channels", 60, "--time", "1s", "--effort", 0.03)
    assert "16 more" in run(*arguments).output
    facts = data(*arguments)
    assert len(set(facts["frequencies_hz"])) == 60
    assert facts["optimum"]["optimal"] is False
    assert facts["optimum"]["bound"] < facts["optimum"]["value"]


def test_the_seed_is_the_only_chance() -> None:
    arguments = ("--channels", 40, "--time", "1s", "--effort", 0.02)
    assert run(*arguments).output == run(*arguments).output
    assert data(*arguments) != data(*arguments, "--seed", 2)


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_plot_is_a_picture(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"plan.{kind}"
    assert run("--channels", 4, "--time", "10ms", "--plot", path).exit_code == 0
    first = path.read_bytes()
    assert first.startswith(b"\x89PNG") if kind == "png" else ET.fromstring(first).tag
    run("--channels", 4, "--time", "10ms", "--plot", path)
    assert path.read_bytes() == first
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_checked_list_can_be_drawn(tmp_path: Path) -> None:
    path = tmp_path / "check.svg"
    arguments = ("--check", "400Hz,500Hz,600Hz", "--plot", path)
    assert run(*arguments).exit_code == 2
    facts = data(*arguments, "--time", "10ms", "--curvature", "3%", code=1)
    assert facts["plot"] == str(path)
    assert path.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--time", "10ms"), ["--channels"]),
        (("--channels", 3), ["--time"]),
        (("--channels", 3, "--time", "10"), ["--time", "10 ms"]),
        (("--channels", 3, "--time", "10 Hz"), ["--time", "Hz"]),
        (("--channels", 3, "--time", "-1s"), ["--time", "above 0"]),
        (("--channels", 3, "--time", "nan s"), ["--time"]),
        (("--channels", 0, "--time", "1s"), ["--channels"]),
        (("--channels", 3, "--time", "1s", "--order", 4), ["--order"]),
        (("--channels", 3, "--time", "1s", "--objective", "best"), ["--objective"]),
        (("--channels", 3, "--time", "1s", "--exclude", "100Hz"), ["--exclude", "100Hz-120Hz"]),
        (("--channels", 3, "--time", "1s", "--exclude", "9Hz-3Hz"), ["--exclude", "lower end"]),
        (("--channels", 3, "--time", "1s", "--exclude", "1Hz-3V"), ["--exclude", "3V"]),
        (("--channels", 3, "--time", "1s", "--avoid-width", "3Hz"), ["--avoid-width", "--avoid"]),
        (("--channels", 3, "--time", "1s", "--curvature", "3%"), ["--curvature", "--plot"]),
        (("--channels", 3, "--time", "1s", "--noise-exponent", 3), ["--noise-exponent", "0 to 2"]),
        (("--channels", 3, "--time", "1s", "--plot", "plan.gif"), ["--plot", ".png"]),
        (("--channels", 3, "--time", "1s", "--effort", "nan"), ["--effort", "above 0"]),
        (("--channels", 3, "--time", "1s", "--lowest", "1THz"), ["--grid", "at least 1 kHz"]),
        (
            ("--channels", 3, "--time", "1s", "--plot", "p.png", "--curvature", "0%"),
            ["--curvature", "100 %"],
        ),
        (("--check", "400Hz", "--response", "wall"), ["--response", "gate"]),
        (("--check", "400Hz", "--exclude", "9Hz-3Hz"), ["--exclude", "lower end"]),
        (("--check", "1Hz,1THz"), ["1 Hz", "above"]),
        (("--channels", 3, "--time", "1s", "--plot", "no/such/plan.png"), ["--plot", "folder"]),
        (("--channels", 3, "--time", "1s", "--response", "wall"), ["--response", "gate"]),
        (("--channels", 3, "--time", "1s", "--settled", "stay"), ["--settled", "gate"]),
        (("--check", "400Hz;500Hz"), ["--check", "400Hz;500Hz"]),
        (("--check", ""), ["--check"]),
        (("--check", "400Hz,,500Hz"), ["--check"]),
        (("--check", "400Hz,500Hz", "--channels", 3), ["--channels", "2"]),
        (("--check", "400Hz,500Hz", "--quadrature"), ["--quadrature", "no --check"]),
        (("--check", "400Hz,500Hz", "--amplitude", "1mV"), ["--amplitude", "--plot"]),
        (("--check", "6kHz", "--sample-rate", "10kHz"), ["--check", "below 5 kHz"]),
        (
            ("--channels", 6, "--time", "10ms", "--highest", "1kHz"),
            ["at most 3 channels", "--highest 2.9 kHz", "--time 29 ms"],
        ),
    ],
)
def test_bad_input_ends_with_2_and_says_what_is_possible(
    arguments: tuple[object, ...], words: list[str]
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    for word in words:
        assert word in result.stderr
    assert "Traceback" not in result.stderr
