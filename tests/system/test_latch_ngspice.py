"""The latch of window comparators: thresholds, release, and memory between strobes."""

from pathlib import Path

import numpy as np
import pytest

from hgecircuit.netlist import GROUND, Circuit
from hgecircuit.parts.comparators.comparator import COMPARATORS
from hgecircuit.parts.latching.window import WindowLatch
from hgecircuit.parts.opamps.table import OPAMPS
from hgecircuit.parts.switches.analog_switch import SWITCHES
from hgecircuit.run.engines.ngspice import Ngspice

pytestmark = pytest.mark.ngspice

PERIOD_S, STROBE_S, EDGE_S = 50e-3, 0.49e-3, 10e-6
TIGHT = "method=trap reltol=1e-6 abstol=1e-15 vntol=1e-9"
LEARNER = "method=gear reltol=1e-3 abstol=1e-12 vntol=1e-6 trtol=50"


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0])
@pytest.mark.parametrize("options", [TIGHT, LEARNER], ids=["tight", "learner"])
def test_latch_decides_at_its_strobes_only(share: float, options: str, tmp_path: Path) -> None:
    """Errors on both sides of both thresholds, each pattern and sign in turn, epochs of 50 ms."""
    latch = WindowLatch.size(
        4,
        0.15,
        2.0,
        STROBE_S,
        OPAMPS["OPA277"].macromodel((-12.0, 12.0), share, (share, -share)),
        SWITCHES["TMUX6121"].switch(),
        COMPARATORS["LM393"].comparator(2e-3, share),
    )
    stop_v, restart_v = latch.thresholds_v
    near_v = 1.2 * latch.threshold_error_v
    peaks_v = [
        0.6, stop_v + near_v, -stop_v - near_v, stop_v - near_v, restart_v - near_v,
        -restart_v + near_v, -restart_v - near_v, stop_v + near_v, -stop_v + near_v,
        restart_v + near_v,
    ]  # fmt: skip
    errors_v = np.array([[-0.9 * stop_v + near_v] * 4] * len(peaks_v))
    errors_v[np.arange(len(peaks_v)), np.arange(len(peaks_v)) % 4] = peaks_v
    circuit = Circuit("bench of the latch")
    flat_s = STROBE_S - EDGE_S
    circuit.voltage(
        "strobe", "strobe", GROUND, f"PULSE(0 1 5e-3 {EDGE_S} {EDGE_S} {flat_s} {PERIOD_S})"
    )
    for k in range(4):
        # Between the strobes every error passes through 0 V and 1 V, which must not matter.
        corners = [
            corner
            for n, row in enumerate(errors_v)
            for corner in (
                (n * PERIOD_S + 1e-3, row[k]), (n * PERIOD_S + 8e-3, row[k]),
                (n * PERIOD_S + 10e-3, 0.0), (n * PERIOD_S + 30e-3, 1.0),
            )
        ]  # fmt: skip
        text = " ".join(f"{time_s:g} {volt:.9g}" for time_s, volt in corners)
        circuit.voltage(f"e{k}", f"e{k}", GROUND, f"PWL({text})")
    subcircuit = latch.subcircuit()
    circuit.instance("latch", subcircuit, subcircuit.ports)
    circuit.observe("open")
    circuit.directive(f".options {options}")
    stop_s = PERIOD_S * len(peaks_v)
    circuit.directive(f".tran 1e-4 {stop_s} 0 1e-4 uic")
    circuit.directive(".save v(open)")
    record = Ngspice().run(circuit.write(), tmp_path, traces={"open": "v(open)"})
    expected, is_open = [], np.array(False)
    for row in errors_v:
        is_open = latch.next_open(row, is_open)
        expected.append(bool(is_open))
    assert expected == [True, True, True, False, False, False, True, True, False, True]
    strobes_s = 5e-3 + PERIOD_S * np.arange(len(peaks_v))
    for late_s in (STROBE_S + 2 * EDGE_S, 20e-3, 49e-3):
        at_s = np.minimum(strobes_s + late_s, stop_s)
        np.testing.assert_allclose(record.at("open", at_s), expected, atol=1e-3)
