"""The design page as text, its limits, and what it starts from."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from hgecircuit import Learner
from hgecircuit.cli.page import page
from hgecircuit.design.error_model.curved import curved_errors
from hgecircuit.design.error_model.lock_in import LockIn
from hgecircuit.design.error_model.quantities import Quantities
from hgecircuit.design.error_model.taylor import taylor_of_device, uniform_taylor
from hgecircuit.design.error_model.windows import GateWindow
from hgecircuit.design.size import operating_points_v
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.errors import InputError
from hgecircuit.report.page import PageStart, design_page, start_of_circuit
from hgecircuit.report.page.fields import CHOICES, FIELDS
from hgecircuit.report.page.start import _noise, _spacing_hz

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
    assert "can't be written" in str(result.exception)
