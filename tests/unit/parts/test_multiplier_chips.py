"""Multiplier chips and the Gilbert cell: their ideal responses against first principles."""

import math

import numpy as np
import pytest

from hgecircuit.errors import InputError
from hgecircuit.netlist import Circuit
from hgecircuit.parts.diodes.junction import THERMAL_V
from hgecircuit.parts.multipliers.gilbert import GilbertCell
from hgecircuit.parts.multipliers.product import Multiplier
from hgecircuit.parts.multipliers.table import MULTIPLIERS, Spread
from hgecircuit.parts.multipliers.translinear import TranslinearMultiplier

GRID_V = np.linspace(-1, 1, 21)


def test_a_chip_has_the_ports_of_the_behavioural_multiplier() -> None:
    ports = Multiplier().subcircuit().ports
    for figures in MULTIPLIERS.values():
        assert figures.multiplier().subcircuit().ports == ports
    assert GilbertCell().subcircuit().ports == ports


@pytest.mark.parametrize("gains", [(1.0, 1.0), (1.0, 10.0), (3.0, 2.0)])
@pytest.mark.parametrize("name", MULTIPLIERS)
def test_every_wiring_multiplies_with_one_volt(name: str, gains: tuple[float, float]) -> None:
    """Small signals: the slope is 1/V but for 3 (n_x + n_y) and the output amplifier's gain."""
    figures = MULTIPLIERS[name]
    part = figures.multiplier(gains=gains)
    slope = float(part.product_v(np.array(1e-3), np.array(1e-3))) / 1e-6
    straight = (1 - 3 * figures.x_nonlinearity) * (1 - 3 * figures.y_nonlinearity)
    loss = 1 + part.gain_behind * 10 ** (-figures.dc_gain_db / 20)
    assert slope == pytest.approx(straight / loss, rel=1e-6)
    assert part.bandwidth_hz * part.gain_behind == pytest.approx(figures.gain_bandwidth_hz)


def test_the_gain_behind_the_core_takes_its_offset_along() -> None:
    """AD633 at its data sheet's 50 mV: 0.5 V at the output without gain in front, 50 mV with 10."""
    chip = MULTIPLIERS["AD633"]
    origin = np.array(0.0)
    behind = chip.multiplier(offset_shares=(0.0, 0.0, 1.0)).product_v(origin, origin)
    front = chip.multiplier(gains=(1.0, 10.0), offset_shares=(0.0, 0.0, 1.0))
    assert float(behind) == pytest.approx(0.5, rel=0.01)
    assert float(front.product_v(origin, origin)) == pytest.approx(0.05, rel=0.01)


@pytest.mark.parametrize("name", MULTIPLIERS)
def test_feedthrough_is_the_slope_at_zero_of_the_other_input(name: str) -> None:
    part = MULTIPLIERS[name].multiplier(scale_share=1.0, offset_shares=(0.5, -1.0, 0.3))
    zero, step = np.array(0.0), np.array(1e-4)
    loss = 1 + part.gain_behind / part.amplifier.dc_gain
    along_x = float(part.product_v(step, zero) - part.product_v(-step, zero)) / 2e-4
    along_y = float(part.product_v(zero, step) - part.product_v(zero, -step)) / 2e-4
    # A slope at an offset input is steeper by 12 n (offset / F)^2 than at 0 V.
    np.testing.assert_allclose([along_x * loss, along_y * loss], part.feedthrough, rtol=1e-6)


def test_worst_cases_hold_the_total_error_of_the_data_sheet() -> None:
    """AD633: at most 2 % of 10 V over +-10 V when one error at a time is at its maximum."""
    chip = MULTIPLIERS["AD633"]
    grid = np.linspace(-10, 10, 41)
    x_v, y_v = np.meshgrid(grid, grid / 10)
    for shares in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)):
        part = chip.multiplier((-18.0, 18.0), (1.0, 10.0), offset_shares=shares)
        assert np.abs(part.product_v(x_v, y_v) - x_v * y_v).max() < 0.02 * 10


def test_the_worst_ad633_is_at_its_data_sheets_maxima() -> None:
    worst = MULTIPLIERS["AD633"].multiplier(scale_share=-1.0, offset_shares=(1.0, -1.0, 0.5))
    errors = (worst.scale_error, worst.x_offset_v, worst.y_offset_v, worst.output_offset_v)
    assert errors == pytest.approx((-0.02, 0.03, -0.03, 0.025), rel=1e-12, abs=0)


def test_a_maximum_that_is_not_confirmed_falls_back_to_the_typical_figure() -> None:
    assert Spread(1.0).largest == 1.0
    assert Spread(1.0, 3.0).largest == 3.0


def test_outputs_stop_at_the_rails() -> None:
    part = MULTIPLIERS["AD633"].multiplier((-12.0, 12.0))
    assert float(part.product_v(np.array(5.0), np.array(5.0))) == pytest.approx(8.3)
    assert float(part.product_v(np.array(5.0), np.array(-5.0))) == pytest.approx(-8.3)


@pytest.mark.parametrize("share", [1.5, math.nan])
def test_bad_shares_and_supplies_are_refused(share: float) -> None:
    with pytest.raises(InputError, match="expected -1 to 1"):
        MULTIPLIERS["AD633"].multiplier(scale_share=share)
    with pytest.raises(InputError, match="expected -1 to 1"):
        MULTIPLIERS["AD633"].multiplier(offset_shares=(0.0, share, 0.0))
    with pytest.raises(InputError, match=r"AD734 .*expected 16 to 36 V"):
        MULTIPLIERS["AD734"].multiplier((-5.0, 5.0))


def test_gilbert_cell_multiplies_with_one_volt_and_compresses_as_tanh() -> None:
    cell = GilbertCell(attenuation=0.02)
    small = cell.product_v(1e-3 * GRID_V, np.array(1e-3))
    np.testing.assert_allclose(small, 1e-6 * GRID_V, rtol=1e-6, atol=1e-15)
    # k x = V_T / 2 and k x = V_T: the docstring's 2 % and 7.6 %.
    for share, loss in ((0.5, 0.02), (1.0, 0.076)):
        x_v = share * THERMAL_V / cell.attenuation
        ratio = float(cell.product_v(np.array(x_v), np.array(1e-3))) / (x_v * 1e-3)
        assert 1 - ratio == pytest.approx(loss, abs=1e-3)


def test_two_instances_with_other_offsets_need_two_names() -> None:
    chip = MULTIPLIERS["AD633"]
    circuit = Circuit("t")
    circuit.voltage("a", "a", "0", 1.0)
    circuit.instance("1", chip.multiplier().subcircuit("m1"), ("a", "a", "b"))
    other = chip.multiplier(offset_shares=(0.0, 0.0, 1.0))
    with pytest.raises(ValueError, match="two different subcircuits are named m1"):
        circuit.instance("2", other.subcircuit("m1"), ("a", "a", "c"))
    circuit.instance("2", other.subcircuit("m2"), ("a", "a", "c"))
    circuit.observe("b", "c")
    assert circuit.write().count(".subckt m2_amplifier") == 1


def test_a_perfect_chip_is_the_perfect_multiplier() -> None:
    amplifier = MULTIPLIERS["AD633"].multiplier().amplifier
    part = TranslinearMultiplier(amplifier)
    loss = 1 + 10 / amplifier.dc_gain
    np.testing.assert_allclose(
        part.product_v(GRID_V, GRID_V[::-1]) * loss,
        Multiplier().product_v(GRID_V, GRID_V[::-1]),
        atol=1e-12,
    )
