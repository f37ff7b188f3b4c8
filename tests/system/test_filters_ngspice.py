"""Designed filters in ngspice against their exact analysis: .ac to 0.01 dB, .tran to 0.1 %."""

import math
from pathlib import Path

import numpy as np
import pytest

from hgecircuit.design.filters.design import FilterDesign, design_filter
from hgecircuit.design.filters.netlist_text import write_netlist
from hgecircuit.design.filters.noise import BOLTZMANN_J_PER_K, TEMPERATURE_K, noise_powers
from hgecircuit.design.filters.request import FilterRequest
from hgecircuit.netlist import GROUND, Circuit, Subcircuit
from hgecircuit.record import Record
from hgecircuit.run.engines.ngspice import Ngspice

pytestmark = pytest.mark.ngspice

REQUESTS = {
    "paper": FilterRequest(settle_time_s=0.1, reject_hz=(40.0, 400.0)),
    "paper, stay, E96": FilterRequest(
        settle_time_s=0.1, settled="stay", reject_hz=(80.0,), resistor_series="E96"
    ),
    "rc": FilterRequest(cutoff_hz=100.0, order=4, family="critically-damped", topology="rc"),
    "first": FilterRequest(cutoff_hz=1e3, order=1, topology="multiple-feedback"),
    "second": FilterRequest(cutoff_hz=1e3, order=2, family="bessel"),
    "feedback 3": FilterRequest(cutoff_hz=500.0, topology="multiple-feedback"),
    "feedback 4": FilterRequest(
        cutoff_hz=2e3, order=4, family="bessel", topology="multiple-feedback"
    ),
    "slow op-amps": FilterRequest(
        cutoff_hz=5e3, order=3, opamp="OPA333", opamp_error=0.2, amplitude_v=0.1
    ),
    "slow inverting": FilterRequest(
        cutoff_hz=5e3, order=3, opamp="OPA333", opamp_error=0.3, amplitude_v=0.1,
        topology="multiple-feedback",
    ),
    "output resistance": FilterRequest(
        cutoff_hz=1e3, order=4, opamp="OPA140", output_ohm=500.0, reject_hz=(9e3, 90e3)
    ),
    "output resistance, inverting": FilterRequest(
        cutoff_hz=1e3, order=3, opamp="OPA333", output_ohm=2e3, reject_hz=(90e3,), opamp_error=0.05,
        topology="multiple-feedback",
    ),
    "ideal 5": FilterRequest(cutoff_hz=100.0, order=5, opamp="ideal"),
    "sixth": FilterRequest(cutoff_hz=100.0, order=6, family="butterworth"),
    "feedback 6": FilterRequest(
        cutoff_hz=100.0, order=6, topology="multiple-feedback", family="critically-damped"
    ),
}  # fmt: skip
DECIBELS, SHARE = 0.01, 1e-3
# Nodes at 1e-8 V still have to be right to 0.01 dB.
OPTIONS = ".options reltol=1e-6 abstol=1e-18 vntol=1e-12"


@pytest.fixture(scope="module", params=list(REQUESTS))
def design(request: pytest.FixtureRequest) -> FilterDesign:
    return design_filter(REQUESTS[request.param])


def bench(part: Subcircuit, source: str) -> Circuit:
    circuit = Circuit(f"bench of {part.name}")
    circuit.voltage("in", "inp", GROUND, source)
    circuit.instance("filter", part, ("inp", "out"))
    circuit.observe("out")
    return circuit


def run(circuit: Circuit, folder: Path, *directives: str) -> Record:
    for text in (*directives, ".save v(out)"):
        circuit.directive(text)
    return Ngspice().run(circuit.write(), folder, traces={"out": "v(out)"})


def test_ac_response(design: FilterDesign, tmp_path: Path) -> None:
    """Gain to 0.01 dB and phase to 0.1 degrees, from the pass-band to 80 dB below it."""
    part = design.cascade.subcircuit(design.analysis.opamp)
    span = f"{design.prototype.cutoff_hz / 30:g} {design.prototype.cutoff_hz * 100:g}"
    record = run(bench(part, "AC 1"), tmp_path, OPTIONS, f".ac dec 20 {span}")
    expected = design.analysis.response(np.real(record.time_s))
    deep = np.abs(expected) > 1e-9
    assert deep.sum() > 30
    ratio = record["out"][deep] / expected[deep]
    assert np.abs(20 * np.log10(np.abs(ratio))).max() < DECIBELS
    assert np.abs(np.rad2deg(np.angle(ratio))).max() < 0.1


def test_figures_from_ngspices_response(design: FilterDesign, tmp_path: Path) -> None:
    """Cut-off and attenuations as a person would read them off ngspice's curve."""
    part = design.cascade.subcircuit(design.analysis.opamp)
    span = f"{design.prototype.cutoff_hz / 1000:g} {design.prototype.cutoff_hz * 100:g}"
    record = run(bench(part, "AC 1"), tmp_path, OPTIONS, f".ac dec 200 {span}")
    frequency_hz = np.real(record.time_s)
    levels = 20 * np.log10(np.abs(record["out"]))
    below = int(np.argmax(levels < levels[0] - 10 * math.log10(2)))
    cutoff_hz = np.interp(
        -(levels[0] - 10 * math.log10(2)), -levels[below - 1 : below + 1],
        frequency_hz[below - 1 : below + 1],
    )  # fmt: skip
    assert design.analysis.cutoff_hz == pytest.approx(float(cutoff_hz), rel=1e-4)
    for reject_hz in design.request.reject_hz:
        read_db = -float(np.interp(math.log(reject_hz), np.log(frequency_hz), levels))
        exact_db = float(design.analysis.attenuation_db(np.array([reject_hz]))[0])
        assert exact_db == pytest.approx(read_db, abs=DECIBELS)


