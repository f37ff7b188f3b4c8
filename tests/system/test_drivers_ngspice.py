"""Drivers of the electrodes in ngspice against their laws."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from component_bench import LEARNER_OPTIONS, RELTOL, measure

from hgecircuit.parts.drivers.levels import LevelDriver
from hgecircuit.parts.drivers.perturbation import SummingAdder
from hgecircuit.parts.lot import Lot

pytestmark = pytest.mark.ngspice
KINDS = {
    "always": (False, False),
    "gated": (True, False),
    "chopped": (False, True),
    "gated and chopped": (True, True),
}


def _adder(lot: Lot, kind: str, buffered: bool = True) -> SummingAdder:
    gated, chopped = KINDS[kind]
    buffer = lot.opamp("TL072C", "buffer") if buffered else None
    switch = lot.switch("ADG412") if gated or chopped else None
    sized = SummingAdder.size(
        0.02, lot.opamp("OPA140", "sum"), buffer, switch, gated=gated, chopped=chopped
    )
    return lot.vary(sized, kind)


def _signs(kind: str) -> dict[int, dict[str, float | str]]:
    """The logic levels for every sign of the perturbation that a kind has."""
    gated, chopped = KINDS[kind]
    signs: dict[int, dict[str, float | str]] = {1: {}}
    if chopped:
        signs = {1: {"chop": 0.0}, -1: {"chop": 1.0}}
    if gated:
        signs = {sign: {"gate": 1.0, **logic} for sign, logic in signs.items()}
        signs[0] = {**signs[1], "gate": 0.0}
    return signs


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_adder_sums_with_each_sign(kind: str, buffered: bool, tmp_path: Path) -> None:
    part = _adder(Lot(spread="limits", seed=2), kind, buffered)
    sub = part.subcircuit()
    # Four resistors of 0.1 % and two op-amps' gains; the amplitude: two resistors and the ratio.
    assert part.weight_gain == pytest.approx(1, abs=4 * 1e-3 * 0.02 + 1e-4)
    for amplitude_v, sign in zip(part.amplitudes_v, (1, -1), strict=True):
        assert amplitude_v * sign == pytest.approx(0.02, rel=2e-3 + 1.5e-3 + 1e-4)
    for sign, logic in _signs(kind).items():
        sweep = measure(
            tmp_path, ".dc vw -1.2 0.6 0.3", sub, sub.ports, {"w": 0.0, "s": 0.7, **logic},
            currents=("w",),
        )  # fmt: skip
        weight_v = np.real(sweep.time_s)
        expected_v = part.electrode_v(weight_v, np.array(0.7), np.array(sign))
        # Finite gains of both op-amps at 0.6 V, and the leakage of the switches at 35 ohm.
        gains = sum(1 / one.dc_gain for one in (part.opamp, part.buffer) if one is not None)
        limit_v = 1.2 * gains * part.noise_gain + 2 * 35 * 0.25e-9 + 1e-9
        np.testing.assert_allclose(sweep["e"], expected_v, atol=limit_v)
        if part.buffer is not None:
            np.testing.assert_allclose(
                -sweep["i_w"] * 1e12, part.buffer.bias_plus_a * 1e12, rtol=1e-3, atol=1e-2
            )


@pytest.mark.parametrize("kind", KINDS)
def test_a_nominal_adder_is_the_behavioural_one(kind: str, tmp_path: Path) -> None:
    part = _adder(Lot(), kind)
    behavioural = part.behavioural
    assert behavioural.gain_error == pytest.approx(0, abs=1e-5)
    assert behavioural.amplitude_v == pytest.approx(0.02, rel=1.5e-3 + 1e-4)
    assert behavioural.offset_v == 0
    ac = measure(
        tmp_path, ".ac dec 10 10 1e5", part.subcircuit(), part.subcircuit().ports,
        {"w": 0.0, "s": "AC 1", **_signs(kind)[1]},
    )  # fmt: skip
    frequency_hz = np.real(ac.time_s)
    expected = part.amplitudes_v[0] * part.response(frequency_hz)
    # R_w ends at the buffer's output resistance; R_out / (R_f + R_g) of 1 / A; the switches'
    # capacitances against 25 ohm.
    assert part.buffer is not None
    output_ohm = part.buffer.output_ohm / np.abs(part.buffer.response(frequency_hz))
    assert np.all(np.abs(ac["e"] / expected - 1) < output_ohm / part.weight_ohm + 2e-4)


def test_gates_and_chop_leave_no_step_of_the_weight(tmp_path: Path) -> None:
    """A learner's time steps: 700 Hz, 10 us edges, on with one sign, off, on with the other."""
    part = _adder(Lot(), "gated and chopped")
    carrier, weight_v = "SIN(0 1 700)", 0.4
    gate = "PULSE(0 1 2e-3 1e-5 1e-5 10e-3 15e-3)"
    chop = "PULSE(0 1 14e-3 1e-5 1e-5 1 2)"
    record = measure(
        tmp_path, ".tran 9e-5 30e-3 0 9e-5 uic", part.subcircuit(),
        ("w", "s", "gate", "chop", "e"),
        {"w": weight_v, "s": carrier, "gate": gate, "chop": chop}, options=LEARNER_OPTIONS,
    )  # fmt: skip
    time_s = np.asarray(record.time_s)
    gate_v, chop_v = record["gate"], record["chop"]
    sign = np.where(gate_v > 0.5, np.where(chop_v > 0.5, -1, 1), 0)
    steady = (np.minimum(gate_v, 1 - gate_v) < 1e-9) & (time_s > 1e-4)
    expected_v = part.electrode_v(np.array(weight_v), record["s"], sign)
    # reltol 1e-3 of the perturbation; the edges leave nothing behind.
    settled = steady & (np.roll(steady, 1)) & (np.roll(steady, 2))
    np.testing.assert_allclose(record["e"][settled], expected_v[settled], atol=2e-5)
    assert record["e"][0] == pytest.approx(0, abs=0.5)  # starts from 0 V ...
    early = (time_s > 1e-4) & (time_s < 1.9e-3)
    np.testing.assert_allclose(record["e"][early], weight_v, rtol=RELTOL, atol=2e-6)  # and settles


