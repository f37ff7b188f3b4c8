"""Sample-and-holds and multiplexers of real parts against their ideal responses."""

import math
from pathlib import Path

import numpy as np
import pytest
from component_bench import RELTOL, measure

from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.opamps.table import OPAMPS
from hgecircuit.parts.sample_hold import SampleHold
from hgecircuit.parts.sampling.buffered import BufferedSampleHold
from hgecircuit.parts.sampling.multiplexer import SwitchedSelector
from hgecircuit.parts.switches.analog_switch import SWITCHES

pytestmark = pytest.mark.ngspice

EDGE_S, HOLD_S = 10e-6, 50e-3
STROBE_S = 0.67e-3


def _buffer(share: float) -> OpAmpMacromodel:
    return OPAMPS["OPA140"].macromodel((-15.0, 15.0), share, (share, share))


def _gate(first_s: float = 1e-3) -> str:
    return f"PULSE(0 1 {first_s:g} {EDGE_S:g} {EDGE_S:g} {STROBE_S - EDGE_S:g} 1)"


def _pedestal_share(part: BufferedSampleHold) -> float:
    """How far the pedestal may be from the data sheet's charge on a real edge.

    The switch opens when its conductance no longer carries the edge's current, away from halfway
    down by at most (|ln r| + 2) / 80 V with r = 80 R C / edge; R C of the terminal alone, because
    the hold capacitor is behind its resistor.
    """
    switch = part.switch
    lag = switch.on_ohm * (switch.off_f + 2 * switch.charge_c) / EDGE_S
    return 2 * (abs(math.log(80 * lag)) + 2) / 80 + 2 * lag


@pytest.mark.parametrize(("name", "share"), [("TMUX6121", 0.0), ("ADG412", 1.0), ("ADG412", -1.0)])
def test_sample_hold_tracks_and_holds_over_an_epoch(
    name: str, share: float, tmp_path: Path
) -> None:
    """A step of the input just before the strobe, another one right after it."""
    buffer, switch = _buffer(share), SWITCHES[name].switch(worst=share != 0)
    part = BufferedSampleHold.size(STROBE_S / 20, HOLD_S, 1e-3, switch, buffer)
    fall_s = 1e-3 + STROBE_S
    drive = f"PWL(0 0 0.9e-3 0 0.91e-3 2 {fall_s + 3 * EDGE_S:g} 2 {fall_s + 4 * EDGE_S:g} -2)"
    record = measure(
        tmp_path, f".tran 1e-4 {HOLD_S + fall_s:g} 0 1e-4 uic", part.subcircuit(),
        ("inp", "gate", "out"), {"inp": drive, "gate": _gate()},
    )  # fmt: skip
    # The last 2 EDGE_S / tau of the tracking are the edge itself.
    tracked_v = 2 * (1 - math.exp(-(STROBE_S - EDGE_S) / part.tau_s))
    early_s = 2 * EDGE_S
    early, late = record.at("out", np.array([fall_s + early_s, fall_s + HOLD_S - 1e-4]))
    expected = part.held_v(np.array(tracked_v), np.array([early_s, HOLD_S - 1e-4]))
    slack_v = abs(part.pedestal_v) * _pedestal_share(part) + 2 * RELTOL
    # Capacitance across the switch couples the input's second step.
    through_v = -4 * switch.through_f / part.total_f
    assert early == pytest.approx(expected[0], abs=slack_v)
    assert late == pytest.approx(expected[1] + through_v, abs=slack_v)
    droop_v = part.droop_v_per_s * (HOLD_S - 1e-4 - early_s)
    assert late - early - through_v == pytest.approx(droop_v, rel=1e-2, abs=2 * RELTOL)


def test_sized_cell_keeps_its_error(tmp_path: Path) -> None:
    part = BufferedSampleHold.size(
        STROBE_S / 20, HOLD_S, 0.2e-3, SWITCHES["TMUX6121"].switch(), _buffer(1.0)
    )
    record = measure(
        tmp_path, f".tran 1e-4 {HOLD_S + 1e-3 + STROBE_S:g} 0 1e-4 uic", part.subcircuit(),
        ("inp", "gate", "out"), {"inp": 1.5, "gate": _gate()},
    )  # fmt: skip
    change_v = record["out"][-1] - part.buffer.offset_v - 1.5
    assert abs(change_v) < 0.2e-3
    assert change_v == pytest.approx(
        part.pedestal_v + part.droop_v_per_s * HOLD_S, rel=0.3, abs=3e-6
    )


