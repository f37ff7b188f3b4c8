"""The weight in ngspice: steps, holding, clamps, start."""

from pathlib import Path

import numpy as np
import pytest
from component_bench import LEARNER_OPTIONS, OPTIONS, RELTOL, measure

from hgecircuit.errors import InputError
from hgecircuit.parts.integrators.weight import SwitchedWeight
from hgecircuit.parts.lot import Lot
from hgecircuit.record import Record

pytestmark = pytest.mark.ngspice
TAU_S, MINIMUM_V, MAXIMUM_V = 0.98e-3, -1.2, 0.6
NOMINAL, LIMITS = Lot(), Lot(spread="limits", seed=11)
LOTS = {"nominal": NOMINAL, "limits": LIMITS}


def _part(
    lot: Lot,
    start_v: float = 0.1,
    range_v: tuple[float, float] = (MINIMUM_V, MAXIMUM_V),
    tau_s: float = TAU_S,
) -> SwitchedWeight:
    sized = SwitchedWeight.size(
        tau_s, *range_v, start_v, lot.opamp("OPA140", "w"), lot.switch("TMUX6121"),
        (lot.opamp("OPA140", "lower"), lot.opamp("OPA140", "upper")),
    )  # fmt: skip
    return lot.vary(sized, "w")


def _run(
    part: SwitchedWeight,
    folder: Path,
    drive: float | str,
    gate: float | str,
    stop_s: float,
    step_s: float = 1e-5,
    options: str = OPTIONS,
) -> Record:
    return measure(
        folder, f".tran {step_s} {stop_s} 0 {step_s} uic", part.subcircuit("weight"),
        ("inp", "gate", "w"), {"inp": drive, "gate": gate}, options=options,
    )  # fmt: skip


@pytest.mark.parametrize("lot", LOTS)
def test_rate_inside_the_range(lot: str, tmp_path: Path) -> None:
    part = _part(LOTS[lot])
    assert part.tau_s == pytest.approx(TAU_S, rel=7e-3 + 1.1e-2 * (lot == "limits"))
    for input_v in (0.0, 0.2, -0.2):
        record = _run(part, tmp_path, input_v, 1.0, 2e-3)
        start_v, stop_v = record.at("w", np.array([0.2e-3, 1.2e-3]))
        found = (stop_v - start_v) / 1e-3
        expected = part.rate_v_per_s(input_v, (start_v + stop_v) / 2)
        # Two readings; what the clamps take from A_0 by loading the output with about 20 kohm.
        assert found == pytest.approx(expected, rel=2 * RELTOL, abs=5e-3 * 5e-5)


@pytest.mark.parametrize("options", [OPTIONS, LEARNER_OPTIONS], ids=["fine", "learner"])
def test_a_step_moves_by_gate_over_tau(options: str, tmp_path: Path) -> None:
    """Three gates of 0.96 ms at 50 mV, 10 us edges; then the weight stays."""
    part = _part(NOMINAL)
    step_s = 1e-6 if options == OPTIONS else 9e-5
    record = _run(
        part, tmp_path, 0.05, "PULSE(0 1 1e-3 1e-5 1e-5 0.95e-3 3e-3)", 9e-3, step_s, options
    )
    moved_v = record.at("w", np.array([0.9e-3, 2.9e-3, 5.9e-3, 8.9e-3]))
    expected_v = 0.05 * (0.96e-3 + part.gate_excess_s(1e-5)) / part.tau_s
    assert part.gate_excess_s(1e-5) == pytest.approx(1.13e-6, rel=0.02)
    # The gate's edges are 1 % each; one step of the learner's solver goes over each of them.
    limit = 2e-4 if options == OPTIONS else 2e-2
    np.testing.assert_allclose(-np.diff(moved_v), expected_v, rtol=limit)
    assert moved_v[0] == pytest.approx(part.start_v, abs=2e-5)


@pytest.mark.parametrize("lot", LOTS)
def test_a_closed_gate_holds_but_for_leakage(lot: str, tmp_path: Path) -> None:
    """5 V in front of the open switch, in the middle and 10 mV inside either limit."""
    middle = _part(LOTS[lot])
    for place_v in (0.1, middle.range_v[0] + 10e-3, middle.range_v[1] - 10e-3):
        part = _part(LOTS[lot], place_v)
        record = _run(part, tmp_path, 5.0, 0.0, 0.1, 1e-3)
        start_v, stop_v = record.at("w", np.array([0.02, 0.1]))
        # Of D_1's leakage ngspice takes its gmin of 1 fS at 10 V away: 0.01 pA of 1.4 pA and so on.
        assert (stop_v - start_v) / 0.08 == pytest.approx(middle.hold_v_per_s, rel=0.01, abs=1e-6)
    assert middle.behavioural.leakage_a == pytest.approx(middle.hold_v_per_s * 100e-9, rel=0.02)
    # 10 pA of the op-amp at its limit, 0.5 pA of the switch, 13 pA of the diodes at 0.12 mV:
    # 12 uV per epoch of 50 ms.
    assert abs(middle.hold_v_per_s) * 50e-3 < 12e-6
    assert middle.upper.leakage_a() == pytest.approx(1.4e-12, rel=0.02)
    assert middle.upper.leakage_a(1e-3) == pytest.approx(56.5e-12, rel=0.02)


