"""Noise, sensitivities, random builds and op-amps of a filter, each against an independent way."""

import dataclasses
import math

import numpy as np
import pytest

from hgecircuit.design.filters.analysis import FilterAnalysis, opamp_error
from hgecircuit.design.filters.design import FilterDesign, design_filter
from hgecircuit.design.filters.needs import find_needs
from hgecircuit.design.filters.noise import (
    BOLTZMANN_J_PER_K,
    TEMPERATURE_K,
    find_noise,
    noise_powers,
)
from hgecircuit.design.filters.request import FilterRequest
from hgecircuit.design.filters.sensitivity import find_sensitivities
from hgecircuit.design.filters.tolerance import Builds
from hgecircuit.parts.filters.cascade import Cascade, Section
from hgecircuit.parts.filters.opamp import IDEAL, OpAmp
from hgecircuit.parts.filters.opamp_table import PARTS
from hgecircuit.parts.filters.sections import INVERTING_RC, RC_BUFFERED

REQUESTS = {
    "paper": FilterRequest(settle_time_s=0.1, reject_hz=(40.0, 400.0), builds=200),
    "feedback": FilterRequest(
        cutoff_hz=1e3,
        order=4,
        family="bessel",
        topology="multiple-feedback",
        reject_hz=(8e3,),
        builds=200,
    ),
    "rc": FilterRequest(
        cutoff_hz=200.0, order=3, family="critically-damped", topology="rc", builds=200
    ),
    "sixth": FilterRequest(cutoff_hz=300.0, order=6, offset_budget_v=2e-3, builds=200),
}


@pytest.fixture(scope="module", params=list(REQUESTS))
def design(request: pytest.FixtureRequest) -> FilterDesign:
    return design_filter(REQUESTS[request.param])


def rc(ohm: float = 10e3, farad: float = 100e-9) -> Cascade:
    return Cascade((Section(RC_BUFFERED, {"ra": ohm, "c1": farad}),))


def test_noise_of_an_rc_is_kt_over_c() -> None:
    farad = 100e-9
    analysis = FilterAnalysis(rc(10e3, farad), IDEAL, 159.0)
    noise = find_noise(analysis)
    expected_v = math.sqrt(BOLTZMANN_J_PER_K * TEMPERATURE_K / farad)
    assert noise.rms_v == pytest.approx(expected_v, rel=1e-4, abs=0)
    density = math.sqrt(4 * BOLTZMANN_J_PER_K * TEMPERATURE_K * 10e3)
    assert noise.cutoff_density_v_per_rthz == pytest.approx(density / math.sqrt(2), rel=1e-9, abs=0)
    assert noise.shares_rms_v["resistors"] == pytest.approx(noise.rms_v, abs=0)


def test_noise_of_a_follower_ends_at_its_gain_bandwidth() -> None:
    """White e_n through a pole at GBW: e_n^2 pi/2 GBW; the RC passes i_n R below its cut-off."""
    ohm, farad = 100e3, 10e-9
    opamp = OpAmp(1e6, 1e7, noise_v_per_rthz=10e-9, noise_a_per_rthz=1e-12)
    noise = find_noise(FilterAnalysis(rc(ohm, farad), opamp, 159.0))
    voltage = 10e-9 * math.sqrt(math.pi / 2 * 1e6)
    assert noise.shares_rms_v["op-amp voltage noise"] == pytest.approx(voltage, rel=1e-4, abs=0)
    corner_hz = 1 / (2 * math.pi * ohm * farad)
    current = 1e-12 * ohm * math.sqrt(math.pi / 2 * corner_hz)
    assert noise.shares_rms_v["op-amp current noise"] == pytest.approx(current, rel=2e-4, abs=0)


def test_noise_of_an_inverting_rc() -> None:
    """At low frequency: two resistors of equal noise, noise gain 2, current noise into R."""
    ohm = 22e3
    cascade = Cascade((Section(INVERTING_RC, {"ra": ohm, "c1": 1e-9}),))
    opamp = OpAmp(1e8, 1e9, noise_v_per_rthz=5e-9, noise_a_per_rthz=2e-12)
    powers = noise_powers(FilterAnalysis(cascade, opamp, 7e3), np.array([1.0]))
    thermal = 4 * BOLTZMANN_J_PER_K * TEMPERATURE_K * ohm
    assert powers["resistors"][0] == pytest.approx(2 * thermal, rel=1e-6, abs=0)
    assert powers["op-amp voltage noise"][0] == pytest.approx((2 * 5e-9) ** 2, rel=1e-6, abs=0)
    assert powers["op-amp current noise"][0] == pytest.approx((2e-12 * ohm) ** 2, rel=1e-6, abs=0)