def test_step_response(design: FilterDesign, tmp_path: Path) -> None:
    """Within 0.1 % of the step at every time, and the settling time to 0.1 % as well."""
    part = design.cascade.subcircuit(design.analysis.opamp)
    settled_s = design.analysis.settling_s(0.02, "stay")
    stop_s, edge_s = 2 * settled_s, 1e-6 * settled_s
    step_s = settled_s / 4000
    record = run(
        bench(part, f"PWL(0 0 {edge_s:g} 1)"),
        tmp_path,
        f"{OPTIONS} method=trap",
        f".tran {step_s:g} {stop_s:g} 0 {step_s:g} uic",
    )
    time_s = np.asarray(record.time_s)
    exact = np.interp(time_s, np.linspace(0, stop_s, 8001), design.analysis.step_grid(stop_s, 8001))
    found = record["out"] / design.analysis.gain_v_per_v
    assert np.abs(found - exact).max() < SHARE
    outside = np.flatnonzero(np.abs(found - 1) > 0.02)[-1]
    assert time_s[outside + 1] == pytest.approx(settled_s, rel=SHARE)
    reached = int(np.argmax(found >= 0.98))
    first_s = design.analysis.settling_s(0.02, "first")
    assert time_s[reached] == pytest.approx(first_s, rel=SHARE)


@pytest.mark.parametrize(
    "name", ["paper", "feedback 4", "slow inverting", "output resistance, inverting"]
)
def test_noise(name: str, tmp_path: Path) -> None:
    """Every noise source as an AC source of its own in ngspice; powers added by hand."""
    design = design_filter(REQUESTS[name])
    network, values, opamp = design.cascade.network, design.cascade.values, design.analysis.opamp
    span = f"{design.prototype.cutoff_hz / 10:g} {design.prototype.cutoff_hz * 10:g}"
    groups = {"resistors": [], "op-amp voltage noise": [], "op-amp current noise": []}
    for branch in network.resistors:
        density = math.sqrt(4 * BOLTZMANN_J_PER_K * TEMPERATURE_K / values[branch.name])
        groups["resistors"].append((branch.a, branch.b, density))
    for one in network.amplifiers:
        groups["op-amp voltage noise"].append((one.name, "", opamp.noise_v_per_rthz))
        for node in (one.plus, one.minus):
            if node not in (GROUND, one.out):
                found = (node, GROUND, opamp.noise_a_per_rthz)
                groups["op-amp current noise"].append(found)
    frequency_hz, powers = np.array([]), {}
    for kind, sources in groups.items():
        for number, source in enumerate(sources):
            folder = tmp_path / f"{kind.split()[-2 if ' ' in kind else 0]}{number}"
            record = run(_noise_bench(design, *source), folder, OPTIONS, f".ac dec 5 {span}")
            frequency_hz = np.real(record.time_s)
            powers[kind] = powers.get(kind, 0.0) + np.abs(record["out"]) ** 2
    powers["op-amp voltage noise"] *= 1 + opamp.corner_hz / frequency_hz
    expected = noise_powers(design.analysis, frequency_hz)
    for kind, power in powers.items():
        np.testing.assert_allclose(power, expected[kind], rtol=2e-3, err_msg=kind)


def _noise_bench(design: FilterDesign, a: str, b: str, density: float) -> Circuit:
    """The filter's elements at the top level, input grounded, with one source of unit AC times a
    density: a current from node ``b`` to node ``a``, or a voltage at the plus input of ``a``."""
    circuit = Circuit("noise of one source")
    network, values = design.cascade.network, design.cascade.values
    amplifier = design.analysis.opamp.subcircuit("amp")
    circuit.voltage("one", "one", GROUND, "AC 1")
    circuit.voltage("in", "inp", GROUND, 0.0)
    for branch in network.resistors:
        circuit.resistor(branch.name[1:], branch.a, branch.b, values[branch.name])
    for branch in network.capacitors:
        circuit.capacitor(branch.name[1:], branch.a, branch.b, values[branch.name])
    for one in network.amplifiers:
        plus = one.plus
        if one.name == a:
            plus = "noisy"
            circuit.vcvs("noise", "noisy", one.plus, "one", GROUND, density)
        circuit.instance(one.name.lower(), amplifier, (plus, one.minus, one.out))
    if b:
        circuit.vccs("noise", b, a, "one", GROUND, density)
    circuit.observe("out", "one")
    return circuit


def test_the_written_netlist_runs(design: FilterDesign, tmp_path: Path) -> None:
    """The file of --netlist, put into a deck by hand, gives the same as the objects."""
    text = write_netlist(design)
    f = design.prototype.cutoff_hz
    deck = (
        f"* bench\n{text}VIN in 0 AC 1\nX1 in out lowpass\n.ac lin 2 {f:g} {2 * f:g}\n"
        ".save v(out)\n.end\n"
    )
    record = Ngspice().run(deck, tmp_path, traces={"out": "v(out)"})
    expected = design.analysis.response(np.real(record.time_s))
    np.testing.assert_allclose(record["out"], expected, rtol=1e-5)
