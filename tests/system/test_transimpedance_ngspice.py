"""The transimpedance amplifier in ngspice: gain, poles, offset, steps."""

import math
from pathlib import Path

import numpy as np
import pytest
from component_bench import LEARNER_OPTIONS, OPTIONS, RELTOL, measure

from hgecircuit.parts.amplifiers.transimpedance import TransimpedanceAmplifier
from hgecircuit.parts.lot import Lot
from hgecircuit.record import Record

pytestmark = pytest.mark.ngspice
# A source of this resistance is a current source: it adds R_f / R_s = 2e-5 to the noise gain.
SOURCE_OHM = 1e12
CURRENT_A = 20e-9


def _part(spread: str, bandwidth_hz: float) -> TransimpedanceAmplifier:
    lot = Lot(spread=spread, seed=4)  # pyright: ignore[reportArgumentType]
    sized = TransimpedanceAmplifier.size(
        1e8, bandwidth_hz, lot.opamp("OPA140", "first"), lot.opamp("OPA140", "second")
    )
    return lot.vary(sized, "iv")


@pytest.mark.parametrize("bandwidth_hz", [20e3, 50e3])
def test_response_to_a_current(bandwidth_hz: float, tmp_path: Path) -> None:
    part = _part("limits", bandwidth_hz)
    ac = measure(
        tmp_path, ".ac dec 20 10 1e6", part.subcircuit(), ("inp", "out"),
        {"drive": "AC 1e5"}, {("drive", "inp"): SOURCE_OHM},
    )  # fmt: skip
    frequency_hz = np.real(ac.time_s)
    expected = part.response(frequency_hz) * 1e5 / SOURCE_OHM
    # The first op-amp's output resistance against the inverter's input, the second's against its
    # feedback, lower the open-loop gains; the source resistor adds R_f / R_s to the noise gain.
    noise_gain = 1 + 2 * math.pi * frequency_hz * part.source_f * part.feedback_ohm
    loss = noise_gain / np.abs(part.first.response(frequency_hz)) / part.inverter.input_ohm
    second = part.inverter.noise_gain / np.abs(part.inverter.opamp.response(frequency_hz))
    loss += second / part.inverter.feedback_ohm
    limit = part.first.output_ohm * loss + 1e-4
    assert np.all(np.abs(ac["out"] / expected - 1) < limit)
    no_peak_v = part.gain_ohm * 1e5 / SOURCE_OHM * (1 + 2e-5 + RELTOL)
    assert np.abs(ac["out"]).max() <= no_peak_v
    carrier = frequency_hz < 3e3
    assert limit[carrier].max() < 2e-4


def test_offset_of_the_worst_parts_and_gain(tmp_path: Path) -> None:
    part = _part("limits", 20e3)
    outputs_v = []
    for current_a in (0.0, CURRENT_A):
        record = measure(
            tmp_path, ".op", part.subcircuit(), ("inp", "out"),
            {"drive": current_a * SOURCE_OHM}, {("drive", "inp"): SOURCE_OHM},
        )  # fmt: skip
        outputs_v.append(record["out"][0])
    # The source resistor's share of V_os1, and the finite gains.
    assert outputs_v[0] * 1e3 == pytest.approx(part.offset_v * 1e3, rel=1e-3)
    twin = part.behavioural
    assert (twin.gain_ohm, twin.offset_v) == (part.gain_ohm, part.offset_v)
    gain_ohm = (outputs_v[1] - outputs_v[0]) / CURRENT_A
    assert gain_ohm == pytest.approx(part.gain_ohm, rel=1e-4)


def _step(part: TransimpedanceAmplifier, folder: Path, step_s: float, options: str) -> Record:
    drive = f"PULSE(0 {CURRENT_A * SOURCE_OHM:g} 1e-4 1e-6 1e-6 1 2)"
    return measure(
        folder, f".tran {step_s} 1e-3 0 {step_s} uic", part.subcircuit(), ("inp", "out"),
        {"drive": drive}, {("drive", "inp"): SOURCE_OHM}, options=options,
    )  # fmt: skip


def test_a_step_settles_as_its_poles(tmp_path: Path) -> None:
    part = _part("nominal", 20e3)
    record = _step(part, tmp_path, 2e-7, OPTIONS)
    # The first stage's two poles, late by half the drive's edge and by the inverter's pole.
    total_f = part.source_f + part.feedback_f
    angular = 2 * math.pi * part.first.gain_bandwidth_hz
    natural = math.sqrt(angular / (part.feedback_ohm * total_f))
    slow, fast = np.sort(-np.roots([1, natural / part.quality, natural**2]).real)
    late_s = 0.5e-6 + part.inverter.noise_gain / angular
    since_s = np.asarray(record.time_s) - 1e-4 - late_s
    later = since_s > 1e-6
    decay = fast * np.exp(-slow * since_s[later]) - slow * np.exp(-fast * since_s[later])
    share = record["out"][later] / (part.gain_ohm * CURRENT_A)
    # What is left: the edge's own shape, and the delays of the op-amps' second poles.
    limit = (1e-6 * slow) ** 2 / 24 + slow * 2 / (2 * math.pi * part.first.second_pole_hz)
    np.testing.assert_allclose(share, 1 - decay / (fast - slow), atol=limit)


def test_nothing_winds_up_or_rings_at_a_learners_time_step(tmp_path: Path) -> None:
    """Steps of 90 us, a sixteenth of a 700 Hz cycle, far above every pole of the op-amps."""
    part = _part("nominal", 20e3)
    record = _step(part, tmp_path, 9e-5, LEARNER_OPTIONS)
    final_v = part.gain_ohm * CURRENT_A
    assert np.abs(record["out"][np.asarray(record.time_s) < 1e-4]).max() < 1e-6 * final_v
    settled = np.asarray(record.time_s) > 6e-4  # half of the usual 1 ms
    np.testing.assert_allclose(record["out"][settled], final_v, rtol=1e-4)