@pytest.mark.parametrize("input_v", [0.05, 1.0, 8.0])
@pytest.mark.parametrize("lot", LOTS)
def test_clamps_hold_and_let_go(lot: str, input_v: float, tmp_path: Path) -> None:
    """Driven into either limit and out again; 8 V is what an accumulator could give at most."""
    part = _part(LOTS[lot])
    cross_s = 4 * part.tau_s / input_v
    drive = f"PWL(0 {-input_v} {cross_s} {-input_v} {cross_s * 1.001} {input_v})"
    record = _run(part, tmp_path, drive, 1.0, 2 * cross_s, cross_s / 2000)
    time_s, w = np.asarray(record.time_s), record["w"]
    for start, limit_v, sign in ((0.8, MAXIMUM_V, -1), (1.8, MINIMUM_V, 1)):
        held = w[(time_s > start * cross_s) & (time_s < (start + 0.19) * cross_s)]
        expected_v = part.overdriven_v(sign * input_v)
        # Series resistances of the op-amp's output: 100 ohm over its loop gain; 1 % of V_D.
        np.testing.assert_allclose(held, expected_v, atol=2e-4)
        assert np.ptp(held) < 1e-5  # a quiet loop
        # Tens of millivolts: at most 1.2 V of two diodes, and R_c over R of the input, over 100;
        # divider and reference are off by 0.5 %.
        beyond_v = -sign * (float(held.mean()) - limit_v)
        allowed_v = 0.2e-3 + 5e-3 * (lot == "limits") * abs(limit_v)
        most_v = (1.2 + input_v * part.upper.series_ohm / part.input_ohm) / 100
        assert -allowed_v < beyond_v < allowed_v + most_v
        assert most_v < 37e-3
    # From the upper clamp back into the range: at the full rate as soon as the drive has turned.
    turn_s = cross_s * 1.001
    later_s = np.array([turn_s + 0.1 * part.tau_s / input_v, turn_s + 0.3 * part.tau_s / input_v])
    slope = np.diff(record.at("w", later_s)) / np.diff(later_s)
    assert slope[0] == pytest.approx(part.rate_v_per_s(input_v), rel=2e-3)


def test_clamps_at_a_learners_time_step(tmp_path: Path) -> None:
    """Steps of 50 mV every 5 ms into the upper limit: they end there and stay."""
    part = _part(NOMINAL, start_v=0.45)
    record = _run(
        part, tmp_path, -0.05, "PULSE(0 1 1e-3 1e-5 1e-5 0.95e-3 5e-3)", 40e-3, 9e-5,
        LEARNER_OPTIONS,
    )  # fmt: skip
    assert record["w"].max() <= part.overdriven_v(-0.05) + 0.01 * 0.05  # 1 % of a step
    late_v = record.at("w", np.linspace(30e-3, 40e-3, 50))
    # Between the limit and where the current is taken over, however slow it goes back.
    assert late_v.min() > part.upper.limit_v - 1e-4
    assert late_v.max() < part.upper.limit_v + part.upper.excess_v(0.05 / part.input_ohm) + 1e-4


@pytest.mark.parametrize("start_v", [-1.15, -0.2, 0.0, 0.55])
@pytest.mark.parametrize("options", [OPTIONS, LEARNER_OPTIONS], ids=["fine", "learner"])
def test_the_start_is_kept(options: str, start_v: float, tmp_path: Path) -> None:
    """The op-amps start at 0 V; until they are there the summing node is off by the start."""
    part = _part(LIMITS, start_v)
    step_s = 1e-6 if options == OPTIONS else 9e-5
    record = _run(part, tmp_path, 0.3, 0.0, 2e-3, step_s, options)
    # The switch's terminal of 3 pF and a clamp's diode share their charge with 100 nF.
    expected_v = start_v + part.opamp.offset_v
    limit_v = 1e-4 if options == OPTIONS else 1e-3
    assert record["w"][-1] == pytest.approx(expected_v, abs=limit_v)


def test_any_range_has_its_clamps(tmp_path: Path) -> None:
    """Of both signs, of one sign, and with an end at 0 V."""
    for range_v in ((-0.7, 0.3), (0.2, 1.5), (-1.0, 0.0)):
        part = _part(NOMINAL, sum(range_v) / 2, range_v)
        np.testing.assert_allclose(part.range_v, range_v, rtol=2e-3, atol=1e-4)
        for sign in (-1.0, 1.0):
            record = _run(part, tmp_path, sign, 1.0, 5e-3)
            assert record["w"][-1] == pytest.approx(part.overdriven_v(sign), abs=2e-4)


def test_a_capacitor_that_the_switch_cannot_charge_is_refused() -> None:
    with pytest.raises(InputError, match=r"too large .*at most 7\.576 nF"):
        _part(NOMINAL, tau_s=1e-5)