def test_behavioural_cell_has_the_errors_of_the_component_cell(tmp_path: Path) -> None:
    built = BufferedSampleHold.size(
        STROBE_S / 20, HOLD_S, 1e-3, SWITCHES["ADG412"].switch(worst=True), _buffer(-1.0)
    )
    part = built.behavioural
    assert (part.pedestal_v, part.droop_v_per_s, part.offset_v) == (
        built.pedestal_v, built.droop_v_per_s, built.buffer.offset_v
    )  # fmt: skip
    record = measure(
        tmp_path, f".tran 1e-4 {HOLD_S:g} 0 1e-4 uic", part.subcircuit(),
        ("inp", "gate", "out"), {"inp": 1.5, "gate": _gate()},
    )  # fmt: skip
    fall_s, since_s = 1e-3 + STROBE_S, np.array([2e-5, 40e-3])
    np.testing.assert_allclose(
        record.at("out", fall_s + since_s), part.held_v(np.array(1.5), since_s), atol=3e-6
    )
    # Tracking: offset and what the droop's current leaves across the switch, but no pedestal.
    tracking = record.at("out", fall_s - EDGE_S)
    assert tracking == pytest.approx(1.5 + part.offset_v, abs=3e-6)
    assert "held" not in SampleHold(1e-5).subcircuit().write()


@pytest.mark.parametrize(("name", "share"), [("TMUX6121", 0.0), ("ADG412", 1.0)])
def test_selector_selects_crosses_and_idles(name: str, share: float, tmp_path: Path) -> None:
    """Pattern 0, crossing to pattern 1, then nothing for 5 ms, then pattern 2."""
    part = SwitchedSelector.size(3, SWITCHES[name].switch(worst=share != 0), _buffer(share))
    inputs_v = np.array([3.0, -7.0, 0.5])
    selects = {
        "p0": "PWL(0 1 1e-3 1 1.01e-3 0)",
        "p1": "PWL(0 0 1e-3 0 1.01e-3 1 2e-3 1 2.01e-3 0)",
        "p2": "PWL(0 0 7e-3 0 7.01e-3 1)",
    }
    inputs = {f"x{k}": float(volt) for k, volt in enumerate(inputs_v)}
    record = measure(
        tmp_path, ".tran 1e-5 8e-3 0 1e-5 uic", part.subcircuit(),
        ("p0", "p1", "p2", "x0", "x1", "x2", "out"), {**selects, **inputs},
        currents=("x0", "x1", "x2"),
    )  # fmt: skip
    found = record.at("out", np.array([0.9e-3, 1.9e-3, 7.9e-3]))
    expected = part.selected_v(np.tile(inputs_v, (3, 1)), np.arange(3))
    # 0.88 ms are left of a change of at most 10 V.
    left_v = 10 * math.exp(-0.88e-3 / part.tau_s)
    np.testing.assert_allclose(found, expected, atol=7 * RELTOL + left_v)
    # With no select the node drifts to its idle voltage through the bleeder, from the moment at
    # which the gate's edge let go of it.
    decay = np.exp(-4.9e-3 / (part.bleed_ohm * part.filter_f))
    idle_v = part.idle_v + (found[1] - part.idle_v) * decay
    assert record.at("out", 6.9e-3) == pytest.approx(idle_v, rel=2e-3, abs=7 * RELTOL)
    assert abs(idle_v - found[1]) > 10e-3
    # Behind the start from 0 V, nothing leaves the inputs' range but what the edges inject, 2 Q
    # each, through R.
    started = record.time_s > 1e-4
    source_ohm = part.branch_ohm + part.switch.on_ohm
    injected_v = 3 * 2 * part.switch.charge_c / EDGE_S * source_ohm
    slack_v = injected_v + abs(part.buffer.offset_v) + 1e-3
    assert record["out"][started].max() < 3.0 + slack_v
    assert record["out"][started].min() > -7.0 - slack_v
    for k in range(3):
        assert np.abs(record[f"i_x{k}"][started]).max() < 10.0 / source_ohm
