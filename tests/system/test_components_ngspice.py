"""Every op-amp, switch, comparator and diode of the tables on a bench: its figures, measured."""

import math
from pathlib import Path

import numpy as np
import pytest
from component_bench import RELTOL, measure

from hgecircuit.netlist import GROUND
from hgecircuit.parts.comparators.comparator import COMPARATORS
from hgecircuit.parts.diodes.junction import DIODES
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.opamps.table import ASSUMED_PHASE_MARGIN_DEG, OPAMPS
from hgecircuit.parts.switches.analog_switch import SWITCHES

pytestmark = pytest.mark.ngspice


def _opamp(name: str, offset_share: float = 0.0, bias_share: float = 0.0) -> OpAmpMacromodel:
    figures = OPAMPS[name]
    half_v = min(12.0, figures.part.supply_v[1] / 2 * 0.9)
    return figures.macromodel((-half_v, half_v), offset_share, (bias_share, -bias_share))


def _crossing(axis: np.ndarray, values: np.ndarray, level: float) -> float:
    """First place where rising or falling ``values`` cross ``level``, interpolated."""
    n = int(np.flatnonzero(np.diff(np.sign(values - level)))[0])
    share = (level - values[n]) / (values[n + 1] - values[n])
    return float(axis[n] + share * (axis[n + 1] - axis[n]))


@pytest.mark.parametrize("name", OPAMPS)
def test_opamp_gain_poles_margin_and_output_resistance(name: str, tmp_path: Path) -> None:
    opamp = _opamp(name)
    span = f".ac dec 50 1e-3 {10 * opamp.gain_bandwidth_hz:g}"
    nodes, sources = ("plus", "minus", "out"), {"plus": "AC 1", "minus": 0.0}
    record = measure(tmp_path, span, opamp.subcircuit(), nodes, sources)
    frequency_hz = np.real(record.time_s)
    np.testing.assert_allclose(record["out"], opamp.response(frequency_hz), rtol=RELTOL)
    # Read off as a person would: 50 points per decade, straight in between.
    octaves, decibels = np.log(frequency_hz), 20 * np.log10(np.abs(record["out"]))
    unity = _crossing(octaves, decibels, 0.0)
    margin_deg = 180 + np.interp(unity, octaves, np.rad2deg(np.unwrap(np.angle(record["out"]))))
    wanted_deg = OPAMPS[name].phase_margin_deg or ASSUMED_PHASE_MARGIN_DEG
    assert margin_deg == pytest.approx(wanted_deg, abs=0.1)
    loaded = measure(
        tmp_path, span, opamp.subcircuit(), nodes, sources, {("out", GROUND): 1e3}
    )  # fmt: skip
    share = 1e3 / (1e3 + opamp.output_ohm)
    assert abs(loaded["out"][0] / record["out"][0]) == pytest.approx(share, rel=RELTOL)


@pytest.mark.parametrize("name", OPAMPS)
def test_opamp_slews_and_leaves_its_rail_at_once(name: str, tmp_path: Path) -> None:
    """From hard overdrive at the positive rail to the negative one, without feedback."""
    opamp = _opamp(name)
    range_v = opamp.rail_high_v - opamp.rail_low_v
    across_s = range_v / opamp.slew_v_per_s
    start_s = 2 * across_s
    drive = f"PWL(0 5 {start_s:g} 5 {start_s + 1e-4 * across_s:g} -5)"
    step_s = across_s / 500
    record = measure(
        tmp_path, f".tran {step_s:g} {2 * start_s:g} 0 {step_s:g} uic", opamp.subcircuit(),
        ("plus", "minus", "out"), {"plus": drive, "minus": 0.0},
    )  # fmt: skip
    time_s, out_v = np.asarray(record.time_s), record["out"]
    before, after = time_s < start_s, time_s > start_s
    # 5 V saturate the input but for 1 - tanh; the gain's own resistor takes v / R of the current.
    ratio = 2 * math.pi * opamp.gain_bandwidth_hz / opamp.slew_v_per_s
    loss_v = 0.1 * (1 - math.tanh(5 * ratio) + range_v * ratio / opamp.dc_gain)
    assert out_v[before][-1] == pytest.approx(opamp.rail_high_v, abs=loss_v + 1e-5)
    assert out_v[-1] == pytest.approx(opamp.rail_low_v, abs=loss_v + 1e-5)
    slope = np.gradient(out_v, time_s)[after & (np.abs(out_v) < range_v / 4)]
    assert -slope == pytest.approx(opamp.slew_v_per_s, rel=range_v * ratio / opamp.dc_gain + 2e-3)
    # Nothing wound up: 0 V is reached after the way from the rail at the full slew rate, sooner by
    # up to the clamp's 0.1 V and later by the second pole's time constant.
    arrival_s = _crossing(time_s[after], out_v[after], 0.0) - start_s
    way_s = opamp.rail_high_v / opamp.slew_v_per_s
    lag_s = 1 / (2 * math.pi * opamp.second_pole_hz) + step_s
    assert way_s - 0.1 / opamp.slew_v_per_s - step_s < arrival_s < way_s + lag_s


