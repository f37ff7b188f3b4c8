"""The op-amps' output resistance: exact, with its limit, and told when it is left out."""

import dataclasses
import json
import math

import numpy as np
import pytest
from click.testing import CliRunner

from hgecircuit.cli.filter import filter_command
from hgecircuit.design.filters.analysis import FilterAnalysis
from hgecircuit.design.filters.design import FilterDesign, design_filter
from hgecircuit.design.filters.needs import most_output_ohm
from hgecircuit.design.filters.netlist_text import write_netlist
from hgecircuit.design.filters.noise import noise_powers
from hgecircuit.design.filters.request import FilterRequest
from hgecircuit.parts.filters.cascade import Cascade, Section
from hgecircuit.parts.filters.opamp import IDEAL, OpAmp
from hgecircuit.parts.filters.sections import MULTIPLE_FEEDBACK, RC_BUFFERED, SALLEN_KEY

OPAMP = OpAmp(1e6, 1e6, output_ohm=200.0)
FAR = FilterRequest(cutoff_hz=100.0, reject_hz=(1e3, 1e6), builds=20)


def sallen_key() -> Cascade:
    values = {"ra": 10e3, "rb": 22e3, "c1": 47e-9, "c2": 10e-9}
    return Cascade((Section(SALLEN_KEY, values),))


