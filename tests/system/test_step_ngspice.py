"""The limited step as a pulse, from a twentieth of a volt to the accumulators' ends."""

from pathlib import Path

import numpy as np
import pytest

from hgecircuit.netlist import GROUND, Circuit
from hgecircuit.parts.comparators.collector import CollectorComparator
from hgecircuit.parts.comparators.comparator import COMPARATORS, Comparator
from hgecircuit.parts.opamps.table import OPAMPS
from hgecircuit.parts.stepping import pulse_width
from hgecircuit.parts.stepping.pulse_width import PulseWidthStep
from hgecircuit.parts.switches.analog_switch import SWITCHES
from hgecircuit.run.engines.ngspice import Ngspice

pytestmark = pytest.mark.ngspice

TRANSFER_S, EDGE_S, PERIOD_S = 0.98e-3, 10e-6, 4e-3
TIGHT = "method=trap reltol=1e-6 abstol=1e-15 vntol=1e-9", 1e-5
LEARNER = "method=gear reltol=1e-3 abstol=1e-12 vntol=1e-6 trtol=50", 9e-5
PEAKS_V = (0.02, 0.05, 0.06, -0.2, 1.0, -4.0, 8.0)


def _part(share: float) -> PulseWidthStep:
    return PulseWidthStep.size(
        5,
        0.05,
        TRANSFER_S,
        OPAMPS["OPA140"].macromodel((-15.0, 15.0), share, (share, share)),
        SWITCHES["TMUX6121"].switch(),
        COMPARATORS["LM393"].comparator(20e-3, share),
    )


def _on_times_s(
    part: PulseWidthStep, peaks_v: tuple[float, ...], solver: tuple[str, float], folder: Path
) -> np.ndarray:
    """How long ``move`` is above half of its level in each transfer; one peak per transfer."""
    options, step_s = solver
    circuit = Circuit("bench of the limited step")
    flat_s = TRANSFER_S - EDGE_S
    circuit.voltage(
        "transfer", "transfer", GROUND, f"PULSE(0 1 1e-3 {EDGE_S} {EDGE_S} {flat_s} {PERIOD_S})"
    )
    closed_s = PERIOD_S * len(peaks_v)
    circuit.voltage("open", "open", GROUND, f"PWL(0 1 {closed_s} 1 {closed_s + 1e-5} 0)")
    # The peak wanders through the channels; the others are at most 0.6 of it, of either sign.
    for m in range(5):
        shares = [1.0 if n % 5 == m else 0.6 * np.cos(n + m) for n in range(len(peaks_v))]
        levels_v = [share * peak_v for share, peak_v in zip(shares, peaks_v, strict=True)]
        corners = [
            (n * PERIOD_S + late, v) for n, v in enumerate(levels_v) for late in (1e-5, 3e-3)
        ]
        text = " ".join(f"{time_s:g} {volt:.9g}" for time_s, volt in corners)
        circuit.voltage(f"a{m}", f"a{m}", GROUND, f"PWL({text})")
    subcircuit = part.subcircuit()
    circuit.instance("part", subcircuit, subcircuit.ports)
    circuit.observe("move")
    circuit.directive(f".options {options}")
    circuit.directive(f".tran {step_s} {closed_s + PERIOD_S} 0 {step_s} uic")
    circuit.directive(".save v(move)")
    record = Ngspice().run(circuit.write(), folder, traces={"move": "v(move)"})
    time_s, move = np.asarray(record.time_s), record["move"]
    at = np.flatnonzero(np.diff((move > 0.5).astype(int)))
    share = (0.5 - move[at]) / (move[at + 1] - move[at])
    crossings_s = time_s[at] + share * np.diff(time_s)[at]
    assert len(crossings_s) == 2 * len(peaks_v), "one pulse per transfer, none once closed"
    assert move.min() > -1e-3
    assert move.max() < 1 + 1e-3
    return crossings_s[1::2] - crossings_s[::2]


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0])
@pytest.mark.parametrize("solver", [TIGHT, LEARNER], ids=["tight", "learner"])
def test_pulse_is_as_long_as_the_limit_allows(
    share: float, solver: tuple[str, float], tmp_path: Path
) -> None:
    part = _part(share)
    found_s = _on_times_s(part, PEAKS_V, solver, tmp_path)
    expected_s = part.on_time_s(np.array(PEAKS_V)[:, None])
    # The reset switch lets go of the ramp when its conductance falls below 1 / (time scale / C),
    # away from half of the gate's edge by at most (|ln r| + 2) / 80 V; r = 80 R_on C / edge.
    slack_v = (abs(np.log(80 * part.switch.on_ohm * part.capacitor_f / EDGE_S)) + 2) / 80
    # The resistors are the nearest of their series, the lead's to 1 % of the delay.
    late_s = slack_v * EDGE_S + 0.02 * part.comparator.delay_s
    share_of_ramp = part.ramp_error_v / part.trip_v
    if solver is LEARNER:
        # The last step before the trip is RESOLUTION of the ramp, the next one up to twice as long;
        # the comparator's edge behind it is then no better resolved than by its own time constant.
        share_of_ramp += 3 * pulse_width.RESOLUTION
        late_s += part.comparator.delay_s / 2
    limit_s = late_s + share_of_ramp * expected_s
    assert (np.abs(found_s - expected_s) < limit_s).all()
    assert found_s[0] == pytest.approx(TRANSFER_S, rel=1e-3), "nothing cuts a small step"


def test_without_the_watches_the_learners_solver_misses_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why the part has them: the error of a pulse is then tens of percent."""

    def unwatched(comparator: Comparator, pull_up_ohm: float, _: float) -> CollectorComparator:
        return CollectorComparator(comparator, pull_up_ohm)

    monkeypatch.setattr(pulse_width, "CollectorComparator", unwatched)
    found_s = _on_times_s(_part(0.0), PEAKS_V, LEARNER, tmp_path)
    expected_s = _part(0.0).on_time_s(np.array(PEAKS_V)[:, None])
    assert np.abs(found_s / expected_s - 1).max() > 0.1
