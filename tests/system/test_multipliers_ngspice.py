"""Every multiplier chip of the table and the Gilbert cell on a bench: its figures, measured."""

from pathlib import Path

import numpy as np
import pytest
from component_bench import measure

from hgecircuit.parts.diodes.junction import THERMAL_V
from hgecircuit.parts.multipliers.gilbert import GilbertCell
from hgecircuit.parts.multipliers.table import MULTIPLIERS
from hgecircuit.parts.multipliers.translinear import FULL_SCALE_V, TranslinearMultiplier

pytestmark = pytest.mark.ngspice


def _multipliers() -> dict[str, TranslinearMultiplier]:
    nominal = {name: figures.multiplier() for name, figures in MULTIPLIERS.items()}
    worst = {
        f"{name}, worst": figures.multiplier(scale_share=1.0, offset_shares=(1.0, -1.0, 1.0))
        for name, figures in MULTIPLIERS.items()
    }
    front = MULTIPLIERS["AD633"].multiplier(gains=(1.0, 10.0), offset_shares=(0.0, 0.0, 1.0))
    return nominal | worst | {"AD633 behind a gain of 10": front}


@pytest.mark.parametrize("name", _multipliers())
def test_multiplier_product_offsets_feedthrough_and_bandwidth(name: str, tmp_path: Path) -> None:
    part = _multipliers()[name]
    sub, nodes = part.subcircuit(), ("x", "y", "out")
    for y_v in (-1.0, 0.0, 0.7):
        sweep = measure(tmp_path, ".dc vx -1 1 0.1", sub, nodes, {"x": 0.0, "y": y_v})
        x_v = np.real(sweep.time_s)
        np.testing.assert_allclose(sweep["out"], part.product_v(x_v, np.array(y_v)), atol=1e-6)
        if y_v == 0:
            # The chord over 0.2 V of f leaves its slope at 0 V by 4 n u^2, u = 0.1 gain / F.
            slope = (sweep["out"][11] - sweep["out"][9]) / 0.2
            bend = 4 * part.x_nonlinearity * (0.1 * part.x_gain / FULL_SCALE_V) ** 2
            loss = part.gain_behind / part.amplifier.dc_gain
            assert slope == pytest.approx(part.feedthrough[0], rel=bend + 1.1 * loss, abs=1e-9)
            if name == "AD633, worst":
                # Ten times its data sheet's 50 mV, and the product of its input offsets.
                expected_v = 10 * (50e-3 - 1.02 * 30e-3**2 / 10)
                assert sweep["out"][10] == pytest.approx(expected_v, rel=1.1 * loss)
    span = f".ac dec 20 {part.bandwidth_hz / 100:g} {part.bandwidth_hz * 5:g}"
    ac = measure(tmp_path, span, sub, nodes, {"x": "AC 1", "y": 1.0})
    # A two-pole amplifier inside its loop: G core / (1 + G / A).
    loop = 1 + part.gain_behind / part.amplifier.response(np.real(ac.time_s))
    slow = 1 + part.gain_behind / part.amplifier.dc_gain
    small = (part.product_v(np.array(1e-3), np.array(1.0)) - part.product_v(
        np.array(-1e-3), np.array(1.0))) / 2e-3  # fmt: skip
    np.testing.assert_allclose(ac["out"], small * slow / loop, rtol=1e-4)
    rails = measure(tmp_path, ".op", sub, nodes, {"x": 20.0, "y": 20.0})
    assert rails["out"][0] == pytest.approx(part.amplifier.rail_high_v, abs=1e-3)


@pytest.mark.parametrize("name", MULTIPLIERS)
def test_multiplier_nonlinearity_as_data_sheets_state_it(name: str, tmp_path: Path) -> None:
    """X from end to end of its scale at full Y, no gain behind: distance from the best line."""
    figures = MULTIPLIERS[name]
    part = figures.multiplier((-18.0, 18.0), (1.0, figures.denominator_v))
    sweep = measure(
        tmp_path, ".dc vx -10 10 0.05", part.subcircuit(), ("x", "y", "out"), {"x": 0.0, "y": 1.0}
    )
    x_v, out_v = np.real(sweep.time_s), sweep["out"]
    # The best line in the sense of the largest distance goes through the extremes of T_3.
    slopes = np.linspace(0.9, 1.1, 20_001)
    best = min(float(np.abs(out_v - slope * x_v).max()) for slope in slopes)
    assert best / FULL_SCALE_V == pytest.approx(figures.x_nonlinearity, rel=0.05)


def test_gilbert_cell_follows_the_tanh_law(tmp_path: Path) -> None:
    """With current gain beta the two stages lose 1 - (beta / (beta + 1))^2, and the base resistors
    of 100 ohm carry tail / beta at most, against 2 V_T, once in each stage."""
    beta = 1e4
    cell = GilbertCell(transistor={"is_": 1e-15, "bf": beta}, y_mismatch_v=1e-3)
    limit = 2 / beta + 2 * cell.tail_a * 100 / beta / (2 * THERMAL_V)
    for y_v in (-3.0, 0.0, 1.0):
        sweep = measure(
            tmp_path, ".dc vx -4 4 0.25", cell.subcircuit(), ("x", "y", "out"),
            {"x": 0.0, "y": y_v},
        )  # fmt: skip
        x_v = np.real(sweep.time_s)
        expected_v = cell.product_v(x_v, np.array(y_v))
        np.testing.assert_allclose(sweep["out"], expected_v, atol=limit * cell.full_scale_v)


def test_gilbert_cell_of_real_transistors(tmp_path: Path) -> None:
    """The loss that its docstring states, and the tanh law's shape: the Early effect and the base
    currents change with the modulation by less than they take in all."""
    cell = GilbertCell()
    sweep = measure(
        tmp_path, ".dc vx -1 1 0.1", cell.subcircuit(), ("x", "y", "out"), {"x": 0.0, "y": 1.0}
    )
    ideal_v = cell.product_v(np.real(sweep.time_s), np.array(1.0))
    slope = float(np.polyfit(ideal_v, sweep["out"], 1)[0])
    assert 1 - slope == pytest.approx(0.065, abs=5e-3)
    np.testing.assert_allclose(sweep["out"], slope * ideal_v, atol=0.065 * 0.1)


@pytest.mark.parametrize("name", MULTIPLIERS)
def test_the_chip_alone_takes_differences_and_adds_z(name: str, tmp_path: Path) -> None:
    """At a common mode of 2 V on X, with offsets at their limits and bias currents measured."""
    part = MULTIPLIERS[name].multiplier(scale_share=1.0, offset_shares=(1.0, -1.0, 1.0))
    record = measure(
        tmp_path, ".dc vx1 1 3 0.25", part.chip_subcircuit("chip"),
        ("x1", "x2", "y1", "y2", "z", "out"),
        {"x1": 0.0, "x2": 2.0, "y1": 0.3, "y2": -0.5, "z": 0.7}, currents=("x2", "z"),
    )  # fmt: skip
    expected_v = part.chip_v(np.real(record.time_s) - 2.0, np.array(0.8), np.array(0.7))
    np.testing.assert_allclose(record["out"], expected_v, atol=1e-6)
    assert -record["i_x2"][0] * 1e6 == pytest.approx(part.bias_a * 1e6, rel=1e-6)
    assert -record["i_z"][0] * 1e6 == pytest.approx(part.bias_a * 1e6, rel=1e-6)
