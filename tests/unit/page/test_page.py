"""The design page as text, its limits, and what it starts from."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import hgecircuit
from hgecircuit import Learner
from hgecircuit.cli.page import page
from hgecircuit.design.error_model.circuit import circuit_budget
from hgecircuit.design.error_model.curved import curved_errors
from hgecircuit.design.error_model.lock_in import LockIn
from hgecircuit.design.error_model.quantities import Quantities, quantities_budget
from hgecircuit.design.error_model.taylor import taylor_of_device, uniform_taylor
from hgecircuit.design.error_model.windows import GateWindow
from hgecircuit.design.size import operating_points_v
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.errors import InputError
from hgecircuit.report.page import PageStart, design_page, start_of_circuit
from hgecircuit.report.page.fields import CHOICES, FIELDS
from hgecircuit.report.page.start import _noise, _spacing_hz, quantities_of

CIRCUITS = Path(__file__).parents[3] / "circuits"
DEVICES = Path(hgecircuit.__file__).parent / "devices" / "data"
LARGEST_BYTES = 300_000


def data_of(text: str) -> dict:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_page_holds_everything_it_needs() -> None:
    text = design_page()
    assert len(text.encode()) < LARGEST_BYTES
    assert not re.search(r"https?:|@import|url\(|\b(src|href)=\"(?!data:|#)", text)
    assert "default-src 'none'" in text
    assert not re.search(r"/\*[A-Z]+\*/", text)  # every placeholder is filled


def test_first_values_are_the_papers_point() -> None:
    start, paper = PageStart(), Quantities()
    assert (start.channels, start.top_hz, start.spacing_hz) == (7, paper.top_hz, paper.spacing_hz)
    assert start.time_ms == pytest.approx(paper.time_s * 1e3)
    assert (start.response, start.order, start.settled) == ("butterworth", 3, "first")
    assert start.amplitude_mv == pytest.approx(paper.amplitude_v * 1e3)
    assert start.derivative_na_per_v == pytest.approx(paper.derivative_a_per_v * 1e9)
    assert start.ratio == paper.ratio
    assert paper.noise is not None
    assert start.noise_na2_per_hz == pytest.approx(paper.noise.white_a2_per_hz * 1e18)


def test_page_carries_its_start() -> None:
    start = dataclasses.replace(PageStart(), spacing_hz=25.0, title="A </script> <b> & title")
    text = design_page(start)
    data = data_of(text)
    assert data["start"] == start.values()
    assert data["title"] == "A </script> <b> & title"
    assert "A </script>" not in text
    assert [field["key"] for field in data["fields"]] == [field.key for field in FIELDS]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.key)
def test_numbers_out_of_range_are_refused(field) -> None:
    for value in (field.most * 1.01 + 1, field.least - 1, float("nan"), float("inf"), "7", True):
        with pytest.raises(InputError, match=field.key):
            dataclasses.replace(PageStart(), **{field.key: value})
    assert field.least <= getattr(PageStart(), field.key) <= field.most
    assert field.least <= field.low < field.high <= field.most


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.key)
def test_other_words_are_refused(choice) -> None:
    with pytest.raises(InputError, match=choice.options[0][0]):
        dataclasses.replace(PageStart(), **{choice.key: "elliptic"})


def test_whole_numbers_stay_whole() -> None:
    with pytest.raises(InputError, match="whole"):
        PageStart(order=2.5)  # pyright: ignore[reportArgumentType]


def test_coherent_circuit(coherent: Learner) -> None:
    start = start_of_circuit(coherent.spec, coherent.design)
    assert (start.channels, start.top_hz, start.spacing_hz) == (5, 700.0, 100.0)
    assert (start.response, start.time_ms, start.amplitude_mv) == ("gate", 10.0, 20.0)
    assert start.noise_na2_per_hz == 0
    assert start.title == "XOR, coherent loop"
    assert "400 Hz, 500 Hz, 700 Hz" in start.note


@pytest.mark.parametrize("name", ["coherent", "continuous"])
def test_a_circuits_page_says_what_its_budget_says(
    name: str, request: pytest.FixtureRequest
) -> None:
    """The page's first figure is a share of the same gradient; the note has both."""
    learner = request.getfixturevalue(name)
    start = start_of_circuit(learner.spec, learner.design)
    page_sum, budget_sum = (
        float(found)
        for found in re.findall(r"([\d.]+) % (?:on this page|in hgecircuit budget)", start.note)
    )
    points_v = operating_points_v(learner.design, learner.spec.verification)
    budget = circuit_budget(learner.design, points_v)
    expected = budget.relative_rms(budget.mean_square_a2_per_v2)
    assert budget_sum == pytest.approx(100 * expected, rel=5e-3)  # three digits are shown
    page = quantities_budget(quantities_of(start)).parallel
    share = page.relative_rms(page.mean_square_a2_per_v2)
    assert page_sum == pytest.approx(100 * share, rel=5e-3)
    assert 0.8 * budget_sum < page_sum < 1.3 * budget_sum
    # Curvature, which no plan of carriers changes, is the same figure.
    curvature = budget.relative_rms(budget.term("curvature").mean_square_a2_per_v2)
    found = page.relative_rms(page.term("curvature").mean_square_a2_per_v2)
    assert found == pytest.approx(curvature, rel=0.03)
    words = {"coherent": "most in intermodulation", "continuous": "settling and curvature add"}
    assert words[name] in start.note


