"""Low-pass and AC coupling of macromodels and preferred values in ngspice."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from component_bench import OPTIONS, RELTOL, measure

from hgecircuit.parts.filters.built import BuiltCoupling, BuiltLowpass
from hgecircuit.parts.filters.prototypes import Prototype
from hgecircuit.parts.lot import Lot
from hgecircuit.parts.opamps.table import OPAMPS

pytestmark = pytest.mark.ngspice
LOTS = {"nominal": Lot(), "limits": Lot(spread="limits", seed=3)}
PORTS = ("inp", "out")
FILTERS = {
    "sallen-key 3": ("sallen-key", 3, "OPA2134"),
    "sallen-key 4": ("sallen-key", 4, "LM358B"),
    "feedback 3": ("multiple-feedback", 3, "OPA2134"),
}


def _lowpass(lot: Lot, kind: str) -> BuiltLowpass:
    topology, order, opamp = FILTERS[kind]
    opamps = [lot.opamp(opamp, f"{kind}{k}") for k in range((order + 1) // 2)]
    sized = BuiltLowpass.size(Prototype("butterworth", order, 106.0), opamps, topology=topology)
    return lot.vary(sized, kind)


@pytest.mark.parametrize("lot", LOTS)
@pytest.mark.parametrize("kind", FILTERS)
def test_response_poles_and_offset(kind: str, lot: str, tmp_path: Path) -> None:
    part = _lowpass(LOTS[lot], kind)
    ac = measure(tmp_path, ".ac dec 10 1 1e4", part.subcircuit(), PORTS, {"inp": "AC 1"})
    frequency_hz = np.real(ac.time_s)
    expected = part.response(frequency_hz)
    # The exact network has all but the op-amps' second poles, which turn the gain at 10 kHz by
    # 10 kHz / f_2 of the share that comes through the op-amp's output at all.
    limit = RELTOL + frequency_hz / part.opamps[0].second_pole_hz
    assert np.all(np.abs(ac["out"] / expected - 1) < limit)
    # Near the prototype: half a step of E192 per resistor, and the tolerances of the lot.
    near = frequency_hz < 150
    off = np.abs(expected[near] - part.prototype.response(frequency_hz[near])).max()
    assert off < (0.025 if lot == "nominal" else 0.06)
    np.testing.assert_allclose(part.real.response(frequency_hz[near]), expected[near], rtol=1e-4)
    rest = measure(tmp_path, ".op", part.subcircuit(), PORTS, {"inp": 0.0})
    assert rest["out"][0] * 1e3 == pytest.approx(part.offset_v * 1e3, rel=1e-3, abs=1e-9)


def test_offsets_of_one_sign_add_up(tmp_path: Path) -> None:
    """Two followers of 3.5 mV, and 100 pA through the resistors of three poles."""
    worst = OPAMPS["OPA2134"].macromodel((-12.0, 12.0), 1.0, (-1.0, 0.0))
    part = BuiltLowpass.size(Prototype("butterworth", 3, 106.0), [worst, worst])
    values = part.cascade.values
    expected_v = 7e-3 + 100e-12 * (values["R1"] + values["R2"] + values["R3"])
    assert part.offset_v == pytest.approx(expected_v, rel=1e-5)
    rest = measure(tmp_path, ".op", part.subcircuit(), PORTS, {"inp": 0.0})
    assert rest["out"][0] == pytest.approx(expected_v, rel=1e-5)


def test_step_from_rest(tmp_path: Path) -> None:
    part = _lowpass(LOTS["nominal"], "sallen-key 3")
    record = measure(
        tmp_path, ".tran 2e-5 4e-2 0 2e-5 uic", part.subcircuit(), PORTS,
        {"inp": "PULSE(0 1 1e-3 1e-6 1e-6 1 2)"}, options=OPTIONS,
    )  # fmt: skip
    since_s = np.asarray(record.time_s) - 1e-3 - 0.5e-6
    np.testing.assert_allclose(record["out"], part.real.step(since_s), atol=2e-4)
    assert np.abs(record["out"][since_s < -1e-6]).max() < 1e-9


@pytest.mark.parametrize("lot", LOTS)
def test_coupling(lot: str, tmp_path: Path) -> None:
    chosen = LOTS[lot]
    part = chosen.vary(BuiltCoupling.size(333.0, chosen.opamp("OPA2134", "c")), "coupling")
    assert part.cutoff_hz == pytest.approx(333, rel=7e-3 + 1.1e-2 * (lot == "limits"))
    ac = measure(tmp_path, ".ac dec 10 1 1e5", part.subcircuit(), PORTS, {"inp": "AC 1"})
    frequency_hz = np.real(ac.time_s)
    np.testing.assert_allclose(ac["out"], part.response(frequency_hz), rtol=RELTOL)
    rest = measure(tmp_path, ".op", part.subcircuit(), PORTS, {"inp": 1.0})
    assert rest["out"][0] * 1e3 == pytest.approx(part.offset_v * 1e3, rel=1e-3, abs=1e-9)
    assert part.behavioural.cutoff_hz == pytest.approx(part.cutoff_hz)


def test_orders_that_invert_and_missing_opamps_are_refused() -> None:
    opamp = LOTS["nominal"].opamp("OPA2134", "a")
    with pytest.raises(ValueError, match="a gain of 1 and not -1"):
        BuiltLowpass.size(Prototype("butterworth", 2, 100.0), [opamp], topology="multiple-feedback")
    with pytest.raises(ValueError, match="2 op-amps"):
        BuiltLowpass.size(Prototype("butterworth", 3, 100.0), [opamp])


def test_a_lot_varies_a_filters_values() -> None:
    nominal, varied = (_lowpass(lot, "sallen-key 3") for lot in LOTS.values())
    for name, value in nominal.cascade.values.items():
        limit = 1e-3 if name.startswith("R") else 1e-2
        assert abs(varied.cascade.values[name] / value - 1) == pytest.approx(limit)
    assert replace(varied, cascade=nominal.cascade).opamps == varied.opamps
