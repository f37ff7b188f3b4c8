"""Mixer and demodulators of multiplier chips in ngspice."""

from pathlib import Path

import numpy as np
import pytest
from component_bench import OPTIONS, measure

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND
from hgecircuit.parts.lot import Lot
from hgecircuit.parts.multipliers.demodulator import Demodulator
from hgecircuit.parts.multipliers.error_mixer import ErrorMixer

pytestmark = pytest.mark.ngspice
NOMINAL, LIMITS = Lot(), Lot(spread="limits", seed=5)
LOTS = {"nominal": NOMINAL, "limits": LIMITS}
# chip, gain, op-amp of the difference
MIXERS = {
    "unity": ("AD633", 1.0, None),
    "gain of 50": ("AD633", 50.0, "OPA140"),
    "gain of 50 behind": ("AD633", 50.0, None),
    "AD734": ("AD734", 1.0, None),
}
DEMODULATORS = {
    "AD633": ("AD633", 1.0),
    "AD633, reference of 10 V": ("AD633", 10.0),
    "AD734": ("AD734", 1.0),
}


def _mixer(lot: Lot, kind: str) -> ErrorMixer:
    chip, gain, front = MIXERS[kind]
    sized = ErrorMixer.size(
        gain, 1.0, 0.5, lot.multiplier(chip, "mixer"), lot.switch("ADG412"),
        lot.opamp("OPA140", "error"), lot.opamp(front, "front") if front else None,
    )  # fmt: skip
    return lot.vary(sized, "mixer")


def _demodulator(lot: Lot, kind: str) -> Demodulator:
    chip, gain = DEMODULATORS[kind]
    opamp = lot.opamp("OPA140", "reference") if gain != 1 else None
    return lot.vary(Demodulator.size(lot.multiplier(chip, "d"), 1.0, gain, opamp), "d")


@pytest.mark.parametrize("lot", LOTS)
@pytest.mark.parametrize("kind", MIXERS)
def test_mixer_multiplies_the_difference(kind: str, lot: str, tmp_path: Path) -> None:
    """At a held output of 2 V; the load stands for the demodulators' inputs."""
    part = _mixer(LOTS[lot], kind)
    assert part.gain == pytest.approx(MIXERS[kind][1], rel=3e-3 + 1e-2 * (lot == "limits"))
    sub = part.subcircuit()
    span = ".dc vy 1.7 2.3 0.1" if part.gain < 2 else ".dc vy 1.88 2.12 0.04"
    for d_v in (-0.6, 0.05, 1.0):
        sweep = measure(
            tmp_path, span, sub, sub.ports,
            {"y": 0.0, "yh": 2.0, "d": d_v, "gate": 1.0}, {("q", GROUND): 1e7},
        )  # fmt: skip
        y_v = np.real(sweep.time_s)
        gate = np.array(1.0)
        expected_v = part.product_v(y_v, np.array(2.0), np.array(d_v), gate)
        # What the amplifiers' finite gains take (70 dB of the chip's are in the law), and 3.5 ppm
        # of the load.
        loss = 2 * 16 / 2e6 + 1e-5
        limit_v = loss * (np.abs(expected_v) + 2 * part.gain) + 1e-6
        assert np.all(np.abs(sweep["q"] - expected_v) < limit_v)
    off = measure(
        tmp_path, ".op", sub, sub.ports, {"y": 2.3, "yh": 2.0, "d": 1.0, "gate": 0.0},
        {("q", GROUND): 1e7},
    )  # fmt: skip
    closed_v = part.product_v(np.array(2.3), np.array(2.0), np.array(1.0), np.array(0.0))
    assert off["q"][0] * 1e6 == pytest.approx(float(closed_v) * 1e6, abs=1e-3)


@pytest.mark.parametrize("kind", MIXERS)
def test_mixer_response(kind: str, tmp_path: Path) -> None:
    part = _mixer(NOMINAL, kind)
    ac = measure(
        tmp_path, ".ac dec 10 100 1e5", part.subcircuit(), ("y", "yh", "d", "gate", "q"),
        {"y": "AC 1", "yh": 0.0, "d": 0.3, "gate": 1.0}, {("q", GROUND): 1e7},
    )  # fmt: skip
    frequency_hz = np.real(ac.time_s)
    small, d_v, gate = 1e-6, np.array(0.3), np.array(1.0)
    slope = part.product_v(np.array(small), np.array(0.0), d_v, gate)
    slope = (slope - part.product_v(np.array(-small), np.array(0.0), d_v, gate)) / (2 * small)
    # The op-amps' and the chip's output resistances against what they drive: 1 kohm and more.
    limit = 0.1 * np.abs(part.behind.gain / part.chip.amplifier.response(frequency_hz)) + 5e-4
    assert np.all(np.abs(ac["q"] / (slope * part.response(frequency_hz)) - 1) < limit)
    # Small signals: 0.3 V of d is not quite small for f, which bends by 4 n (v / F)^2.
    assert float(slope) == pytest.approx(0.3 * part.slope, rel=4 * 1e-3 * 0.24**2 + 2e-5)


@pytest.mark.parametrize("kind", ["unity", "gain of 50"])
def test_mixers_twin_has_its_slope_and_offsets(kind: str) -> None:
    """Small signals: f bends by 4 n (v / F)^2 of 0.4 %, 0.1 V at 16 times, 0.05 V at 8 times."""
    part = _mixer(LIMITS, kind)
    twin = part.behavioural.multiplier
    y_v, d_v = np.meshgrid(np.linspace(-0.1, 0.1, 5), np.linspace(-0.05, 0.05, 5))
    found_v = part.product_v(1 + y_v, np.array(1.0), d_v, np.array(1.0))
    # The common mode of 1 V comes through the difference amplifier's resistors.
    common_v = 0.0 if part.front is None else sum(part.front.gains) / part.front.gains[0]
    expected_v = twin.product_v(d_v, y_v + common_v)
    limit_v = part.gain * 0.06 * 0.13 * 4 * 4e-3 * 0.2**2 + 1e-6
    np.testing.assert_allclose(found_v, expected_v, atol=limit_v)


