"""Calibration finds delay, drift, gain, offset and phase that are known, within its own errors."""

from pathlib import Path

import numpy as np
import pytest
from bench_rig import BenchRig

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.alignment import Timing
from hgecircuit.run.rigs.apparatus import Apparatus, Guard, make_pace
from hgecircuit.run.rigs.calibrate import Calibrated, CalibrationPlan, calibrate
from hgecircuit.run.rigs.calibration import Calibration, load_calibration
from hgecircuit.run.rigs.config_load import load_rig_spec
from hgecircuit.run.rigs.opening import DryRig, open_apparatus
from hgecircuit.run.rigs.safety import Limits, RigError

RIG = Path(__file__).parents[3] / "circuits" / "rigs" / "virtual.toml"
LIMITS = Limits(-np.ones(3), np.ones(3), np.full(3, 1000.0))
RESISTOR_OHM = 1e7
PLAN = CalibrationPlan(electrode=1, resistor_ohm=RESISTOR_OHM)


def bench(plan: CalibrationPlan = PLAN, nominal: float = -3.3e7, **chain: object) -> Calibrated:
    settings = {
        "gain_v_per_a": -3.4e7,
        "offset_v": 0.012,
        "latency_s": 4.1e-3,
        "drift": -37e-6,
        "noise_v": 1e-4,
        **chain,
    }
    with BenchRig(
        lambda volts: volts[:, plan.electrode] / RESISTOR_OHM,
        LIMITS,
        **settings,  # type: ignore[arg-type]
    ) as rig:
        start = Calibration.nominal(nominal)
        apparatus = Apparatus(rig, start, make_pace(rig, start, 0.015), Guard(10.0, 1e-6))
        return calibrate(apparatus, plan, nominal)


@pytest.mark.parametrize("drift", [-300e-6, 0.0, 80e-6])
@pytest.mark.parametrize("latency_s", [0.0, 4.1e-3, 0.0487])
def test_what_is_known_is_found(drift: float, latency_s: float) -> None:
    found, _ = bench(drift=drift, latency_s=latency_s)
    errors = found.uncertainty
    # five standard errors, with the interpolation of the bench itself below them
    assert abs(found.timing.latency_s - latency_s) < 5 * errors["latency_s"]
    assert abs(found.timing.drift - drift) < 5 * errors["drift"]
    assert abs(found.gain_v_per_a / -3.4e7 - 1) < 5 * errors["gain"]
    assert abs(np.angle(found.response)).max() < 5 * errors["phase_rad"]
    assert found.offset_v == pytest.approx(0.012, abs=1e-5)
    assert errors["noise_V"] == pytest.approx(1e-4, rel=0.1)
    # and the errors are small enough to be of use: 1 kHz known to 0.1 mrad
    assert 2 * np.pi * 1e3 * errors["latency_s"] < 1e-4
    assert errors["drift"] < 1e-7


def test_a_pole_is_delay_gain_and_what_is_left() -> None:
    pole_hz = 3e3
    found, fit = bench(bandwidth_hz=pole_hz)
    frequencies_hz = found.frequencies_hz
    turn = np.exp(-2j * np.pi * frequencies_hz * (found.timing.latency_s - 4.1e-3))
    seen = found.gain_v_per_a * found.response * turn
    exact = -3.4e7 / (1 + 1j * frequencies_hz / pole_hz)
    np.testing.assert_allclose(seen, exact, rtol=1e-3)
    assert fit.bandwidth_hz == pytest.approx(pole_hz, rel=0.01)
    between = found.response_at(np.array([333.3]))
    low, high = np.flatnonzero(frequencies_hz < 333.3)[-1] + np.array([0, 1])
    assert abs(between - found.response[low]) < abs(found.response[high] - found.response[low])


def test_other_rates_than_asked_for() -> None:
    found, _ = bench(output_rate_hz=1.024e4, input_rate_hz=1.28e4)
    assert found.timing.latency_s == pytest.approx(4.1e-3, abs=1e-7)


