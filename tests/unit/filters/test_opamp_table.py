"""The op-amp table against transcriptions in the data sheets' own units, and its unknown cells."""

import dataclasses
import json
import math
from typing import Any

import pytest
from click.testing import CliRunner

from hgecircuit.cli.filter import filter_command
from hgecircuit.design.filters.data import design_data
from hgecircuit.design.filters.design import FilterDesign, design_filter
from hgecircuit.design.filters.opamps import OpAmpFit, rate_part
from hgecircuit.design.filters.request import FilterRequest
from hgecircuit.parts.filters.opamp import OpAmpPart
from hgecircuit.parts.filters.opamp_table import PARTS

BY_NAME = {part.name: part for part in PARTS}
SMALL = FilterRequest(cutoff_hz=100.0, order=2, builds=10)

# Unit of each figure below.
CELLS = {
    "gain_bandwidth_hz": 1e6,
    "slew_v_per_s": 1e6,
    "offset_v": 1e-6,
    "bias_a": 1e-12,
    "noise_v_per_rthz": 1e-9,
    "noise_a_per_rthz": 1e-15,
    "low_noise_vpp": 1e-6,
    "dc_gain_db": 1.0,
    "quiescent_a": 1e-3,
}


def decibels(volts_per_millivolt: float) -> float:
    return 20 * math.log10(1e3 * volts_per_millivolt)


# MHz, V/us, uV, pA, nV/rtHz, fA/rtHz, uVpp, dB, mA; smallest and largest supply in V. Offset,
# bias current and supply are the limits of the sheet, everything else is typical.
SHEETS: dict[str, tuple[tuple[float | None, ...], tuple[float, float]]] = {
    # SBOS079C, OPA277P/U: supply +-2 to +-18 V.
    "OPA277": ((1, 0.8, 20, 1000, 8, None, None, 134, 0.8), (2 * 2, 2 * 18)),
    # OP27, A/E, +-15 V: 1800 V/mV, power 90 mW, supply rejection from +-4 to +-18 V.
    "OP27E": ((8, 2.8, 25, 40e3, 3, 400, 0.08, decibels(1800), 90 / 30), (2 * 4, 2 * 18)),
    # SBOS351E.
    "OPA333": ((0.35, 0.16, 10, 200, 55, None, None, 130, 0.017), (1.8, 5.5)),
    # SBOS498F: supply +-2.25 to +-18 V.
    "OPA140": ((11, 20, 120, 10, 5.1, 0.8, None, 126, 1.8), (2 * 2.25, 2 * 18)),
    # SBOS058B: supply +-2.5 to +-18 V.
    "OPA2134": ((8, 20, 3500, 100, 8, 3, None, 120, 4), (2 * 2.5, 2 * 18)),
    # ST DocID2298, C: 200 V/mV.
    "TL072C": ((4, 16, 10e3, 200, 15, None, None, decibels(200), 1.4), (6, 36)),
    # SLOS075K: 100 V/mV, 6 mA for both, supply +-5 to +-15 V.
    "NE5532": ((12, 5, 4000, 800e3, 5, 700, None, decibels(100), 6 / 2), (2 * 5, 2 * 15)),
    # SLOS068AB: 140 V/mV.
    "LM358B": ((1.2, 0.5, 3000, 35e3, 40, None, 3, decibels(140), 0.3), (3, 36)),
    # DS20001733L: the bias current is typical.
    "MCP6002": ((1, 0.6, 4500, 1, 28, None, None, 112, 0.1), (1.8, 6)),
    # OPA320/OPA2320.
    "OPA2320": ((20, 10, 150, 0.9, 8.5, 0.6, 2.8, 132, None), (1.8, 5.5)),
    # SNOSAW6E.
    "LMP7721": ((17, 12.76, 150, 0.02, 6.5, 10, None, 120, 1.3), (1.8, 5.5)),
}

# The same figures from a source that does not depend on the one in the table.
SECOND: dict[str, dict[str, Any]] = {
    # A reading of the sheet in a public design.
    "OPA277": {"gain_bandwidth_hz": 1e6, "slew_v_per_s": 0.8e6},
    # First page of OP27 Rev. F (manualmachine.com/datasheet/op27epz): gain 1.8 million; current
    # noise from github.com/SeanDS/zero.
    "OP27E": {
        "gain_bandwidth_hz": 8e6,
        "slew_v_per_s": 2.8e6,
        "noise_v_per_rthz": 3e-9,
        "noise_a_per_rthz": 0.4e-12,
        "low_noise_vpp": 80e-9,
        "dc_gain_db": 20 * math.log10(1.8e6),
    },
    # A distributor's parameters.
    "OPA333": {"gain_bandwidth_hz": 0.35e6, "slew_v_per_s": 0.16e6},
    # github.com/SeanDS/zero, and a page-by-page reading of the sheet of OPA2140.
    "OPA140": {
        "gain_bandwidth_hz": 11e6,
        "slew_v_per_s": 20e6,
        "noise_a_per_rthz": 0.8e-15,
        "supply_v": (4.5, 36),
        "quiescent_a": 1.8e-3,
    },
    # Two simulation models and a page-by-page reading of the sheet.
    "OPA2134": {
        "gain_bandwidth_hz": 8e6,
        "slew_v_per_s": 20e6,
        "noise_v_per_rthz": 8e-9,
        "dc_gain_db": 120,
        "supply_v": (5, 36),
        "quiescent_a": 4e-3,
    },
    # github.com/bandrews/whichpart, C6961.
    "TL072C": {
        "gain_bandwidth_hz": 4e6,
        "slew_v_per_s": 16e6,
        "offset_v": 10e-3,
        "bias_a": 200e-12,
        "noise_v_per_rthz": 15e-9,
        "quiescent_a": 1.4e-3,
    },
    # A simulation model that names SLOS075K, and a page-by-page reading of the sheet.
    "NE5532": {
        "gain_bandwidth_hz": 12e6,
        "slew_v_per_s": 5e6,
        "noise_v_per_rthz": 5e-9,
        "dc_gain_db": 100,
        "supply_v": (10, 30),
        "quiescent_a": 3e-3,
    },
    # First page of DS21733J, and a distributor's slew rate.
    "MCP6002": {
        "gain_bandwidth_hz": 1e6,
        "slew_v_per_s": 0.6e6,
        "supply_v": (1.8, 6.0),
        "quiescent_a": 100e-6,
    },
    # Table 6.6 in a public design.
    "LMP7721": {"offset_v": 150e-6, "bias_a": 20e-15},
}