@pytest.mark.parametrize("name", OPAMPS)
def test_opamp_offset_and_bias_of_the_worst_part(name: str, tmp_path: Path) -> None:
    opamp = _opamp(name, 1.0, 1.0)
    source_ohm = 0.1 / opamp.bias_plus_a
    record = measure(
        tmp_path, ".op", opamp.subcircuit(), ("plus", "out", "out"), {},
        {("plus", GROUND): source_ohm},
    )  # fmt: skip
    assert record["plus"][0] == pytest.approx(-0.1, rel=1e-3)
    # The minus input's current is fed by the output, through its closed-loop resistance.
    offset_v = (record["out"][0] - record["plus"][0]) * (1 + 1 / opamp.dc_gain)
    floor_v = 0.1 / opamp.dc_gain + opamp.output_ohm * opamp.bias_plus_a / opamp.dc_gain
    assert offset_v == pytest.approx(OPAMPS[name].part.offset_v, abs=2 * floor_v, rel=RELTOL)


@pytest.mark.parametrize("worst", [False, True])
@pytest.mark.parametrize("name", SWITCHES)
def test_switch_resistance_leakage_and_isolation(name: str, worst: bool, tmp_path: Path) -> None:
    switch = SWITCHES[name].switch(worst)
    part, nodes = switch.subcircuit(), ("a", "b", "gate")
    sweep = measure(
        tmp_path, ".dc vgate 0 1 0.01", part, nodes,
        {"a": 1e-3, "b": 0.0, "gate": 0.0}, currents=("b",),
    )  # fmt: skip
    # i(v) flows into the source: through the channel, less what leaks before it.
    channel_a = sweep["i_b"] + switch.leakage_a
    expected_a = 1e-3 * switch.conductance_s(np.real(sweep.time_s))
    np.testing.assert_allclose(channel_a * 1e6, expected_a * 1e6, rtol=RELTOL, atol=1e-9)
    off = measure(tmp_path, ".op", part, nodes, {"a": 1.0, "b": 0.0, "gate": 0.0}, currents=("b",))
    assert -off["i_b"][0] * 1e12 == pytest.approx(switch.leakage_a * 1e12, rel=1e-3)
    isolation = measure(
        tmp_path, ".ac lin 1 1e6 1e6", part, nodes, {"a": "AC 1", "gate": 0.0}, {("b", GROUND): 50}
    )
    through_s = 2j * math.pi * 1e6 * switch.through_f
    ground_s = 2j * math.pi * 1e6 * (switch.off_f + 2 * switch.charge_c) + 1 / 50
    expected = abs(through_s / (through_s + ground_s))
    assert abs(isolation["b"][0]) == pytest.approx(expected, rel=RELTOL, abs=1e-15)
    terminal = measure(
        tmp_path, ".ac lin 1 1e6 1e6", part, nodes, {"a": 0.0, "b": "AC 1", "gate": 0.0},
        currents=("b",),
    )  # fmt: skip
    farad = -np.imag(terminal["i_b"][0]) / (2 * math.pi * 1e6)
    expected_f = switch.off_f + switch.through_f + 2 * switch.charge_c
    assert farad * 1e12 == pytest.approx(expected_f * 1e12, rel=RELTOL)
    if name == "ADG412":
        assert 20 * math.log10(abs(isolation["b"][0])) == pytest.approx(-68, abs=0.5)


@pytest.mark.parametrize("hold_f", [1e-9, 10e-9])
@pytest.mark.parametrize("name", SWITCHES)
def test_switch_leaves_its_charge_on_the_hold_capacitor(
    name: str, hold_f: float, tmp_path: Path
) -> None:
    """The data sheets' bench: source of 0 V and 0 ohm, the gate falls, the capacitor is read."""
    switch = SWITCHES[name].switch()
    edge_s = 10e-6
    record = measure(
        tmp_path, ".tran 2e-8 1.5e-4 0 1e-7 uic", switch.subcircuit(), ("a", "b", "gate"),
        {"a": 0.0, "gate": f"PWL(0 1 1e-4 1 {1e-4 + edge_s:g} 0)"},
        capacitors={("b", GROUND): hold_f},
    )  # fmt: skip
    total_f = hold_f + switch.off_f + switch.through_f + 2 * switch.charge_c
    early_s = 1e-4 + edge_s + 1e-6
    early = record.at("b", early_s)
    # C dv/dt = 2 Q dgate/dt - g(gate) v, solved along the edge.
    fall_s = np.linspace(0, edge_s, 20_001)
    decay = switch.conductance_s(1 - fall_s / edge_s) / total_f
    left = np.cumsum(decay[::-1])[::-1] * fall_s[1]
    expected_v = -2 * switch.charge_c / edge_s / total_f * np.trapezoid(np.exp(-left), fall_s)
    drop_v = switch.leakage_a / total_f * (early_s - 1e-4)
    assert early * 1e3 == pytest.approx(expected_v * 1e3, rel=5e-3, abs=drop_v * 1e3)
    # The data sheet's figure, as long as the edge is slow: the shift of the opening is at most
    # (|ln r| + 2) / 80 V, r = 80 R C / edge, and a further share 2 R C / edge lags behind.
    lag = switch.on_ohm * total_f / edge_s
    share = 2 * (abs(math.log(80 * lag)) + 2) / 80 + 2 * lag
    assert -early * total_f * 1e12 == pytest.approx(switch.charge_c * 1e12, rel=share)
    # Then the leakage of both terminals' figures runs it down.
    late, wait_s = record["b"][-1], 1.5e-4 - early_s
    assert (early - late) * total_f / wait_s * 1e12 == pytest.approx(
        switch.leakage_a * 1e12, rel=1e-2, abs=1e-3
    )


