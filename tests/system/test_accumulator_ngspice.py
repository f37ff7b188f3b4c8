"""The switched accumulator in ngspice: rates, chopping, holding, reset."""

from pathlib import Path

import numpy as np
import pytest
from component_bench import LEARNER_OPTIONS, OPTIONS, measure

from hgecircuit.errors import InputError
from hgecircuit.parts.integrators.accumulator import SwitchedAccumulator
from hgecircuit.parts.integrators.gated import Accumulator
from hgecircuit.parts.lot import Lot
from hgecircuit.record import Record

pytestmark = pytest.mark.ngspice
TAU_S, RESET_TAU_S = 5e-3, 50e-6
KINDS = {
    "plain": (False, False),
    "gated": (True, False),
    "chopped": (False, True),
    "gated and chopped": (True, True),
}
NOMINAL, LIMITS = Lot(), Lot(spread="limits", seed=8)


def _part(lot: Lot, kind: str, opamp: str = "OPA140") -> SwitchedAccumulator:
    gated, chopped = KINDS[kind]
    sized = SwitchedAccumulator.size(
        TAU_S, RESET_TAU_S, lot.opamp(opamp, "acc"), lot.opamp("OPA140", "inverter"),
        lot.switch("ADG412"), lot.switch("ADG412") if gated or chopped else None,
        gated=gated, chopped=chopped,
    )  # fmt: skip
    return lot.vary(sized, "acc")


def _run(
    part: SwitchedAccumulator | Accumulator,
    folder: Path,
    drives: dict[str, float | str],
    stop_s: float,
    options: str = OPTIONS,
    step_s: float = 2e-5,
) -> Record:
    sub = part.subcircuit("accumulator")
    logic: dict[str, float | str] = {"gate": 1.0, "chop": 0.0, "reset": 0.0, **drives}
    used = {port: logic[port] for port in sub.ports[:-1]}
    analysis = f".tran {step_s} {stop_s} 0 {step_s} uic"
    return measure(folder, analysis, sub, sub.ports, used, options=options)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spread", ["nominal", "limits"])
def test_rates_and_offsets(kind: str, spread: str, tmp_path: Path) -> None:
    """Slopes between 2 ms and 8 ms, with either sign, at 0.5 V and at 0 V."""
    part = _part(NOMINAL if spread == "nominal" else LIMITS, kind)
    # A resistor of E192 and one of 0.1 %, a capacitor of 1 %.
    assert part.tau_s == pytest.approx(TAU_S, rel=7e-3 + 1.1e-2 * (spread == "limits"))
    signs = (0, 1) if part.chopped else (0,)
    for sign in signs:
        for input_v in (0.0, 0.5):
            record = _run(part, tmp_path, {"inp": input_v, "chop": float(sign)}, 8e-3)
            start_v, stop_v = record.at("out", np.array([2e-3, 8e-3]))
            expected = part.gains[sign] * input_v / part.tau_s + part.offset_rates_v_per_s[sign]
            # Leakage of the closed switches meets 35 ohm; finite gain of the op-amps.
            limit = 0.5 / part.tau_s * 5e-6 + 2 * 35 * 0.25e-9 / part.tau_s
            assert (stop_v - start_v) / 6e-3 == pytest.approx(expected, abs=limit)


@pytest.mark.parametrize("kind", ["plain", "gated and chopped"])
def test_the_behavioural_part_is_the_same(kind: str, tmp_path: Path) -> None:
    """At the limits: ramps at the parts' own offset, 5 ms, then 15 ms without input."""
    part = _part(LIMITS, kind)
    twin = part.behavioural
    drives: dict[str, float | str] = {"inp": "PWL(0 0.3 5e-3 0.3 5.001e-3 0)"}
    if kind != "plain":
        drives = {"inp": 0.3, "gate": "PULSE(0 1 1e-3 1e-5 1e-5 3.99e-3 1)"}
    found_v, expected_v = (
        _run(one, tmp_path / str(n), drives, 20e-3, step_s=2e-6).at("out", np.array([6e-3, 20e-3]))
        for n, one in enumerate((part, twin))
    )
    # The gate's late end is 3 us of 4 ms; the op-amp's own offset, at the output and, while the
    # gate is open, in the rate of one that the twin has not.
    moved_v = 0.3 / part.tau_s * part.gate_excess_s(1e-5)
    moved_v += part.offset_rates_v_per_s[0] * 4e-3 * part.gated
    expected_v = expected_v + moved_v + part.opamp.offset_v
    np.testing.assert_allclose(found_v, expected_v, atol=3e-5)