def run(*arguments: str) -> str:
    result = CliRunner().invoke(filter_command, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def far() -> FilterDesign:
    return design_filter(FAR)


def test_sallen_key_by_hand() -> None:
    """Kirchhoff's current law at the three nodes x, y and out, in front of it A (v_y - v_out)."""
    r1, r2, c1, c2 = sallen_key().values.values()
    frequency_hz = np.geomspace(10, 1e7, 40)
    found = []
    for f in frequency_hz:
        s = 2j * np.pi * f
        a = 1 / (1 / OPAMP.dc_gain + s / (2 * np.pi * OPAMP.gain_bandwidth_hz))
        g = 1 / OPAMP.output_ohm
        matrix = [
            [1 / r1 + 1 / r2 + s * c1, -1 / r2, -s * c1],
            [-1 / r2, 1 / r2 + s * c2, 0],
            [-s * c1, -g * a, g * (1 + a) + s * c1],
        ]
        found.append(np.linalg.solve(matrix, [1 / r1, 0, 0])[2])
    response = sallen_key().solve(OPAMP).response(frequency_hz)
    np.testing.assert_allclose(response, found, rtol=1e-9)


def test_far_above_all_the_attenuation_ends() -> None:
    """Without loop gain C_1 is a short: a divider of R_1 and R_out is left, by the RC in front."""
    cascade = sallen_key()
    far_hz = np.array([1e9])
    level = np.abs(cascade.solve(OPAMP).response(far_hz))[0]
    assert level == pytest.approx(OPAMP.output_ohm / (OPAMP.output_ohm + 10e3), rel=1e-2)
    none = np.abs(cascade.solve(OpAmp(1e6, 1e6)).response(far_hz))[0]
    assert none < 1e-9 * level


def test_an_output_resistance_keeps_the_gain_and_the_states() -> None:
    plain = sallen_key().solve(OpAmp(1e6, 1e6))
    loaded = sallen_key().solve(OPAMP)
    assert loaded.end_voltages[loaded.row()] == pytest.approx(plain.end_voltages[plain.row()])
    assert loaded.poles_rad_s.shape == plain.poles_rad_s.shape
    ideal = sallen_key().solve(dataclasses.replace(IDEAL, output_ohm=1e3))
    frequency_hz = np.geomspace(10, 1e5, 20)
    np.testing.assert_allclose(
        ideal.response(frequency_hz), sallen_key().solve().response(frequency_hz), rtol=1e-9
    )


def test_its_noise_is_the_opamps() -> None:
    """In the pass-band the loop holds the output: no noise is added, and none is lost."""
    frequency_hz = np.array([1.0, 10.0])
    for name, power in noise_powers(
        FilterAnalysis(sallen_key(), dataclasses.replace(OPAMP, noise_v_per_rthz=1e-8), 300.0),
        frequency_hz,
    ).items():
        plain = OpAmp(1e6, 1e6, noise_v_per_rthz=1e-8)
        expected = noise_powers(FilterAnalysis(sallen_key(), plain, 300.0), frequency_hz)[name]
        np.testing.assert_allclose(power, expected, rtol=1e-3)


def test_the_limit_costs_one_decibel(far: FilterDesign) -> None:
    for reject_hz in (2e3, 1e4, 1e5):
        frequency_hz = np.array([500.0, reject_hz])
        plain = far.with_output_ohm(0.0)
        most_ohm = most_output_ohm(plain, frequency_hz)
        assert most_ohm is not None
        lost_db = plain.attenuation_db(frequency_hz) - far.with_output_ohm(most_ohm).attenuation_db(
            frequency_hz
        )
        assert lost_db.max() == pytest.approx(1.0, abs=1e-4)


def test_nothing_to_limit() -> None:
    rc = FilterAnalysis(
        Cascade((Section(RC_BUFFERED, {"ra": 10e3, "c1": 10e-9}),)), OpAmp(1e6), 1.6e3
    )
    assert most_output_ohm(rc, np.array([1e4])) is None
    analysis = FilterAnalysis(sallen_key(), OpAmp(1e6), 300.0)
    assert most_output_ohm(analysis, np.array([])) is None
    assert most_output_ohm(dataclasses.replace(analysis, opamp=IDEAL), np.array([1e6])) is None


def test_multiple_feedback_stands_more() -> None:
    frequency_hz = np.array([1e5])
    found = []
    for kind in (SALLEN_KEY, MULTIPLE_FEEDBACK):
        values = {"ra": 10e3, "rb": 10e3, "c1": 100e-9, "c2": 10e-9}
        analysis = FilterAnalysis(Cascade((Section(kind, values),)), OpAmp(1e6, 1e6), 500.0)
        found.append(most_output_ohm(analysis, frequency_hz))
    assert found[0] is not None
    assert found[1] is not None
    assert found[1] > 2 * found[0]


def test_the_command_tells_what_is_left_out() -> None:
    common = ("--cutoff", "100Hz", "--builds", "5")
    near = " ".join(run(*common, "--reject", "1kHz").split())
    assert "leave out the op-amps' output resistance" in near
    assert "warning" not in near
    far = (*common, "--reject", "1MHz")
    text = " ".join(run(*far).split())
    assert "warning: the attenuations leave out" in text
    data = json.loads(run(*far, "--json").replace("\n", " "))
    output = data["performance"]["output_resistance"]
    level_db = output["example_attenuation_db"][0]
    assert f"with 100 Ω they are {level_db:.1f} dB at 1 MHz" in text
    counted = json.loads(run(*far, "--output-resistance", "100ohm", "--json"))
    assert counted["performance"]["attenuation_db"] == pytest.approx([level_db], rel=1e-9)
    assert level_db < data["performance"]["attenuation_db"][0] - 50
    text = run(*far, "--output-resistance", "100ohm")
    assert "output resistance" not in text
    assert "output resistance" not in run(*common)
    assert "output resistance" not in run(*far, "--opamp", "ideal")


def test_everything_counts_it(far: FilterDesign) -> None:
    design = design_filter(dataclasses.replace(FAR, output_ohm=100.0))
    assert design.cascade.values == far.cascade.values
    assert "Rout drive out 100" in write_netlist(design)
    assert "Rout" not in write_netlist(far)
    levels_db = design.figures.attenuations_db
    np.testing.assert_allclose(levels_db[:, 1].mean(), 142, atol=2)
    assert far.figures.attenuations_db[:, 1].mean() > 200


def test_an_attenuation_that_the_opamp_does_not_leave() -> None:
    request = dataclasses.replace(FAR, output_ohm=100.0, attenuation_db=55.0)
    assert design_filter(request).chosen
    deep = dataclasses.replace(request, reject_hz=(1e6,), attenuation_db=170.0)
    design_filter(dataclasses.replace(deep, output_ohm=0.0))
    with pytest.raises(Exception, match="--attenuation") as caught:
        design_filter(deep)
    offered_db = float(str(caught.value).split("--attenuation ")[1].split("dB")[0])
    assert 130 < offered_db < 170
    design = design_filter(dataclasses.replace(deep, attenuation_db=offered_db))
    assert design.chosen is not None
    least_db = float(design.analysis.attenuation_db(np.array([1e6]))[0])
    assert math.floor(10 * least_db) / 10 >= offered_db