@pytest.mark.parametrize("name", COMPARATORS)
def test_comparator_thresholds_delay_levels_and_bias(name: str, tmp_path: Path) -> None:
    part = COMPARATORS[name].comparator(hysteresis_v=20e-3, offset_share=1.0)
    slope_v_per_s, delay_s = 200.0, part.delay_s
    record = measure(
        tmp_path, ".tran 2e-7 2e-3 0 5e-7 uic", part.subcircuit(), ("plus", "minus", "out"),
        {"plus": "PWL(0 -0.1 1e-3 0.1 2e-3 -0.1)", "minus": 0.0}, currents=("minus",),
    )  # fmt: skip
    time_s, out_v = np.asarray(record.time_s), record["out"]
    half = time_s < 1e-3
    rise_s = _crossing(time_s[half], out_v[half], 0.5)
    fall_s = _crossing(time_s[~half], out_v[~half], 0.5)
    found_v = record.at("plus", np.array([rise_s, fall_s]))
    # The ramp moves on during the delay. The hysteresis takes over before the threshold, by
    # arccosh(sqrt(slope hysteresis / 2)) / slope = 0.3 mV, and a further 0.1 mV is the slope's own.
    late_v = slope_v_per_s * delay_s * np.array([1, -1])
    np.testing.assert_allclose(found_v - late_v, part.thresholds_v, atol=4e-4)
    assert out_v[-1] == pytest.approx(0.0, abs=1e-6)
    assert record.at("out", 1e-3) == pytest.approx(1.0, abs=1e-6)
    assert -record["i_minus"][-1] * 1e9 == pytest.approx(part.bias_a * 1e9, rel=RELTOL)
    edge_s = delay_s / 1000
    step = measure(
        tmp_path, f".tran {edge_s:g} {4 * delay_s:g} 0 {delay_s / 100:g} uic", part.subcircuit(),
        ("plus", "minus", "out"), {"plus": f"PWL(0 -0.1 {edge_s:g} 0.1)", "minus": 0.0},
    )  # fmt: skip
    arrival_s = _crossing(np.asarray(step.time_s), step["out"], 0.5)
    assert arrival_s == pytest.approx(delay_s, rel=0.01)


@pytest.mark.parametrize("name", DIODES)
def test_diode_forward_reverse_and_capacitance(name: str, tmp_path: Path) -> None:
    diode = DIODES[name]
    nodes = ("anode", GROUND)
    currents_a = np.geomspace(1e-8, 0.1, 29)
    forward_v = diode.voltage_v(currents_a)
    found_a = np.array(
        [
            -measure(
                tmp_path, ".op", diode.subcircuit(), nodes, {"anode": volt}, currents=("anode",)
            )["i_anode"][0]
            for volt in forward_v[::4]
        ]
    )
    np.testing.assert_allclose(found_a / currents_a[::4], 1.0, rtol=1e-4)
    reverse_v, leakage_a = diode.limits.reverse
    reverse = measure(
        tmp_path, ".op", diode.subcircuit(), nodes, {"anode": -reverse_v}, currents=("anode",)
    )
    assert 0 < reverse["i_anode"][0] < leakage_a
    bias_v, largest_f = diode.limits.capacitance
    ac = measure(
        tmp_path, ".ac lin 1 1e6 1e6", diode.subcircuit(), nodes,
        {"anode": f"DC {-bias_v:g} AC 1"}, currents=("anode",),
    )  # fmt: skip
    farad = -np.imag(ac["i_anode"][0]) / (2 * math.pi * 1e6)
    assert farad * 1e12 == pytest.approx(diode.capacitance_f(bias_v) * 1e12, rel=1e-3)
    assert farad * 1e12 <= largest_f * 1e12 * (1 + 1e-3)
