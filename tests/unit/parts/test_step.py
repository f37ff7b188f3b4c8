"""Sizing law of the limited step as a pulse."""

import numpy as np
import pytest

from hgecircuit.errors import InputError
from hgecircuit.parts.comparators.comparator import COMPARATORS
from hgecircuit.parts.opamps.table import OPAMPS
from hgecircuit.parts.peak import StepLimiter
from hgecircuit.parts.stepping.pulse_width import PulseWidthStep
from hgecircuit.parts.switches.analog_switch import SWITCHES


def _part(opamp: str, comparator: str = "LM393", limit_v: float = 0.05) -> PulseWidthStep:
    return PulseWidthStep.size(
        3,
        limit_v,
        0.98e-3,
        OPAMPS[opamp].macromodel((-15.0, 15.0), 1.0, (1.0, 1.0)),
        SWITCHES["TMUX6121"].switch(),
        COMPARATORS[comparator].comparator(20e-3, 1.0),
    )


@pytest.mark.parametrize("opamp", ["OPA140", "OPA277", "LM358B"])
def test_ramps_stay_within_slew_rate_and_range_and_trip_at_the_limit(opamp: str) -> None:
    part = _part(opamp)
    ramp_v_per_s = 10.0 / part.tau_s
    assert ramp_v_per_s <= 0.51 * part.opamp.slew_v_per_s
    assert part.trip_v < 0.51 * part.opamp.rail_high_v
    # An accumulator at the limit reaches the trip exactly at the end of the transfer.
    slowed_s = part.input_ohm * part.capacitor_f + 0.159155 / part.opamp.gain_bandwidth_hz
    reached_v = 0.05 * part.transfer_s / slowed_s
    assert reached_v == pytest.approx(part.trip_v, rel=1e-6)
    assert part.lead_ohm * part.capacitor_f == pytest.approx(part.comparator.delay_s, rel=0.01)


def test_precision_opamps_keep_the_limit_to_half_a_percent() -> None:
    assert _part("OPA140").ramp_error_v / _part("OPA140").trip_v < 5e-3
    assert _part("LM358B").ramp_error_v / _part("LM358B").trip_v > 5e-3


def test_on_time_is_the_behavioural_scale() -> None:
    accumulators_v = np.array([[0.01, -0.03, 0.0], [0.4, -1.0, 0.2], [0.05, 0.0, 0.0]])
    part, limiter = _part("OPA140"), StepLimiter(3, 0.05)
    share = part.on_time_s(accumulators_v) / part.transfer_s
    np.testing.assert_allclose(share, limiter.scale(accumulators_v), rtol=1e-9)


def test_a_comparator_too_slow_for_the_shortest_pulse_is_refused() -> None:
    with pytest.raises(InputError, match="too slow"):
        _part("OPA140", "LM393", limit_v=0.02)
    _part("OPA140", "LM311", limit_v=0.02)