def _lock_in(part: ErrorMixer, folder: Path, offset_v: float) -> float:
    """Mean of 2 q sin over a gate of 10 ms for y - yh = offset + 50 mV sin 500 Hz and d = 0.4 V."""
    gate = "PULSE(0 1 1e-3 1e-5 1e-5 9.99e-3 1)"
    record = measure(
        folder, ".tran 2e-5 13e-3 0 2e-5 uic", part.subcircuit(), ("y", "yh", "d", "gate", "q"),
        {"y": f"SIN({1 + offset_v} 0.05 500)", "yh": 1.0, "d": 0.4, "gate": gate},
        {("q", GROUND): 1e7}, options=OPTIONS,
    )  # fmt: skip
    time_s = np.asarray(record.time_s)
    product = record["q"] * np.sin(2 * np.pi * 500 * time_s)
    return float(2 * np.trapezoid(product, time_s) / 10e-3)


def test_offsets_that_meet_whole_cycles_do_not_count(tmp_path: Path) -> None:
    """X and output offset at the maker's limits and 20 mV of wrong held value: no change."""
    part = _mixer(NOMINAL, "gain of 50")
    figures = LIMITS.multiplier("AD633", "mixer")
    offset = ErrorMixer(
        _with_offsets(part, figures.x_offset_v, figures.output_offset_v),
        part.front, part.error, part.behind, part.switch,
    )  # fmt: skip
    expected = part.slope * 0.4 * 0.05
    clean, dirty = _lock_in(part, tmp_path, 0.0), _lock_in(offset, tmp_path, 0.02)
    # d of 3.2 V at the chip bends its y by 4 n 0.32^2; time steps of a hundredth of a cycle.
    assert clean == pytest.approx(expected, rel=4 * 1e-3 * 0.32**2 + 1e-3)
    assert dirty == pytest.approx(clean, rel=2e-3)


def _with_offsets(part: ErrorMixer, x_v: float, output_v: float):
    from dataclasses import replace

    assert abs(x_v) == 30e-3
    assert abs(output_v) == 50e-3
    return replace(part.chip, x_offset_v=x_v, output_offset_v=output_v)


@pytest.mark.parametrize("lot", LOTS)
@pytest.mark.parametrize("kind", DEMODULATORS)
def test_demodulator_multiplies(kind: str, lot: str, tmp_path: Path) -> None:
    part = _demodulator(LOTS[lot], kind)
    for y_v in (-1.0, 0.0, 0.7):
        sweep = measure(
            tmp_path, ".dc vx -5 5 0.5", part.subcircuit(), ("x", "y", "out"), {"x": 0.0, "y": y_v}
        )
        expected_v = part.product_v(np.real(sweep.time_s), np.array(y_v))
        # The reference amplifier's finite gain, and the output's load of 1 kohm or more.
        limit_v = (2e-5 + 0.1 * part.behind.gain / part.chip.amplifier.dc_gain) * 8
        np.testing.assert_allclose(sweep["out"], expected_v, atol=limit_v + 1e-6)
        # The twin lacks the curvature: 4 n (v / F)^2 of 5 V at x, of y_v in front of y.
        front = 1.0 if part.reference is None else part.reference.gain
        bend = 4 * (part.chip.x_nonlinearity * 0.51**2 + part.chip.y_nonlinearity * front**2 / 100)
        twin_v = part.behavioural.product_v(np.real(sweep.time_s), np.array(y_v))
        np.testing.assert_allclose(sweep["out"], twin_v, atol=5.5 * bend + limit_v + 1e-6)
    ac = measure(
        tmp_path,
        ".ac dec 10 100 1e5",
        part.subcircuit(),
        ("x", "y", "out"),
        {"x": "AC 1", "y": 0.1},
    )
    slope = ac["out"][0]
    ratio = part.response(np.real(ac.time_s))
    limit = 0.1 * np.abs(part.behind.gain / part.chip.amplifier.response(np.real(ac.time_s)))
    assert np.all(np.abs(ac["out"] / slope / (ratio / ratio[0]) - 1) < limit + 1e-4)


def test_gain_in_front_keeps_the_offset_down() -> None:
    """AD633 at its maker's limits: W_os of 50 mV and the product of 30 mV twice, times G."""
    for kind, gain in (("AD633", 10.0), ("AD633, reference of 10 V", 1.0)):
        worst_v = gain * (50e-3 + 0.8e-6 * 1e3) + gain * 1.02 * 30e-3 * 31e-3 / 10
        offset_v = abs(_demodulator(LIMITS, kind).offset_v)
        assert 0.9 * gain * 50e-3 < offset_v < 1.005 * worst_v


def test_impossible_gains_are_refused() -> None:
    chip, opamp, switch = (
        NOMINAL.multiplier("AD633", "c"), NOMINAL.opamp("OPA140", "o"), NOMINAL.switch("ADG412"),
    )  # fmt: skip
    with pytest.raises(InputError, match=r"more gain than it should.*at most 5 in front"):
        Demodulator.size(chip, 0.5, 10.0, opamp)
    with pytest.raises(InputError, match=r"at least 0\.1"):
        ErrorMixer.size(0.05, 1.0, 0.5, chip, switch, opamp)
    with pytest.raises(InputError, match="y - yh exceeds"):
        ErrorMixer.size(1.0, 1.0, 9.0, chip, switch, opamp)
