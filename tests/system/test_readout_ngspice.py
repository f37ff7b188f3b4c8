"""The error circuit with a servo in ngspice: where it settles, how fast, and at its limits."""

from pathlib import Path

import numpy as np
import pytest

from hgecircuit.netlist import GROUND, Circuit
from hgecircuit.parts.affine_readout import AffineReadout
from hgecircuit.parts.lot import Lot
from hgecircuit.parts.readout.servo import ChipReadout
from hgecircuit.record import Record
from hgecircuit.run.engines.ngspice import Ngspice

pytestmark = pytest.mark.ngspice

LAW = AffineReadout((0.0, 1.0, 1.0, 0.0), 0.1, 1 / 0.6)
SLOT_S = 5e-3
TIGHT = "method=trap reltol=1e-6 abstol=1e-15 vntol=1e-9", 1e-5
LEARNER = "method=gear reltol=1e-3 abstol=1e-12 vntol=1e-6 trtol=50", 9e-5
# A good separation, an uneven one, one that the best gain leaves errors in, the wrong way round,
# all alike (both ends of the gain's range), and one large enough to be cut.
HELD_V = np.array([
    [0.3, 1.4, 0.9, -0.2], [-1.2, 2.0, 1.1, -0.9], [0.5, 0.3, 0.2, 0.1], [1.0, -0.8, -1.0, 1.1],
    [0.02, 0.05, 0.06, 0.01], [-4.0, 3.0, 4.5, -3.5], [0.0, 0.65, 0.6, 0.05],
])  # fmt: skip


def _servo(spread: str, seed: int) -> ChipReadout:
    lot = Lot((-15.0, 15.0), spread, seed)  # type: ignore[arg-type]
    chips = [lot.multiplier("AD633", f"chip{n}") for n in range(9)]
    opamps = [lot.opamp("OPA140", f"opamp{n}") for n in range(8)]
    return ChipReadout.size(LAW, chips, opamps, lot.switch("ADG412"))


def _run(servo: ChipReadout, solver: tuple[str, float], folder: Path) -> Record:
    """Every row of held outputs for one slot; pattern n % 4 selected in slot n."""
    options, step_s = solver
    circuit = Circuit("bench of the error circuit")
    slots = len(HELD_V)
    for k in range(4):
        held = [
            corner
            for n, row in enumerate(HELD_V)
            for corner in ((n * SLOT_S + 1e-5 * (n > 0), row[k]), ((n + 1) * SLOT_S, row[k]))
        ]
        chosen = [
            corner
            for n in range(slots)
            for corner in (
                (n * SLOT_S + 1e-5 * (n > 0), float(n % 4 == k)),
                ((n + 1) * SLOT_S, float(n % 4 == k)),
            )
        ]  # fmt: skip
        for name, corners in (("y", held), ("p", chosen)):
            text = " ".join(f"{time_s:g} {volt:.9g}" for time_s, volt in corners)
            circuit.voltage(f"{name}{k}", f"{name}{k}", GROUND, f"PWL({text})")
    subcircuit = servo.subcircuit()
    circuit.instance("readout", subcircuit, subcircuit.ports)
    traces = {f"e{k}": f"v(e{k})" for k in range(4)}
    traces |= {"d": "v(d)", "gain": "v(xreadout.gain)"}
    circuit.observe("d", *(f"e{k}" for k in range(4)))
    circuit.directive(f".options {options}")
    circuit.directive(f".tran {step_s} {slots * SLOT_S} 0 {step_s} uic")
    circuit.directive(".save " + " ".join(traces.values()))
    return Ngspice().run(circuit.write(), folder, traces=traces)


@pytest.mark.parametrize(("spread", "seed"), [("nominal", 0), ("limits", 1), ("limits", 2)])
@pytest.mark.parametrize("solver", [TIGHT, LEARNER], ids=["tight", "learner"])
def test_it_settles_where_its_parts_say(
    spread: str, seed: int, solver: tuple[str, float], tmp_path: Path
) -> None:
    servo = _servo(spread, seed)
    record = _run(servo, solver, tmp_path)
    for n, held_v in enumerate(HELD_V):
        error_v, gain, slope_v = servo.settled(held_v)
        at_s = (n + 1) * SLOT_S - 1e-5
        found_v = [float(record.at(f"e{k}", at_s)) for k in range(4)]
        # Not in the settled state: what the parts' inputs draw through the resistors around them,
        # 0.8 uA through 2 kohm, and the clamps' diodes, 2 mV.
        np.testing.assert_allclose(found_v, error_v, atol=2e-3)
        assert record.at("d", at_s) == pytest.approx(slope_v[n % 4], abs=3e-3)
        assert record.at("gain", at_s) / servo.gain_scale == pytest.approx(gain, abs=2e-3)


def test_the_gain_follows_with_the_time_constant_of_the_outputs_power(tmp_path: Path) -> None:
    """Into the last slot: S_yy sets the rate."""
    servo = _servo("nominal", 0)
    record = _run(servo, TIGHT, tmp_path)
    # Into the last slot, from cut outputs: the gain rises, S_yy = 0.36 V^2 at the smallest
    # separation that the readout still scales.
    start_s = (len(HELD_V) - 1) * SLOT_S
    held_v = HELD_V[-1]
    syy_v2 = float(((held_v - held_v.mean()) ** 2).sum())
    tau_s = servo.servo_v2 / syy_v2
    time_s = start_s + 1e-5 + tau_s * np.linspace(0.5, 3.0, 26)
    left_v = float(record["gain"][-1]) - record.at("gain", time_s)
    slope = np.polyfit(time_s, np.log(left_v), 1)[0]
    # The chips' nonlinearity bends the product by 1 %, S_yy by twice that.
    assert -1 / slope == pytest.approx(tau_s, rel=0.03)
    assert left_v[-1] / left_v[0] == pytest.approx(np.exp(-2.5), rel=0.1)
    # All that must be over before the gate opens: five time constants of it in 1 ms.
    assert 5 * tau_s < 1e-3


def test_large_outputs_leave_the_loop_stable(tmp_path: Path) -> None:
    """Outputs at the chips' full scale make the servo fastest; nothing rings afterwards."""
    servo = _servo("nominal", 0)
    record = _run(servo, TIGHT, tmp_path)
    late = (record.time_s > 5 * SLOT_S + 1e-3) & (record.time_s < 6 * SLOT_S - 1e-5)
    assert np.ptp(record["gain"][late]) < 1e-5