@pytest.fixture(scope="module")
def small() -> FilterDesign:
    return design_filter(SMALL)


def rate(design: FilterDesign, part: OpAmpPart) -> OpAmpFit:
    return rate_part(part, design.analysis, design.needs, design.metric, design.request)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(filter_command, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_part_has_a_transcription() -> None:
    assert list(SHEETS) == list(BY_NAME)
    assert set(SECOND) <= set(BY_NAME)


@pytest.mark.parametrize("name", SHEETS)
def test_every_figure_is_the_one_of_the_sheet(name: str) -> None:
    part, (figures, supply_v) = BY_NAME[name], SHEETS[name]
    assert part.supply_v == pytest.approx(supply_v, rel=1e-9, abs=0)
    assert part.bias_is_typical == (name == "MCP6002")
    for (cell, unit), figure in zip(CELLS.items(), figures, strict=True):
        found = getattr(part, cell)
        if figure is None:
            assert found is None, cell
            continue
        # Gains in V/mV are rounded to 0.1 dB.
        close = {"abs": 0.05, "rel": 0} if cell == "dc_gain_db" else {"abs": 0, "rel": 1e-9}
        assert found == pytest.approx(figure * unit, **close), cell


@pytest.mark.parametrize("name", SECOND)
def test_a_second_source_agrees(name: str) -> None:
    for cell, figure in SECOND[name].items():
        close = {"abs": 0.05, "rel": 0} if cell == "dc_gain_db" else {"abs": 0, "rel": 1e-9}
        assert getattr(BY_NAME[name], cell) == pytest.approx(figure, **close), cell


@pytest.mark.parametrize("part", PARTS, ids=BY_NAME)
def test_no_figure_lacks_a_source(part: OpAmpPart) -> None:
    assert part.source
    cells = {*CELLS, "supply_v"}
    known = {cell for cell in cells if getattr(part, cell) is not None}
    assert set(part.read) <= known | {"*"}
    for cell in known:
        assert part.read.get(cell, part.read.get("*")), cell


def test_the_table_spans_its_kinds() -> None:
    kinds = " ".join(part.kind for part in PARTS)
    for word in ("precision", "general-purpose", "JFET", "electrometer", "bipolar", "CMOS"):
        assert word in kinds
    assert len(BY_NAME) == len(PARTS) >= 6


def test_an_unknown_figure_is_said_to_be_unknown(small: FilterDesign) -> None:
    """Parts that lack a kind of noise say so; those with all figures don't."""
    for fit, data in zip(small.fits, design_data(small)["opamps"], strict=True):
        lacking = {
            "1/f noise": fit.part.low_noise_vpp is None,
            "current noise": fit.part.noise_a_per_rthz is None,
        }
        assert data["unknown_noise"] == [kind for kind, is_unknown in lacking.items() if is_unknown]
        assert (fit.part.corner_hz is None) == lacking["1/f noise"]
        json.dumps(data)


def test_text_and_json_flag_what_is_unknown() -> None:
    arguments = ["--cutoff", "100Hz", "--order", "2", "--builds", "10", "--opamp"]
    lacking = json.loads(run(*arguments, "OPA333", "--json"))["noise"]
    assert lacking["unknown"] == ["1/f noise", "current noise"]
    assert lacking["shares_rms_v"]["op-amp current noise"] is None
    text = " ".join(run(*arguments, "OPA333").split())
    assert "output noise: at least" in text
    assert "op-amp current noise unknown" in text
    assert "no figure for the 1/f noise and the current noise of OPA333" in text
    complete = json.loads(run(*arguments, "OPA2320", "--json"))["noise"]
    assert complete["unknown"] == []
    assert complete["shares_rms_v"]["op-amp current noise"] > 0
    text = " ".join(run(*arguments, "OPA2320").split())
    assert "output noise: at least" not in text
    assert "no figure" not in text


@pytest.mark.parametrize("part", PARTS, ids=BY_NAME)
def test_an_unknown_figure_does_not_change_the_rank(small: FilterDesign, part: OpAmpPart) -> None:
    """Whatever the unknown noise turns out to be, the part ranks the same; its noise grows."""
    loud = dataclasses.replace(
        part, low_noise_vpp=1e4 * part.noise_v_per_rthz, noise_a_per_rthz=1e-11
    )
    quiet = dataclasses.replace(part, low_noise_vpp=None, noise_a_per_rthz=None)
    one, other = rate(small, quiet), rate(small, loud)
    assert one.error_v == other.error_v
    assert one.noise.band_rms_v < other.noise.band_rms_v
    assert one.compared_noise_v == pytest.approx(one.noise.band_rms_v, rel=1e-12, abs=0)
