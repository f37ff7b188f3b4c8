"""Changeover switch, signal gate and chop logic in ngspice."""

from pathlib import Path

import numpy as np
import pytest
from component_bench import RELTOL, measure

from hgecircuit.netlist import GROUND
from hgecircuit.parts.switches.analog_switch import SWITCHES
from hgecircuit.parts.switches.changeover import ChangeoverSwitch, ChopLogic, SwitchedGate

pytestmark = pytest.mark.ngspice


@pytest.mark.parametrize("name", SWITCHES)
def test_changeover_connects_one_or_the_other(name: str, tmp_path: Path) -> None:
    switch = SWITCHES[name].switch()
    load_ohm = 1e4
    sweep = measure(
        tmp_path, ".dc vgate 0 1 0.05", ChangeoverSwitch(switch).subcircuit(),
        ("common", "one", "zero", "gate"), {"one": 2.0, "zero": -1.0, "gate": 0.0},
        {("common", GROUND): load_ohm},
    )  # fmt: skip
    gate_v = np.real(sweep.time_s)
    one_s, zero_s = switch.conductance_s(gate_v), switch.conductance_s(1 - gate_v)
    total_s = one_s + zero_s + 1 / load_ohm
    expected_v = (2 * one_s - zero_s - 2 * switch.leakage_a) / total_s
    np.testing.assert_allclose(sweep["common"], expected_v, rtol=RELTOL, atol=1e-9)


@pytest.mark.parametrize("name", SWITCHES)
def test_the_gate_passes_its_signal_or_ground(name: str, tmp_path: Path) -> None:
    """With the edge of 10 us: the output is the gate's rectangle, and its area that of 1 ms."""
    part = SwitchedGate(SWITCHES[name].switch())
    load_ohm = 1e6
    drives: dict[str, float | str] = {"inp": 3.0, "gate": "PULSE(0 1 0.5e-3 1e-5 1e-5 0.99e-3 1)"}
    record = measure(
        tmp_path, ".tran 1e-6 2.5e-3 0 1e-6 uic", part.subcircuit(), ("inp", "gate", "out"),
        drives, {("out", GROUND): load_ohm},
    )  # fmt: skip
    load = load_ohm / (load_ohm + part.switch.on_ohm)
    expected_v = load * part.output_v(np.array(3.0), np.array([0.0, 1.0, 0.0]))
    found_v = record.at("out", np.array([0.4e-3, 1e-3, 2.4e-3]))
    np.testing.assert_allclose(found_v, expected_v, rtol=RELTOL, atol=1e-8)
    # Symmetric about both edges' middles; a time step of 1 us each way.
    area = np.trapezoid(record["out"], record.time_s)
    assert area == pytest.approx(expected_v[1] * 1e-3, rel=2e-3)


def test_chop_logic(tmp_path: Path) -> None:
    for gate_v, chop_v, expected in (
        (0, 0, (0, 0)),
        (0, 1, (0, 0)),
        (1, 0, (1, 0)),
        (1, 1, (0, 1)),
    ):
        record = measure(
            tmp_path, ".op", ChopLogic().subcircuit(), ("gate", "chop", "plus", "minus"),
            {"gate": float(gate_v), "chop": float(chop_v)},
            {("plus", GROUND): 1e3, ("minus", GROUND): 1e3},
        )  # fmt: skip
        found = (record["plus"][0], record["minus"][0])
        np.testing.assert_allclose(found, expected, atol=1e-12)