def test_a_closed_gate_holds_but_for_leakage(tmp_path: Path) -> None:
    """1 V at the input, offsets at their limits: 40 ms move the output by microvolts."""
    part = _part(LIMITS, "gated and chopped")
    gate = "PULSE(0 1 1e-3 1e-5 1e-5 4.99e-3 1)"
    record = _run(part, tmp_path, {"inp": 1.0, "gate": gate}, 50e-3, step_s=1e-4)
    fine = _run(part, tmp_path, {"inp": 1.0, "gate": gate}, 8.1e-3, step_s=2e-7)
    held_v = record.at("out", np.array([8e-3, 48e-3]))
    expected = part.hold_v_per_s * 40e-3
    assert held_v[1] - held_v[0] == pytest.approx(expected, rel=1e-3, abs=1e-9)
    assert abs(expected) < 1e-3
    # Both edges of the gate leave their charges, which nearly cancel: 5 pC would be 50 uV.
    open_s = 5e-3 + part.gate_excess_s(1e-5)
    assert open_s - 5e-3 == pytest.approx(1.1e-6 + 2.0e-6, rel=0.05)
    rate = part.gains[0] / part.tau_s + part.offset_rates_v_per_s[0]
    ramped_v = rate * open_s + part.hold_v_per_s * 3e-3
    held_v[0] = fine.at("out", 8e-3)
    ramped_v += part.opamp.offset_v + part.gate_step_v(1e-5)
    assert held_v[0] == pytest.approx(ramped_v, abs=0.1e-6 * rate)  # edges in steps of 0.2 us


def test_chopping_takes_the_demodulators_offset_away(tmp_path: Path) -> None:
    """Slots + - - + of 10 ms with a signal of 20 mV that follows and an offset of 50 mV that does
    not. Without chopping the offset alone would be 0.4 V."""
    part = _part(LIMITS, "gated and chopped")
    gate = "PULSE(0 1 1e-3 1e-5 1e-5 9.99e-3 12e-3)"
    chop = "PULSE(0 1 12e-3 1e-5 1e-5 24e-3 1)"
    outputs_v = []
    for signal_v in (0.0, 0.02):
        swings = [0.05 + signal_v, 0.05 - signal_v]
        drive = (
            f"PWL(0 {swings[0]} 12e-3 {swings[0]} 12.01e-3 {swings[1]}"
            f" 36e-3 {swings[1]} 36.01e-3 {swings[0]})"
        )
        drives: dict[str, float | str] = {"inp": drive, "gate": gate, "chop": chop}
        outputs_v.append(_run(part, tmp_path, drives, 48e-3, step_s=1e-5)["out"][-1])
    left_v = part.chopped_offset_v(0.05, 40e-3) + part.hold_v_per_s * 8e-3
    edges_v = 4 * part.gate_step_v(1e-5)
    assert edges_v < 1e-4
    expected_v = left_v + edges_v + part.opamp.offset_v
    assert outputs_v[0] == pytest.approx(expected_v, abs=2e-5)
    # 0.2 % of the inverter's resistors, op-amps' offsets of 0.12 mV twice over four time constants
    assert abs(left_v) < 0.05 * 20e-3 / TAU_S * 2.5e-3 + 4.1 * 4 * 0.12e-3
    open_s = 2 * (10e-3 + part.gate_excess_s(1e-5))
    gained_v = 0.02 * open_s / part.tau_s * (part.gains[0] - part.gains[1])
    assert outputs_v[1] - outputs_v[0] == pytest.approx(gained_v, rel=1e-4)