def _driver(lot: Lot, bits: tuple[int, ...] = (0, 1, 0, 1)) -> LevelDriver:
    sized = LevelDriver.size(-1.11, 0.51, bits, lot.opamp("OPA140", "e"), lot.switch("ADG412"))
    return lot.vary(sized, "driver")


def _rest(
    folder: Path, part: LevelDriver, nodes: tuple[str, ...], drives: dict[str, float | str]
) -> float:
    """The output long after the start; ``.op`` begins with open switches, so a node is lonely."""
    sub, analysis = part.subcircuit("driver"), ".tran 1e-6 2e-4 0 1e-6 uic"
    return float(measure(folder, analysis, sub, nodes, drives)["e"][-1])


@pytest.mark.parametrize("spread", ["nominal", "limits"])
def test_levels_of_the_selected_pattern(spread: str, tmp_path: Path) -> None:
    part = _driver(Lot(spread=spread, seed=6))  # pyright: ignore[reportArgumentType]
    # Ratio 0.15 %, reference and two resistors 0.1 %, offset and leakage under 0.2 mV.
    limit = 1.5e-3 + (0.0 if spread == "nominal" else 3e-3)
    np.testing.assert_allclose(part.levels_v, (-1.11, 0.51), rtol=limit, atol=2e-4)
    for k in range(4):
        selects = {f"p{one}": float(one == k) for one in (1, 3)}
        found_v = _rest(tmp_path, part, ("p1", "p3", "e"), {**selects}) * (
            1 + 1 / part.opamp.dc_gain
        )
        # Settled but for ngspice's relative tolerance in every step.
        assert found_v == pytest.approx(float(part.electrode_v(np.array(k))), rel=RELTOL)


def test_leakage_of_all_terminals_meets_the_dividers(tmp_path: Path) -> None:
    """A switch that leaks 1 uA, ten thousand times the real one: 2.1 mV and 0.7 mV."""
    part = _driver(Lot())
    leaky = replace(part, switch=replace(part.switch, leakage_a=1e-6))
    for k in range(2):
        selects: dict[str, float | str] = {"p1": float(k), "p3": 0.0}
        found_v = _rest(tmp_path, leaky, ("p1", "p3", "e"), selects)
        assert found_v == pytest.approx(leaky.levels_v[k], rel=RELTOL)
        assert abs(leaky.levels_v[k] - part.levels_v[k]) > 5e-4


def test_a_pattern_of_all_zeros_needs_no_select(tmp_path: Path) -> None:
    part = _driver(Lot(), (0, 0))
    assert _rest(tmp_path, part, ("e",), {}) == pytest.approx(part.levels_v[0], abs=1e-6)


def test_level_changes_settle_as_its_time_constant(tmp_path: Path) -> None:
    """Pattern 1 hands over to 3 without a glitch, then to 0: a change that ends within a blank."""
    part = _driver(Lot())
    record = measure(
        tmp_path, ".tran 2e-6 6e-3 0 9e-5 uic", part.subcircuit("driver"), ("p1", "p3", "e"),
        {
            "p1": "PULSE(0 1 1e-3 1e-5 1e-5 0.99e-3 1)",
            "p3": "PULSE(0 1 2e-3 1e-5 1e-5 1.99e-3 1)",
        },
        options=LEARNER_OPTIONS,
    )  # fmt: skip
    time_s, (low_v, high_v) = np.asarray(record.time_s), part.levels_v
    # The slower level's, within half a step of E6; 20 of them are far less than any blank of 1 ms.
    assert max(part.taus_s) == pytest.approx(2e-6, rel=0.25)
    # The solver's own step of 90 us needs one or two of them more than the circuit.
    shown = (time_s > 1.2e-3) & (time_s < 3.99e-3)
    np.testing.assert_allclose(record["e"][shown], high_v, atol=1e-4)
    for start_s, stop_s in ((2e-4, 1e-3), (4.2e-3, 6e-3)):
        rest = (time_s > start_s) & (time_s < stop_s)
        np.testing.assert_allclose(record["e"][rest], low_v, atol=1e-4)