def test_flicker_noise_adds_the_low_band() -> None:
    """From 0.1 to 10 Hz the noise model has the peak-to-peak value of the data sheet."""
    part = next(part for part in PARTS if part.name == "OP27E")
    assert part.low_noise_vpp is not None
    assert part.corner_hz is not None
    frequency_hz = np.geomspace(0.1, 10, 2000)
    density = part.noise_v_per_rthz**2 * (1 + part.corner_hz / frequency_hz)
    rms_v = math.sqrt(np.trapezoid(density, frequency_hz))
    assert 6.6 * rms_v == pytest.approx(part.low_noise_vpp, rel=1e-4, abs=0)


def test_cutoff_sensitivities_are_finite_differences(design: FilterDesign) -> None:
    cascade, opamp = design.cascade, design.analysis.opamp
    for one in design.sensitivities:
        cutoffs, poles, qualities = [], [], []
        for factor in (1 + 1e-5, 1 - 1e-5):
            values = {**cascade.values, one.component: cascade.values[one.component] * factor}
            system = cascade.solve(opamp, values)
            from hgecircuit.design.filters.analysis import find_cutoffs_hz, pole_pair

            cutoffs.append(float(find_cutoffs_hz(system, design.prototype.cutoff_hz)))
            section = cascade.solve_section(one.section, IDEAL, values)
            order = cascade.sections[one.section].kind.order
            pole_hz, q = pole_pair(section.poles_rad_s, order)
            poles.append(float(pole_hz))
            qualities.append(1.0 if q is None else float(q))
        step = math.log((1 + 1e-5) / (1 - 1e-5))
        for found, pair in ((one.cutoff, cutoffs), (one.pole, poles), (one.q or 0.0, qualities)):
            assert found == pytest.approx(math.log(pair[0] / pair[1]) / step, abs=2e-7)


def test_scaling_laws_of_the_sensitivities(design: FilterDesign) -> None:
    """All resistors (or all capacitors) times x lower every frequency by x and leave every Q."""
    found = find_sensitivities(FilterAnalysis(design.cascade, IDEAL, design.prototype.cutoff_hz))
    for letter in "RC":
        chosen = [one for one in found if one.component.startswith(letter)]
        assert sum(one.cutoff for one in chosen) == pytest.approx(-1, abs=1e-9)
        for section in range(len(design.cascade.sections)):
            mine = [one for one in chosen if one.section == section]
            assert sum(one.pole for one in mine) == pytest.approx(-1, abs=1e-9)
            assert sum(one.q or 0.0 for one in mine) == pytest.approx(0, abs=1e-9)


def test_builds_are_reproducible(design: FilterDesign) -> None:
    builds = design.builds
    again = Builds.draw(design.analysis, 0.01, 0.05, 200, 1)
    np.testing.assert_array_equal(builds.cutoffs_hz, again.cutoffs_hz)
    other = Builds.draw(design.analysis, 0.01, 0.05, 200, 2)
    assert not np.array_equal(builds.cutoffs_hz, other.cutoffs_hz)


def test_builds_stay_within_tolerance_and_fill_it(design: FilterDesign) -> None:
    for name, values in design.builds.values.items():
        limit = 0.01 if name.startswith("R") else 0.05
        deviation = values / design.cascade.values[name] - 1
        assert np.abs(deviation).max() <= limit
        assert np.abs(deviation).max() > 0.9 * limit
        assert abs(deviation.mean()) < 0.2 * limit


def test_every_build_is_its_own_filter(design: FilterDesign) -> None:
    """Cut-off, Q and settling of single builds, solved one at a time."""
    builds, cascade = design.builds, design.cascade
    settling_s = builds.settling_s(0.02, "first", design.analysis.settling_s(0.02, "first"))
    sections = builds.sections()
    for k in (0, 57, 199):
        values = {name: float(value[k]) for name, value in builds.values.items()}
        one = _with_values(cascade, values)
        analysis = FilterAnalysis(one, design.analysis.opamp, design.prototype.cutoff_hz)
        step = analysis.cascade.solve(analysis.opamp, values).modes()
        gain = float(builds.gains[k])
        assert settling_s[k] == pytest.approx(_first_crossing(step, gain, settling_s[k]), rel=1e-5)
        for (pole_hz, _), index in zip(sections, range(len(sections)), strict=True):
            alone = cascade.solve_section(index, analysis.opamp, values).poles_rad_s
            kind = cascade.sections[index].kind
            expected = (
                abs(alone[0]) if kind.order == 1 else math.sqrt(abs(alone[0] * alone[1]))
            ) / (2 * math.pi)
            assert pole_hz[k] == pytest.approx(expected, rel=1e-9)


def _with_values(cascade: Cascade, values: dict[str, float]) -> Cascade:
    changed = dataclasses.replace(cascade)
    changed.__dict__["values"] = values
    return changed


def _first_crossing(modes: object, gain: float, guess_s: float) -> float:
    from scipy.optimize import brentq

    def excess(time_s: float) -> float:
        return float(modes.step(time_s)) / gain - 0.98  # pyright: ignore

    return float(np.asarray(brentq(excess, 0.9 * guess_s, 1.1 * guess_s, xtol=1e-14)))