def test_page_values_become_quantities() -> None:
    start = PageStart(noise_exponent=1.5, second_na_per_v2=300.0, response="gate")
    found = quantities_of(start)
    assert found.noise is not None
    density = found.noise.density_a2_per_hz(np.array([1e3, 100.0]))
    np.testing.assert_allclose(density, [1e-23, 1e-23 * 10**1.5], rtol=1e-12)
    assert (found.order, found.settled) == (None, None)
    assert found.second_a_per_v2 == pytest.approx(3e-7)
    paper = dataclasses.asdict(quantities_of(PageStart(noise_na2_per_hz=0.0)))
    expected = dataclasses.asdict(Quantities(order=3, settled="first", noise=None))
    assert {key: paper[key] for key in ("noise", "response", "settled", "order")} == {
        key: expected[key] for key in ("noise", "response", "settled", "order")
    }
    for key in ("top_hz", "time_s", "amplitude_v", "derivative_a_per_v", "ratio"):
        assert paper[key] / expected[key] == pytest.approx(1, rel=1e-12)


def test_continuous_circuit(continuous: Learner) -> None:
    start = start_of_circuit(continuous.spec, continuous.design)
    assert (start.response, start.order, start.settled) == ("butterworth", 3, "stay")
    assert (start.top_hz, start.spacing_hz, start.capacitor_nf) == (2200.0, 400.0, 100.0)


def test_third_derivative_bends_as_much_as_the_circuits_own(coherent: Learner) -> None:
    design, start = coherent.design, start_of_circuit(coherent.spec, coherent.design)
    amplitudes_v = np.asarray(design.amplitudes_v)
    carriers_hz = 700.0 - 100.0 * np.arange(5)
    lock_in = LockIn(carriers_hz, amplitudes_v, GateWindow(1e-2))
    points_v = operating_points_v(design, coherent.spec.verification)
    own = taylor_of_device(design.device, points_v, design.task.controls, amplitudes_v)

    def bent(taylor) -> float:
        terms = {term.name: term for term in curved_errors(lock_in, taylor).terms}
        return float(np.sqrt(np.mean(terms["curvature"].bias_a_per_v ** 2)))

    alike = uniform_taylor(np.ones(5), third_a_per_v3=start.third_na_per_v3 * 1e-9)
    assert bent(alike) == pytest.approx(bent(own), rel=5e-3)  # three digits are shown


@pytest.mark.parametrize(
    ("carriers_hz", "spacing_hz"),
    [((400.0, 400.0, 500.0, 500.0, 700.0), 100.0), ((1e3, 1e3), 500.0), ((800.0, 1000.0), 200.0)],
)
def test_spacing_leaves_room_for_every_channel(carriers_hz, spacing_hz) -> None:
    found = _spacing_hz(np.array(carriers_hz))
    assert found == pytest.approx(spacing_hz)
    assert (len(carriers_hz) - 1) * found < max(carriers_hz)


def test_noise_becomes_one_law_at_the_carrier() -> None:
    both = NoiseSpec(white_a2_per_hz=2e-23, flicker_a2_per_hz=6e-23, exponent=1.5)
    density, exponent = _noise(both, 500.0)
    law = NoiseSpec(flicker_a2_per_hz=density, exponent=exponent)
    assert law.density_a2_per_hz(500.0) == pytest.approx(both.density_a2_per_hz(500.0))
    ends = np.array([499.0, 501.0])
    slopes = [np.diff(np.log(noise.density_a2_per_hz(ends))) for noise in (law, both)]
    assert slopes[0] == pytest.approx(slopes[1], rel=2e-3)
    assert _noise(None, 500.0) == (0.0, 0.0)


def test_command_writes_the_file_and_says_what_is_in_it(tmp_path: Path) -> None:
    output = tmp_path / "design.html"
    result = CliRunner().invoke(page, ["-o", str(output), "--json"])
    assert result.exit_code == 0, result.output
    facts = json.loads(result.output)
    assert facts["bytes"] == output.stat().st_size
    assert facts["start"]["spacing_hz"] == 40.0
    assert output.read_text(encoding="utf-8") == design_page()


def test_command_refuses_a_folder_that_is_not_there(tmp_path: Path) -> None:
    output = tmp_path / "nowhere" / "design.html"
    result = CliRunner().invoke(page, ["-o", str(output)])
    assert isinstance(result.exception, InputError)
    assert "no such folder" in str(result.exception)


def test_command_never_replaces_its_circuit_or_model(tmp_path: Path) -> None:
    circuit, model = tmp_path / "mine.toml", tmp_path / "mine.json"
    model.write_bytes((DEVICES / "rnpu-compact.json").read_bytes())
    text = (CIRCUITS / "xor.toml").read_text(encoding="utf-8")
    circuit.write_text(text.replace('"rnpu-compact"', '"mine.json"'), encoding="utf-8")
    files = {file: file.read_bytes() for file in (circuit, model)}
    for output in files:
        result = CliRunner().invoke(page, [str(circuit), "-o", str(output)])
        assert isinstance(result.exception, InputError)
        assert "overwrite an input" in str(result.exception)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == files


def test_help_holds_no_control_words() -> None:
    text = CliRunner().invoke(page, ["--help"]).output
    assert "\\b" not in text
    assert "    hgecircuit page -o design.html\n" in text
