"""Gain stages in ngspice against their responses and offsets."""

from pathlib import Path

import numpy as np
import pytest
from component_bench import RELTOL, measure

from hgecircuit.parts.amplifiers.stages import (
    DifferenceAmplifier,
    InvertingAmplifier,
    NonInvertingAmplifier,
)
from hgecircuit.parts.lot import Lot

pytestmark = pytest.mark.ngspice
LOT = Lot(spread="limits", seed=1)


def _judge(
    folder: Path,
    part: InvertingAmplifier | NonInvertingAmplifier | DifferenceAmplifier,
    noise_gain: float,
    load_ohm: float,
) -> None:
    """Response from 1 Hz to the gain-bandwidth product, and the output at rest."""
    opamp = part.opamp
    nodes = part.subcircuit().ports
    driven = nodes[0]
    others = dict.fromkeys(nodes[1:-1], 0.0)
    ac = measure(
        folder, f".ac dec 10 1 {opamp.gain_bandwidth_hz:g}", part.subcircuit(), nodes,
        {driven: "AC 1", **others},
    )  # fmt: skip
    frequency_hz = np.real(ac.time_s)
    expected = part.response(frequency_hz)
    # The load takes R_out / R_L of the open-loop gain.
    share = opamp.output_ohm / load_ohm
    limit = share * np.abs(noise_gain / opamp.response(frequency_hz)) + RELTOL
    error = np.abs(ac["out"] / expected - 1)
    assert np.all(error < limit)
    rest = measure(folder, ".op", part.subcircuit(), nodes, {driven: 0.0, **others})
    assert rest["out"][0] * 1e3 == pytest.approx(part.offset_v * 1e3, rel=2e-3)


@pytest.mark.parametrize("name", ["OPA140", "TL072C", "OPA277"])
def test_inverting(name: str, tmp_path: Path) -> None:
    part = LOT.vary(InvertingAmplifier.size(6.667, LOT.opamp(name, "i")), "i")
    assert part.gain == pytest.approx(-6.667, rel=3e-3)
    _judge(tmp_path, part, part.noise_gain, part.feedback_ohm)


@pytest.mark.parametrize("name", ["OPA140", "TL072C", "OPA277"])
def test_non_inverting(name: str, tmp_path: Path) -> None:
    part = LOT.vary(NonInvertingAmplifier.size(10.0, LOT.opamp(name, "n")), "n")
    assert part.gain == pytest.approx(10, rel=3e-3)
    _judge(tmp_path, part, part.gain, part.feedback_ohm)


@pytest.mark.parametrize("name", ["OPA140", "TL072C", "OPA277"])
def test_difference(name: str, tmp_path: Path) -> None:
    part = LOT.vary(DifferenceAmplifier.size(5.0, LOT.opamp(name, "d")), "d")
    _judge(tmp_path, part, part.noise_gain, part.feedback_ohm)
    common = measure(
        tmp_path, ".op", part.subcircuit(), ("plus", "minus", "out"), {"plus": 2.0, "minus": 2.0}
    )
    expected_v = 2 * sum(part.gains) + part.offset_v
    # Finite gain and output resistance: the noise gain over the open-loop gain of what is there.
    floor_v = 2 * part.noise_gain / part.opamp.dc_gain * part.gains[0]
    assert common["out"][0] == pytest.approx(expected_v, abs=floor_v)
    # Four resistors of 0.1 % at their worst.
    assert abs(sum(part.gains)) <= 4e-3 * part.gains[0] / part.noise_gain
