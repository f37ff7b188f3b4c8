"""Sizing law and noise of the transimpedance amplifier, against numbers from first principles."""

import math
from dataclasses import replace

import numpy as np
import pytest

from hgecircuit.errors import InputError
from hgecircuit.parts.amplifiers.transimpedance import TEMPERATURE_K, TransimpedanceAmplifier
from hgecircuit.parts.lot import Lot
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel

LOT = Lot()
OPA140 = LOT.opamp("OPA140", "a")


def _sized(bandwidth_hz: float = 20e3, first: OpAmpMacromodel = OPA140) -> TransimpedanceAmplifier:
    return TransimpedanceAmplifier.size(1e8, bandwidth_hz, first, OPA140)


@pytest.mark.parametrize("bandwidth_hz", [2e3, 20e3, 50e3])
def test_gain_and_bandwidth_are_the_series_next_values(bandwidth_hz: float) -> None:
    """E192 ratios are at most 0.15 % off, E24 capacitors half a step of 10 %."""
    part = _sized(bandwidth_hz)
    assert part.gain_ohm == pytest.approx(1e8, rel=1.5e-3)
    assert part.bandwidth_hz == pytest.approx(bandwidth_hz, rel=0.05)
    assert part.feedback_f >= 0.5e-12 / 1.05
    assert part.quality <= math.sqrt(0.5)


def test_a_slow_opamp_is_refused_with_what_is_needed() -> None:
    slow = replace(OPA140, gain_bandwidth_hz=1e6)
    with pytest.raises(InputError, match=r"too slow.*at least (\S+) MHz") as caught:
        _sized(50e3, slow)
    needed_hz = float(str(caught.value).split("at least ")[1].split(" ")[0]) * 1e6
    # The message rounds to four digits.
    assert _sized(50e3, replace(OPA140, gain_bandwidth_hz=1.001 * needed_hz)).quality <= 0.7072
    with pytest.raises(InputError):
        _sized(50e3, replace(OPA140, gain_bandwidth_hz=0.999 * needed_hz))


def test_the_sqrt_rule_gives_a_flat_response() -> None:
    """With C_f of the rule, C_in >> C_f and w_t R_f C_f >> 1, Q is 1/sqrt(2)."""
    part = _sized()
    part = replace(part, source_f=3e-9)
    part = replace(part, feedback_f=part.least_feedback_f)
    small = part.feedback_f / part.source_f
    small += 1 / (2 * math.pi * OPA140.gain_bandwidth_hz * part.feedback_ohm * part.feedback_f)
    assert part.quality == pytest.approx(math.sqrt(0.5), rel=small)


def _nodal_noise_v_per_rthz(part: TransimpedanceAmplifier, frequency_hz: float) -> float:
    """Output noise by nodal analysis: unknowns inp, first, minus, out; a source per noise."""
    s, thermal = 2j * math.pi * frequency_hz, 4 * 1.380649e-23 * TEMPERATURE_K
    first, second = part.first, part.inverter.opamp
    r1, r2 = part.inverter.input_ohm, part.inverter.feedback_ohm
    feedback_s = 1 / part.feedback_ohm + s * part.feedback_f
    gains = [complex(one.response(np.array(frequency_hz))) for one in (first, second)]
    matrix = np.array(
        [
            [feedback_s + s * part.source_f, -feedback_s, 0, 0],
            [gains[0], 1, 0, 0],
            [0, -1 / r1, 1 / r1 + 1 / r2, -1 / r2],
            [0, 0, gains[1], 1],
        ]
    )
    voltage = [one.noise_v_per_rthz * math.sqrt(1 + one.corner_hz / frequency_hz) for one in
               (first, second)]  # fmt: skip
    sources = np.zeros((7, 4), complex)
    sources[0, 0] = math.sqrt(thermal / part.feedback_ohm)
    sources[1, 0] = first.noise_a_per_rthz
    sources[2, 1] = gains[0] * voltage[0]
    sources[3, 3] = gains[1] * voltage[1]
    sources[4, 2] = math.sqrt(thermal / r1)
    sources[5, 2] = math.sqrt(thermal / r2)
    sources[6, 2] = second.noise_a_per_rthz
    outputs = np.linalg.solve(matrix, sources.T)[3]
    return float(np.sqrt((np.abs(outputs) ** 2).sum()))


@pytest.mark.parametrize("name", ["OPA140", "NE5532", "LM358B"])
def test_noise_is_that_of_the_network(name: str) -> None:
    """The inverter's own sources meet its ideal noise gain: exact up to N f / GBW squared."""
    opamp = LOT.opamp(name, "a")
    part = TransimpedanceAmplifier.size(1e8, 5e3, opamp, opamp)
    frequency_hz = np.array([10.0, 1e3, 5e3])
    expected = [_nodal_noise_v_per_rthz(part, frequency) for frequency in frequency_hz]
    limit = (part.inverter.noise_gain * 5e3 / opamp.gain_bandwidth_hz) ** 2 + 1e-9
    np.testing.assert_allclose(part.noise_v_per_rthz(frequency_hz), expected, rtol=limit)


def test_the_feedback_resistor_makes_the_noise() -> None:
    """33 fA/sqrt(Hz) of 15 Mohm: a hundredth of the device's 3.2 pA/sqrt(Hz) at 1 kHz."""
    part = _sized()
    assert part.feedback_ohm == 15e6
    found = float(part.noise_a_per_rthz(np.array(1e3)))
    assert found == pytest.approx(math.sqrt(4 * 1.380649e-23 * TEMPERATURE_K / 15e6), rel=0.01)
    assert found < 0.011 * math.sqrt(1e-5) * 1e-9