def test_without_tolerance_all_builds_are_the_filter(design: FilterDesign) -> None:
    builds = Builds.draw(design.analysis, 0.0, 0.0, 3, 1)
    np.testing.assert_allclose(builds.cutoffs_hz, design.analysis.cutoff_hz, rtol=1e-12)
    for reading in ("first", "stay"):
        expected_s = design.analysis.settling_s(0.02, reading)
        found_s = builds.settling_s(0.02, reading, expected_s)
        np.testing.assert_allclose(found_s, expected_s, rtol=1e-5)


def test_small_deviations_follow_the_sensitivities(design: FilterDesign) -> None:
    """First-order prediction of every build's cut-off, with tolerances so small that it holds."""
    builds = Builds.draw(design.analysis, 1e-5, 1e-5, 50, 1)
    predicted = np.zeros(50)
    for one in design.sensitivities:
        nominal = design.cascade.values[one.component]
        predicted += one.cutoff * (builds.values[one.component] / nominal - 1)
    found = builds.cutoffs_hz / design.analysis.cutoff_hz - 1
    np.testing.assert_allclose(found, predicted, atol=1e-9)


def test_gain_bandwidth_needed_is_just_enough(design: FilterDesign) -> None:
    needed = design.needs.gain_bandwidth_hz
    pass_band_hz = design.metric.pass_band_hz
    assert pass_band_hz[-1] == design.prototype.cutoff_hz
    error = opamp_error(design.cascade, OpAmp(needed), pass_band_hz)
    assert error == pytest.approx(design.request.opamp_error, rel=1e-4)
    better = opamp_error(design.cascade, OpAmp(2 * needed), pass_band_hz)
    assert better == pytest.approx(error / 2, rel=0.05)


def test_slew_and_swing_of_a_follower() -> None:
    """RC, step of 2 A: steepest at its start, 2 A / RC; sine: 2 pi f A / |1 + jf/f_c| < A / RC."""
    cascade = rc(10e3, 100e-9)
    needs = find_needs(cascade, np.array([100.0]), 159.0, 3.0, 1e-3, 0.01)
    assert needs.slew_v_per_s == pytest.approx(2 * 3.0 / 1e-3, rel=1e-9)
    assert needs.swing_v == pytest.approx(3.0)


def test_swing_of_an_overshooting_filter(design: FilterDesign) -> None:
    peaks = []
    time_s = np.linspace(0, 20 / design.prototype.cutoff_hz, 20_001)
    step = np.abs(2 * design.prototype.step(time_s) - 1).max()
    peaks.append(step)
    assert design.needs.swing_v >= step * design.request.amplitude_v * (1 - 0.02)


def test_offset_and_bias_of_buffered_sections() -> None:
    """Unity-gain followers: every offset and every bias through its resistors adds up."""
    design = design_filter(REQUESTS["paper"])
    values = design.cascade.values
    assert design.needs.offset_gain == pytest.approx(2.0)
    assert design.needs.bias_ohm == pytest.approx(values["R1"] + values["R2"] + values["R3"])
    for fit in design.fits:
        expected_v = 2 * fit.part.offset_v + design.needs.bias_ohm * fit.part.bias_a
        assert fit.output_offset_v == pytest.approx(expected_v, rel=1e-9, abs=0)


def test_offset_and_bias_of_multiple_feedback() -> None:
    """Noise gain 2, bias through R3 and R2: v_out = I_b (R2 + 2 R3), by hand."""
    request = FilterRequest(cutoff_hz=1e3, order=2, topology="multiple-feedback")
    design = design_filter(request)
    values = design.cascade.values
    assert design.needs.offset_gain == pytest.approx(2.0)
    assert design.needs.bias_ohm == pytest.approx(values["R2"] + 2 * values["R3"])


def test_the_needs_decide_what_fits(design: FilterDesign) -> None:
    needs, request = design.needs, design.request
    assert design.chosen is not None
    assert design.chosen.fits
    for fit in design.fits:
        part = fit.part
        enough = (
            fit.response_error <= request.opamp_error
            and part.slew_v_per_s >= needs.slew_v_per_s
            and fit.output_offset_v <= request.offset_budget_v
            and part.supply_v[1] >= 2 * needs.swing_v
            and needs.supply_v is None
        )
        assert fit.fits == enough == (not fit.reasons)


def test_the_table_is_plausible() -> None:
    for part in PARTS:
        assert 1e5 < part.gain_bandwidth_hz < 1e8
        assert 1e5 < part.slew_v_per_s < 1e8
        assert 1e-6 < part.offset_v <= 10e-3
        assert 1e-15 < part.bias_a < 1e-6
        assert 1e-9 < part.noise_v_per_rthz < 1e-7
        assert part.supply_v[0] < part.supply_v[1] <= 36
        assert 100 <= part.dc_gain_db <= 150
        assert part.quiescent_a is None or 1e-5 < part.quiescent_a < 1e-2