def test_reset_leaves_its_charge(tmp_path: Path) -> None:
    """From 3 V; the reset is as long as in a learner, 20 time constants. Then Q / C and droop."""
    part = _part(NOMINAL, "gated")
    drives: dict[str, float | str] = {
        "inp": 3.0, "gate": "PULSE(0 1 1e-4 1e-5 1e-5 4.99e-3 1)",
        "reset": "PULSE(0 1 6e-3 1e-5 1e-5 0.94e-3 1)",
    }  # fmt: skip
    record = _run(part, tmp_path, drives, 10e-3, step_s=2e-6)
    assert record.at("out", 5.9e-3) == pytest.approx(3 * 5 / 5, rel=1e-2)
    after_s = 7.1e-3
    left_v = record.at("out", after_s)
    held_v = part.hold_v_per_s * (after_s - 6.96e-3)
    # Before the switch opens, R_on / (R_on + R_r) of its other Q comes along; it opens when it
    # passes R_r, later than the middle of the edge. And its rest of exp(-19).
    switch = part.reset_switch
    late = switch.late_s(1e-5, part.reset_ohm) / 1e-5
    more = switch.on_ohm / (switch.on_ohm + part.reset_ohm) - 2 * late
    assert left_v - held_v == pytest.approx(part.reset_step_v * (1 + more), rel=0.02)
    assert abs(more) < 0.1
    drift_v = record["out"][-1] - left_v
    assert drift_v == pytest.approx(part.hold_v_per_s * (10e-3 - after_s), rel=1e-3)


def test_nothing_winds_up_from_rest(tmp_path: Path) -> None:
    """At a learner's time step, offsets at their limits, the gate closed: less than a millivolt."""
    part = _part(LIMITS, "gated and chopped")
    record = _run(
        part, tmp_path, {"inp": 0.05, "gate": 0.0}, 4e-3, options=LEARNER_OPTIONS, step_s=9e-5
    )
    assert np.abs(record["out"]).max() < abs(part.hold_v_per_s) * 4e-3 + 2 * abs(
        part.opamp.offset_v
    )


@pytest.mark.parametrize("opamp", ["OPA277", "OPA333"])
def test_a_precise_opamp_needs_no_chopping(opamp: str, tmp_path: Path) -> None:
    """OPA277 at +-12 V, zero-drift OPA333 at +-2.5 V: 20 uV and 10 uV at most, over 8 ms."""
    supply_v = (-2.5, 2.5) if opamp == "OPA333" else (-12.0, 12.0)
    lot = Lot(supply_v=supply_v, spread="limits", seed=8)
    around = Lot(spread="limits", seed=8)
    sized = SwitchedAccumulator.size(
        TAU_S, RESET_TAU_S, lot.opamp(opamp, "acc"), lot.opamp(opamp, "inverter"),
        around.switch("ADG412"), around.switch("ADG412"), gated=True,
    )  # fmt: skip
    record = _run(sized, tmp_path, {"inp": 0.0}, 8e-3)
    worst_v = 8e-3 / TAU_S * 3.1 * lot.opamp(opamp, "acc").offset_v
    bias_v = 8e-3 * (sized.opamp.bias_minus_a + 0.25e-9) / sized.integrator_f
    assert abs(record["out"][-1]) < abs(worst_v) + abs(bias_v) + 3e-5
    rate = sized.offset_rates_v_per_s[0]
    start_v, stop_v = record.at("out", np.array([2e-3, 8e-3]))
    assert stop_v - start_v == pytest.approx(rate * 6e-3, rel=1e-2, abs=1e-8)


def test_a_capacitor_that_cannot_be_reset_is_refused() -> None:
    with pytest.raises(InputError, match=r"too large .*at most 120\.5 nF"):
        SwitchedAccumulator.size(
            TAU_S, RESET_TAU_S, NOMINAL.opamp("OPA140", "a"), NOMINAL.opamp("OPA140", "b"),
            NOMINAL.switch("ADG412"), integrator_f=470e-9,
        )  # fmt: skip
