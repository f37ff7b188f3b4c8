"""Figures and ideal responses of op-amps, switches, comparators and diodes."""

import math

import numpy as np
import pytest
from scipy import signal

from hgecircuit.errors import InputError
from hgecircuit.parts.comparators.comparator import COMPARATORS
from hgecircuit.parts.diodes.junction import DIODES
from hgecircuit.parts.filters.opamp_table import PARTS
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel, second_pole_for
from hgecircuit.parts.opamps.table import OPAMPS
from hgecircuit.parts.switches.analog_switch import SWITCHES

FAMILIES = {"opamps": OPAMPS, "switches": SWITCHES, "comparators": COMPARATORS}


def _supply_v(name: str) -> tuple[float, float]:
    half_v = min(12.0, OPAMPS[name].part.supply_v[1] / 2)
    return -half_v, half_v


def test_every_opamp_of_the_filters_table_has_a_macromodel() -> None:
    assert set(OPAMPS) == {part.name for part in PARTS}
    kinds = " ".join(figures.part.kind for figures in OPAMPS.values())
    for kind in ("precision", "general-purpose", "electrometer", "zero-drift"):
        assert kind in kinds


@pytest.mark.parametrize("name", OPAMPS)
def test_what_is_not_assumed_has_a_source(name: str) -> None:
    figures = OPAMPS[name]
    for key in ("headroom_v", "output_ohm", "phase_margin_deg"):
        stated = key not in figures.assumed
        assert stated == (getattr(figures, key) is not None)
        if stated:
            assert figures.read.get(key) or figures.read["*"]


@pytest.mark.parametrize("name", OPAMPS)
def test_the_macromodel_has_the_tables_figures_and_the_supplys_rails(name: str) -> None:
    figures, (negative_v, positive_v) = OPAMPS[name], _supply_v(name)
    opamp = figures.macromodel((negative_v, positive_v), -1.0, (1.0, -0.5))
    assert opamp.offset_v == -figures.part.offset_v
    assert (opamp.bias_plus_a, opamp.bias_minus_a) == pytest.approx(
        (figures.part.bias_a, -0.5 * figures.part.bias_a), rel=1e-12, abs=0
    )
    assert negative_v < opamp.rail_low_v < 0 < opamp.rail_high_v < positive_v
    assert opamp.linear == figures.part.model
    if figures.part.quiescent_a is None:
        assert opamp.power_w is None
    else:
        assert opamp.power_w == pytest.approx(2 * positive_v * figures.part.quiescent_a, abs=0)


def test_a_supply_outside_the_parts_range_is_refused() -> None:
    with pytest.raises(InputError, match=r"MCP6002 .*expected 1.8 to 6 V in total"):
        OPAMPS["MCP6002"].macromodel((-12.0, 12.0))


@pytest.mark.parametrize("share", [1.01, -2.0, math.nan])
def test_a_share_above_the_maximum_is_refused(share: float) -> None:
    with pytest.raises(InputError, match="expected -1 to 1"):
        OPAMPS["OPA277"].macromodel((-12.0, 12.0), share)
    with pytest.raises(InputError, match="expected -1 to 1"):
        OPAMPS["OPA277"].macromodel((-12.0, 12.0), 0.0, (0.0, share))
    with pytest.raises(InputError, match="expected -1 to 1"):
        COMPARATORS["LM393"].comparator(offset_share=share)


@pytest.mark.parametrize("margin_deg", [30.0, 60.0, 85.0])
def test_second_pole_gives_the_phase_margin(margin_deg: float) -> None:
    """Against SciPy's frequency response, read where it crosses 1."""
    pole_hz = second_pole_for(1e6, margin_deg)
    gain = OpAmpMacromodel(1e6, 1e7, pole_hz, 1e6, -10, 10, 100.0)
    system = signal.TransferFunction(
        [1e7], np.polymul([1e7 / (2 * np.pi * 1e6), 1.0], [1 / (2 * np.pi * pole_hz), 1.0])
    )
    angular = 2 * np.pi * np.geomspace(1e5, 2e6, 20_001)
    _, response = signal.freqresp(system, angular)
    crossing = int(np.argmax(np.abs(response) < 1))
    margin_found = 180 + np.rad2deg(np.angle(response[crossing]))
    assert margin_found == pytest.approx(margin_deg, abs=0.05)
    np.testing.assert_allclose(gain.response(angular / (2 * np.pi)), response, rtol=1e-9)


def test_opamp_output_is_its_gain_between_the_rails() -> None:
    opamp = OpAmpMacromodel(1e6, 1e5, 1.5e6, 1e6, -10, 9, 100.0, offset_v=1e-5)
    np.testing.assert_allclose(
        opamp.output_v(np.array([-1e-2, -3e-5, -1e-5, 0.0, 1.0])), [-10, -2, 0, 1, 9], atol=1e-9
    )


@pytest.mark.parametrize("name", SWITCHES)
def test_switch_is_on_at_one_volt_and_off_at_zero(name: str) -> None:
    figures = SWITCHES[name]
    typical, worst = figures.switch(), figures.switch(worst=True)
    assert worst.on_ohm >= typical.on_ohm
    assert worst.leakage_a >= typical.leakage_a
    siemens = typical.conductance_s(np.array([0.0, 0.5, 1.0])) * typical.on_ohm
    # Off, the channel must leak less than the data sheet's terminal at the largest signal, 16 V.
    assert siemens[0] * 16 / typical.on_ohm < 1e-3 * typical.leakage_a
    np.testing.assert_allclose(siemens[1:], [0.5, 1.0], rtol=1e-12)
    assert 0 < typical.off_f < figures.on_f


def test_comparator_keeps_its_state_between_the_thresholds() -> None:
    part = COMPARATORS["LM393"].comparator(hysteresis_v=20e-3, offset_share=-1.0)
    assert part.thresholds_v == pytest.approx((15e-3, -5e-3), rel=1e-12, abs=0)
    states = [part.output_v(difference_v, 0.0) for difference_v in (-0.1, 0.0, 14e-3, 16e-3)]
    assert states == [0, 0, 0, 1]
    states = [part.output_v(difference_v, 1.0) for difference_v in (0.1, 0.0, -4e-3, -6e-3)]
    assert states == [1, 1, 1, 0]


@pytest.mark.parametrize("name", DIODES)
def test_diode_holds_to_its_data_sheet(name: str) -> None:
    diode = DIODES[name]
    for current_a, largest_v in diode.limits.forward:
        assert float(diode.voltage_v(np.array(current_a))) < largest_v
    for current_a, typical_v in diode.limits.typical:
        assert float(diode.voltage_v(np.array(current_a))) == pytest.approx(typical_v, abs=6e-3)
    assert diode.saturation_a < diode.limits.reverse[1]
    bias_v, largest_f = diode.limits.capacitance
    assert diode.capacitance_f(bias_v) * 1e12 <= largest_f * 1e12


def test_schottky_capacitance_is_the_sheets_typical() -> None:
    assert DIODES["BAT54"].capacitance_f(1.0) * 1e12 == pytest.approx(7.6, abs=0.1)


@pytest.mark.parametrize("family", FAMILIES)
def test_tables_are_keyed_by_the_parts_names(family: str) -> None:
    for name, figures in FAMILIES[family].items():
        assert name == getattr(figures, "name", None) or name == figures.part.name