def test_loop_back_takes_the_inputs_gain_off_the_file_s() -> None:
    plan = CalibrationPlan(electrode=2)
    with BenchRig(lambda volts: volts[:, 2], LIMITS, gain_v_per_a=1.002) as rig:
        start = Calibration.nominal(5e7)
        apparatus = Apparatus(rig, start, make_pace(rig, start, 0.015), Guard(10.0, 1e-6))
        found, _ = calibrate(apparatus, plan, 5e7)
    assert found.gain_v_per_a == pytest.approx(1.002 * 5e7, rel=1e-6)
    assert found.provenance["kind"] == "loop-back"


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        ({"gain_v_per_a": 3.4e7}, "of the other sign"),
        ({"gain_v_per_a": -1e7}, "times what the rig file and the resistor say"),
        ({"gain_v_per_a": -1e3}, "the rest is noise"),
        ({"gain_v_per_a": -1e9, "offset_v": 0.0}, "the input is clipped"),
    ],
)
def test_a_chain_that_is_not_the_rig_file_s(chain: dict[str, float], words: str) -> None:
    with pytest.raises(RigError, match=words):
        bench(**chain)


@pytest.mark.parametrize(
    "wrong",
    [
        {"resistor_ohm": 0.0},
        {"largest_v": -1.0},
        {"lowest_hz": 3000.0},
        {"time_s": 0.01},
        {"tones": 2},
        {"longest_latency_s": 2.0},
    ],
)
def test_plans_that_are_none(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        CalibrationPlan(**wrong)  # type: ignore[arg-type]


def test_a_plan_that_the_rig_can_not_follow() -> None:
    with pytest.raises(InputError, match="no such electrode"):
        bench(CalibrationPlan(electrode=3, resistor_ohm=RESISTOR_OHM))
    with pytest.raises(InputError, match="too fast for the sample rate"):
        bench(CalibrationPlan(1, RESISTOR_OHM, highest_hz=5e3))
    with pytest.raises(InputError, match="at most 10 s"):
        bench(CalibrationPlan(1, RESISTOR_OHM, time_s=10.0))
    with pytest.raises(InputError, match="outside the electrode's limits"):
        bench(CalibrationPlan(1, RESISTOR_OHM, largest_v=1.4, highest_hz=100.0))


@pytest.mark.parametrize("gain_v_per_a", [-3.3e7, 1e7, 1e8, 1e30])
def test_a_calibration_of_another_converter(gain_v_per_a: float) -> None:
    """Its currents would be too small for an overload to be seen."""
    spec = load_rig_spec(RIG)
    other = Calibration(Timing(), gain_v_per_a)
    with (
        pytest.raises(InputError, match="another converter"),
        open_apparatus(spec, DryRig(spec), calibration=other),
    ):
        pass


def test_files_come_back_and_others_are_refused(tmp_path: Path) -> None:
    import json

    found, _ = bench()
    file = tmp_path / "calibration.json"
    file.write_text(json.dumps(found.to_json()))
    again = load_calibration(file)
    assert again.timing == found.timing
    np.testing.assert_array_equal(again.response, found.response)
    assert again.to_json() == found.to_json()
    with pytest.raises(InputError, match="outside the calibrated frequencies"):
        again.response_at(np.array([5.0]))

    good = found.to_json()
    for key, value in (
        ("kind", "something else"),
        ("gain_V_per_A", 0),
        ("latency_s", float("nan")),
        ("latency_s", 1e7),
        ("drift", 3.0),
        ("frequencies_Hz", good["frequencies_Hz"][::-1]),
        ("response_real", [1.0]),
        ("uncertainty", None),
    ):
        file.write_text(json.dumps({**good, key: value}))
        with pytest.raises(InputError):
            load_calibration(file)
    file.write_text("[" * 100_000)
    with pytest.raises(InputError, match="can't be read"):
        load_calibration(file)
    file.write_text("[1, 2")
    with pytest.raises(InputError, match="can't be read"):
        load_calibration(file)
    with pytest.raises(InputError, match="can't be read"):
        load_calibration(tmp_path / "missing.json")
